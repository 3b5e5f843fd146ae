"""One series live: an observation comes in, a forecast goes out."""

import copy
import math
import numbers
from collections import deque
from dataclasses import replace

import numpy as np
import pandas as pd
from sklearn.utils.validation import check_is_fitted

from rnnforecast.forecasting.covariates.rows import add_rows, as_row
from rnnforecast.forecasting.covariates.static import static_values
from rnnforecast.forecasting.panels.answers import to_answer
from rnnforecast.forecasting.panels.timestamps import is_clock, shift
from rnnforecast.forecasting.streams.updating import select


class Streaming:
    """Gives a forecaster `stream`."""

    def stream(self, unique_id=None):
        """Continue one series, observation by observation.

        Parameters
        ----------
        unique_id : object, optional
            Which series. It can be left out where there is a single one.

        Returns
        -------
        Stream
            At the end of that series. It is independent of the forecaster, and of all other streams.
        """
        check_is_fitted(self, "context_")
        return Stream(self, select(self.context_, np.array([_find(self.context_, unique_id)])))


class Stream:
    """A series that grows, and the forecasts from its end. `RNNForecaster.stream` makes one.

    Parameters
    ----------
    forecaster : BaseForecaster
        Fitted. What becomes of it later is of no account to the stream.
    panel : Panel
        The single series from which to go on.

    Attributes
    ----------
    unique_id : object
        Name of the series, None where it has none.
    n_updates : int
        Observations since the stream began.

    Examples
    --------
    >>> import pandas as pd
    >>> from rnnforecast.forecasting import NaiveForecaster
    >>> stream = NaiveForecaster(h=2).fit(pd.Series([1.0, 2.0])).stream()
    >>> stream.update(5.0).forecast().tolist()
    [5.0, 5.0]
    """

    def __init__(self, forecaster, panel):
        self.unique_id = None if panel.answer.id_col is None else panel.ids.tolist()[0]
        self.n_updates = 0
        self._forecaster = copy.copy(forecaster)
        del self._forecaster.context_  # all other series
        self._panel = panel.copy()  # as it was when `_n_new` was 0
        self._n_new = 0
        # A ring of the rows that are read; where targets may be missing, how many these are depends on the targets
        self._values = deque(panel.values.tolist(), None if forecaster.allows_missing else forecaster._context_length())
        self._covariates = None if panel.columns is None else deque(maxlen=self._values.maxlen)  # of the new rows
        self._static = static_values(panel, forecaster._static_names()).astype(object).iloc[0].to_dict()
        self._last, (self._row_check, self._low, self._high) = self._panel.tail(1), forecaster._row_check(panel)
        self._most = 2 * panel.n_rows  # at which a ring without an end is cut
        self._adapted = {}  # what a forecaster that adapts its intervals remembers of this stream

    def __repr__(self):
        name = "" if self.unique_id is None else f"unique_id={self.unique_id!r}, "
        return f"Stream({name}n_updates={self.n_updates}, last={str(self.last)!r})"

    @property
    def last(self):
        """Stamp of the newest observation."""
        return shift(self._panel.times[-1:], [self._n_new], self._panel.freq)[0]

    def update(self, y, x=None):
        """Take in the observation that follows: its stamp is one step after the last one.

        Parameters
        ----------
        y : float
            NaN where it is missing, for forecasters that take missing values.
        x : dict, optional
            The covariates of this row by name, as many as the training data had; None where they had none. Static
            ones stay what they are.

        Returns
        -------
        self
        """
        if self._covariates is not None:
            x = as_row(x, self._panel.columns, allow_missing=self._forecaster.allows_missing)
            for name, value in self._static.items():
                if x[name] != value and x[name] == x[name]:  # or NaN, which is missing
                    raise ValueError(
                        f"x[{name!r}]={x[name]!r} must be {value!r}, as in all rows of {self._panel.name_of(0)} "
                        "before: a static covariate does not change"
                    )
        elif x is not None:
            raise ValueError(f"x={x!r} must be None: this forecaster was fitted without covariates")
        if type(y) is not float:  # floats, the usual case, in a tenth of a microsecond
            if not isinstance(y, numbers.Real):
                raise TypeError(f"y must be one real number; got {y!r}")
            y = float(y)
        if not math.isfinite(y) and not (math.isnan(y) and self._forecaster.allows_missing):
            raise ValueError(f"y={y} of {self._panel.name_of(0)} must be a finite number")
        if not self._low <= y <= self._high:
            self._check(y, x)
            if self._low <= self._high:  # a NaN moves neither
                self._low, self._high = min(self._low, y), max(self._high, y)
        if self._adapted:
            self._forecaster._adapt(self._newest(), y, self._adapted)
        self._values.append(y)
        if x is not None:
            self._covariates.append(x)
        self._n_new += 1
        self.n_updates += 1
        if self._values.maxlen is None and len(self._values) > self._most:
            self._most = 2 * self._newest().n_rows
        return self

    def forecast(self, h=None, level=None, X_df=None, quantiles=None):
        """Forecast the steps that follow the newest observation.

        Parameters
        ----------
        h : int, optional
            Number of steps. By default the `h` of the forecaster.
        level : float or list of float, optional
            Coverage of intervals in percent.
        X_df : DataFrame, optional
            The covariates that are known ahead, at the steps to forecast.
        quantiles : float or list of float, optional
            Levels of quantiles between 0 and 1.

        Returns
        -------
        Series or DataFrame
            What ``predict(h, level, new_df=...)`` of the same rows of this series returns. With
            ``intervals="adaptive"`` the levels of the first call are adapted from then on: every `update` forecasts,
            to learn what its observation says of the widths, and further levels start anew.
        """
        forecaster, panel = self._forecaster, self._newest()
        return to_answer(panel, forecaster._stream_columns(panel, h, level, X_df, quantiles, self._adapted))

    def _check(self, y, x):
        """Raise where the next row cannot be read; its stamp, which takes longer to know, is for the message alone."""
        columns = None if x is None else add_rows(self._last.columns, [x]).iloc[1:].reset_index(drop=True)
        row = replace(self._last, values=np.array([y]), columns=columns)
        try:
            self._row_check(row)
        except ValueError:
            times = shift(self._panel.times[-1:], [self._n_new + 1], row.freq)
            self._row_check(replace(row, times=times))
            raise

    def _newest(self):
        """The rows that a forecast reads."""
        if not self._n_new:
            return self._panel
        old, n_rows = self._panel, len(self._values)
        n_new = min(self._n_new, n_rows)
        times = shift(old.times[-1:].repeat(n_new), np.arange(self._n_new - n_new, self._n_new) + 1, old.freq)
        if n_new < n_rows:
            times = old.times[old.n_rows - n_rows + n_new :].append(times)
        if isinstance(old.times, pd.RangeIndex):
            times = pd.RangeIndex(times[0], times[0] + n_rows * old.freq, old.freq, name=times.name)
        values = np.fromiter(self._values, dtype=np.float64, count=n_rows)
        columns = None
        if self._covariates is not None:
            columns = add_rows(old.columns, list(self._covariates)).iloc[-n_rows:].reset_index(drop=True)
        panel = replace(old, values=values, indptr=np.array([0, n_rows]), times=times, columns=columns)
        if self._values.maxlen is None:
            panel = self._forecaster._context(panel)
            columns = panel.columns
            for _ in range(n_rows - panel.n_rows):
                self._values.popleft()
            while self._covariates is not None and len(self._covariates) > panel.n_rows:
                self._covariates.popleft()
        if getattr(times, "tz", None) is None or is_clock(old.freq):
            # Calendars are counted from here next time. Not in time zones: a midnight that a clock change moved to
            # 01:00 would leave all that follow there
            self._panel, self._n_new = panel, 0
            if columns is not None:
                self._covariates.clear()
        return panel


def _find(context, unique_id):
    """Position of a series."""
    if context.answer.id_col is None:
        if unique_id is not None:
            raise ValueError(f"unique_id={unique_id!r} must be None: the training data name no series")
        return 0
    example = context.ids[:1].tolist()[0]
    if unique_id is None:
        if context.n_series > 1:
            raise ValueError(f"unique_id=None must name one of {context.n_series} series, such as {example!r}")
        return 0
    try:
        found = context.ids.get_loc(unique_id)
    except (KeyError, TypeError, pd.errors.InvalidIndexError):
        found = None
    if not isinstance(found, int):
        raise ValueError(
            f"unique_id={unique_id!r} is not one of the {context.n_series} series, such as {example!r}; new "
            "series enter by update(data)"
        )
    return found
