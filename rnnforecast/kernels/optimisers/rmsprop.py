"""RMSprop (Tieleman and Hinton 2012).

v <- beta_2 v + (1 - beta_2) g^2
theta <- theta - rate g / (sqrt(v) + epsilon)
"""

from ..._jit import kernel
from .optimiser import optimiser


@kernel
def rule(theta, g, decay, moments, t, rate, hyper):
    """Hyper is (beta_2, epsilon); moments[0] is v."""
    beta_2, epsilon = hyper[0], hyper[1]
    one, half = theta.dtype.type(1), theta.dtype.type(0.5)
    v = moments[0]
    for j in range(theta.shape[0]):
        v[j] += (one - beta_2) * (g[j] * g[j] - v[j])
        theta[j] -= rate * g[j] / (v[j] ** half + epsilon)


OPTIMISERS = (optimiser("rmsprop", rule, ("beta_2", "epsilon")),)
