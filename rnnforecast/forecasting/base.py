"""The public half of every forecaster: pandas in, checks, pandas out."""

import numbers
from dataclasses import replace

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from rnnforecast.forecasting.covariates.future import as_future
from rnnforecast.forecasting.covariates.static import check_unchanged
from rnnforecast.forecasting.files.saving import Saving
from rnnforecast.forecasting.panels.answers import to_answer
from rnnforecast.forecasting.panels.reading import as_panel, check_values
from rnnforecast.forecasting.streams.streaming import Streaming
from rnnforecast.forecasting.streams.updating import Updating
from rnnforecast.forecasting.uncertainty import check_level, check_quantiles


class BaseForecaster(Saving, Updating, Streaming, BaseEstimator):
    """Base class of forecasters: a subclass works on panels, this class talks to the user.

    A subclass has a parameter ``h``, says its column name in `model_name`, and writes two methods::

        def _fit_panel(self, panel): ...                   # learn; parameters are checked by then
        def _predict_panel(self, panel, h, levels): ...    # {"RNN": (n_series, h), "RNN-lo-80": ...}

    `_predict_panel` forecasts from the end of any panel of the right frequency: the end of the training data,
    newer rows, one origin of a backtest, or other series. It must not change the forecaster.

    Nine more may be overridden:

    * ``_context_length()``: how many rows at the end of each series `_predict_panel` reads. `fit` keeps no more
      than these, and a backtest hands over no more. None, the default, is all of them. Data given as ``new_df``
      come whole.
    * ``_max_horizon()``: the longest ``h`` that `predict` can serve. None, the default, is any.
    * ``_check_before_fit(h, levels, quantiles)``: raises, before any work, where `predict` will refuse these whatever
      `fit` learns. The parameters that this and ``_max_horizon()`` depend on are named in `served_by`, so that a search
      over them does not ask.
    * ``_check_data(panel, levels, quantiles)``: raises, before any training, where `predict` will refuse these levels
      after a `fit` on the panel. Parameters on which this does not depend may be named in `trained_by`, so that a
      search over them asks once.
    * ``_predict_origins(panel, drops, h, levels)``: forecasts from many origins in one call; the default asks
      `_predict_panel` once per origin.
    * ``_check_one_pass(panel)`` and ``_predict_one_pass(panel, drops, h, levels)``: for `backtest` with
      ``one_pass=True``. The first, asked before `fit`, raises a ValueError where this cannot be, as it does by default;
      the second forecasts as `_predict_origins` does, in one pass over each series from its first row on.
    * ``_with_series(panel)``: fitted attributes extended by series that `fit` has not seen, for `update`.
    * ``_check_loaded()``: raises a ValueError where what `load` read does not fit together.

    A subclass whose `gives_quantiles` is True also takes ``quantiles=()``, a tuple of rising levels, in
    `_predict_panel`, `_predict_origins` and `_predict_one_pass`, and answers columns such as ``RNN-q0.1``.

    Parameters that a subclass may have, by these names: ``id_col``, ``time_col``, ``target_col`` (columns of
    long frames) and ``freq`` (the frequency, where the data do not show it). Its `_parameter_constraints` are
    checked before anything else.

    Attributes
    ----------
    context_ : Panel
        The end of the training series, from which `predict` continues.
    freq_ : pandas offset or int
        Frequency of the training data.
    """

    model_name = "Forecaster"
    gives_quantiles = False  # whether `_predict_panel` takes `quantiles`
    served_by = ("h",)  # parameters on which it depends what `predict` can be asked for
    trained_by = ()  # parameters that training alone depends on, and not what it needs of the data
    allows_missing = False  # whether targets may be NaN
    bridges_missing = False  # whether they may be in the panels of a backtest, beside forecasters that allow it

    def fit(self, data):
        """Learn from one series or from many.

        Parameters
        ----------
        data : Series or DataFrame
            A Series with a DatetimeIndex, a PeriodIndex or an index of integers; or a long frame with columns
            ``unique_id``, ``ds`` and ``y`` (a frame without ``unique_id`` is a single series); or a wide frame, whose
            index is one of datetimes or periods and each of whose columns is a series. Rows may come in any order. Long
            frames may also be of polars or pyarrow.

        Returns
        -------
        self
        """
        self._validate_params()
        return self._fit_checked(self._as_panel(data, freq=getattr(self, "freq", None)))

    def predict(self, h=None, level=None, new_df=None, X_df=None, quantiles=None):
        """Forecast the steps that follow each series.

        Parameters
        ----------
        h : int, optional
            Number of steps. By default the `h` of the constructor.
        level : float or list of float, optional
            Coverage of intervals in percent, such as ``[80, 95]``.
        new_df : Series or DataFrame, optional
            Forecast from the end of these data rather than of the training data: newer rows of the same series, whose
            static covariates stay what they were, or other series.
        X_df : DataFrame, optional
            The covariates that are known ahead, at the steps to forecast.
        quantiles : float or list of float, optional
            Levels of quantiles between 0 and 1, such as ``[0.1, 0.9]``.

        Returns
        -------
        Series or DataFrame
            In the kind of the data: for a Series a Series over the future index (a DataFrame when there are
            intervals or quantiles), for a long frame a long frame of the same library, for a wide frame a wide one
            (with intervals, its columns are pairs of series and model).
        """
        panel = self._panel_to_continue(new_df)
        return to_answer(panel, self._columns(panel, h, level, X_df, quantiles))

    def _panel_to_continue(self, new_df):
        """The rows from whose end to forecast."""
        check_is_fitted(self, "context_")
        if new_df is None:
            return self.context_
        panel = self._as_panel(new_df, like=self.context_, argument="new_df")
        check_unchanged(self.context_, panel, self.context_.ids.get_indexer(panel.ids), self._static_names(), "new_df")
        return panel

    def _columns(self, panel, h, level, X_df, quantiles):
        """What `predict` gives of a panel, column by column."""
        h, levels, quantiles = self._check_horizon(h), check_level(level), check_quantiles(quantiles)
        words = self._known_ahead(panel, h, X_df)
        return self._predict_panel(panel, h, levels, **self._quantile_words(quantiles), **words)

    def _quantile_words(self, quantiles):
        """What is given of quantiles to the methods that forecast, as keywords."""
        if quantiles and not self.gives_quantiles:
            raise ValueError(f"quantiles={quantiles} must be None: {type(self).__name__} gives intervals alone")
        return {"quantiles": quantiles} if quantiles else {}

    def _check_before_fit(self, h, levels, quantiles):
        """Raise where forecasts will be refused whatever `fit` learns."""
        self._check_horizon(h)
        self._quantile_words(quantiles)

    def _check_data(self, panel, levels, quantiles):
        """Raise where forecasts will be refused for want of data."""

    def _stream_columns(self, panel, h, level, X_df, quantiles, memory):
        """What a stream forecasts; a forecaster that adapts to it keeps what it needs in the dict `memory`."""
        return self._columns(panel, h, level, X_df, quantiles)

    def _known_ahead(self, panel, h, X_df):
        """What `_predict_panel` is given of X_df, as keywords."""
        names = self._future_names()
        if not names:
            if X_df is not None:
                raise ValueError("X_df must be None: this forecaster was fitted without future_covariates")
            return {}
        where = {name: column for name, column in column_names(self).items() if name != "target_col"}
        return {"future": as_future(X_df, panel, h, names, **where)}

    def _row_check(self, panel):
        """A function that raises where the next row of a stream of this panel, a panel too, cannot be read.

        With it come the bounds between which targets can be read for certain. By default all can be.
        """
        return None, -np.inf, np.inf

    def _covariate_names(self):
        """Columns that `fit` reads beside the target."""
        return []

    def _static_names(self):
        """Columns that do not change within a series."""
        return []

    def _future_names(self):
        """Columns that `predict` takes as X_df."""
        return []

    def _as_panel(self, data, **words):
        """Read pandas data by the names that this forecaster has for their columns."""
        names = column_names(self)
        taken = next((role for role in ("id_col", "time_col") if names[role] == self.model_name), None)
        if taken is not None:
            raise ValueError(f"{taken}={self.model_name!r} is what the column of the forecasts is called; rename it")
        return as_panel(data, **names, **words)

    def _check_read(self, panel, argument="data"):
        """Raise where a panel that was read for others as well is not what this forecaster would have read."""
        names = self._covariate_names()
        lacking = next((name for name in names if panel.columns is None or name not in panel.columns), None)
        if lacking is not None:
            raise ValueError(f"{argument} has been read without {lacking!r}; a search reads what its forecaster names")
        if not (self.allows_missing or self.bridges_missing):
            check_values(replace(panel, columns=panel.columns[names] if names else None), False, argument)

    def _fit_checked(self, panel):
        """Fit on a panel, and keep what `predict` needs of it."""
        self._fit_panel(panel)
        self.context_ = self._context(panel).copy()
        self.freq_ = panel.freq
        return self

    def _context(self, panel, n_more=0):
        """The end of each series, as much of it as forecasts from its last `n_more` rows and its end read."""
        length = self._context_length()
        return panel if length is None else panel.tail(length + n_more)

    def _check_horizon(self, h):
        """Return the horizon to use, an int that the forecaster can serve."""
        h = self.h if h is None else h
        if isinstance(h, bool) or not isinstance(h, numbers.Integral):
            raise TypeError(f"h must be a positive int; got {h!r}")
        if h < 1:
            raise ValueError(f"h={h} must be at least 1")
        longest = self._max_horizon()
        if longest is not None and h > longest:
            raise ValueError(
                f"h={h} is beyond the {longest} steps that this forecaster was fitted for; fit it with h={h}"
            )
        return int(h)

    @property
    def _usual_h(self):
        """The steps that a backtest forecasts where it is not told how many."""
        return self.h

    def _fit_panel(self, panel):
        raise NotImplementedError

    def _predict_panel(self, panel, h, levels):
        raise NotImplementedError

    def _context_length(self):
        return None

    def _max_horizon(self):
        return None

    def _check_one_pass(self, panel):
        raise ValueError(f"one_pass=True needs forecasters that carry a state, as RNNForecaster; {self!r} has none")

    def _predict_one_pass(self, panel, drops, h, levels):
        raise NotImplementedError

    def _predict_origins(self, panel, drops, h, levels, **words):
        """Forecast from several origins.

        Parameters
        ----------
        panel : Panel
            Whole series; none of the rows after an origin may be read for it.
        drops : sequence of int
            How many rows at the end of each series lie after each origin, the oldest origin first.
        h : int
        levels : tuple of float
        **words : object
            ``quantiles``, where the subclass gives them and some are wanted.

        Returns
        -------
        dict of str to ndarray of shape (n_origins, n_series, h)
        """
        keep = self._context_length()
        answers = [self._predict_panel(panel.from_end(drop, keep), h, levels, **words) for drop in drops]
        return {name: np.stack([answer[name] for answer in answers]) for name in answers[0]}


def column_names(forecaster):
    """Return the names of the columns that a forecaster reads.

    Parameters
    ----------
    forecaster : object

    Returns
    -------
    dict
        Keyword arguments for `as_panel`.
    """
    defaults = {"id_col": "unique_id", "time_col": "ds", "target_col": "y"}
    return {name: getattr(forecaster, name, default) for name, default in defaults.items()}
