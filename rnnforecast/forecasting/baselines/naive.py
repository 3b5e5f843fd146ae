"""Forecasts that every other forecast has to beat."""

from numbers import Integral

import numpy as np
import pandas as pd
from sklearn.utils._param_validation import Interval, StrOptions

from rnnforecast.forecasting.base import BaseForecaster
from rnnforecast.forecasting.panels.frequency import season_length
from rnnforecast.forecasting.panels.missing import filled
from rnnforecast.forecasting.rnn.bounds import Calibration
from rnnforecast.forecasting.simple.factors import FEWEST_SEASONS
from rnnforecast.forecasting.simple.seasonal import naive2, repeat, theta

_NAMES = {
    "last": "Naive",
    "seasonal": "SeasonalNaive",
    "naive2": "Naive2",
    "drift": "Drift",
    "mean": "Mean",
    "window_average": "WindowAverage",
    "theta": "Theta",
}
_SEASONAL = {"seasonal": repeat, "naive2": naive2, "theta": theta}
# Rolling errors kept for the intervals, over all series; more would not change a quantile that is asked for.
_MAX_WINDOWS = 10_000
_MAX_ROWS = 5_000_000  # decomposed for them by "naive2" and "theta"


class NaiveForecaster(BaseForecaster):
    """Repeat the last value, the last season or a mean, or go on along the line from the first value to the last.

    Intervals are conformal: as wide as the errors that the same rule made on rolling origins in the training
    data, in units of each series' mean absolute change from season to season. Targets must be known; in a backtest
    beside a forecaster that takes missing ones, the last known value stands in their place.

    Parameters
    ----------
    h : int
        Number of steps to forecast.
    method : {"last", "seasonal", "naive2", "drift", "mean", "window_average", "theta"}, default="last"
        "seasonal" repeats the last `season_length` values; in a series shorter than that it repeats the last
        value, as the M4 competition did. "naive2" is that competition's reference: where a test at the level of
        90 % finds a season, the values are divided by the seasonal factors of the classical decomposition, the
        last of them is repeated, and multiplied by the factors again; else the last value is repeated.
        "window_average" is the mean of the last `window_size` values, "mean" that of all. "theta" is the Theta
        method (Assimakopoulos and Nikolopoulos 2000) on values that are adjusted as for "naive2", but where that makes
        them far rougher; its line goes on for as many steps as the series has.
    season_length : int, optional
        Steps in a season. By default what is usual for the frequency, such as 12 for months; with integer
        stamps it must be given for ``method="seasonal"``, "naive2" and "theta".
    window_size : int, optional
        Values to average, for ``method="window_average"``, which needs it.
    id_col, time_col, target_col : str
        Columns of long frames.
    freq : str, pandas offset or int, optional
        Frequency, where the data do not show it.

    Attributes
    ----------
    season_length_ : int
        The season used.
    context_ : Panel
        The end of the training series.
    freq_ : pandas offset or int
        Frequency of the training data.
    residuals_ : ndarray of shape (n_windows, h)
        Scaled errors on rolling origins; NaN for steps after the end of a series.
    scale_ids_, scale_ : ndarray of shape (n_series,)
        Names of the training series, and what their errors were divided by.
    usual_scale_ : float
        Median of `scale_`, for series of a single row.

    Examples
    --------
    >>> import pandas as pd
    >>> from rnnforecast.forecasting import NaiveForecaster
    >>> y = pd.Series([1.0, 2.0, 3.0, 4.0], index=pd.period_range("2024Q1", periods=4, freq="Q"))
    >>> NaiveForecaster(h=2, method="drift").fit(y).predict().tolist()
    [5.0, 6.0]
    """

    gives_quantiles = True
    bridges_missing = True
    _parameter_constraints = {
        "h": [Interval(Integral, 1, None, closed="left")],
        "method": [StrOptions(set(_NAMES))],
        "season_length": [Interval(Integral, 1, None, closed="left"), None],
        "window_size": [Interval(Integral, 1, None, closed="left"), None],
        "id_col": [str],
        "time_col": [str],
        "target_col": [str],
        "freq": "no_validation",
    }

    def __init__(
        self,
        h,
        *,
        method="last",
        season_length=None,
        window_size=None,
        id_col="unique_id",
        time_col="ds",
        target_col="y",
        freq=None,
    ):
        self.h = h
        self.method = method
        self.season_length = season_length
        self.window_size = window_size
        self.id_col = id_col
        self.time_col = time_col
        self.target_col = target_col
        self.freq = freq

    @property
    def model_name(self):
        """Column of the forecasts: "Naive", "SeasonalNaive", "Naive2", "Drift", "Mean", "WindowAverage", "Theta"."""
        return _NAMES.get(self.method, "Naive")

    def _fit_panel(self, panel):
        if (self.window_size is None) == (self.method == "window_average"):
            raise ValueError(
                f"window_size={self.window_size} with method={self.method!r}; 'window_average' needs an int, and the "
                "others take none"
            )
        if self.season_length is None and self.method in _SEASONAL and panel.kind == "integer":
            raise ValueError("season_length=None needs stamps that are dates; give it for integer stamps")
        self.season_length_ = season_length(panel.freq) if self.season_length is None else int(self.season_length)
        scale = seasonal_scale(panel, self.season_length_)
        known = scale[np.isfinite(scale)]
        self.scale_ids_, self.scale_ = panel.ids.to_numpy(dtype=object), scale
        self.usual_scale_ = float(np.median(known)) if len(known) else np.nan
        self.residuals_ = self._rolling_residuals(panel, self._scale_of(panel))

    def _check_before_fit(self, h, levels, quantiles):
        super()._check_before_fit(h, levels, quantiles)
        self._check_calibrated(self.h, h, levels, quantiles)

    def _check_data(self, panel, levels, quantiles):
        longest = panel.lengths.max()
        if (levels or quantiles) and longest <= self.h:
            asked = "level" if levels else "quantiles"
            raise ValueError(f"{asked}= needs a series of more than h={self.h} rows; the longest has {longest}")

    def _check_calibrated(self, n_steps, h, levels, quantiles):
        if (levels or quantiles) and h > n_steps:
            asked = "level" if levels else "quantiles"
            raise ValueError(f"h={h} with {asked}= needs a forecaster made with h={h}; this one has h={n_steps}")

    def _predict_panel(self, panel, h, levels, quantiles=()):
        self._check_calibrated(self.residuals_.shape[1], h, levels, quantiles)
        point = self._forecast(panel, panel.indptr[:-1], panel.indptr[1:], h)
        calibration, scale = Calibration(self.residuals_, None, symmetric=True), self._scale_of(panel)
        return {self.model_name: point} | calibration.columns(self.model_name, point, scale, levels, quantiles)

    def _predict_origins(self, panel, drops, h, levels, quantiles=()):
        filled(panel.truncate(max(drops)))  # raises where a series has nothing to start from
        panel, _ = filled(panel)
        if (
            levels or quantiles or not panel.ids.isin(self.scale_ids_).all()
        ):  # a new series' scale must not see later rows
            return super()._predict_origins(panel, drops, h, levels, **self._quantile_words(quantiles))
        stops = panel.indptr[1:] - np.asarray(drops)[:, None]
        starts = np.broadcast_to(panel.indptr[:-1], stops.shape)
        point = self._forecast(panel, starts.reshape(-1), stops.reshape(-1), h)
        return {self.model_name: point.reshape(*stops.shape, h)}

    def _context_length(self):
        return {"last": 1, "seasonal": self.season_length_, "window_average": self.window_size}.get(self.method)

    def _with_series(self, panel):
        ids = np.append(self.scale_ids_, panel.ids.to_numpy(dtype=object))
        return {"scale_ids_": ids, "scale_": np.append(self.scale_, seasonal_scale(panel, self.season_length_))}

    def _first_origin(self):
        """Rows that the rule needs before it says what it is meant to say."""
        first = {"seasonal": self.season_length_, "drift": 2, "window_average": self.window_size}
        first |= dict.fromkeys(("naive2", "theta"), FEWEST_SEASONS * self.season_length_)
        return first.get(self.method, 1)

    def _forecast(self, panel, starts, stops, h):
        """Forecast h steps after each of ``values[starts[i]:stops[i]]``: shape (len(starts), h)."""
        values, steps, length = panel.values, np.arange(h), stops - starts
        last = values[stops - 1][:, None]
        if self.method in _SEASONAL:
            return _SEASONAL[self.method](values, starts, stops, self.season_length_, h)
        if self.method == "drift":
            slope = (last[:, 0] - values[starts]) / np.maximum(length - 1, 1)
            return last + slope[:, None] * (steps + 1)
        if self.method in ("mean", "window_average"):
            first = starts if self.method == "mean" else np.maximum(starts, stops - self.window_size)
            return np.repeat(_means(panel, first, stops)[:, None], h, axis=1)
        return np.repeat(last, h, axis=1)

    def _rolling_residuals(self, panel, scale):
        """Errors of the same rule on the newest origins of each series, scaled: shape (n_windows, h)."""
        first = self._first_origin()
        if panel.lengths.max() < first + self.h:  # else the last steps would have no error at all
            first = 1
        first = np.where(panel.lengths > first, first, 1)
        # Origins lie `oldest` to `newest` rows before the end: the newest of full length, and shorter ones if they fit.
        most = max(_MAX_WINDOWS // panel.n_series, 1)
        if self.method in ("naive2", "theta"):
            most = max(min(most, _MAX_ROWS // panel.n_rows), 1)
        oldest = np.minimum(panel.lengths - first, self.h + most - 1)
        newest = np.maximum(oldest - most + 1, 1)
        counts = np.maximum(oldest - newest + 1, 0)
        series = np.repeat(np.arange(panel.n_series), counts)
        back = np.arange(len(series)) - np.repeat(np.cumsum(counts) - counts - newest, counts)
        starts, ends = panel.indptr[:-1][series], panel.indptr[1:][series]
        rows = (ends - back)[:, None] + np.arange(self.h)
        actual = np.where(rows < ends[:, None], panel.values[np.minimum(rows, panel.n_rows - 1)], np.nan)
        errors = actual - self._forecast(filled(panel)[0], starts, ends - back, self.h)
        unit = scale[series]
        return errors / np.where(unit > 0, unit, 1.0)[:, None]

    def _scale_of(self, panel):
        """Scale of each series: that of the training data, or its own if it is new, or the usual one."""
        known = pd.Index(self.scale_ids_).get_indexer(panel.ids)
        scale = self.scale_[known]
        if (known < 0).any():
            scale = np.where(known < 0, seasonal_scale(panel, self.season_length_), scale)
        return np.where(np.isfinite(scale), scale, self.usual_scale_)


def seasonal_scale(panel, season):
    """Return the mean absolute change of each series from season to season, as MASE divides by.

    Parameters
    ----------
    panel : Panel
    season : int
        Steps in a season; 1 is used in a series that is not longer.

    Returns
    -------
    ndarray of shape (n_series,)
        NaN for a series in which no two such values are known.
    """
    lag = np.where(panel.lengths > season, season, 1)
    behind = np.arange(panel.n_rows) - np.repeat(lag, panel.lengths)
    inside = behind >= np.repeat(panel.indptr[:-1], panel.lengths)
    change = np.abs(panel.values - panel.values[np.maximum(behind, 0)])
    known = inside & np.isfinite(change)
    total, count = (np.add.reduceat(x, panel.indptr[:-1]) for x in (np.where(known, change, 0.0), known.astype(int)))
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)


def _means(panel, starts, stops):
    """Means of ``values[starts[i]:stops[i]]``, by running sums of each series on a scale of its own."""
    begins, lengths = panel.indptr[:-1], panel.lengths
    centre = np.add.reduceat(panel.values, begins) / lengths
    away = panel.values - np.repeat(centre, lengths)
    size = np.maximum.reduceat(np.abs(away), begins)
    size[size == 0] = 1.0
    sums = np.concatenate([[0.0], np.cumsum(away / np.repeat(size, lengths))])
    series = np.searchsorted(panel.indptr, starts, side="right") - 1
    return centre[series] + size[series] * (sums[stops] - sums[starts]) / (stops - starts)
