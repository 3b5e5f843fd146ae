"""The Theta method: half a straight line, half exponential smoothing of what lies twice as far from it."""

import numpy as np

from ...kernels.smoothing import smoothed_levels
from .factors import as_table, blocks


def theta_forecasts(values, starts, stops, factors, h):
    """Forecast h steps after each of ``values[starts[i]:stops[i]]``, seasonally adjusted.

    With a + b t the least-squares line through the n adjusted values y_t, and l_n the level of simple exponential
    smoothing of 2 y_t - (a + b t)::

        ŷ_{n+j} = (a + b (n + min(j, n)) + l_n) / 2

    The line goes on for as many steps as it was seen, so that the slope of two values does not run away. The smoothing
    parameter and the first level are those of the least squared one-step error.

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
    future = np.take_along_axis(away, n + np.minimum(np.arange(h), n - 1), axis=1)
    return (level[:, None] + mean + slope * future) / 2


def _smoothed(table, inside, lengths):
    """Last level (n,) of simple exponential smoothing, each row with its best parameter, on a scale of its own."""
    centre = table.sum(axis=1, where=inside) / lengths
    size = np.abs(table - centre[:, None]).max(axis=1, where=inside, initial=0.0)
    scaled = (table - centre[:, None]) / np.where(size > 0, size, 1.0)[:, None]
    return centre + size * smoothed_levels(scaled, lengths)
