"""Half the gamma deviance with log link, o + y exp(-o) without the constant -log y - 1; o is the log of the mean.

It is what scikit-learn's GammaRegressor minimises, and needs y > 0.
"""

from ..._jit import kernel
from ..maths import exp
from .loss import joint


@kernel
def value(o, y, param, do):
    """o + y exp(-o); do = 1 - y exp(-o)."""
    ratio = y * exp(-o[0])
    do[0] = o.dtype.type(1) - ratio
    return o[0] + ratio


LOSS = joint("gamma", value, link="exp", on_series_scale=True)
