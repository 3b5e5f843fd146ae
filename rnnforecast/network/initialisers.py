"""First values of the parameters, one function for each name of the parameter `init`."""

import os
import threading
from functools import cache

import numpy as np
from threadpoolctl import ThreadpoolController

EMBEDDING_DEVIATION = 0.1  # of the vectors of categories at the start
FIRST_DECAY = 0.1  # what decays by it loses a tenth in a unit of time
MANY = 64  # rows from which on BLAS would start threads, which wait for one another where the cores are busy
_one_at_a_time = threading.RLock()  # the number of BLAS threads belongs to the whole process


@cache
def _blas():
    """BLAS's threads. From their first use on, forks wait for who limits them: a child would inherit lock and limit."""
    if hasattr(os, "register_at_fork"):
        acquire, release = _one_at_a_time.acquire, _one_at_a_time.release
        os.register_at_fork(before=acquire, after_in_parent=release, after_in_child=release)
    return ThreadpoolController()


def glorot_orthogonal(network, rng):
    """Input and output weights uniform in +-sqrt(6 / (fan_in + fan_out)), recurrent weights orthogonal, biases zero.

    Glorot and Bengio (2010) for the uniform law; Saxe, McClelland and Ganguli (2014) for the orthogonal one, which
    neither shrinks nor stretches what flows back through time.
    """
    theta = np.zeros(network.layout.size)
    for name, view in network.layout.views(theta).items():
        kind = name.rsplit(".", 1)[1]
        if kind == "U":
            view[...] = [_orthogonal(view.shape[1], rng) for _ in view]
        elif kind == "E":
            view[...] = EMBEDDING_DEVIATION * rng.normal(size=view.shape)
        elif name == "decay.w":
            view[...] = FIRST_DECAY
        elif kind not in "bL" and name != "decoder.S":  # a network begins without the linear maps from all steps
            bound = np.sqrt(6 / sum(view.shape[-2:]))
            view[...] = rng.uniform(-bound, bound, view.shape)
    return theta


def torch_uniform(network, rng):
    """Everything uniform in +-1 / sqrt(hidden size), as PyTorch's recurrent and linear layers begin."""
    theta = np.zeros(network.layout.size)
    for name, view in network.layout.views(theta).items():
        if name in ("head.L", "decoder.S", "decay.b"):
            continue
        if name == "decay.w":
            view[...] = FIRST_DECAY
            continue
        if name.endswith(".E"):
            view[...] = EMBEDDING_DEVIATION * rng.normal(size=view.shape)
            continue
        if name == "head.S":
            bound = 1 / np.sqrt(network.n_features)
        else:
            bound = 1 / np.sqrt(network.top_size if name.startswith("head") else view.shape[-1])
        view[...] = rng.uniform(-bound, bound, view.shape)
    return theta


def _orthogonal(n, rng):
    """A random orthogonal matrix, uniform over all of them (Mezzadri 2007)."""
    normal = rng.normal(size=(n, n))
    if n < MANY:
        q, r = np.linalg.qr(normal)
    else:
        controller = _blas()
        with _one_at_a_time, controller.limit(limits=1, user_api="blas"):
            q, r = np.linalg.qr(normal)
    return q * np.sign(np.diag(r))


INITIALISERS = {"glorot_orthogonal": glorot_orthogonal, "torch": torch_uniform}
