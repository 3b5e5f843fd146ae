"""The Tweedie distribution of a power between 1 and 2: sums of a Poisson number of gamma variables."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from scipy import special

from .distribution import Dispersed, Distribution, as_levels, as_params, check_positive

LEAST_SKEWNESS = 0.1  # of distributions of less, quantiles are those of the Cornish-Fisher expansion
BLOCK_ROWS = 256  # whose series are summed together, those of like numbers of jumps
PRECISION = 1e-9  # of the chance at a quantile


@dataclass(frozen=True)
class Tweedie(Dispersed, Distribution):
    """The distribution of mean mu and variance dispersion mu^power, with a chance of exactly zero.

    It is X_1 + ... + X_N, N from Poisson(lambda) and X_i from gamma of shape a and scale theta (Jorgensen 1987):
    lambda = mu^(2 - p) / (dispersion (2 - p)), a = (2 - p) / (p - 1), theta = dispersion (p - 1) mu^(p - 1).

    Parameters
    ----------
    power : float in (1, 2), default=1.5
        The one that the loss had.
    dispersion : float, default=1.0
        The loss learns the mean alone; `with_dispersion` estimates this.
    """

    power: float = 1.5
    dispersion: float = 1.0
    loss: ClassVar = "tweedie"
    names: ClassVar = ("mu",)
    needs: ClassVar = "numbers that are not negative"

    def __post_init__(self):
        check_positive("dispersion", self.dispersion)
        if not 1 < self.power < 2:
            raise ValueError(f"power={self.power!r} must be a number between 1 and 2")

    def jumps(self, mu):
        """(lambda, a, theta) for means mu."""
        p, phi = self.power, self.dispersion
        return mu ** (2 - p) / (phi * (2 - p)), (2 - p) / (p - 1), phi * (p - 1) * mu ** (p - 1)

    def mean(self, params):
        """As in Distribution."""
        return as_params(params, self.names)[..., 0].copy()

    def sample(self, params, rng, n):
        """As in Distribution: the sum of N gamma variables is one of shape a N."""
        mu = as_params(params, self.names)[..., 0]
        rate, shape, scale = self.jumps(mu)
        return scale * rng.standard_gamma(shape * rng.poisson(rate, (n, *mu.shape)))

    def cdf(self, params, x):
        """As in Distribution: the sum over k of P(N = k) times the chance of a gamma variable of shape a k."""
        mu, x = np.broadcast_arrays(as_params(params, self.names)[..., 0], np.asarray(x, dtype=np.float64))
        return self._cdf(mu.ravel(), x.ravel()).reshape(mu.shape)

    def quantile(self, params, q):
        """As in Distribution: by root finding, or where the distribution is almost Gaussian by an expansion.

        Below a skewness of 0.1 (450 expected jumps for a power of 1.5) it is that of Cornish and Fisher, with the first
        four moments. Its chances are off by less than 2e-5 between the levels 0.01 and 0.99.
        """
        mu, q = as_params(params, self.names)[..., 0], as_levels(q)
        mu, q = np.broadcast_arrays(mu[..., None] if q.ndim else mu, q)
        flat, levels = mu.ravel(), q.ravel()
        rate, shape, _ = self.jumps(flat)
        answers = np.zeros(flat.shape)
        answers[np.isnan(flat)] = np.nan
        some = levels > np.exp(-rate)  # the others are in the chance of zero
        skewed = (shape + 2) ** 2 > LEAST_SKEWNESS**2 * rate * shape * (shape + 1)
        answers[some & skewed] = self._root(flat[some & skewed], levels[some & skewed])
        answers[some & ~skewed] = self._expansion(flat[some & ~skewed], levels[some & ~skewed])
        return answers.reshape(mu.shape)

    def unfit(self, values):
        """As in Distribution."""
        return values < 0

    def _cdf(self, mu, x):
        rate, shape, scale = self.jumps(np.where(mu > 0, mu, 1.0))  # others are missing, or certainly zero
        wide = 8 * np.sqrt(rate) + 10  # what is further from lambda adds less than 1e-15
        first, last = np.maximum(np.floor(rate - wide), 1), np.ceil(rate + wide)
        total = np.exp(-rate)
        order = np.argsort(rate)
        for rows in (order[begin : begin + BLOCK_ROWS] for begin in range(0, len(order), BLOCK_ROWS)):
            k = first[rows, None] + np.arange((last - first)[rows].max() + 1)
            lam = rate[rows, None]
            chances = np.exp(special.xlogy(k, lam) - lam - special.gammaln(k + 1))
            inside = special.gammainc(shape * k, (np.maximum(x, 0) / scale)[rows, None])
            total[rows] += (chances * inside).sum(axis=1)
        total = np.where(x < 0, 0.0, np.where(mu == 0, 1.0, np.minimum(total, 1.0)))
        return np.where(np.isnan(mu) | np.isnan(x), np.nan, total)

    def _root(self, mu, q):
        """Where the chance is q: false position that halves the weight of an end that stays (Illinois)."""
        high = mu + np.sqrt(self.dispersion * mu**self.power) * np.sqrt(q / (1 - q))  # Cantelli's inequality
        answers, going = high.copy(), np.arange(len(mu))
        low, below, above = np.zeros(mu.shape), self._cdf(mu, np.zeros(mu.shape)) - q, self._cdf(mu, high) - q
        last = np.zeros(mu.shape)
        for turn in range(200):
            x = (low + high) / 2 if turn % 4 == 3 else (low * above - high * below) / (above - below)
            answers[going] = x
            error = self._cdf(mu[going], x) - q[going]
            rises = error < 0
            above = np.where(rises & (last == -1), above / 2, above)
            below = np.where(~rises & (last == 1), below / 2, below)
            low, below = np.where(rises, x, low), np.where(rises, error, below)
            high, above = np.where(rises, high, x), np.where(rises, above, error)
            last = np.where(rises, -1, 1)
            more = (np.abs(error) > PRECISION) & (high - low > PRECISION * mu[going])
            if not more.any():
                break
            going, low, high, below, above, last = (part[more] for part in (going, low, high, below, above, last))
        return answers

    def _expansion(self, mu, q):
        """Cornish-Fisher: the cumulants are lambda E[X^r], E[X^r] = theta^r a (a + 1) ... (a + r - 1)."""
        rate, a, theta = self.jumps(mu)
        second, third = rate * theta**2 * a * (a + 1), rate * theta**3 * a * (a + 1) * (a + 2)
        fourth = rate * theta**4 * a * (a + 1) * (a + 2) * (a + 3)
        z, skew, excess = special.ndtri(q), third / second**1.5, fourth / second**2
        z = z + (z**2 - 1) * skew / 6 + (z**3 - 3 * z) * excess / 24 - (2 * z**3 - 5 * z) * skew**2 / 36
        return np.maximum(mu + np.sqrt(second) * z, 0)
