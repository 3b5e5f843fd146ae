"""What an optimiser is, and the update of a network's parameters after one minibatch."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from ..._jit import bind, kernel
from ..addresses import MATRIX, PLACES, VECTOR, address_of

LOSS, WEIGHT, PENALTY, NORM, N_SUMS = range(5)  # columns of the sums: what training tells of each chunk


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
        The estimator's parameters that make the array `hyper` after its first number, in this order.
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


def _update(slabs, sums, theta, moments, count, rate, penalty, hyper):
    """One step of one network.

    slabs   : (n, P)  gradients of the minibatch's chunks; the first becomes the gradient
    sums    : (n, N_SUMS)  what training told of the chunks; out: penalty and gradient norm, in the first row
    theta   : (P,)    parameters, in and out;  moments : (2, P)  the rule's memory, in and out
    count   : (1,)    number of steps done, in and out;  rate : (1,) learning rate
    penalty : (P,)    L2 penalty of each parameter, divided by the sum of weights as scikit-learn does
    hyper   : (n,)    norm that the gradient is scaled down to (0 for never), then the rule's own numbers
    """
    dtype = theta.dtype.type
    zero, one = dtype(0), dtype(1)
    total = zero
    for i in range(sums.shape[0]):
        total += sums[i, WEIGHT]
    sums[0, PENALTY] = penalty_value(theta, penalty)
    if total == zero:
        return
    g = slabs[0]
    for i in range(1, slabs.shape[0]):
        add_slab(slabs[i], g)
    share, max_norm = one / total, hyper[0]
    norm = penalised(g, theta, penalty, share, zero if DECOUPLED else share)
    sums[0, NORM] = norm
    if max_norm > zero and norm > max_norm:
        scale(g, max_norm / norm)
    count[0] += 1
    rule(theta, g, penalty, moments, count[0], rate[0], hyper[1:])


@cache
def update_address(optimiser, dtype):
    """The address of an optimiser's update for float32 or float64."""
    kinds = (MATRIX, MATRIX, VECTOR, MATRIX, PLACES, VECTOR, VECTOR, VECTOR)
    return address_of(optimiser.update, dtype, *kinds)


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
def penalty_value(theta, penalty):
    """Half the sum of penalty * theta^2."""
    total = theta.dtype.type(0)
    for j in range(theta.shape[0]):
        total += penalty[j] * theta[j] * theta[j]
    return total * theta.dtype.type(0.5)


@kernel
def penalised(g, theta, penalty, share, penalty_share):
    """g = share * g + penalty_share * penalty * theta; return its Euclidean norm."""
    total = g.dtype.type(0)
    for j in range(g.shape[0]):
        g[j] = share * g[j] + penalty_share * penalty[j] * theta[j]
        total += g[j] * g[j]
    return total ** g.dtype.type(0.5)
