"""Stochastic gradient descent: plain, with momentum (Polyak 1964), or with Nesterov's momentum (Sutskever et al. 2013).

v <- momentum v - rate g
theta <- theta + v                          plain (momentum = 0) and momentum
theta <- theta + momentum v - rate g        Nesterov
"""

from ..._jit import kernel
from .optimiser import optimiser


@kernel
def rule(theta, g, decay, moments, t, rate, hyper):
    """Hyper is (momentum, nesterov as 0 or 1); moments[0] is v."""
    momentum, nesterov = hyper[0], hyper[1]
    v = moments[0]
    if nesterov > theta.dtype.type(0):
        for j in range(theta.shape[0]):
            v[j] = momentum * v[j] - rate * g[j]
            theta[j] += momentum * v[j] - rate * g[j]
    else:
        for j in range(theta.shape[0]):
            v[j] = momentum * v[j] - rate * g[j]
            theta[j] += v[j]


OPTIMISERS = (optimiser("sgd", rule, ("momentum", "nesterovs_momentum")),)
