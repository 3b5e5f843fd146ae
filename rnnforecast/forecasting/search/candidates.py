"""What a search knows of its candidates: how each did in which window and with which seed, and who is first."""

from bisect import bisect_left
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Outcome:
    """What came of one candidate in one window with one seed.

    Parameters
    ----------
    score : float
    fit_time, score_time : float
        Seconds of the fit, and of the forecast and its score.
    error : str or None
        Traceback of a failure.
    """

    score: float
    fit_time: float
    score_time: float
    error: str | None


@dataclass(frozen=True, eq=False)
class Candidate:
    """One setting of the forecaster, and how it has done so far.

    Parameters
    ----------
    params : dict
    outcomes : dict of (window, seed) to Outcome
    """

    params: dict
    outcomes: dict

    @property
    def n_windows(self):
        """Number of windows in which it has run."""
        return len({window for window, _ in self.outcomes})

    @property
    def mean(self):
        """Mean score of all windows and seeds so far."""
        return float(np.mean(self.of("score")))

    def of(self, name, window=None):
        """Return one field of the outcomes, those of one window or all.

        Parameters
        ----------
        name : str
            A field of Outcome.
        window : int, optional

        Returns
        -------
        list of float
        """
        return [getattr(outcome, name) for key, outcome in self.outcomes.items() if window in (None, key[0])]

    def per_window(self, summary):
        """Return a summary over the seeds of each window: NaN for a window in which it has not run.

        Parameters
        ----------
        summary : callable

        Returns
        -------
        dict of int to float
        """
        return {window: float(summary(self.of("score", window))) for window in sorted({w for w, _ in self.outcomes})}


def rank_key(candidate):
    """Return what sorts candidates: those with a score, those that ran in more windows, the lower score.

    Parameters
    ----------
    candidate : Candidate

    Returns
    -------
    tuple
    """
    failed = bool(np.isnan(candidate.mean))
    return failed, -candidate.n_windows, 0.0 if failed else candidate.mean


def results_table(candidates, n_windows):
    """Return all scores in the form of scikit-learn's ``cv_results_``.

    Parameters
    ----------
    candidates : list of Candidate
    n_windows : int
        Of the search; a candidate may have run in fewer.

    Returns
    -------
    dict of str to array of shape (n_candidates,), or list
    """
    table = {}
    for name in ("fit_time", "score_time"):
        table[f"mean_{name}"] = np.array([np.mean(candidate.of(name)) for candidate in candidates])
        table[f"std_{name}"] = np.array([np.std(candidate.of(name)) for candidate in candidates])
    table["params"] = [candidate.params for candidate in candidates]
    for name in sorted({name for params in table["params"] for name in params}):
        table[f"param_{name}"] = _column(name, table["params"])
    means = [candidate.per_window(np.mean) for candidate in candidates]
    for window in range(n_windows):
        table[f"split{window}_test_score"] = np.array([mean.get(window, np.nan) for mean in means])
    table["mean_test_score"] = np.array([candidate.mean for candidate in candidates])
    table["std_test_score"] = np.array([np.std(list(mean.values())) for mean in means])
    if any(seed > 0 for candidate in candidates for _, seed in candidate.outcomes):
        spread = [candidate.per_window(np.std) for candidate in candidates]
        table["std_seed_score"] = np.array([np.mean(list(stds.values())) for stds in spread])
    table["n_windows"] = np.array([candidate.n_windows for candidate in candidates])
    keys = [rank_key(candidate) for candidate in candidates]
    table["rank_test_score"] = np.array([1 + bisect_left(sorted(keys), key) for key in keys], dtype=np.int32)
    return table


def _column(name, candidates):
    """Values of one parameter, masked where a candidate does not set it."""
    column = np.ma.MaskedArray(np.empty(len(candidates), dtype=object), mask=True)
    for row, params in enumerate(candidates):
        if name in params:
            column.data[row], column.mask[row] = params[name], False
    return column
