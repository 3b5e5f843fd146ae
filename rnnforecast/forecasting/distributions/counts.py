"""Distributions of counts: Poisson and negative binomial."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from .distribution import ScipyDistribution


class Counts(ScipyDistribution):
    """A distribution of 0, 1, 2, ..."""

    needs: ClassVar = "counts: 0, 1, 2, ..."

    def unfit(self, values):
        """As in Distribution."""
        return (values < 0) | (values != np.floor(values)) & ~np.isnan(values)


@dataclass(frozen=True)
class Poisson(Counts):
    """The Poisson distribution of mean mu."""

    loss: ClassVar = "poisson"
    names: ClassVar = ("mu",)

    def frozen(self, stats, params):
        """As in ScipyDistribution."""
        return stats.poisson(params[..., 0])


@dataclass(frozen=True)
class NegativeBinomial(Counts):
    """The negative binomial distribution of mean mu and variance mu + alpha mu^2 (Salinas et al. 2020)."""

    loss: ClassVar = "negative_binomial"
    names: ClassVar = ("mu", "alpha")

    def frozen(self, stats, params):
        """As in ScipyDistribution: 1 / alpha successes of chance 1 / (1 + alpha mu)."""
        mu, alpha = params[..., 0], params[..., 1]
        return stats.nbinom(1 / alpha, 1 / (1 + alpha * mu))
