"""The gamma distribution."""

from dataclasses import dataclass
from typing import ClassVar

from .distribution import Dispersed, ScipyDistribution, check_positive


@dataclass(frozen=True)
class Gamma(Dispersed, ScipyDistribution):
    """The gamma distribution of mean mu and variance dispersion mu^2.

    Parameters
    ----------
    dispersion : float, default=1.0
        The loss learns the mean alone; `with_dispersion` estimates this.
    """

    dispersion: float = 1.0
    loss: ClassVar = "gamma"
    names: ClassVar = ("mu",)
    needs: ClassVar = "positive numbers"
    power: ClassVar = 2

    def __post_init__(self):
        check_positive("dispersion", self.dispersion)

    def frozen(self, stats, params):
        """As in ScipyDistribution: shape 1 / dispersion, scale dispersion mu."""
        return stats.gamma(1 / self.dispersion, scale=self.dispersion * params[..., 0])

    def unfit(self, values):
        """As in Distribution."""
        return values <= 0
