"""Gaussian negative log-likelihood, log sigma + z^2 / 2 + log(2 pi) / 2 with z = (mu - y) / sigma.

The outputs of a target are mu and r, with sigma = softplus(r) + 1e-4: the floor keeps a series that does not change
from an infinite likelihood.
"""

import math

import numpy as np

from ..._jit import kernel
from ..maths import sigmoid, softplus
from .loss import joint

FLOOR = 1e-4
HALF_LOG_2_PI = 0.5 * math.log(2 * math.pi)


@kernel
def value(o, y, param, do):
    """Minus the log-density; do = (z / sigma, (1 - z^2) / sigma dsigma/dr)."""
    dtype = o.dtype.type
    sigma = softplus(o[1]) + dtype(FLOOR)
    z = (o[0] - y) / sigma
    do[0] = z / sigma
    do[1] = sigmoid(o[1]) * (dtype(1) - z * z) / sigma
    return dtype(math.log(sigma)) + dtype(0.5) * z * z + dtype(HALF_LOG_2_PI)


def parameters(o):
    """Mu and sigma."""
    return np.stack([o[..., 0], softplus(o[..., 1]) + o.dtype.type(FLOOR)], axis=-1)


LOSS = joint("gaussian", value, parameters=parameters, roles=("location", "scale"))
