"""What errors are measured in, so that those of all series of a panel make one sample."""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from ..uncertainty import residual_scale

PRIOR = 4.0  # windows that the change of a series is worth beside those that it was calibrated on


@dataclass(frozen=True)
class ErrorScale:
    """The size that the errors of a series have beside those of others.

    It is the mean absolute change of its recent rows, from one to the next or from season to season, times a factor of
    the series that its held-back windows tell (`residual_scale`). A series of a single row has no change; the usual one
    of the panel takes its place.

    Parameters
    ----------
    lag : int
        Rows between those whose change counts: 1, or a season.
    ratio : float
        How much larger this change is than that from row to row, which stands in where a series has no two seasons.
    n_rows : int
        The newest rows, whose changes count.
    ids : ndarray of shape (n_series,) or None
        Series that have a factor; others have 1. None where the panel is a single series.
    factors : ndarray of shape (n_series,) or None
    usual : float
        The change of the held-back windows that is usual, their median.
    usual_share : float or None
        The same, but each divided by the size of the last value. None where the changes of series are not more alike
        for that.
    """

    lag: int
    ratio: float
    n_rows: int
    ids: np.ndarray | None
    factors: np.ndarray | None
    usual: float = 1.0
    usual_share: float | None = None

    def at(self, panel, series, ends):
        """Return the scale of series at some ends.

        Parameters
        ----------
        panel : Panel
            Without missing targets.
        series, ends : (n,) int64 array
            The row after the last that is known.

        Returns
        -------
        (n,) array
            Above 0.
        """
        scale = self.change(panel, series, ends)
        if self.factors is None:
            return scale
        places = pd.Index(self.ids).get_indexer(panel.ids)
        return scale * np.where(places < 0, 1.0, self.factors[places])[series]

    def change(self, panel, series, ends):
        """The same without the factors of series."""
        scale = recent_change(panel, series, ends, self.n_rows)
        lengths = np.minimum(ends - panel.indptr[series], self.n_rows)
        if self.lag > 1:
            far = recent_change(panel, series, ends, self.n_rows, self.lag)
            scale = np.where((lengths >= 2 * self.lag) & (far > 0), far, scale * self.ratio)
        scale = np.where(scale > 0, scale, 1.0)
        return np.where(lengths > 1, scale, self._usual_at(panel.values[ends - 1]))

    def _usual_at(self, last):
        """The usual change of series whose last values these are."""
        if self.usual_share is None:
            return np.full(len(last), self.usual)
        return np.where(last == 0, self.usual, self.usual_share * np.abs(last))


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
    plain = ErrorScale(1, 1.0, n_rows, None, None)
    if season > 1 and 2 * season <= n_rows:
        far = recent_change(panel, series, ends, n_rows, season)
        known = (near > 0) & (far > 0) & (size > 0)
        if known.any() and _unlikeliness(size[known], far[known]) < _unlikeliness(size[known], near[known]):
            plain = replace(plain, lag=season, ratio=float(np.median(far[known] / near[known])))
    changes, some = plain.change(panel, series, ends), near > 0
    usual, share = usual_change(changes[some], panel.values[ends[some] - 1], series[some])
    plain = replace(plain, usual=usual, usual_share=share)
    if panel.n_series == 1:
        return plain, changes
    places = np.unique(back)[::-1]
    window = len(places) - 1 - np.searchsorted(places[::-1], back)
    table = np.full((len(places), panel.n_series, errors.shape[1]), np.nan)
    table[window, series] = errors / changes[:, None]
    stride = int(-np.diff(places).max()) if len(places) > 1 else errors.shape[1]
    factors, of_windows = residual_scale(table, stride=stride, prior=PRIOR)
    scale = replace(plain, ids=panel.ids.to_numpy(dtype=object), factors=factors)
    return scale, changes * of_windows[window, series]


def usual_change(changes, last, series):
    """The change that is usual in a panel, for series of which too little is known to tell their own.

    Parameters
    ----------
    changes : (n,) array
        Above 0, of some windows.
    last : (n,) array
        The last values of the windows.
    series : (n,) int array
        Whose windows they are.

    Returns
    -------
    usual : float
        The median; 1 where there is none.
    share : float or None
        The same for ``changes / abs(last)``, where its logarithm varies less from window to window than that of
        `changes`, as it does where large series change more; None elsewhere, and for windows of a single series.
    """
    if not len(changes):
        return 1.0, None
    some = last != 0
    logarithms = np.log(changes)
    shares = logarithms[some] - np.log(np.abs(last[some]))
    if len(np.unique(series[some])) < 2 or shares.std() >= logarithms[some].std():
        return float(np.median(changes)), None
    return float(np.median(changes)), float(np.exp(np.median(shares)))


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
        0 where nothing changes, or there are too few rows.
    """
    firsts = np.maximum(panel.indptr[series], ends - n_rows)
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
