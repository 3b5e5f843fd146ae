"""RNNForecaster: pandas in, forecasts of a recurrent network out."""

from dataclasses import astuple
from numbers import Integral, Real

import numpy as np
from sklearn.utils import check_random_state
from sklearn.utils._param_validation import Interval, StrOptions

from ..estimators.base import BaseRNN
from ..estimators.parameters import network_arguments
from ..kernels.scalers import SCALERS
from ..network.network import Network
from ..network.training import Settings
from .base import BaseForecaster
from .frequency import season_length
from .intervals import with_intervals
from .learner import Reach, as_float32, forecast, learn, training_windows
from .transforms import Chain, Standardize, Transform, as_transform

MOST_CALIBRATION = 40  # windows that calibrate the intervals: 39 are needed for a level of 97.5 %

LONGEST_SEGMENT = 48
N_UPDATES = 10_000  # of the weights, by default: in
EPOCHS = 3, 100  # so many epochs at least and at most

ADAPTIVE_PATIENCE = 10  # epochs without progress after which learning_rate="adaptive" slows down

# What the fitted weights mean depends on these; they cannot be changed between fit and predict.
FIXED_BY_FIT = (
    "h", "input_size", "strategy", "segment_size", "linear_skip", "target_transform", "series_scaler", "window_scaler",
    "cell_type", "hidden_size", "num_layers", "activation", "bidirectional",
)  # fmt: skip


