"""Student's t negative log-likelihood of location mu, scale sigma and nu > 2 degrees of freedom (finite variance).

-log p = log(Gamma(nu / 2) / Gamma((nu + 1) / 2)) + log(nu pi) / 2 + log sigma + (nu + 1) / 2 log(1 + z^2 / nu) with
z = (mu - y) / sigma. The outputs of a target are mu, r and s: sigma = softplus(r) + 1e-4 and nu = 2 + softplus(s).
"""

import math

import numpy as np

from ..._jit import kernel
from ..maths import sigmoid, softplus
from ..special import log_rising
from .gaussian import FLOOR
from .loss import joint


@kernel
def value(o, y, param, do):
    """Minus the log-density; with w = (nu + 1) / (nu + z^2), do = (w z / sigma, (1 - w z^2) / sigma dsigma/dr, ...)."""
    dtype = o.dtype.type
    one, half = dtype(1), dtype(0.5)
    sigma, nu = softplus(o[1]) + dtype(FLOOR), softplus(o[2]) + dtype(2)
    z = (o[0] - y) / sigma
    square = z * z
    w, log = (nu + one) / (nu + square), dtype(math.log1p(square / nu))
    rising, slope = log_rising(half * nu, half)
    do[0] = w * z / sigma
    do[1] = sigmoid(o[1]) * (one - w * square) / sigma
    do[2] = sigmoid(o[2]) * half * (one / nu - slope + log - w * square / nu)
    log_scale = half * dtype(math.log(nu * dtype(math.pi))) + dtype(math.log(sigma))
    return log_scale - rising + half * (nu + one) * log


def parameters(o):
    """Mu, sigma and nu."""
    sigma, nu = softplus(o[..., 1]) + o.dtype.type(FLOOR), softplus(o[..., 2]) + o.dtype.type(2)
    return np.stack([o[..., 0], sigma, nu], axis=-1)


LOSS = joint("student_t", value, parameters=parameters, roles=("location", "scale", "shape"))
