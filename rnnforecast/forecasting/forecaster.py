"""RNNForecaster: pandas in, forecasts of a recurrent network out."""

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
from .learner import as_float32, forecast, learn, training_windows
from .transforms import Chain, Standardize, Transform, as_transform

MOST_CALIBRATION = 40  # windows that calibrate the intervals: 39 are needed for a level of 97.5 %

ADAPTIVE_PATIENCE = 10  # epochs without progress after which learning_rate="adaptive" slows down

# What the fitted weights mean depends on these; they cannot be changed between fit and predict.
FIXED_BY_FIT = (
    "h", "input_size", "strategy", "target_transform", "series_scaler", "window_scaler", "cell_type", "hidden_size",
    "num_layers", "activation", "bidirectional", "input_skip",
)  # fmt: skip


class RNNForecaster(BaseForecaster):
    """Forecast one or many series with one recurrent network.

    The network reads the last `input_size` values of a series and answers the next `h`. Values are transformed per
    series (`target_transform`, then `series_scaler`), and each window is scaled by itself (`window_scaler`); forecasts
    come back on the scale of the data. Intervals are split-conformal (Vovk, Gammerman and Shafer 2005): their widths
    are quantiles of the errors on the last windows, made by a network that has not seen these.

    Parameters
    ----------
    h : int
        Horizon: number of steps to forecast.
    input_size : int, optional
        Number of past values that the network reads. By default two seasons or the horizon, whichever is longer, as
        far as the shortest series allows.
    strategy : {"mimo", "recursive"}, default="mimo"
        "mimo": one output per step of the horizon, all from the whole window. "recursive": a one-step network that is
        fed its own forecasts; `predict` then takes any horizon.
    target_transform : None, {"log", "log1p", "difference"}, Transform or list of them, default=None
        What is done to the target before the network sees it, and undone after.
    series_scaler : {"standard"} or None, default="standard"
        Subtract each series' mean and divide by its standard deviation.
    window_scaler : {"last", "mean", "standard"} or None, default="last"
        Subtract each window's last value; divide it by its mean absolute value; or standardise it.
    intervals : {"conformal"} or None, default="conformal"
        None skips the second, shorter training that calibrates the intervals.
    cell_type : {"lstm", "gru", "elman"} or Cell, default="gru"
    hidden_size : int or sequence of int, default=32
    num_layers : int, default=1
    activation : {"tanh", "relu", "sigmoid"}, default="tanh"
    bidirectional : bool, default=False
    input_skip : bool, default=False
    dropout, recurrent_dropout : float in [0, 1), default=0.0
    forget_bias : float or None, default=1.0
        As in RNNRegressor.
    loss : {"squared_error", "absolute_error", "huber"}, default="absolute_error"
        What training minimises, on the scale of the scaled windows.
    solver : {"adam", "adamw", "rmsprop", "sgd"}, default="adam"
    alpha : float, default=0.0
        L2 penalty of the weights.
    batch_size : int, default=32
        Windows per update.
    learning_rate : {"constant", "invscaling", "adaptive", "cosine", "one_cycle"}, default="one_cycle"
    learning_rate_init : float, default=0.01
    max_grad_norm : float or None, default=1.0
    max_iter : int, default=100
        Epochs.
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
    theta_ : ndarray of shape (n_parameters,)
        The network's parameters.
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
        "strategy": [StrOptions({"mimo", "recursive"})],
        "target_transform": [str, list, tuple, Transform, None],
        "series_scaler": [StrOptions({"standard"}), None],
        "window_scaler": [StrOptions(set(SCALERS)), None],
        "intervals": [StrOptions({"conformal"}), None],
        "loss": [StrOptions({"squared_error", "absolute_error", "huber"})],
        "solver": [StrOptions({"adam", "adamw", "rmsprop", "sgd"})],
        "batch_size": [Interval(Integral, 1, None, closed="left")],
        "alpha": [Interval(Real, 0, None, closed="left")],
        "id_col": [str],
        "time_col": [str],
        "target_col": [str],
        **{
            name: BaseRNN._parameter_constraints[name]
            for name in (
                "cell_type", "hidden_size", "num_layers", "activation", "bidirectional", "input_skip", "dropout",
                "recurrent_dropout", "forget_bias", "learning_rate", "learning_rate_init", "max_grad_norm", "max_iter",
                "random_state", "n_jobs", "verbose",
            )
        },
    }  # fmt: skip

    def __init__(
        self,
        h,
        input_size=None,
        *,
        strategy="mimo",
        target_transform=None,
        series_scaler="standard",
        window_scaler="last",
        intervals="conformal",
        cell_type="gru",
        hidden_size=32,
        num_layers=1,
        activation="tanh",
        bidirectional=False,
        input_skip=False,
        dropout=0.0,
        recurrent_dropout=0.0,
        forget_bias=1.0,
        loss="absolute_error",
        solver="adam",
        alpha=0.0,
        batch_size=32,
        learning_rate="one_cycle",
        learning_rate_init=0.01,
        max_grad_norm=1.0,
        max_iter=100,
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
        self.target_transform = target_transform
        self.series_scaler = series_scaler
        self.window_scaler = window_scaler
        self.intervals = intervals
        self.cell_type = cell_type
        self.hidden_size = hidden_size
        self.num_layers = num_layers
        self.activation = activation
        self.bidirectional = bidirectional
        self.input_skip = input_skip
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
        self.random_state = random_state
        self.id_col = id_col
        self.time_col = time_col
        self.target_col = target_col
        self.freq = freq
        self.n_jobs = n_jobs
        self.verbose = verbose

    def _fit_panel(self, panel):
        h, transform = self._check_horizon(self.h), self._transform()
        n_inputs = self._choose_input_size(panel, transform.n_lost)
        need = n_inputs + self._n_outputs() + transform.n_lost
        panel.check_rows(need, f"input_size + h ({n_inputs} + {self._n_outputs()}, with this target_transform)")
        as_float32(transform.fit(panel)[1])  # every row, also those held back: errors come before any training
        self._network()
        seed = check_random_state(self.random_state).randint(2**31 - 1, size=4)
        n_calibration = self._n_calibration(panel, need)
        residuals = self._calibrate(panel, n_inputs, n_calibration, h, seed) if n_calibration else None
        learned = self._learn(panel, n_inputs, seed)
        # kept together at the end: an interrupted fit leaves the forecaster as it was
        self.theta_, self.transform_state_, self.loss_curve_ = learned
        self.input_size_, self.residuals_, self.n_iter_ = n_inputs, residuals, len(self.loss_curve_)
        self._fitted_with = {name: getattr(self, name) for name in FIXED_BY_FIT}

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
        point = self._point(panel, self.input_size_, h, self.theta_, self.transform_state_)
        scale = self._recent_change(panel, self._context_length()) if levels else None
        return with_intervals(self.model_name, point, self.residuals_, levels, scale=scale)

    def _context_length(self):
        return self._n_context(self.input_size_)

    def _n_context(self, n_inputs):
        """Rows that a forecast reads; two at least, for the recent change."""
        return max(n_inputs + self._transform().n_lost, 2)

    def _max_horizon(self):
        return self.h if self.strategy == "mimo" else None

    def _transform(self):
        steps = [as_transform(self.target_transform, "target_transform")]
        if self.series_scaler == "standard":
            steps.append(Standardize())
        return Chain(tuple(steps))

    def _n_outputs(self):
        return self.h if self.strategy == "mimo" else 1

    def _choose_input_size(self, panel, n_lost):
        """What the user says; else two seasons or the horizon, but leave ten windows in the shortest series."""
        if self.input_size is not None:
            return int(self.input_size)
        try:
            season = season_length(panel.freq)
        except (TypeError, ValueError):
            season = 1
        wish = max(2 * season, self.h, 8)
        room = int(panel.lengths.min()) - self._n_outputs() - n_lost - 10
        return max(1, min(wish, max(room, (room + 10) // 2)))

    def _n_calibration(self, panel, need):
        """How many windows at the end of each series to hold back: 0 when the shortest series has none to spare."""
        if self.intervals is None:
            return 0
        spare = int(panel.lengths.min()) - need - self.h
        return int(min(max(1, -(-MOST_CALIBRATION // panel.n_series)), max(spare // 2, 0)))

    def _network(self):
        return Network(**network_arguments(self), n_features=1, n_outputs=self._n_outputs())

    def _learn(self, panel, n_inputs, seed):
        """Train on a panel; return theta, the state of the transforms, and the loss curve."""
        state, transformed = self._transform().fit(panel)
        scaler = self.window_scaler
        windows = training_windows(transformed, n_inputs, self._n_outputs(), scaler, np.float32)
        theta, losses = learn(
            self._network(), windows, self._settings(len(windows)), self.loss, dropout=self.dropout,
            recurrent_dropout=self.recurrent_dropout, forget_bias=self.forget_bias, seed=seed,
        )  # fmt: skip
        return theta, state, losses

    def _settings(self, n_windows):
        return Settings(
            solver=self.solver,
            alpha=self.alpha,
            batch_size=min(self.batch_size, n_windows),
            learning_rate=self.learning_rate,
            learning_rate_init=self.learning_rate_init,
            max_grad_norm=self.max_grad_norm,
            max_iter=self.max_iter,
            n_iter_no_change=ADAPTIVE_PATIENCE if self.learning_rate == "adaptive" else self.max_iter,
            hyper={"momentum": 0.9, "nesterovs_momentum": True, "beta_1": 0.9, "beta_2": 0.999, "epsilon": 1e-8},
            n_jobs=self.n_jobs,
            verbose=int(self.verbose),
        )

    def _point(self, panel, n_inputs, h, theta, state):
        """Point forecasts (n_series, h) from the end of a panel."""
        transform = self._transform()
        panel.check_rows(n_inputs + transform.n_lost, "input_size, with this target_transform,")
        recent = as_float32(transform.apply(state, panel)).last(n_inputs)
        scaler = self.window_scaler
        steps = forecast(self._network(), theta, recent, h, scaler, n_jobs=self.n_jobs)
        return transform.invert(state, steps, panel)

    def _calibrate(self, panel, n_inputs, n_windows, h, seed):
        """Scaled errors (n_windows * n_series, h) on the last windows, of a network that has not seen them."""
        theta, state, _ = self._learn(panel.truncate(n_windows + h - 1), n_inputs, seed)
        n_context, errors = self._n_context(n_inputs), []
        for drop in range(h, h + n_windows):
            context = panel.from_end(drop, n_context)
            error = panel.from_end(drop - h, h).last(h) - self._point(context, n_inputs, h, theta, state)
            errors.append(error / self._recent_change(context, n_context)[:, None])
        return np.concatenate(errors)

    @staticmethod
    def _recent_change(panel, n_rows):
        """Mean absolute change of each series over its last rows, (n_series,): what widths are proportional to."""
        changes = np.abs(np.diff(panel.last(n_rows, "level"))).mean(axis=1)
        return np.where(changes > 0, changes, 1.0)
