"""ForecastSearchCV: the settings of a forecaster that would have forecast the recent past best."""

import time
from numbers import Integral, Real

from sklearn.utils import check_random_state
from sklearn.utils._param_validation import Interval, StrOptions

from rnnforecast.forecasting.backtesting import as_count
from rnnforecast.forecasting.base import BaseForecaster
from rnnforecast.forecasting.panels.frequency import season_length
from rnnforecast.forecasting.search.candidates import results_table
from rnnforecast.forecasting.search.delegating import Delegating
from rnnforecast.forecasting.search.strategies import SEARCHES
from rnnforecast.forecasting.search.trials import POINT, SCALED, Rules, Trials, rebuild


class ForecastSearchCV(Delegating, BaseForecaster):
    """Choose the parameters of a forecaster by how well it would have forecast the end of the training data.

    Each candidate is fitted on the rows up to each of `n_windows` origins, forecasts the `h` rows after it, and is
    scored there; it never sees a row after the origin. The scores are of the forecasts that it would give: an
    RNNForecaster mixes them with a simple one as `shrink_to` says, for which each fit trains twice; with
    ``shrink_to=None`` a search takes about half the time. All fits, candidates times windows times seeds, go through
    one pool. The best candidate is then fitted on all rows.

    Parameters
    ----------
    forecaster : BaseForecaster
        It is left as it is.
    param_distributions : dict or list of dict
        Values to try, by the name of the parameter: lists, or distributions with a method `rvs` (not for
        ``search="grid"``), or for ``search="optuna"`` those of ``optuna.distributions``.
    search : {"grid", "random", "halving", "optuna"}, default="grid"
        "grid": all combinations. "random": `n_iter` of them. "halving": successive halving on the number of windows;
        `n_iter` candidates run in the newest window (or few), the best third of them in three times as many, and so
        on up to all. "optuna": `n_iter` candidates, one after another, from Optuna's TPE sampler; needs the extra
        ``rnnforecast[optuna]``.
    n_iter : int, default=10
        Candidates, but for "grid". Fewer where lists have fewer combinations.
    n_windows : int, default=3
        Origins; the last of them lies `h` rows before the end of each series.
    step_size : int, optional
        Rows between origins. By default `h`, so that windows do not overlap.
    h : int, optional
        Steps to forecast in each window. By default the `h` of the forecaster.
    metric : str or callable, default="mase"
        What to minimise: "mae", "mape", "mase", "mse", "rmse", "rmsse", "smape" or "wape", or a function
        ``metric(y_true, y_pred)`` of all steps of all series in one window whose target is known. "mase" and "rmsse"
        are means over series.
    season_length : int, optional
        For "mase" and "rmsse". By default what is usual for the frequency.
    n_seeds : int, default=1
        Fits of each candidate in each window, each with another `random_state`; their scores are averaged. With 1
        the forecaster's own is used, if it has one.
    refit : bool, default=True
        Whether to fit the best candidate on all rows, without which there is no `predict`.
    error_score : "raise" or float, default=nan
        Score of a fit that fails; with a number, a FitFailedWarning says why it failed.
    n_jobs : int or None, default=None
        Processes, as in joblib; the results do not depend on it.
    random_state : int, RandomState instance or None, default=None
        Draws the candidates, and the seeds of the fits.
    verbose : int, default=0
        1 says how many fits there are, more shows joblib's progress.

    Attributes
    ----------
    best_params_ : dict
    best_score_ : float
        Its mean score; lower is better.
    best_index_ : int
        Its row in `cv_results_`.
    cv_results_ : dict of arrays
        A row per candidate, for ``pd.DataFrame(search.cv_results_)``: ``params``, ``param_NAME``,
        ``split0_test_score`` (oldest window, mean over seeds) and so on, ``mean_test_score``, ``std_test_score``,
        ``std_seed_score`` (with several seeds, their spread within a window), ``rank_test_score``, ``n_windows`` (in
        which it ran), and times in seconds. In "halving", candidates rank behind all that went further than they did.
    best_forecaster_ : BaseForecaster
        Fitted on all rows, if ``refit=True``.
    refit_time_ : float
        Seconds of that fit.

    Examples
    --------
    >>> from rnnforecast import ForecastSearchCV, NaiveForecaster, datasets
    >>> search = ForecastSearchCV(NaiveForecaster(12), {"method": ["last", "seasonal", "drift"]})
    >>> search.fit(datasets.load_airline()).best_params_
    {'method': 'seasonal'}
    """

    _parameter_constraints: dict = {
        "forecaster": [BaseForecaster],
        "param_distributions": [dict, list],
        "search": [StrOptions(set(SEARCHES))],
        "n_iter": [Interval(Integral, 1, None, closed="left")],
        "n_windows": [Interval(Integral, 1, None, closed="left")],
        "step_size": [Interval(Integral, 1, None, closed="left"), None],
        "h": [Interval(Integral, 1, None, closed="left"), None],
        "metric": [StrOptions({*POINT, *SCALED}), callable],
        "season_length": [Interval(Integral, 1, None, closed="left"), None],
        "n_seeds": [Interval(Integral, 1, None, closed="left")],
        "refit": ["boolean"],
        "error_score": [StrOptions({"raise"}), Real],
        "n_jobs": [Integral, None],
        "random_state": ["random_state"],
        "verbose": ["verbose"],
    }

    def __init__(
        self,
        forecaster,
        param_distributions,
        *,
        search="grid",
        n_iter=10,
        n_windows=3,
        step_size=None,
        h=None,
        metric="mase",
        season_length=None,
        n_seeds=1,
        refit=True,
        error_score=float("nan"),
        n_jobs=None,
        random_state=None,
        verbose=0,
    ):
        self.forecaster = forecaster
        self.param_distributions = param_distributions
        self.search = search
        self.n_iter = n_iter
        self.n_windows = n_windows
        self.step_size = step_size
        self.h = h
        self.metric = metric
        self.season_length = season_length
        self.n_seeds = n_seeds
        self.refit = refit
        self.error_score = error_score
        self.n_jobs = n_jobs
        self.random_state = random_state
        self.verbose = verbose

    def _fit_checked(self, panel):
        rng = check_random_state(self.random_state)
        seeds = self._seeds(rng)
        trials = Trials(self.forecaster, panel, self._rules(panel, seeds))
        SEARCHES[self.search](self.param_distributions, trials, self.n_iter, rng)
        trials.report_failures()
        results = results_table(trials.candidates, self.n_windows)
        index = int(results["rank_test_score"].argmin())
        vars(self).pop("best_forecaster_", None)
        if self.refit:
            own = getattr(self.forecaster, "random_state", None)
            start = time.perf_counter()
            best = rebuild(self.forecaster, results["params"][index], seeds[0] if own is None else None)
            self.best_forecaster_ = best._fit_checked(panel)
            self.refit_time_ = time.perf_counter() - start
        self.cv_results_, self.best_index_, self.freq_ = results, index, panel.freq
        self.best_params_ = results["params"][index]
        self.best_score_ = float(results["mean_test_score"][index])
        return self

    def _rules(self, panel, seeds):
        """Settle what all trials have in common, and check that the data reach for it."""
        h = as_count("h", self._usual_h)
        step_size = h if self.step_size is None else self.step_size
        drops = tuple(h + window * step_size for window in reversed(range(self.n_windows)))
        panel.check_rows(drops[0] + 1, f"h={h} with n_windows={self.n_windows} and step_size={step_size}")
        season = season_length(panel.freq) if self.season_length is None else int(self.season_length)
        return Rules(h, drops, seeds, self.metric, season, self.error_score, self.n_jobs, int(self.verbose))

    def _spaces(self):
        """What is searched, as a list of dicts."""
        return [self.param_distributions] if isinstance(self.param_distributions, dict) else self.param_distributions

    def _seeds(self, rng):
        """The random states of the fits of one candidate in one window; (None,) leaves it as it is."""
        takes = "random_state" in self.forecaster.get_params(deep=False)
        if self.n_seeds > 1 and (not takes or any("random_state" in space for space in self._spaces())):
            why = (
                "searches over random_state"
                if takes
                else f"has a {type(self.forecaster).__name__} without random_state"
            )
            raise ValueError(f"n_seeds={self.n_seeds} sets random_state, but this search {why}; use n_seeds=1")
        if not takes or (self.n_seeds == 1 and self.forecaster.random_state is not None):
            return (None,)
        return tuple(rng.randint(2**31 - 1, size=self.n_seeds).tolist())
