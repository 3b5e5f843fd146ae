"""Huber's loss (Huber 1964): e^2 / 2 up to |e| = delta, delta (|e| - delta / 2) beyond, with e = o - y."""

from ..._jit import kernel
from .loss import elementwise


@kernel
def value(o, y, delta):
    """e^2 / 2 if |e| <= delta, else delta (|e| - delta / 2)."""
    e = abs(o - y)
    half = type(o)(0.5)
    return delta * (e - half * delta) if e > delta else half * e * e


@kernel
def slope(o, y, delta):
    """e cut off at -delta and delta."""
    e = o - y
    if e > delta:
        return delta
    return -delta if e < -delta else e


LOSS = elementwise("huber", value, slope)
