"""Negative binomial negative log-likelihood of mean mu and dispersion alpha: the variance is mu + alpha mu^2.

As in DeepAR (Salinas et al. 2020, section 3.1): with r = 1 / alpha,
log p = log(Gamma(y + r) / Gamma(r)) - log Gamma(y + 1) + y log(alpha mu) - (y + r) log(1 + alpha mu),
where log Gamma(y + 1) is a constant of y and left out. The outputs of a target are log mu and s, with
alpha = softplus(s) + 1e-6; a small alpha is almost a Poisson distribution.
"""

import math

import numpy as np

from ..._jit import kernel
from ..maths import exp, sigmoid, softplus
from ..special import log_rising
from .loss import joint

FLOOR = 1e-6


@kernel
def value(o, y, param, do):
    """Minus the log-probability without its constant of y; do = ((mu - y) / (1 + alpha mu), ... dalpha/ds)."""
    dtype = o.dtype.type
    one = dtype(1)
    mu, alpha = exp(o[0]), softplus(o[1]) + dtype(FLOOR)
    r, product = one / alpha, alpha * mu
    log = dtype(math.log1p(product))
    rising, slope = log_rising(r, y)
    do[0] = (mu - y) / (one + product)
    do[1] = sigmoid(o[1]) * r * (r * (slope - log) + do[0])
    return (y + r) * log - rising - y * (o[0] + dtype(math.log(alpha)))


def parameters(o):
    """Mu and alpha."""
    return np.stack([exp(o[..., 0]), softplus(o[..., 1]) + o.dtype.type(FLOOR)], axis=-1)


LOSS = joint("negative_binomial", value, parameters=parameters, roles=("location", "shape"), on_series_scale=True)
