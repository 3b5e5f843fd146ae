"""Half the Tweedie deviance of a power p in (1, 2) with log link: the variance is proportional to mean^p.

exp((2 - p) o) / (2 - p) - y exp((1 - p) o) / (1 - p) without the constant of y; o is the log of the mean, and y is 0
or above, as in intermittent demand. It is the Poisson loss in the limit p = 1, the gamma loss in the limit p = 2, and
what scikit-learn's TweedieRegressor minimises.
"""

from ..._jit import kernel
from ..maths import exp
from .loss import joint


@kernel
def value(o, y, param, do):
    """The half deviance for p = param[0]; do = exp((2 - p) o) - y exp((1 - p) o)."""
    one = o.dtype.type(1)
    below, above = param[0] - one, param[0] - one - one  # p - 1 > 0 and p - 2 < 0
    pull, push = y * exp(-below * o[0]), exp(-above * o[0])
    do[0] = push - pull
    return pull / below - push / above


LOSS = joint("tweedie", value, link="exp", on_series_scale=True)
