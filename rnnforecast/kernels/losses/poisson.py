"""Poisson loss with log link: exp(o) - y o, half the deviance up to a constant of y; o is the log of the rate."""

from ..._jit import kernel
from ..maths import exp
from .loss import elementwise


@kernel
def value(o, y, q):
    """exp(o) - y o."""
    return exp(o) - y * o


@kernel
def slope(o, y, q):
    """exp(o) - y."""
    return exp(o) - y


LOSS = elementwise("poisson", value, slope, link="exp", on_series_scale=True)
