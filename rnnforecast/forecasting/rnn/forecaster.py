"""RNNForecaster: pandas in, forecasts of a recurrent network out."""

from numbers import Integral, Real

from sklearn.utils import check_random_state
from sklearn.utils._param_validation import Interval, StrOptions

from ...estimators.base import BaseRNN
from ...kernels.scalers import SCALERS
from ..calendar import Calendar
from ..networks.heads import LOSS_NAMES
from ..panels.answers import to_answer
from ..transforms import Transform
from .answering import Answering
from .fitting import Fitting


class RNNForecaster(Fitting, Answering):
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
        By default two seasons, one and a half in series of fewer than five, or the horizon, if that is longer, as far
        as short series allow, and of two networks by default one reads a single season; with segments two weeks, or
        seven horizons.
    strategy : {"auto", "mimo", "segment", "recursive", "direct", "seq2seq"}, default="auto"
        "mimo": one output per step of the horizon, all from the whole window. "segment": the window is cut into
        segments, each of which is one step of the network, and the segments of the horizon are decoded in parallel
        from the final state (SegRNN: Lin et al. 2023), which makes long windows cheap. "recursive": a one-step network
        that is fed its own forecasts; `predict` then takes any horizon. "direct": a network of its own for each step
        of the horizon, all of which see the whole window. "seq2seq": a decoder that goes on from the final state step
        by step, fed the true values in training and its own forecasts later (Sutskever, Vinyals and Le 2014). "auto" is
        "segment" for data of at least 24 steps a season, such as hourly ones, and "mimo" for others.
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
    past_covariates, future_covariates, static_covariates : list of str, optional
        Columns of the long frame: known until now; known ahead, whose values at the steps to forecast `predict` takes
        as `X_df`; and constant in each series. Numbers are standardised; text, categories and booleans are embedded, or
        count as 0 and 1.
    calendar : {"weekly", "auto"}, list of str, dict or None, default="weekly"
        Features of the stamps: a list such as ``["hour", "dayofweek"]``, "auto" for those that fit the frequency, or a
        dict with ``names``, ``cyclical``, ``fourier`` (pairs of period and order) and ``holidays`` (a country).
        "weekly" is the day of the week for segments of data that are finer than a day, have at least 26 weeks, and lie
        nearer to their values a week ago than to those a day ago; and None for others.
    lags : list of int, optional
        Earlier values of the target that each row carries as well, such as ``[168]`` for the same hour a week ago.
        Those of at least `h` rows are known at the steps to forecast, too.
    series_embedding : bool, default=False
        Whether the network learns a vector for each series. It then knows no other series.
    missing : {"error", "mask", "decay"}, default="error"
        What missing targets, numbers of covariates and stamps are: an error; left out of the loss, with the last value
        in their place and two inputs that say whether a row is known and for how long none has been; or these with
        values that decay with that time, at a rate that is learned (GRU-D: Che et al. 2018). With the latter two, what
        lies before a series that is shorter than a window is missing, too, and such series train the network.
    weight_col : str, optional
        Column that says how much each row counts in training as the first one of a horizon; where it is missing, 0.
        With 1 at midnights and 0 elsewhere, networks learn, and are calibrated, for forecasts from midnight alone.
    half_life : float, optional
        Rows towards the past in which the weight of a row halves.
    shrink_to : {"auto", "seasonal_naive", "theta"} or None, default="auto"
        The simple forecast that the networks are mixed with, by what both err on the windows that calibrate the
        intervals. "seasonal_naive", the last season, or the last value where that is no worse, counts where networks do
        not clearly err less. "theta", the Theta method on the last 240 rows or three seasons, counts half, or as much
        more or less as is clearly better. "auto" is "theta" where it errs less than the naive forecasts, but not with
        segments, and else "seasonal_naive". With ``intervals=None`` nothing is held back, and nothing is mixed.
    target_transform : None, str, Transform or list of them, default="auto"
        What is done to the target before the network sees it, and undone after. The words are "log", "log1p",
        "boxcox", "difference", "seasonal_difference", "deseasonalize", "robust", "minmax", "mean" and "standard"; the
        transforms themselves, such as `MovingSeason`, take parameters. "auto" is `LinLog`, logarithms that take later
        zeros too, where all targets are positive, are no noise around a level (`window_scaler`), and the loss is
        "absolute_error" or "quantile"; and None elsewhere.
    series_scaler : {"auto", "standard"} or None, default="auto"
        "standard": subtract each series' mean and divide by its standard deviation. A loss of counts or amounts takes
        the data as they are, and refuses it. "auto" is None for these, and "standard" for others.
    window_scaler : {"auto", "last", "mean", "standard", "robust"} or None, default="auto"
        Subtract each window's last value; divide it by its mean absolute value; standardise it; or do so by its median
        and the distance of its quartiles. "auto" is "standard" where the mean of a window is clearly nearer to the
        horizon than its last value and no farther from the first step, as for noise around a level, and else, and with
        segments, "last".
    intervals : {"conformal", "asymmetric", "adaptive"} or None, default="conformal"
        How held-back windows make intervals: by the size of their errors, the same on both sides; by the errors of each
        side; or as the first, but going on by what comes after `fit`, with each `update`, each row of a `stream` and
        each origin of a backtest (adaptive conformal inference: Gibbs and Candès 2021); all series of a panel are
        learned from together. With a loss of quantiles or a distribution they correct its quantiles (conformalised
        quantile regression: Romano, Patterson and Candès 2019). None skips the second, shorter training that
        calibrates.
    cell_type : {"lstm", "gru", "elman"} or Cell, default="gru"
    hidden_size : int or sequence of int, optional
        Units, or those of each layer. By default 32, with ``scope="local"`` 16.
    num_layers : int, default=1
    activation : {"tanh", "relu", "sigmoid"}, default="tanh"
    bidirectional : bool, default=False
    dropout, recurrent_dropout : float in [0, 1), default=0.0
    forget_bias : float or None, default=1.0
        As in RNNRegressor.
    loss : str, default="absolute_error"
        What training minimises, on the scale of the scaled windows: "squared_error", "absolute_error" or "huber" of the
        forecast; "quantile", of several that cannot cross; or the likelihood of "gaussian" or "student_t". For counts
        and amounts, which are taken as they are: "poisson", "negative_binomial", "gamma" or "tweedie"; the network then
        reads log(1 + y), and `target_transform` and `series_scaler` must be None or "auto".
    quantiles : list of float, optional
        The levels that ``loss="quantile"`` trains; by default 0.025, 0.1, 0.25, 0.5, 0.75, 0.9 and 0.975.
    power : float in (1, 2), default=1.5
        Of ``loss="tweedie"``.
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
        Epochs. By default 4,000 updates' worth, between 3 (with segments 8) and 100, with ``scope="local"`` at most
        30.
    n_init : int, optional
        Networks to train from different seeds for each input size, all in one call. By default 2, but 1 with several
        input sizes, with ``scope="local"`` and with ``strategy="direct"``, which have several networks already.
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
        1 shows progress: of each training, which with `intervals` are two, and of each input size.

    Attributes
    ----------
    thetas_ : list of ndarray of shape (n_networks, n_parameters)
        Parameters of the networks, one array for each input size; those of the first seed come first.
    series_ids_ : ndarray of shape (n_series,) or None
        With ``scope="local"`` the series that the networks belong to, in their order.
    input_size_ : int
        Number of values that the networks read, the largest of several.
    season_length_ : int
        Steps in a season, 1 where the data show none.
    transform_ : Chain
        What is done to the target: `target_transform`, then `series_scaler`.
    calendar_ : Calendar
        Features of the stamps that the networks read.
    window_scaler_ : str or None
        How windows are scaled.
    share_ : float
        How much of the networks' forecast counts; the rest is a simple one.
    shrunk_to_ : {"last", "seasonal_naive", "theta"} or None
        The simple one; None where there was nothing to compare with.
    loss_curve_ : list of float
        Mean loss of each epoch.
    residuals_ : ndarray of shape (n_windows, h) or None
        Errors of the calibration windows, each divided by the scale of its series. Where all begin at one phase of the
        season, those of a step have the size that is usual within half a season.
    calibration_ : Calibration or None
        These, and with a loss of several numbers those of its quantiles.
    error_scale_ : ErrorScale or None
        What they are measured in: the recent mean absolute change of each series, from row to row or from season to
        season, whichever its errors follow, times how much larger its own errors were. A series of a single row, which
        has no change, has the usual one of the panel, as a share of its value where that is more alike over the series.
    outcomes_ : tuple of Outcome
        With ``intervals="adaptive"`` what was forecast before each `update`, of the newest ones, and what came of it.
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
        "strategy": [StrOptions({"auto", "mimo", "segment", "recursive", "direct", "seq2seq"})],
        "past_covariates": [list, tuple, None],
        "future_covariates": [list, tuple, None],
        "static_covariates": [list, tuple, None],
        "calendar": [str, list, tuple, dict, Calendar, None],
        "lags": [list, tuple, None],
        "series_embedding": ["boolean"],
        "missing": [StrOptions({"error", "mask", "decay"})],
        "weight_col": [str, None],
        "half_life": [Interval(Real, 0, None, closed="neither"), None],
        "quantiles": [list, tuple, None],
        "power": [Interval(Real, 1, 2, closed="neither")],
        "scope": [StrOptions({"global", "local"})],
        "residual_on": [StrOptions({"last", "seasonal_naive", "linear"}), None],
        "shrink_to": [StrOptions({"auto", "seasonal_naive", "theta"}), None],
        "ensemble": [StrOptions({"mean", "median"})],
        "segment_size": [Interval(Integral, 1, None, closed="left"), None],
        "linear_skip": ["boolean"],
        "n_init": [Interval(Integral, 1, None, closed="left"), None],
        "target_transform": [str, list, tuple, Transform, None],
        "series_scaler": [StrOptions({"auto", "standard"}), None],
        "window_scaler": [StrOptions({"auto", *SCALERS}), None],
        "intervals": [StrOptions({"conformal", "asymmetric", "adaptive"}), None],
        "loss": [StrOptions(set(LOSS_NAMES))],
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
                "cell_type", "num_layers", "activation", "bidirectional", "dropout",
                "recurrent_dropout", "forget_bias", "learning_rate", "max_grad_norm",
                "random_state", "n_jobs", "verbose",
            )
        },
        "hidden_size": [*BaseRNN._parameter_constraints["hidden_size"], None],
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
        past_covariates=None,
        future_covariates=None,
        static_covariates=None,
        calendar="weekly",
        lags=None,
        series_embedding=False,
        missing="error",
        weight_col=None,
        half_life=None,
        shrink_to="auto",
        target_transform="auto",
        series_scaler="auto",
        window_scaler="auto",
        intervals="conformal",
        cell_type="gru",
        hidden_size=None,
        num_layers=1,
        activation="tanh",
        bidirectional=False,
        dropout=0.0,
        recurrent_dropout=0.0,
        forget_bias=1.0,
        loss="absolute_error",
        quantiles=None,
        power=1.5,
        solver="adam",
        alpha=0.0,
        batch_size=None,
        learning_rate="one_cycle",
        learning_rate_init=None,
        max_grad_norm=1.0,
        max_iter=None,
        n_init=None,
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
        self.past_covariates = past_covariates
        self.future_covariates = future_covariates
        self.static_covariates = static_covariates
        self.calendar = calendar
        self.lags = lags
        self.series_embedding = series_embedding
        self.missing = missing
        self.weight_col = weight_col
        self.half_life = half_life
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
        self.quantiles = quantiles
        self.power = power
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

    def simulate(self, n_paths=100, h=None, *, new_df=None, X_df=None, random_state=None):
        """Draw sample paths of the future, whose steps hang together as the errors on held-back windows did.

        With a loss of one number a path is the forecast plus the errors of one held-back window, drawn anew for each
        path; with quantiles or a distribution each step has their marginal, in the order of such errors (the Schaake
        shuffle: Clark et al. 2004). So sums, maxima and runs over several steps can be read off the paths.

        Parameters
        ----------
        n_paths : int, default=100
        h : int, optional
            Number of steps. By default the `h` of the constructor.
        new_df, X_df : DataFrame, optional
            As in `predict`.
        random_state : int, RandomState instance or None, default=None

        Returns
        -------
        DataFrame
            In the kind of the data, with a column ``RNN-path-0``, ``RNN-path-1``, ... for each path.
        """
        panel = self._panel_to_continue(new_df)
        h = self._check_horizon(h)
        rng = check_random_state(random_state)
        paths = self._simulate_panel(panel, h, n_paths, rng, **self._known_ahead(panel, h, X_df))
        columns = {f"{self.model_name}-path-{k}": paths[:, k] for k in range(paths.shape[1])}
        return to_answer(panel, columns)

    def explain(self, step=1, *, new_df=None, X_df=None):
        """How much each value that the networks read moves the forecast of one step: exact gradients.

        A window scaler's centre and scale count as constants, and so do transforms of the target: the answer is in
        units of the forecast per unit of what is read, both as the networks see them.

        Parameters
        ----------
        step : int, default=1
            Which step of the horizon; 1 with ``strategy="recursive"``, whose other steps read forecasts. With "seq2seq"
            none can be explained, as its decoder reads forecasts too.
        new_df, X_df : DataFrame, optional
            As in `predict`.

        Returns
        -------
        DataFrame
            A row per series and row that is read, with the columns ``unique_id`` (not for a single series without one),
            ``ds``, ``lag`` (rows before the first step; 0 and below for steps that are known ahead), and one for the
            target and each covariate; a category's is the length of the gradient of its vector.
        """
        panel = self._panel_to_continue(new_df)
        if self.strategy == "seq2seq":
            raise ValueError("explain needs another strategy than 'seq2seq', whose decoder reads its own forecasts")
        if isinstance(step, bool) or not isinstance(step, Integral) or not 1 <= step <= self.h:
            raise ValueError(f"step={step!r} must be an int from 1 to h={self.h}")
        if step > 1 and self.strategy == "recursive":
            raise ValueError(f"step={step} must be 1 with strategy='recursive', whose later steps read its forecasts")
        return self._explain_panel(panel, int(step), **self._known_ahead(panel, self.h, X_df))
