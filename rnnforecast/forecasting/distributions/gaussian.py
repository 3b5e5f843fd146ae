"""The Gaussian distribution."""

from dataclasses import dataclass
from typing import ClassVar

from scipy import stats

from .distribution import ScipyDistribution


@dataclass(frozen=True)
class Gaussian(ScipyDistribution):
    """The Gaussian distribution of mean mu and standard deviation sigma."""

    loss: ClassVar = "gaussian"
    names: ClassVar = ("mu", "sigma")

    def frozen(self, params):
        """As in ScipyDistribution."""
        return stats.norm(params[..., 0], params[..., 1])
