"""The Gaussian distribution."""

from dataclasses import dataclass
from typing import ClassVar

from .distribution import ScipyDistribution


@dataclass(frozen=True)
class Gaussian(ScipyDistribution):
    """The Gaussian distribution of mean mu and standard deviation sigma."""

    loss: ClassVar = "gaussian"
    names: ClassVar = ("mu", "sigma")

    def frozen(self, stats, params):
        """As in ScipyDistribution."""
        return stats.norm(params[..., 0], params[..., 1])
