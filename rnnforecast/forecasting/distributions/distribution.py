"""What all distributions of forecasts can do, and what SciPy's do the same way."""

from abc import ABC, abstractmethod
from dataclasses import replace
from typing import ClassVar

import numpy as np


class Distribution(ABC):
    """A family of distributions, one for each row of parameters.

    Parameters are arrays (..., n_parameters) as a loss's link gives them, on the scale of the series. Results are
    float64.

    Attributes
    ----------
    loss : str
        The loss whose link gives the parameters.
    names : tuple of str
        What the parameters on the last axis are.
    needs : str
        What targets must be.
    """

    loss: ClassVar[str]
    names: ClassVar[tuple[str, ...]]
    needs: ClassVar[str] = "finite numbers"

    @abstractmethod
    def mean(self, params):
        """The means, (...)."""

    @abstractmethod
    def quantile(self, params, q):
        """The quantiles.

        Parameters
        ----------
        params : (..., n_parameters) array
        q : float or (n,) sequence of float in (0, 1)

        Returns
        -------
        (...) array, or (..., n) for a sequence
        """

    @abstractmethod
    def cdf(self, params, x):
        """The chance of a value of at most x; x is broadcast against the shape (...) of the parameters' rows."""

    @abstractmethod
    def sample(self, params, rng, n):
        """Draw n values of each, (n, ...), with a numpy.random.Generator."""

    def unfit(self, values):
        """Which finite values the distribution cannot have; NaN are missing values, and fit."""
        return np.zeros(values.shape, bool)

    def check_target(self, values):
        """Raise a ValueError that names the first value which the distribution cannot have, and what it needs.

        Parameters
        ----------
        values : array of float
            With NaN for missing values.
        """
        values = np.asarray(values, dtype=np.float64)
        bad = values[self.unfit(values) | np.isinf(values)]
        if bad.size:
            raise ValueError(f"the data hold {bad[0]:.6g}; loss={self.loss!r} needs {self.needs}")


class ScipyDistribution(Distribution):
    """A family that scipy.stats knows."""

    @abstractmethod
    def frozen(self, stats, params):
        """The distribution in `stats`, which is scipy.stats, of these parameters, float64 (..., n_parameters)."""

    def _of(self, params):
        from scipy import stats  # here, as it takes 0.7 s to import

        return self.frozen(stats, params)

    def mean(self, params):
        """As in Distribution."""
        return self._of(as_params(params, self.names)).mean()

    def quantile(self, params, q):
        """As in Distribution."""
        q = as_levels(q)
        params = as_params(params, self.names)
        if q.ndim:
            params = params[..., None, :]
        return self._of(params).ppf(q)

    def cdf(self, params, x):
        """As in Distribution."""
        return self._of(as_params(params, self.names)).cdf(x)

    def sample(self, params, rng, n):
        """As in Distribution."""
        params = as_params(params, self.names)
        return self._of(params).rvs(size=(n, *params.shape[:-1]), random_state=rng).astype(np.float64)


class Dispersed:
    """Of distributions whose loss learns the mean alone: the dispersion phi in variance = phi mean^power."""

    def with_dispersion(self, values, means):
        """The same distribution with Pearson's estimate of the dispersion, the mean of (y - mean)^2 / mean^power.

        Parameters
        ----------
        values, means : arrays of one shape
            Known values, best of windows that training has not seen, and the means predicted for them; missing values
            (NaN) are left out.
        """
        values, means = np.asarray(values, dtype=np.float64), np.asarray(means, dtype=np.float64)
        if values.shape != means.shape:
            raise ValueError(f"values has shape {values.shape} and means {means.shape}; they must be the same")
        known = ~np.isnan(values)
        ratios = (values[known] - means[known]) ** 2 / means[known] ** self.power
        dispersion = float(ratios.mean()) if len(ratios) else 0.0
        if not 0 < dispersion < np.inf:
            raise ValueError(f"values and means give a dispersion of {dispersion:.6g}; it must be positive and finite")
        return replace(self, dispersion=dispersion)


def as_params(params, names):
    """The parameters as float64, with one of each name on the last axis."""
    params = np.asarray(params, dtype=np.float64)
    if params.ndim == 0 or params.shape[-1] != len(names):
        raise ValueError(f"params has shape {params.shape}; its last axis must hold {', '.join(names)}")
    return params


def as_levels(q):
    """The levels of quantiles as a float64 array of at most one dimension, each between 0 and 1."""
    levels = np.asarray(q, dtype=np.float64)
    if levels.ndim > 1 or not np.all((levels > 0) & (levels < 1)):
        raise ValueError(f"q={q!r} must be a number between 0 and 1, or a sequence of such numbers")
    return levels


def check_positive(name, value):
    """Raise a ValueError unless the field is a positive number."""
    if not 0 < value < np.inf:
        raise ValueError(f"{name}={value!r} must be a positive number")
