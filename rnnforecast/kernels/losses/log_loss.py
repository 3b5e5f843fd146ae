"""Cross entropy of classes, log(sum_j exp(o_j)) - o_y: the softmax of o is the probabilities, y the class's index."""

import math

from ..._jit import kernel
from ..maths import exp
from .loss import Loss


@kernel
def rows(o, y, weight, param, do):
    """Weighted sum over rows of log(sum_j exp(o_j)) - o_y; do = weight (softmax(o) - [j = y]).

    A row whose class is NaN is left out.
    """
    R, O = o.shape
    B = weight.shape[0]
    dtype = o.dtype.type
    total = dtype(0)
    for r in range(R):
        w = weight[r % B]
        if y[r, 0] != y[r, 0]:
            for j in range(O):
                do[r, j] = dtype(0)
            continue
        label = int(y[r, 0])
        largest = o[r, 0]
        for j in range(1, O):
            largest = max(largest, o[r, j])
        mass = dtype(0)
        for j in range(O):
            do[r, j] = exp(o[r, j] - largest)
            mass += do[r, j]
        total += w * (dtype(math.log(mass)) + largest - o[r, label])
        for j in range(O):
            do[r, j] *= w / mass
        do[r, label] -= w
    return total


LOSS = Loss(name="log_loss", link="softmax", rows=rows)
