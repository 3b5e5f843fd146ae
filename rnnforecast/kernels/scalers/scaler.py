"""What a window scaler is: a function that measures one column of a window, and how it is applied to a tile."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from ..._jit import DISABLED, kernel
from ..addresses import INTERPRETED, address_of, array_from, call_at, data_at, interpreted


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
    call_at(scaler, (data_at(window), window.shape[0], n_columns, c, data_at(centre), data_at(scale)))


def _entry(window_at, n, n_columns, c, centre_at, scale_at):
    """What the address of a scaler leads to: the arrays again, then its measure."""
    m, s = measure(array_from(window_at, (n,), DTYPE), n_columns, c)
    array_from(centre_at, (1,), DTYPE)[0] = m
    array_from(scale_at, (1,), DTYPE)[0] = s


@cache
def scaler_address(scaler, dtype):
    """The address of a scaler for float32 or float64; -1 for None."""
    if scaler is None:
        return -1
    if DISABLED:
        return interpreted(scaler.measure)
    return address_of(_entry, f"{scaler.name}_{dtype}", 6, measure=scaler.measure, DTYPE=dtype.type)


if DISABLED:

    def measure_column(scaler, window, n_columns, c, centre, scale):
        """The interpreted form."""
        centre[0], scale[0] = INTERPRETED[scaler](window, n_columns, c)
