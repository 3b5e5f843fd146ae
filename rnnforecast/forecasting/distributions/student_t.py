"""Student's t distribution."""

from dataclasses import dataclass
from typing import ClassVar

from .distribution import ScipyDistribution


@dataclass(frozen=True)
class StudentT(ScipyDistribution):
    """Student's t of location mu, scale sigma and nu > 2 degrees of freedom; the variance is sigma^2 nu / (nu - 2)."""

    loss: ClassVar = "student_t"
    names: ClassVar = ("mu", "sigma", "nu")

    def frozen(self, stats, params):
        """As in ScipyDistribution."""
        return stats.t(params[..., 2], params[..., 0], params[..., 1])
