"""What a loss is: a function over the rows of the network's output, and the link that turns output into prediction."""

from collections.abc import Callable
from dataclasses import dataclass

from ..._jit import bind


@dataclass(frozen=True)
class Loss:
    """A training loss.

    Parameters
    ----------
    name : str
        What the parameter `loss` of the estimators calls it.
    link : {"identity", "exp", "softmax"}
        From the network's linear output o to the prediction.
    rows : callable
        ``(o, y, weight, param, do) -> value``: the weighted sum of the losses of all rows; writes the gradient do.
        o is (R, O), y is (R, n_targets), weight is (B,) and belongs to the rows r with r % B = b, param is (n,)
        numbers of the loss (the quantiles, the width of Huber's parabola), do is (R, O).
    """

    name: str
    link: str
    rows: Callable


def elementwise(name, value, slope, link="identity"):
    """A loss that is a sum over single numbers, from ``value(o, y, q)`` and ``slope(o, y, q)``, its derivative in o.

    The loss of a row is the mean over its outputs. With more outputs than targets, the outputs of one target stand
    side by side, one for each number q in `param`.
    """
    return Loss(name=name, link=link, rows=bind(_rows, name, value=value, slope=slope))


def _rows(o, y, weight, param, do):
    """Sum over rows r and outputs j of weight[r % B] / O * value(o[r, j], y[r, j // Q], param[j % Q])."""
    R, O = o.shape
    B = weight.shape[0]
    n_params = param.shape[0]
    n_repeats = O // y.shape[1]
    dtype = o.dtype.type
    total = dtype(0)
    for r in range(R):
        w = weight[r % B] / dtype(O)
        for j in range(O):
            target, q = y[r, j // n_repeats], param[j % n_params]
            total += w * value(o[r, j], target, q)
            do[r, j] = w * slope(o[r, j], target, q)
    return total
