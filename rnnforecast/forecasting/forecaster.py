"""RNNForecaster: pandas in, forecasts of a recurrent network out."""

from dataclasses import astuple
from numbers import Integral, Real

import numpy as np
from sklearn.utils import check_random_state
from sklearn.utils._param_validation import Interval, StrOptions

from ..estimators.base import BaseRNN
from ..kernels.scalers import SCALERS
from .architecture import check_together, choose_reaches, make_network, season_of
from .base import BaseForecaster
from .calibration import hold_back, recent_change, seasonal_naive, trust
from .intervals import with_intervals
from .plan import Learned, Plan
from .reach import Reach, as_float32
from .transforms import Chain, Standardize, Transform, as_transform

MOST_ANSWERS = 2**20  # numbers that a backtest forecasts in one go

# What the fitted weights mean depends on these; they cannot be changed between fit and predict.
FIXED_BY_FIT = (
    "h", "input_size", "strategy", "segment_size", "linear_skip", "scope", "target_transform", "series_scaler",
    "window_scaler", "cell_type", "hidden_size", "num_layers", "activation", "bidirectional",
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
    input_size : int or list of int, optional
        Number of past values that the network reads; several make an ensemble of networks that read differently far.
        By default two seasons or the horizon, whichever is longer, as far as the shortest series allows; with segments,
        14 days or the horizon.
    strategy : {"auto", "mimo", "segment", "recursive", "direct"}, default="auto"
        "mimo": one output per step of the horizon, all from the whole window. "segment": the window is cut into
        segments, each of which is one step of the network, and the segments of the horizon are decoded in parallel
        from the final state (SegRNN: Lin et al. 2023), which makes long windows cheap. "recursive": a one-step network
        that is fed its own forecasts; `predict` then takes any horizon. "direct": a network of its own for each step
        of the horizon, all of which see the whole window. "auto" is "segment" for data of at least 24 steps a season,
        such as hourly ones, and "mimo" for others.
    scope : {"global", "local"}, default="global"
        One network for all series, or one for each, all trained in one call.
    segment_size : int, optional
        Rows of a segment, for ``strategy="segment"``. By default a season, or a day where that is too long.
    linear_skip : bool, default=True
        Whether a linear map from the whole window to the horizon stands beside the network, which then learns what
        that map cannot say.
    residual_on : {"last", "seasonal_naive", "linear"} or None, default=None
        The simple forecast from which training begins, so that the network learns corrections to it: the last value,
        the last season, or a ridge regression on the window. The linear path says it; `linear_skip` must be True.
    shrink_to : {"seasonal_naive"} or None, default="seasonal_naive"
        Where the networks err more than the seasonal naive forecast on the windows that calibrate the intervals, mix
        the two in the way that errs least there; the last value takes its place where that errs less. With
        ``intervals=None`` nothing is held back, and nothing is mixed.
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
        Epochs. By default 10,000 updates' worth, between 3 (with segments 8) and 100.
    n_init : int, default=1
        Networks to train from different seeds, all in one call.
    ensemble : {"mean", "median"}, default="mean"
        What counts of the forecasts of several networks.
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
    thetas_ : list of ndarray of shape (n_networks, n_parameters)
        Parameters of the networks, one array for each input size; those of the first seed come first.
    input_size_ : int
        Number of values that the networks read, the largest of several.
    season_length_ : int
        Steps in a season, 1 where the data show none.
    share_ : float
        How much of the networks' forecast counts; the rest is a naive one.
    naive_season_ : int
        Steps of the season that the naive forecast repeats; 1 for the last value.
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
        "input_size": [Interval(Integral, 1, None, closed="left"), list, tuple, None],
        "strategy": [StrOptions({"auto", "mimo", "segment", "recursive", "direct"})],
        "scope": [StrOptions({"global", "local"})],
        "residual_on": [StrOptions({"last", "seasonal_naive", "linear"}), None],
        "shrink_to": [StrOptions({"seasonal_naive"}), None],
        "ensemble": [StrOptions({"mean", "median"})],
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
        scope="global",
        residual_on=None,
        shrink_to="seasonal_naive",
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
        ensemble="mean",
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
        self.scope = scope
        self.residual_on = residual_on
        self.shrink_to = shrink_to
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
        self.ensemble = ensemble
        self.random_state = random_state
        self.id_col = id_col
        self.time_col = time_col
        self.target_col = target_col
        self.freq = freq
        self.n_jobs = n_jobs
        self.verbose = verbose

    def _fit_panel(self, panel):
        self._check_horizon(self.h)
        check_together(self)
        plan = self._plan(panel)
        need = max(reach.n_inputs + reach.n_targets for reach in plan.reaches) + plan.transform.n_lost
        if panel.lengths.max() < need:
            sizes = f"{max(reach.n_inputs for reach in plan.reaches)} + {plan.reaches[0].n_targets}"
            panel.check_rows(need, f"input_size + h ({sizes}, with this target_transform)")
        panel.check_rows(1 + plan.transform.n_lost, "this target_transform")
        if self.scope == "local":
            panel.check_rows(need, f"scope='local' with input_size + h of {need} rows")
        as_float32(plan.transform.fit(panel)[1])  # every row, also those held back: errors come before any training
        for reach in plan.reaches:
            make_network(self, reach)
        seeds = check_random_state(self.random_state).randint(2**31 - 1, size=(self.n_init, 4))
        held = hold_back(panel, need, self.h, plan.season) if self.intervals is not None else None
        known = (None, 1.0, plan.season) if held is None else self._calibrate(panel, held, plan, seeds)
        learned = plan.learn(self, panel, seeds)
        # kept together at the end: an interrupted fit leaves the forecaster as it was
        self.thetas_, self.transform_state_, self.loss_curve_ = learned.thetas, learned.state, learned.losses
        self.residuals_, self.share_, self.naive_season_ = known
        self.reaches_ = [astuple(reach) for reach in plan.reaches]
        self.n_iter_, self.season_length_ = len(self.loss_curve_), plan.season
        self.input_size_, self.n_context_ = max(reach.n_inputs for reach in plan.reaches), plan.n_context
        self._fitted_with = {name: getattr(self, name) for name in FIXED_BY_FIT}

    def _plan(self, panel):
        """What fit does with a panel."""
        transform = self._transform(panel)
        reaches = choose_reaches(self, panel, transform.n_lost)
        season = season_of(panel.freq)
        return Plan(tuple(reaches), transform, season, 2 if self.shrink_to is None else max(2, season))

    def _transform(self, panel):
        steps = [as_transform(self.target_transform, "target_transform", freq=panel.freq)]
        if self.series_scaler == "standard":
            steps.append(Standardize())
        return Chain(tuple(steps))

    def _fitted_plan(self, panel):
        """The Plan of the last fit, and what it learned."""
        for name, then in self._fitted_with.items():
            now = getattr(self, name)
            if repr(now) != repr(then):
                raise ValueError(f"{name}={now!r} was {then!r} when this forecaster was fitted; fit it again")
        plan = Plan(tuple(Reach(*reach) for reach in self.reaches_), self._transform(panel), self.season_length_)
        return plan, Learned(self.thetas_, self.transform_state_, self.loss_curve_)

    def _predict_panel(self, panel, h, levels):
        series = np.arange(panel.n_series)
        return self._answers(panel, series, panel.indptr[1:], h, levels)

    def _predict_origins(self, panel, drops, h, levels):
        """Forecast from all origins in one call; see `BaseForecaster._predict_origins`."""
        if not self._knows(panel):  # what their own rows say would come from after the origins
            return super()._predict_origins(panel, drops, h, levels)
        n, n_series = len(drops), panel.n_series
        size = max(1, MOST_ANSWERS // (n_series * h))
        answers = []
        for first in range(0, n, size):
            some = np.asarray(drops[first : first + size])
            part = panel.from_end(int(some.min()), self._context_length() + int(some.max() - some.min()))
            ends = part.indptr[1:, None] - (some - some.min())
            series = np.repeat(np.arange(n_series), len(some))
            found = self._answers(part, series, ends.reshape(-1), h, levels)
            answers.append({name: values.reshape(n_series, -1, h).swapaxes(0, 1) for name, values in found.items()})
        return {name: np.concatenate([answer[name] for answer in answers]) for name in answers[0]}

    def _answers(self, panel, series, ends, h, levels):
        """The columns of the answer for windows before some rows of a panel, (n, h) each."""
        plan, learned = self._fitted_plan(panel)
        if levels and self.residuals_ is None:
            raise ValueError(
                "level needs intervals='conformal' and series long enough to hold back windows for calibration; "
                "this forecaster has none"
            )
        if levels and h > self.residuals_.shape[1]:
            raise ValueError(
                f"h={h} with level needs h up to {self.residuals_.shape[1]}, for which intervals are known"
            )
        point = plan.forecast(self, learned, panel, series, ends, h)
        if self.share_ < 1:
            naive = seasonal_naive(panel, series, ends, h, self.naive_season_)
            point = self.share_ * point + (1 - self.share_) * naive
        scale = recent_change(panel, series, ends, self._context_length()) if levels else None
        return with_intervals(self.model_name, point, self.residuals_, levels, scale=scale)

    def _calibrate(self, panel, held, plan, seeds):
        """Scaled errors on held-back windows (n, h), how far the networks are to be trusted, and beside what."""
        learned = plan.learn(self, held.training, seeds)
        h, series, ends = self.h, held.series, held.ends
        actual = panel.values[ends[:, None] + np.arange(h)]
        scale = recent_change(panel, series, ends, plan.n_context)[:, None]
        errors = (actual - plan.forecast(self, learned, panel, series, ends, h)) / scale
        if self.shrink_to is None:
            return errors, 1.0, plan.season
        naive = {back: (actual - seasonal_naive(panel, series, ends, h, back)) / scale for back in (plan.season, 1)}
        share, season = trust(errors, naive)
        return share * errors + (1 - share) * naive[season], share, season

    def _check_loaded(self):
        for theta, reach in zip(self.thetas_, self.reaches_, strict=True):
            size = make_network(self, Reach(*reach)).layout.size
            if theta.shape[-1] != size:
                raise ValueError(f"thetas_ has {theta.shape[-1]} numbers; the network needs {size}")

    def _knows(self, panel):
        """Whether the transforms have met all series of a panel."""
        return self._transform(panel).knows(self.transform_state_, panel)

    def _context_length(self):
        return self.n_context_

    def _max_horizon(self):
        return None if self.strategy == "recursive" else self.h
