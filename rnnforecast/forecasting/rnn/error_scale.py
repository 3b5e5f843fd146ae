"""What errors are measured in, so that those of all series of a panel make one sample."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ..uncertainty import residual_scale

PRIOR = 4.0  # windows that the change of a series is worth beside those that it was calibrated on


@dataclass(frozen=True)
class ErrorScale:
    """The size that the errors of a series have beside those of others.

    It is the mean absolute change of its recent rows, from one to the next or from season to season, times a factor of
    the series that its held-back windows tell (`residual_scale`).

    Parameters
    ----------
    lag : int
        Rows between those whose change counts: 1, or a season.
    ratio : float
        How much larger this change is than that from row to row, which stands in where a series has no two seasons.
    ids : ndarray of shape (n_series,) or None
        Series that have a factor; others have 1. None where the panel is a single series.
    factors : ndarray of shape (n_series,) or None
    """

    lag: int
    ratio: float
    ids: np.ndarray | None
    factors: np.ndarray | None

    def at(self, panel, series, ends, n_rows):
        """Return the scale of series at some ends.

        Parameters
        ----------
        panel : Panel
            Without missing targets.
        series, ends : (n,) int64 array
            The row after the last that is known.
        n_rows : int
            Rows before it that count.

        Returns
        -------
        (n,) array
            Above 0.
        """
        scale = self.change(panel, series, ends, n_rows)
        if self.factors is None:
            return scale
        places = pd.Index(self.ids).get_indexer(panel.ids)
        return scale * np.where(places < 0, 1.0, self.factors[places])[series]

    def change(self, panel, series, ends, n_rows):
        """The same without the factors of series."""
        near = recent_change(panel, series, ends, n_rows)
        if self.lag == 1:
            return np.where(near > 0, near, 1.0)
        far = recent_change(panel, series, ends, n_rows, self.lag)
        seasons = np.minimum(ends - panel.indptr[series], n_rows) >= 2 * self.lag
        scale = np.where(seasons & (far > 0), far, near * self.ratio)
        return np.where(scale > 0, scale, 1.0)


def learn_scale(panel, series, ends, back, errors, season, n_rows):
    """Choose what errors are measured in, by those of held-back windows.

    Of the two changes that one is taken under which the errors, as of a Laplace distribution that is as wide as the
    change says, are likelier: the one with the lower ``log mean(|error| / change) + mean log(change)``.

    Parameters
    ----------
    panel : Panel
        Without missing targets.
    series, ends : (n,) int64 array
        The series of each window, rising, and the row after it.
    back : (n,) int64 array
        Rows from there to the end of the series.
    errors : (n, h) array
        NaN where nothing was known.
    season, n_rows : int
        As for `ErrorScale`.

    Returns
    -------
    scale : ErrorScale
    of_windows : (n,) array
        What the error of each window is to be divided by.
    """
    near, size = recent_change(panel, series, ends, n_rows), _mean_size(errors)
    plain, lag, ratio = ErrorScale(1, 1.0, None, None), 1, 1.0
    if season > 1 and 2 * season <= n_rows:
        far = recent_change(panel, series, ends, n_rows, season)
        known = (near > 0) & (far > 0) & (size > 0)
        if known.any() and _unlikeliness(size[known], far[known]) < _unlikeliness(size[known], near[known]):
            lag, ratio = season, float(np.median(far[known] / near[known]))
            plain = ErrorScale(lag, ratio, None, None)
    changes = plain.change(panel, series, ends, n_rows)
    if panel.n_series == 1:
        return plain, changes
    places = np.unique(back)[::-1]
    window = len(places) - 1 - np.searchsorted(places[::-1], back)
    table = np.full((len(places), panel.n_series, errors.shape[1]), np.nan)
    table[window, series] = errors / changes[:, None]
    stride = int(-np.diff(places).max()) if len(places) > 1 else errors.shape[1]
    factors, of_windows = residual_scale(table, stride=stride, prior=PRIOR)
    return ErrorScale(lag, ratio, panel.ids.to_numpy(dtype=object), factors), changes * of_windows[window, series]


def like_a_season(errors, back, season):
    """Give the errors of each step the size that is usual within half a season of it, where windows begin at one phase.

    Step 1 is a night hour in all windows then, and may be a day hour in forecasts.

    Parameters
    ----------
    errors : (n, h) array
        NaN where nothing was known.
    back : (n,) int64 array
        Rows from the end of each window's past to the end of the series.
    season : int

    Returns
    -------
    (n, h) array
    """
    h = errors.shape[1]
    half = min(season // 2, (h - 1) // 2)
    if half == 0 or len(np.unique(back % season)) > 1:
        return errors
    size = _mean_size(errors.T)
    firsts = np.clip(np.arange(h) - half, 0, h - 2 * half - 1)
    usual = np.array([size[first : first + 2 * half + 1].mean() for first in firsts])
    return errors * np.where(size > 0, usual / np.where(size > 0, size, 1.0), 1.0)


def _mean_size(errors):
    known = np.isfinite(errors)
    return np.where(known, np.abs(errors), 0.0).sum(axis=1) / np.maximum(known.sum(axis=1), 1)


def _unlikeliness(size, scale):
    return np.log(np.mean(size / scale)) + np.mean(np.log(scale))


def recent_change(panel, series, ends, n_rows, lag=1):
    """Mean absolute change of series over the last rows before some ends.

    Parameters
    ----------
    panel : Panel
    series, ends : (n,) int64 array
    n_rows : int
    lag : int, default=1
        Rows from one to the other.

    Returns
    -------
    (n,) array
        0 where nothing changes, or, with a lag above 1, there are too few rows.
    """
    firsts = np.maximum(panel.indptr[series], ends - n_rows)
    short = np.flatnonzero(ends - firsts < 2)
    if len(short):
        raise ValueError(
            f"{panel.name_of(series[short[0]])} has {ends[short[0]] - firsts[short[0]]} rows; level, quantiles and "
            "simulate need at least 2"
        )
    count = ends - firsts - lag
    some = count > 0
    change = np.zeros(len(ends))
    if some.any():
        firsts, ends = firsts[some], ends[some]
        oldest = firsts.min()
        values = panel.values[oldest:]  # of a long series, few rows are recent
        steps = np.abs(values[lag:] - values[:-lag])
        change[some] = window_sums(steps, firsts - oldest, ends - lag - oldest) / count[some]
    return change


def window_sums(values, firsts, stops):
    """Sums of ``values[firsts[i]:stops[i]]``, each by itself, so that large numbers elsewhere cost no digits."""
    edges = np.stack([firsts, stops], axis=1).reshape(-1)
    padded = np.append(values, 0.0)
    return np.add.reduceat(padded, edges)[::2]
