"""Adam (Kingma and Ba 2015), and AdamW, which decays the weights apart from the gradient (Loshchilov and Hutter 2019).

m <- beta_1 m + (1 - beta_1) g            v <- beta_2 v + (1 - beta_2) g^2
theta <- theta - rate m^ / (sqrt(v^) + epsilon),    m^ = m / (1 - beta_1^t),  v^ = v / (1 - beta_2^t)
AdamW, before that: theta <- theta - rate alpha theta
"""

from ..._jit import kernel
from .optimiser import optimiser


@kernel
def rule(theta, g, decay, moments, t, rate, hyper):
    """Hyper is (beta_1, beta_2, epsilon); moments are m and v."""
    beta_1, beta_2, epsilon = hyper[0], hyper[1], hyper[2]
    one, half = theta.dtype.type(1), theta.dtype.type(0.5)
    m, v = moments[0], moments[1]
    n = theta.dtype.type(t)
    step = rate / (one - beta_1**n)
    correction = (one - beta_2**n) ** half
    for j in range(theta.shape[0]):
        m[j] += (one - beta_1) * (g[j] - m[j])
        v[j] += (one - beta_2) * (g[j] * g[j] - v[j])
    for j in range(theta.shape[0]):
        theta[j] -= step * m[j] / (v[j] ** half / correction + epsilon)


@kernel
def rule_w(theta, g, decay, moments, t, rate, hyper):
    """AdamW: shrink theta by rate * decay, then Adam's step."""
    for j in range(theta.shape[0]):
        theta[j] -= rate * decay[j] * theta[j]
    rule(theta, g, decay, moments, t, rate, hyper)


HYPER = ("beta_1", "beta_2", "epsilon")
OPTIMISERS = (optimiser("adam", rule, HYPER), optimiser("adamw", rule_w, HYPER, decoupled_decay=True))
