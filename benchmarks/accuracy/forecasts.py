"""Fit once, forecast from all origins of a task, and score; ours and the baselines go the same way."""

import resource
import time
import warnings

import numpy as np
from scoring import Scores, mase_scale
from settings import SETTINGS

from rnnforecast import NaiveForecaster, RNNForecaster

CHUNK = 128  # origins at a time, which bounds the memory
LEVELS = (80.0, 95.0)
QUICK = {"max_iter": 1, "n_init": 1}
QUICK_ORIGINS = 20


def ours(name, task, *, defaults=False, intervals=False, quick=False):
    """Make the network's forecaster for a data set.

    Parameters
    ----------
    name : str
        A key of `SETTINGS`.
    task : Task
    defaults : bool
        Whether to leave out the settings, so that all but the seed and the threads is the default.
    intervals : bool
        Whether intervals are wanted; they adapt from origin to origin.
    quick : bool
        Whether this is a trial run.

    Returns
    -------
    RNNForecaster
    """
    settings = {} if defaults else {"intervals": None} | SETTINGS[name]
    settings |= ({"intervals": "adaptive"} if intervals else {}) | (QUICK if quick else {})
    return RNNForecaster(task.h, random_state=0, n_jobs=2, **settings)


def baselines(task):
    """Make the seasonal naive forecast, the naive one where it differs, and Naive2 and Theta for one origin."""
    named = {"SeasonalNaive": NaiveForecaster(task.h, method="seasonal", season_length=task.naive_season)}
    if task.naive_season > 1:
        named["Naive"] = NaiveForecaster(task.h)
    if len(task.drops) == 1:
        named["Naive2"] = NaiveForecaster(task.h, method="naive2", season_length=task.season)
        named["Theta"] = NaiveForecaster(task.h, method="theta", season_length=task.season)
    return named


def score(task, forecaster, levels=()):
    """Fit a forecaster, and score its forecasts from all origins.

    Parameters
    ----------
    task : Task
    forecaster : BaseForecaster
    levels : tuple of float, default=()
        Intervals to score.

    Returns
    -------
    dict
        What `Scores.means` gives, "seconds" of fit and forecasts, and "MiB", the most memory of the process so far.
    """
    known, began = task.known, time.perf_counter()
    scale = known.groupby("unique_id")["y"].apply(lambda y: mase_scale(y.to_numpy(), task.season))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        forecaster.fit(known)
        panel = forecaster._as_panel(task.frame, like=forecaster.context_)
        scores = Scores(scale[panel.ids].to_numpy())
        size = len(task.drops) if levels else CHUNK  # intervals learn from origins before
        for start in range(0, len(task.drops), size):
            drops = task.drops[start : start + size]
            rows = panel.indptr[1:, None] - drops[:, None, None] + np.arange(task.h)
            actual, name = panel.values[rows], forecaster.model_name
            found = forecaster._predict_origins(panel, drops.tolist(), task.h, levels)
            scores.add(actual, found[name])
            for level in levels:
                bounds = (found[f"{name}-{side}-{level:g}"] for side in ("lo", "hi"))
                scores.add_interval(level, actual, *bounds)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return scores.means() | {"seconds": time.perf_counter() - began, "MiB": memory}
