"""Squared error, 1/2 (o - y)^2: the mean."""

from ..._jit import kernel
from .loss import elementwise


@kernel
def value(o, y, q):
    """1/2 (o - y)^2."""
    return type(o)(0.5) * (o - y) * (o - y)


@kernel
def slope(o, y, q):
    """o - y."""
    return o - y


LOSS = elementwise("squared_error", value, slope)
