"""What a loss is: a function over the rows of the network's output, and the link that turns output into prediction."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from ..._jit import bind
from ..addresses import MATRIX, VECTOR, address_of
from ..maths import exp


@dataclass(frozen=True)
class Loss:
    """A training loss.

    Parameters
    ----------
    name : str
        What the parameter `loss` of the estimators calls it.
    link : {"identity", "exp", "softmax", "parameters"}
        From the network's linear output o to the prediction; "parameters" is the function of that name.
    rows : callable
        ``(o, y, weight, param, do) -> value``: the weighted sum of the losses of all rows; writes the gradient do.
        o is (R, O), y is (R, n_targets), weight is (B,) and belongs to the rows r with r % B = b, param is (n,)
        numbers of the loss (the quantiles, the width of Huber's parabola), do is (R, O).
    roles : tuple of {"location", "scale", "shape"}
        What each output of one target stands for after the link: a location moves and stretches with the series, a
        scale only stretches, a shape stays. Each class of a softmax loss has an output, and no role.
    per_number : bool
        Whether a target has an output for each number in `param`, all of the one role.
    on_series_scale : bool
        Whether the loss is taken of raw targets although windows are scaled: then the first output of each target, a
        location before its link, is brought to the scale of the series, and the others are left alone.
    parameters : callable or None
        ``(o) -> parameters``: the link in plain NumPy where outputs of one target depend on another or have links of
        their own, from (..., n) to (..., n), the axis being that of the target's outputs.
    """

    name: str
    link: str
    rows: Callable
    roles: tuple[str, ...] = ("location",)
    per_number: bool = False
    on_series_scale: bool = False
    parameters: Callable | None = None

    def n_outputs(self, n_numbers=1):
        """Outputs of one target, where the loss has `n_numbers` numbers in `param`."""
        return len(self.roles) * (n_numbers if self.per_number else 1)

    def to_parameters(self, o):
        """The link: from outputs (..., n) of one target to its prediction or parameters (..., n), in plain NumPy."""
        if self.link == "softmax":
            raise ValueError(f"the outputs of loss {self.name!r} are classes and not parameters of a target")
        if self.parameters is not None:
            return self.parameters(o)
        return exp(o) if self.link == "exp" else o


def elementwise(name, value, slope, link="identity", **options):
    """A loss that is a sum over single numbers, from ``value(o, y, q)`` and ``slope(o, y, q)``, its derivative in o.

    The loss of a row is the mean over its outputs; a target that is NaN is left out: it adds nothing to the sum and has
    no gradient, and the weight of its row stays. With more outputs than targets, the outputs of one target stand
    side by side, one for each number q in `param`. `options` are other fields of Loss.
    """
    return Loss(name=name, link=link, rows=bind(_rows, name, value=value, slope=slope), **options)


def joint(name, value, link=None, **options):
    """A loss of all outputs of a target together, from ``value(o, y, param, do)``.

    o (P,) are the outputs of one target y, which stand side by side; `value` returns the loss and writes its
    derivatives do (P,). The loss of a row is the mean over its targets; a target that is NaN is missing, and counts
    zero. `options` are other fields of Loss.
    """
    link = link or ("parameters" if options.get("parameters") else "identity")
    return Loss(name=name, link=link, rows=bind(_joint_rows, name, value=value), **options)


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
            if target != target:
                do[r, j] = dtype(0)
                continue
            total += w * value(o[r, j], target, q)
            do[r, j] = w * slope(o[r, j], target, q)
    return total


def _joint_rows(o, y, weight, param, do):
    """Sum over rows r and targets i of weight[r % B] / n value(o[r, i P : i P + P], y[r, i], param)."""
    R, O = o.shape
    B, n_targets = weight.shape[0], y.shape[1]
    P = O // n_targets
    dtype = o.dtype.type
    total = dtype(0)
    for r in range(R):
        w = weight[r % B] / dtype(n_targets)
        for i in range(n_targets):
            target, slopes = y[r, i], do[r, i * P : (i + 1) * P]
            if target != target:
                slopes[:] = 0
                continue
            total += w * value(o[r, i * P : (i + 1) * P], target, param, slopes)
            for j in range(P):
                slopes[j] *= w
    return total


@cache
def loss_address(loss, dtype):
    """The address of a loss for float32 or float64."""
    return address_of(loss.rows, dtype, MATRIX, MATRIX, VECTOR, VECTOR, MATRIX, gives_number=True)
