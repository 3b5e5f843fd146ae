"""Simple forecasts h steps after each of ``values[starts[i]:stops[i]]``, with the season on them: (n, h)."""

import numpy as np

from .factors import seasonal_factors, smoothing_factors
from .theta import theta_forecasts


def repeat(values, starts, stops, season, h):
    """Repeat the last season; the last value where a series is shorter."""
    back = np.where(stops - starts >= season, season, 1)[:, None]
    return values[stops[:, None] - back + np.arange(h) % back]


def naive2(values, starts, stops, season, h):
    """Repeat the last value, adjusted for the season where there is one, as the M4 competition's Naive2."""
    factors, last = seasonal_factors(values, starts, stops, season), values[stops - 1]
    ahead = _ahead(factors, stops - starts, np.arange(-1, h))
    with np.errstate(divide="ignore", invalid="ignore"):
        return _or_last(last[:, None] / ahead[:, :1] * ahead[:, 1:], last)


def theta(values, starts, stops, season, h):
    """Forecast by the Theta method, adjusted for the season where there is one."""
    factors = smoothing_factors(values, starts, stops, seasonal_factors(values, starts, stops, season))
    ahead = _ahead(factors, stops - starts, np.arange(h))
    with np.errstate(invalid="ignore", over="ignore"):
        return _or_last(theta_forecasts(values, starts, stops, factors, h) * ahead, values[stops - 1])


def _ahead(factors, lengths, steps):
    """The factors of some steps after the last row of each series, 0 for the first one."""
    return np.take_along_axis(factors, (lengths[:, None] + steps) % factors.shape[1], axis=1)


def _or_last(forecasts, last):
    """The last value where a forecast is not finite, as with a factor of 0 or the largest numbers."""
    return np.where(np.isfinite(forecasts).all(axis=1, keepdims=True), forecasts, last[:, None])
