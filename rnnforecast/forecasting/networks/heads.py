"""What a network says of each step to come: a number, quantiles, or the parameters of a distribution."""

from dataclasses import dataclass, replace

import numpy as np

from ...kernels.losses import LOSSES
from ..distributions import DISTRIBUTIONS
from ..distributions.distribution import Dispersed

POINTS = ("squared_error", "absolute_error", "huber")
KERNELS = {"quantile": "noncrossing_quantile"}  # what trains; the others by their own names
QUANTILES = (0.025, 0.1, 0.25, 0.5, 0.75, 0.9, 0.975)
LOSS_NAMES = (
    *POINTS,
    "quantile",
    *(name for name in DISTRIBUTIONS if name not in ("quantile", "noncrossing_quantile")),
)


@dataclass(frozen=True)
class Head:
    """The loss of a forecaster, and how its numbers are read.

    Parameters
    ----------
    loss : str
        As users name it.
    levels : tuple of float
        Of trained quantiles.
    power : float
        Of the Tweedie distribution.
    dispersion : float or None
        Of a distribution whose loss learns the mean alone; measured on held-back windows.
    """

    loss: str
    levels: tuple = QUANTILES
    power: float = 1.5
    dispersion: float | None = None

    @property
    def kernel(self):
        """The Loss that trains."""
        return LOSSES[KERNELS.get(self.loss, self.loss)]

    @property
    def loss_parameters(self):
        """The numbers of the loss."""
        # where Huber's loss turns; the others have no number, and do not read it
        return {"quantile": self.levels, "tweedie": (self.power,)}.get(self.loss, (1.0,))

    @property
    def n_numbers(self):
        """Numbers that a network says of each step."""
        return self.kernel.n_outputs(len(self.loss_parameters))

    @property
    def location(self):
        """Which of them says where the forecast lies."""
        return len(self.levels) // 2 if self.loss == "quantile" else 0

    @property
    def is_point(self):
        """Whether it says one number and nothing of its uncertainty."""
        return self.loss in POINTS

    @property
    def is_raw(self):
        """Whether targets are counts and amounts as they are, and only what networks read is transformed."""
        return self.kernel.on_series_scale

    @property
    def needs_dispersion(self):
        """Whether its quantiles want a number that training does not learn."""
        return not self.is_point and issubclass(DISTRIBUTIONS[self.loss], Dispersed)

    @property
    def distribution(self):
        """The Distribution of the numbers."""
        family = DISTRIBUTIONS[self.loss]
        if self.loss == "quantile":
            return family(levels=self.levels)
        words = {"power": self.power} if self.loss == "tweedie" else {}
        if self.dispersion is not None:
            words["dispersion"] = self.dispersion
        return family(**words)

    def point(self, numbers):
        """The point forecasts (...) of numbers (..., n_numbers): the median of quantiles, else the mean."""
        if self.is_point:
            return numbers[..., 0]
        return self.distribution.quantile(numbers, 0.5) if self.loss == "quantile" else self.distribution.mean(numbers)

    def quantiles(self, numbers, q):
        """The quantiles (..., n) at n levels q."""
        if self.needs_dispersion and self.dispersion is None:
            raise ValueError(
                f"quantiles of loss={self.loss!r} need its dispersion, which is measured on held-back windows: "
                "intervals='conformal', and series long enough to hold some back"
            )
        return self.distribution.quantile(numbers, np.asarray(q))

    def with_dispersion(self, values, means):
        """The same head, with the dispersion of held-back windows where it has one."""
        if not self.needs_dispersion:
            return self
        measured = self.distribution.with_dispersion(values, means)
        return replace(self, dispersion=measured.dispersion)

    def check_target(self, panel):
        """Raise where a target is none that the distribution can have, and name its series."""
        if self.is_point or self.loss == "quantile":
            return
        bad = np.flatnonzero(self.distribution.unfit(panel.values))
        if len(bad):
            raise ValueError(
                f"{panel.name_of(panel.series_at(int(bad[0])))} has {panel.values[bad[0]]:.6g} at "
                f"{panel.times[bad[0]]}; loss={self.loss!r} needs {self.distribution.needs}"
            )
