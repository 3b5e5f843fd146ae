"""Pinball loss of quantiles that cannot cross: one is free, and the others lie increments above or below it.

With Q outputs o of a target for rising levels, m = Q // 2 and s = softplus:
quantile_m = o_m, quantile_k = quantile_k-1 + s(o_k) above it, quantile_k = quantile_k+1 - s(o_k) below
(Park et al. 2022, Learning quantile functions without quantile crossing). The loss of a target is the mean over its
quantiles of max(q (y - quantile), (q - 1) (y - quantile)).
"""

import numpy as np

from ..._jit import kernel
from ..maths import sigmoid, softplus
from .loss import joint


@kernel
def value(o, y, param, do):
    """The mean pinball loss; param has the levels, in rising order. do has their slopes, then the sums of these."""
    dtype = o.dtype.type
    Q = o.shape[0]
    m, total = Q // 2, dtype(0)
    quantile = o[m]
    for k in range(m, Q):
        quantile += softplus(o[k]) if k > m else dtype(0)
        total += pinball(quantile, y, param[k], do, k)
    quantile = o[m]
    for k in range(m - 1, -1, -1):
        quantile -= softplus(o[k])
        total += pinball(quantile, y, param[k], do, k)
    gather_outside(o, do, Q - 1, m, -1, dtype(1))
    gather_outside(o, do, 0, m, 1, dtype(-1))
    for k in range(Q):
        do[k] /= dtype(Q)
    return total / dtype(Q)


@kernel
def pinball(quantile, y, q, do, k):
    """The loss of one quantile, and its slope in do[k]: -q below y, 1 - q above, 0 at y; NaN is kept."""
    e = y - quantile
    zero, one = type(e)(0), type(e)(1)
    do[k] = -q if e > zero else one - q if e < zero else e
    return (q - one) * e if e < zero else q * e


@kernel
def gather_outside(o, do, first, m, step, sign):
    """From the outermost quantile to the next one after m: an increment moves all quantiles from it outwards."""
    total = do.dtype.type(0)
    for k in range(first, m, step):
        total += do[k]
        do[k] = sign * sigmoid(o[k]) * total
    do[m] += total


def parameters(o):
    """The quantiles."""
    m, steps, quantiles = o.shape[-1] // 2, softplus(o), o.copy()
    middle = o[..., m : m + 1]
    quantiles[..., m + 1 :] = middle + np.cumsum(steps[..., m + 1 :], axis=-1)
    quantiles[..., :m] = middle - np.cumsum(steps[..., :m][..., ::-1], axis=-1)[..., ::-1]
    return quantiles


LOSS = joint("noncrossing_quantile", value, parameters=parameters, per_number=True)
