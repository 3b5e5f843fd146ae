"""Quantile or pinball loss (Koenker and Bassett 1978): max(q (y - o), (q - 1) (y - o)) for the quantile q."""

from ..._jit import kernel
from .loss import elementwise


@kernel
def value(o, y, q):
    """Q (y - o) above o, (q - 1) (y - o) below."""
    e = y - o
    return (q - type(o)(1)) * e if e < type(o)(0) else q * e


@kernel
def slope(o, y, q):
    """-q above o, 1 - q below, 0 at o; NaN is kept."""
    e = y - o
    if e > type(o)(0):
        return -q
    return type(o)(1) - q if e < type(o)(0) else e


LOSS = elementwise("quantile", value, slope, per_number=True)
