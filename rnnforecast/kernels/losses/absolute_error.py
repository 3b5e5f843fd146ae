"""Absolute error, |o - y|: the median."""

from ..._jit import kernel
from .loss import elementwise


@kernel
def value(o, y, q):
    """|o - y|."""
    return abs(o - y)


@kernel
def slope(o, y, q):
    """sign(o - y), 0 where they are equal; NaN is kept."""
    d = o - y
    one = type(o)(1)
    if d > type(o)(0):
        return one
    return -one if d < type(o)(0) else d


LOSS = elementwise("absolute_error", value, slope)
