"""Fits of candidates in the windows of a search and with its seeds, all in one pool, and their scores."""

import itertools
import time
import traceback
import warnings
from collections import Counter
from dataclasses import dataclass

import numpy as np
from sklearn.base import clone
from sklearn.exceptions import FitFailedWarning
from sklearn.utils.parallel import Parallel, delayed

from rnnforecast import metrics
from rnnforecast.forecasting.search.candidates import Candidate, Outcome

POINT = ("mae", "mape", "mse", "rmse", "smape", "wape")
SCALED = ("mase", "rmsse")


@dataclass(frozen=True)
class Rules:
    """What all trials of a search have in common.

    Parameters
    ----------
    h : int
    drops : tuple of int
        For each window how many rows at the end of each series lie after its origin, the oldest window first.
    seeds : tuple of int or None
        Each fit is made once with each. None leaves the forecaster's random_state alone.
    metric : str or callable
    season_length : int
    error_score : "raise" or float
    n_jobs : int or None
    verbose : int
    """

    h: int
    drops: tuple
    seeds: tuple
    metric: object
    season_length: int
    error_score: object
    n_jobs: object
    verbose: int


class Trials:
    """All candidates of a search, run in one pool.

    Parameters
    ----------
    forecaster : BaseForecaster
        What the candidates are settings of; it is left as it is.
    panel : Panel
    rules : Rules

    Attributes
    ----------
    candidates : list of Candidate
    """

    def __init__(self, forecaster, panel, rules):
        self.forecaster, self.panel, self.rules = forecaster, panel, rules
        self.candidates = []

    def add(self, params):
        """Make a candidate of a setting.

        Parameters
        ----------
        params : dict

        Returns
        -------
        Candidate
        """
        rebuild(self.forecaster, params)  # a name that the forecaster does not have is an error, not a failed fit
        self.candidates.append(Candidate(dict(params), {}))
        return self.candidates[-1]

    def run(self, candidates, n_windows=None):
        """Fit and score candidates in the newest windows, where this has not been done.

        Parameters
        ----------
        candidates : list of Candidate
        n_windows : int, optional
            All by default.
        """
        rules, total = self.rules, len(self.rules.drops)
        windows = range(total - (n_windows or total), total)
        every = itertools.product(candidates, windows, range(len(rules.seeds)))
        jobs = [(candidate, *key) for candidate, *key in every if tuple(key) not in candidate.outcomes]
        if rules.verbose:
            size = f"{len(candidates)} candidates, {len(windows)} windows, {len(rules.seeds)} seeds"
            print(f"{size}: {len(jobs)} fits")
        outcomes = Parallel(n_jobs=rules.n_jobs, verbose=max(rules.verbose - 1, 0))(
            delayed(_trial)(
                rebuild(self.forecaster, candidate.params, rules.seeds[seed]), self.panel, rules.drops[window], rules
            )
            for candidate, window, seed in jobs
        )
        for (candidate, window, seed), outcome in zip(jobs, outcomes, strict=True):
            candidate.outcomes[window, seed] = outcome

    def report_failures(self):
        """Warn of fits that failed; raise where no candidate has a score."""
        errors = Counter(error for candidate in self.candidates for error in candidate.of("error"))
        n_fits, n_failed = errors.total(), errors.total() - errors.pop(None, 0)
        texts = [f"{count} fits failed with:\n{error}" for error, count in errors.items()]
        if n_failed == n_fits or all(np.isnan(candidate.mean) for candidate in self.candidates):
            raise ValueError(f"no candidate has a score: {n_failed} of {n_fits} fits failed\n" + "\n".join(texts))
        if n_failed:
            score = f"their score is error_score={self.rules.error_score}"
            message = f"{n_failed} of {n_fits} fits failed; {score}\n" + "\n".join(texts)
            warnings.warn(message, FitFailedWarning, stacklevel=5)


def rebuild(forecaster, params, seed=None):
    """Return an unfitted copy of a forecaster with other settings.

    Parameters
    ----------
    forecaster : BaseForecaster
    params : dict
    seed : int, optional
        Its random_state, where `params` have none.

    Returns
    -------
    BaseForecaster
    """
    seeded = {} if seed is None else {"random_state": seed}
    return clone(forecaster).set_params(**{**seeded, **clone(params, safe=False)})


def _trial(forecaster, panel, drop, rules):
    """Fit on the rows up to one origin, forecast the window after it, and score that: an Outcome."""
    clock = [time.perf_counter()]
    try:
        past = panel.truncate(drop)  # all that the forecaster gets to learn from
        forecaster._validate_params()
        params = forecaster.get_params(deep=False)
        if "intervals" in params and params.get("shrink_to") is None:
            # only points are scored, and without a mixture the second training, which calibrates, moves none
            forecaster.set_params(intervals=None)
        forecaster._check_before_fit(rules.h, (), ())
        forecaster._check_read(past)
        forecaster._fit_checked(past)
        clock.append(time.perf_counter())
        h = forecaster._check_horizon(rules.h)
        seen = panel.truncate(drop - h)  # with what is known ahead of the window
        forecast = forecaster._predict_origins(seen, [h], h, ())[forecaster.model_name][0]
        score, error = _score(rules, seen.last(h), forecast, past), None
    except Exception:
        if rules.error_score == "raise":
            raise
        score, error = rules.error_score, traceback.format_exc()
    clock.append(time.perf_counter())
    return Outcome(score, clock[1] - clock[0], clock[-1] - clock[1], error)


def _score(rules, actual, forecast, past):
    """One number for the forecasts (n_series, h) of one window, where something came.

    A series that has no scale, or nothing known in the window, is left out.
    """
    known = np.isfinite(actual)
    if not known.any():
        raise ValueError(f"nothing is known in the window after row {past.n_rows}")
    if rules.metric in SCALED:
        function = getattr(metrics, rules.metric)
        series = zip(actual, forecast, known, np.split(past.values, past.indptr[1:-1]), strict=True)
        words = {"season_length": rules.season_length}
        scores = [function(y[k], f[k], y_train=train, **words) for y, f, k, train in series if k.any()]
        scaled = np.isfinite(scores)
        score = float(np.mean(np.array(scores)[scaled])) if scaled.any() else np.nan
    else:
        function = rules.metric if callable(rules.metric) else getattr(metrics, rules.metric)
        score = float(function(actual[known], forecast[known]))
    if not np.isfinite(score):
        raise ValueError(f"metric={rules.metric!r} is {score} in the window after row {past.n_rows}")
    return score
