"""The Box-Cox transform: a power for each series that makes it most like normal noise of one variance."""

from dataclasses import dataclass
from numbers import Real

import numpy as np

from rnnforecast.forecasting.transforms.checks import check_above
from rnnforecast.forecasting.transforms.per_series import PerSeries, as_column

_NO_POWER = 1e-8  # below it, (z^lambda - 1) / lambda is log z to all digits
_LARGEST_LOG = np.log(np.finfo(np.float64).max)
_N_COARSE, _N_FINE = 13, 18  # a grid over the bounds, then golden sections of it: 1/6 * 0.618^18 = 3e-5 of the bounds


@dataclass(frozen=True)
class BoxCox(PerSeries):
    """Take ``(z**lmbda - 1) / lmbda`` of each series, or ``log z`` where lmbda is 0 (Box and Cox 1964).

    z is the series divided by its geometric mean g, which changes the outcome of y by a shift and a factor only, and
    keeps its digits for numbers of any size. The inverse is exact wherever it exists. With a positive lmbda the
    outcome never lies below ``-1 / lmbda``, which is y = 0: forecasts below that become 0. With a negative lmbda it
    never reaches ``-1 / lmbda``: forecasts at or above that become the largest float64. The default bounds have no
    negative lmbda, as the inverse then explodes on the way there.

    Parameters
    ----------
    lmbda : float, optional
        The power of all series: 1 changes nothing, 0.5 is the square root, 0 the logarithm. By default each series
        has the one of maximum likelihood within the bounds; a constant series has 1.
    bounds : (float, float), default=(0.0, 2.0)
        Where to look for it.
    """

    lmbda: float | None = None
    bounds: tuple = (0.0, 2.0)

    learned = ("lmbda", "level")

    def __post_init__(self):
        if self.lmbda is not None and not _finite(self.lmbda):
            raise ValueError(f"lmbda={self.lmbda!r} must be None or a finite number")
        bounds = self.bounds
        if not (isinstance(bounds, tuple | list) and len(bounds) == 2 and all(map(_finite, bounds))):
            raise ValueError(f"bounds={bounds!r} must be two finite numbers")
        if not bounds[0] < bounds[1]:
            raise ValueError(f"bounds={bounds!r} must be in order, the smaller first")
        object.__setattr__(self, "bounds", tuple(bounds))

    def measure(self, panel, common):
        """The power and the logarithm of the geometric mean of each series; see `PerSeries.measure`."""
        check_above(panel, 0.0, "BoxCox")
        logs = np.log(panel.values)
        level = np.add.reduceat(logs, panel.indptr[:-1]) / panel.lengths
        if self.lmbda is not None:
            return {"lmbda": np.full(panel.n_series, float(self.lmbda)), "level": level}
        return {"lmbda": likeliest_power(panel.with_values(logs), self.bounds), "level": level}

    def apply(self, state, panel):
        """Take powers; see `Transform.apply`."""
        check_above(panel, 0.0, "BoxCox")
        lmbda, level = (np.repeat(numbers, panel.lengths) for numbers in self.numbers(state, panel))
        return panel.with_values(_power(np.log(panel.values) - level, lmbda))

    def invert(self, state, forecasts, panel):
        """Take roots, after moving what has none to the nearest end; see `Transform.invert`."""
        lmbda, level = (as_column(numbers, forecasts) for numbers in self.numbers(state, panel))
        none = np.abs(lmbda) < _NO_POWER
        safe = np.where(none, 1.0, lmbda)
        with np.errstate(divide="ignore", over="ignore"):
            logs = np.where(none, forecasts, np.log1p(np.maximum(safe * forecasts, -1.0)) / safe)
        return np.exp(np.minimum(logs + level, _LARGEST_LOG))


def likeliest_power(logs, bounds):
    """Find the power of each series of a panel of logarithms that has the greatest profile likelihood.

    With z = y / g the Jacobian is 1, and the likelihood falls with the variance of the transformed series alone.

    Parameters
    ----------
    logs : Panel
    bounds : (float, float)

    Returns
    -------
    ndarray of shape (n_series,)
    """
    starts, lengths = logs.indptr[:-1], logs.lengths
    smallest, largest = np.minimum.reduceat(logs.values, starts), np.maximum.reduceat(logs.values, starts)
    level = np.add.reduceat(logs.values, starts) / lengths
    from_level = logs.values - np.repeat(level, lengths)
    grid = np.linspace(*bounds, _N_COARSE)
    costs = [_log_variance(np.full(logs.n_series, power), from_level, starts, lengths) for power in grid]
    best = np.argmin(costs, axis=0)
    low, high = grid[np.maximum(best - 1, 0)], grid[np.minimum(best + 1, _N_COARSE - 1)]
    ratio = (np.sqrt(5) - 1) / 2
    left, right = high - ratio * (high - low), low + ratio * (high - low)
    at_left, at_right = (_log_variance(power, from_level, starts, lengths) for power in (left, right))
    for _ in range(_N_FINE):
        lower = at_left < at_right
        low, high = np.where(lower, low, left), np.where(lower, right, high)
        new = np.where(lower, high - ratio * (high - low), low + ratio * (high - low))
        cost = _log_variance(new, from_level, starts, lengths)
        left, right = np.where(lower, new, right), np.where(lower, left, new)
        at_left, at_right = np.where(lower, cost, at_right), np.where(lower, at_left, cost)
    return np.where(smallest == largest, 1.0, (low + high) / 2)


def _log_variance(power, logs, starts, lengths):
    """log var((z^power - 1) / power) of each series; the largest z^power is factored out, so that none overflows."""
    power = np.where(np.abs(power) < _NO_POWER, _NO_POWER, power)
    powers = np.repeat(power, lengths) * logs
    top = np.maximum.reduceat(powers, starts)
    z = np.expm1(powers - np.repeat(top, lengths))
    z -= np.repeat(np.add.reduceat(z, starts) / lengths, lengths)
    with np.errstate(divide="ignore"):  # a constant series has no variance
        return 2 * (top - np.log(np.abs(power))) + np.log(np.add.reduceat(z * z, starts) / lengths)


def _power(logs, lmbda):
    none = np.abs(lmbda) < _NO_POWER
    safe = np.where(none, 1.0, lmbda)
    with np.errstate(over="ignore"):  # the forecaster refuses infinity
        return np.where(none, logs, np.expm1(safe * logs) / safe)


def _finite(number):
    return isinstance(number, Real) and not isinstance(number, bool) and bool(np.isfinite(number))
