"""What an optimiser is, and the update of all parameters of several networks after one minibatch."""

from collections.abc import Callable
from dataclasses import dataclass

from ..._jit import bind, kernel


@dataclass(frozen=True)
class Optimiser:
    """A rule that turns a gradient into a step.

    Parameters
    ----------
    name : str
        What the parameter `solver` of the estimators calls it.
    update : callable
        The bound form of `_update` below.
    hyper_names : tuple of str
        The estimator's parameters that make the array `hyper`, in this order.
    decoupled_decay : bool
        Whether the rule itself shrinks the weights by the penalty, instead of the gradient (AdamW).
    """

    name: str
    update: Callable
    hyper_names: tuple[str, ...]
    decoupled_decay: bool = False


def optimiser(name, rule, hyper_names, decoupled_decay=False):
    """An Optimiser from ``rule(theta, g, decay, moments, t, rate, hyper)``, which updates theta and moments."""
    update = bind(_update, name, rule=rule, DECOUPLED=decoupled_decay)
    return Optimiser(name=name, update=update, hyper_names=hyper_names, decoupled_decay=decoupled_decay)


def _update(networks, slab_starts, slabs, totals, theta, moments, counts, rates, penalty, max_norm, hyper, norms):
    """One optimiser step for each network of the minibatch.

    networks    : (n,)    which networks take part
    slab_starts : (n + 1,) the slabs of networks[i] are slab_starts[i] ... slab_starts[i + 1] - 1
    slabs       : (m, P)  gradients of the chunks; the first of each network becomes its gradient
    totals      : (n,)    sum of the sample weights of each network's minibatch
    theta       : (K, P)  parameters, in and out;  moments : (K, 2, P)  the rule's memory, in and out
    counts      : (K,)    number of steps done, in and out;  rates : (K,) learning rates
    penalty     : (P,)    L2 penalty of each parameter, divided by the sum of weights as scikit-learn does
    max_norm    : float   the gradient is scaled down to this global norm; not when it is 0 or less
    norms       : (K,)    out: global norm of the gradient before clipping
    """
    dtype = theta.dtype.type
    zero, one = dtype(0), dtype(1)
    for i in range(networks.shape[0]):
        network = networks[i]
        g, weights = slabs[slab_starts[i]], theta[network]
        for s in range(slab_starts[i] + 1, slab_starts[i + 1]):
            add_slab(slabs[s], g)
        share = one / totals[i]
        norm = penalised(g, weights, penalty, share, zero if DECOUPLED else share)
        norms[network] = norm
        if max_norm > zero and norm > max_norm:
            scale(g, max_norm / norm)
        counts[network] += 1
        rule(weights, g, penalty, moments[network], counts[network], rates[network], hyper)


@kernel
def add_slab(a, out):
    """out += a."""
    for j in range(out.shape[0]):
        out[j] += a[j]


@kernel
def scale(a, factor):
    """A *= factor."""
    for j in range(a.shape[0]):
        a[j] *= factor


@kernel
def penalised(g, theta, penalty, share, penalty_share):
    """g = share * g + penalty_share * penalty * theta; return its Euclidean norm."""
    total = g.dtype.type(0)
    for j in range(g.shape[0]):
        g[j] = share * g[j] + penalty_share * penalty[j] * theta[j]
        total += g[j] * g[j]
    return total ** g.dtype.type(0.5)
