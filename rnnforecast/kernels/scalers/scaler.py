"""What a window scaler is: a function that measures one column of a window, and how it is applied to a tile."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from ..._jit import bind, kernel
from ..addresses import INT, VECTOR, address_of, call_at


@dataclass(frozen=True)
class Scaler:
    """Scales the numbers of each window, and its targets with them: (x - centre) / scale.

    Parameters
    ----------
    name : str
        What the parameter `window_scaler` calls it.
    measure : callable
        ``(window, n_columns, c) -> (centre, scale)`` of column c of a window, (n,) numbers row by row. A scale of zero
        counts as one.
    equations : callable
        ``(columns) -> (centre, scale)``: the same in plain NumPy, from (B, n_rows, C) to (B, C) each.
    """

    name: str
    measure: Callable
    equations: Callable


@kernel
def measure_column(scaler, window, n_columns, c, centre, scale):
    """Write the measures of column c into centre (1,) and scale (1,); `scaler` is an address."""
    call_at(scaler, (window, n_columns, c, centre, scale))


def _write(window, n_columns, c, centre, scale):
    """What the address of a scaler leads to."""
    centre[0], scale[0] = measure(window, n_columns, c)


@cache
def scaler_address(scaler, dtype):
    """The address of a scaler for float32 or float64; -1 for None."""
    if scaler is None:
        return -1
    return address_of(bind(_write, scaler.name, measure=scaler.measure), dtype, VECTOR, INT, INT, VECTOR, VECTOR)
