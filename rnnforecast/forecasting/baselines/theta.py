"""The Theta method: half a straight line, half exponential smoothing of what lies twice as far from it."""

import numpy as np

from rnnforecast.forecasting.baselines.naive2 import as_table, blocks

_LEAST, _MOST = 1e-4, 0.9999  # bounds of the smoothing parameter
_COARSE, _FINE, _ROUNDS = 17, 9, 7  # values of it that are tried at first, in each later round, and how many rounds


def theta_forecasts(values, starts, stops, factors, h):
    """Forecast h steps after each of ``values[starts[i]:stops[i]]``, seasonally adjusted.

    With a + b t the least-squares line through the n adjusted values y_t, and l_n the level of simple exponential
    smoothing of 2 y_t - (a + b t)::

        ŷ_{n+j} = (a + b (n + j) + l_n) / 2

    The smoothing parameter and the first level are those of the least squared one-step error.

    Parameters
    ----------
    values : ndarray of shape (n_rows,)
    starts, stops : ndarray of shape (n,)
    factors : ndarray of shape (n, season)
        Seasonal factors by place from each start, as `seasonal_factors` gives them.
    h : int

    Returns
    -------
    ndarray of shape (n, h)
        Without the season; not finite where a factor is 0.

    References
    ----------
    Assimakopoulos, V. and Nikolopoulos, K. (2000). The theta model: a decomposition approach to forecasting.
    International Journal of Forecasting 16(4).
    """
    lengths, forecasts = stops - starts, np.empty((len(starts), h))
    for block in blocks(lengths, np.arange(len(starts))):
        table, inside = as_table(values, starts[block], lengths[block])
        with np.errstate(divide="ignore", invalid="ignore"):
            table = table / factors[block][:, np.arange(table.shape[1]) % factors.shape[1]]
        known = np.isfinite(table).all(axis=1)
        forecasts[block[~known]] = np.nan
        forecasts[block[known]] = _theta(table[known], inside[known], lengths[block][known], h)
    return forecasts


def _theta(table, inside, lengths, h):
    n, step = lengths[:, None], np.arange(table.shape[1] + h)
    mean = table.sum(axis=1, where=inside)[:, None] / n
    away = step - (n - 1) / 2
    sides = np.where(inside, away[:, :-h], 0.0)
    spread = np.maximum((sides**2).sum(axis=1), 0.5)  # 0.5 is that of two values; one value has no slope
    slope = ((sides * (table - mean)).sum(axis=1) / spread)[:, None]
    level = _smoothed(2 * table - mean - slope * away[:, :-h], inside, lengths)
    future = np.take_along_axis(away, n + np.arange(h), axis=1)
    return (level[:, None] + mean + slope * future) / 2


def _smoothed(table, inside, lengths):
    """Last level (n,) of simple exponential smoothing, each row with its best parameter; rows lie by length."""
    centre = table.sum(axis=1, where=inside)[:, None] / lengths[:, None]
    size = np.abs(table - centre).max(axis=1, where=inside, initial=0.0)[:, None]
    scaled = (table - centre) / np.where(size > 0, size, 1.0)
    low, high = (np.full((len(table), 1), bound) for bound in (_LEAST, _MOST))
    for n_values in [_COARSE, *[_FINE] * (_ROUNDS - 1)]:
        alpha = low + (high - low) * np.linspace(0, 1, n_values)
        level, loss = _smooth(scaled, lengths, alpha)
        best = loss.argmin(axis=1)[:, None]
        low = np.take_along_axis(alpha, np.maximum(best - 1, 0), axis=1)
        high = np.take_along_axis(alpha, np.minimum(best + 1, n_values - 1), axis=1)
    return (centre + size * np.take_along_axis(level, best, axis=1))[:, 0]


def _smooth(table, lengths, alpha):
    """Last level and sum of squared errors for parameters `alpha`, all (n, k), each from the best first level.

    Smoothing from a first level of l has the errors e_t - l d_t, with e_t those from a first level of 0 and
    d_t = (1 - alpha)^t, so that the best l is that of least squares.
    """
    level, decay = np.zeros_like(alpha), np.ones_like(alpha)
    ee, ed, dd = np.zeros((3, *alpha.shape))
    for step, first in enumerate(np.searchsorted(lengths, np.arange(table.shape[1]), side="right")):
        rows = slice(first, None)  # those that are so long
        error = table[rows, step, None] - level[rows]
        ee[rows] += error * error
        ed[rows] += error * decay[rows]
        dd[rows] += decay[rows] ** 2
        level[rows] += alpha[rows] * error
        decay[rows] *= 1 - alpha[rows]
    start = ed / dd
    return level + decay * start, ee - ed * start