class RNNForecaster(BaseForecaster):
    """Forecast one or many series with one recurrent network.

    The network reads the last `input_size` values of a series and answers the next `h`; a series that is shorter is
    continued into the past by its first value, and none of its windows train the network. Values are transformed per
    series (`target_transform`, then `series_scaler`), and each window is scaled by itself (`window_scaler`); forecasts
    come back on the scale of the data. Intervals are split-conformal (Vovk, Gammerman and Shafer 2005): their widths
    are quantiles of the errors on the last windows, made by a network that has not seen these.

    Parameters
    ----------
    h : int
        Horizon: number of steps to forecast.
    input_size : int, optional
        Number of past values that the network reads. By default two seasons or the horizon, whichever is longer, as
        far as the shortest series allows; with segments, seven horizons.
    strategy : {"auto", "mimo", "segment", "recursive"}, default="auto"
        "mimo": one output per step of the horizon, all from the whole window. "segment": the window is cut into
        segments, each of which is one step of the network, and the segments of the horizon are decoded in parallel
        from the final state (SegRNN: Lin et al. 2023), which makes long windows cheap. "recursive": a one-step network
        that is fed its own forecasts; `predict` then takes any horizon. "auto" is "segment" for data of at least 24
        steps a season, such as hourly ones, and "mimo" for others.
    segment_size : int, optional
        Rows of a segment, for ``strategy="segment"``. By default a season, or a day where that is too long.
    linear_skip : bool, default=True
        Whether a linear map from the whole window to the horizon stands beside the network, which then learns what
        that map cannot say.
    target_transform : None, str, Transform or list of them, default=None
        What is done to the target before the network sees it, and undone after. The words are "log", "log1p",
        "boxcox", "difference", "seasonal_difference", "deseasonalize", "robust", "minmax", "mean" and "standard".
    series_scaler : {"standard"} or None, default="standard"
        Subtract each series' mean and divide by its standard deviation.
    window_scaler : {"last", "mean", "standard", "robust"} or None, default="last"
        Subtract each window's last value; divide it by its mean absolute value; standardise it; or do so by its median
        and the distance of its quartiles.
    intervals : {"conformal"} or None, default="conformal"
        None skips the second, shorter training that calibrates the intervals.
    cell_type : {"lstm", "gru", "elman"} or Cell, default="gru"
    hidden_size : int or sequence of int, default=32
    num_layers : int, default=1
    activation : {"tanh", "relu", "sigmoid"}, default="tanh"
    bidirectional : bool, default=False
    dropout, recurrent_dropout : float in [0, 1), default=0.0
    forget_bias : float or None, default=1.0
        As in RNNRegressor.
    loss : {"squared_error", "absolute_error", "huber"}, default="absolute_error"
        What training minimises, on the scale of the scaled windows.
    solver : {"adam", "adamw", "rmsprop", "sgd"}, default="adam"
    alpha : float, default=0.0
        L2 penalty of the weights.
    batch_size : int, optional
        Windows per update. By default 32, or 64 from 5,000 windows on, or 128 from 250,000 on.
    learning_rate : {"constant", "invscaling", "adaptive", "cosine", "one_cycle"}, default="one_cycle"
    learning_rate_init : float, optional
        By default 0.003, with segments 0.001.
    max_grad_norm : float or None, default=1.0
    max_iter : int, optional
        Epochs. By default 10,000 updates' worth, between 3 and 100.
    n_init : int, default=1
        Networks to train from different seeds, all in one call; the mean of their forecasts counts.
    random_state : int, RandomState instance or None, default=None
    id_col, time_col, target_col : str, default="unique_id", "ds", "y"
        Columns of long frames.
    freq : str, offset or int, optional
        Frequency of the stamps, where it cannot be read off them.
    n_jobs : int or None, default=None
        Threads; the forecasts do not depend on it.
    verbose : int, default=0
        1 shows progress.

    Attributes
    ----------
    theta_ : ndarray of shape (n_init, n_parameters)
        Parameters of the networks.
    input_size_ : int
        Number of values that the network reads.
    loss_curve_ : list of float
        Mean loss of each epoch.
    residuals_ : ndarray of shape (n_windows, h) or None
        Errors of the calibration windows, each divided by the recent mean absolute change of its series.
    context_ : Panel
        The rows from which `predict` continues.

    Examples
    --------
    >>> from rnnforecast import RNNForecaster, datasets
    >>> airline = datasets.load_airline()
    >>> forecaster = RNNForecaster(12, target_transform="log", random_state=0)
    >>> forecaster.fit(airline).predict(level=80).columns.tolist()
    ['RNN', 'RNN-lo-80', 'RNN-hi-80']
    """

    model_name = "RNN"

    _parameter_constraints: dict = {
        "h": [Interval(Integral, 1, None, closed="left")],
        "input_size": [Interval(Integral, 1, None, closed="left"), None],
        "strategy": [StrOptions({"auto", "mimo", "segment", "recursive"})],
        "segment_size": [Interval(Integral, 1, None, closed="left"), None],
        "linear_skip": ["boolean"],
        "n_init": [Interval(Integral, 1, None, closed="left")],
        "target_transform": [str, list, tuple, Transform, None],
        "series_scaler": [StrOptions({"standard"}), None],
        "window_scaler": [StrOptions(set(SCALERS)), None],
        "intervals": [StrOptions({"conformal"}), None],
        "loss": [StrOptions({"squared_error", "absolute_error", "huber"})],
        "solver": [StrOptions({"adam", "adamw", "rmsprop", "sgd"})],
        "batch_size": [Interval(Integral, 1, None, closed="left"), None],
        "learning_rate_init": [Interval(Real, 0, None, closed="neither"), None],
        "max_iter": [Interval(Integral, 1, None, closed="left"), None],
        "alpha": [Interval(Real, 0, None, closed="left")],
        "id_col": [str],
        "time_col": [str],
        "target_col": [str],
        **{
            name: BaseRNN._parameter_constraints[name]
            for name in (
                "cell_type", "hidden_size", "num_layers", "activation", "bidirectional", "dropout",
                "recurrent_dropout", "forget_bias", "learning_rate", "max_grad_norm",
                "random_state", "n_jobs", "verbose",
            )
        },
    }  # fmt: skip

    def __init__(
        self,
        h,
        input_size=None,
        *,
        strategy="auto",
        segment_size=None,
        linear_skip=True,
        target_transform=None,
        series_scaler="standard",
        window_scaler="last",
        intervals="conformal",
        cell_type="gru",
        hidden_size=32,
        num_layers=1,
        activation="tanh",
        bidirectional=False,
        dropout=0.0,
        recurrent_dropout=0.0,
        forget_bias=1.0,
        loss="absolute_error",
        solver="adam",
        alpha=0.0,
        batch_size=None,
        learning_rate="one_cycle",
        learning_rate_init=None,
        max_grad_norm=1.0,
        max_iter=None,
        n_init=1,
        random_state=None,
        id_col="unique_id",
        time_col="ds",
        target_col="y",
        freq=None,
        n_jobs=None,
        verbose=0,
    ):
        self.h = h
        self.input_size = input_size
        self.strategy = strategy
        self.segment_size = segment_size
        self.linear_skip = linear_skip
        self.target_transform = target_transform
        self.series_scaler = series_scaler
        self.window_scaler = window_scaler
        self.intervals = intervals
        self.cell_type = cell_type
        self.hidden_size = hidden_size
        self.num_layers = num_layers
        self.activation = activation
        self.bidirectional = bidirectional
        self.dropout = dropout
        self.recurrent_dropout = recurrent_dropout
        self.forget_bias = forget_bias
        self.loss = loss
        self.solver = solver
        self.alpha = alpha
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.learning_rate_init = learning_rate_init
        self.max_grad_norm = max_grad_norm
        self.max_iter = max_iter
        self.n_init = n_init
        self.random_state = random_state
        self.id_col = id_col
        self.time_col = time_col
        self.target_col = target_col
        self.freq = freq
        self.n_jobs = n_jobs
        self.verbose = verbose

    def _fit_panel(self, panel):
        h, transform = self._check_horizon(self.h), self._transform(panel)
        self._check_strategy()
        reach = self._choose_reach(panel, transform.n_lost)
        need = reach.n_inputs + reach.n_targets + transform.n_lost
        what = f"input_size + h ({reach.n_inputs} + {reach.n_targets}, with this target_transform)"
        if panel.lengths.max() < need:
            panel.check_rows(need, what)
        panel.check_rows(1 + transform.n_lost, "this target_transform")
        as_float32(transform.fit(panel)[1])  # every row, also those held back: errors come before any training
        self._network(reach)
        seeds = check_random_state(self.random_state).randint(2**31 - 1, size=(self.n_init, 4))
        n_calibration = self._n_calibration(panel, need)
        residuals = self._calibrate(panel, reach, n_calibration, h, seeds) if n_calibration else None
        learned = self._learn(panel, reach, seeds)
        # kept together at the end: an interrupted fit leaves the forecaster as it was
        self.theta_, self.transform_state_, self.loss_curve_ = learned
        self.reach_, self.residuals_, self.n_iter_ = astuple(reach), residuals, len(self.loss_curve_)
        self.input_size_, self.n_context_ = reach.n_inputs, self._n_context(reach, transform)
        self._fitted_with = {name: getattr(self, name) for name in FIXED_BY_FIT}

    def _check_strategy(self):
        """Refuse parameters that have no meaning together."""
        if self.segment_size is not None and self.strategy != "segment":
            raise ValueError(f"segment_size={self.segment_size} needs strategy='segment', not {self.strategy!r}")
        if self.strategy == "segment" and self.bidirectional:
            raise ValueError("bidirectional=True needs another strategy than 'segment'")

    def _predict_panel(self, panel, h, levels):
        for name, then in self._fitted_with.items():
            now = getattr(self, name)
            if repr(now) != repr(then):
                raise ValueError(f"{name}={now!r} was {then!r} when this forecaster was fitted; fit it again")
        if levels and self.residuals_ is None:
            raise ValueError(
                "level needs intervals='conformal' and series long enough to hold back windows for calibration; "
                "this forecaster has none"
            )
        if levels and h > self.residuals_.shape[1]:
            raise ValueError(
                f"h={h} with level needs h up to {self.residuals_.shape[1]}, for which intervals are known"
            )
        point = self._point(panel, Reach(*self.reach_), h, self.theta_, self.transform_state_)
        scale = self._recent_change(panel, self._context_length()) if levels else None
        return with_intervals(self.model_name, point, self.residuals_, levels, scale=scale)

    def _check_loaded(self):
        size = self._network(Reach(*self.reach_)).layout.size
        if self.theta_.shape[-1] != size:
            raise ValueError(f"theta_ has {self.theta_.shape[-1]} numbers; the network needs {size}")

    def _context_length(self):
        return self.n_context_

    @staticmethod
    def _n_context(reach, transform):
        """Rows that a forecast reads; two at least, for the recent change."""
        return max(reach.n_inputs + transform.n_lost, 2)

    def _max_horizon(self):
        return None if self.strategy == "recursive" else self.h

    def _transform(self, panel):
        steps = [as_transform(self.target_transform, "target_transform", freq=panel.freq)]
        if self.series_scaler == "standard":
            steps.append(Standardize())
        return Chain(tuple(steps))

    def _choose_reach(self, panel, n_lost):
        """How much the network reads and answers: what the user says, else by the season, the horizon and the data."""
        try:
            season = season_length(panel.freq)
        except (TypeError, ValueError):
            season = 1
        cut = self.strategy == "segment" or (self.strategy == "auto" and season >= 24 and not self.bidirectional)
        if not cut:
            n_outputs = 1 if self.strategy == "recursive" else self.h
            wish = max(2 * season, self.h, 8)
            return Reach(self._choose_input_size(panel, n_lost + n_outputs, wish), n_outputs)
        segment = season if 4 <= season <= LONGEST_SEGMENT else min(24, max(4, self.h // 2))
        if self.segment_size is not None:
            segment = self.segment_size
        elif self.input_size is not None:  # the longest that divides it
            segment = next(size for size in range(segment, 0, -1) if self.input_size % size == 0)
        n_segments = max(1, round(self.h / segment))
        n_outputs = -(-self.h // n_segments)
        n_inputs = self._choose_input_size(panel, n_lost + n_segments * n_outputs, max(7 * self.h, 2 * segment))
        if self.input_size is None:
            n_inputs = max(segment, n_inputs // segment * segment)
        elif n_inputs % segment:
            raise ValueError(f"input_size={n_inputs} must be a multiple of segment_size={segment}")
        return Reach(n_inputs, n_outputs, segment, n_segments)

    def _choose_input_size(self, panel, n_others, wish):
        """What the user says; else the wish, but leave ten windows in nine series of ten, beside other rows."""
        if self.input_size is not None:
            return int(self.input_size)
        room = int(np.quantile(panel.lengths, 0.1)) - n_others - 10
        return max(1, min(wish, max(room, (room + 10) // 2)))

    def _n_calibration(self, panel, need):
        """How many windows at the end of each series to hold back: 0 when the shortest series has none to spare."""
        if self.intervals is None:
            return 0
        spare = int(panel.lengths.min()) - need - self.h
        return int(min(max(1, -(-MOST_CALIBRATION // panel.n_series)), max(spare // 2, 0)))

    def _network(self, reach):
        return Network(
            **network_arguments(self), n_features=reach.segment, n_outputs=reach.n_outputs, n_segments=reach.n_segments,
            n_linear=reach.n_steps if self.linear_skip else 0,
        )  # fmt: skip

    def _learn(self, panel, reach, seeds):
        """Train on a panel; return theta, the state of the transforms, and the loss curve."""
        state, transformed = self._transform(panel).fit(panel)
        windows = training_windows(transformed, reach, self.window_scaler, np.float32)
        theta, losses = learn(
            self._network(reach), windows, self._settings(len(windows), reach), self.loss, dropout=self.dropout,
            recurrent_dropout=self.recurrent_dropout, forget_bias=self.forget_bias, seeds=seeds,
        )  # fmt: skip
        return theta, state, losses

    def _settings(self, n_windows, reach):
        """How to train on so many windows."""
        batch_size = self.batch_size or (32 if n_windows < 5_000 else 64 if n_windows < 250_000 else 128)
        batch_size = min(batch_size, n_windows)
        max_iter = self.max_iter or int(np.clip(N_UPDATES * batch_size / n_windows, *EPOCHS))
        return Settings(
            solver=self.solver,
            alpha=self.alpha,
            batch_size=batch_size,
            learning_rate=self.learning_rate,
            learning_rate_init=self.learning_rate_init or (1e-3 if reach.n_segments else 3e-3),
            max_grad_norm=self.max_grad_norm,
            max_iter=max_iter,
            n_iter_no_change=ADAPTIVE_PATIENCE if self.learning_rate == "adaptive" else max_iter,
            hyper={"momentum": 0.9, "nesterovs_momentum": True, "beta_1": 0.9, "beta_2": 0.999, "epsilon": 1e-8},
            n_jobs=self.n_jobs,
            verbose=int(self.verbose),
        )

    def _point(self, panel, reach, h, theta, state):
        """Point forecasts (n_series, h) from the end of a panel."""
        transform, n_inputs = self._transform(panel), reach.n_inputs
        panel.check_rows(1 + transform.n_lost, "this target_transform")
        recent = as_float32(transform.apply(state, panel)).last(n_inputs, pad=True)
        steps = forecast(self._network(reach), theta, recent, h, reach, self.window_scaler, n_jobs=self.n_jobs)
        return transform.invert(state, steps, panel)

    def _calibrate(self, panel, reach, n_windows, h, seeds):
        """Scaled errors (n_windows * n_series, h) on the last windows, of a network that has not seen them."""
        theta, state, _ = self._learn(panel.truncate(n_windows + h - 1), reach, seeds)
        n_context, errors = self._n_context(reach, self._transform(panel)), []
        for drop in range(h, h + n_windows):
            context = panel.from_end(drop, n_context)
            error = panel.from_end(drop - h, h).last(h) - self._point(context, reach, h, theta, state)
            errors.append(error / self._recent_change(context, n_context)[:, None])
        return np.concatenate(errors)

    @staticmethod
    def _recent_change(panel, n_rows):
        """Mean absolute change of each series over its last rows, (n_series,): what widths are proportional to."""
        panel.check_rows(2, "level")
        rows = np.minimum(panel.lengths, n_rows)
        changes = np.abs(np.diff(panel.last(n_rows, pad=True))).sum(axis=1) / (rows - 1)
        return np.where(changes > 0, changes, 1.0)
