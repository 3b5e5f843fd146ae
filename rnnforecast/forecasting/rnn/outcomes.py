"""Forecasts that were made before rows came by `update`, and what came of them."""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from .adaptation import adapted_widths
from .said import Said


@dataclass(frozen=True)
class Outcome:
    """What was said before an update, and what came of it in this one and later ones.

    Parameters
    ----------
    number : int
        Of the update, from 0 on.
    ids : Index of n_series
    said : Said or None
        (n_series, h) each; None where nothing could be said, as what was to be known ahead was not known.
    n_passed : (n_series,) int64 array
        Steps that have passed.
    actual : (n_series, h) array
        NaN for what has not come, or is missing.
    known_at : (n_series, h) int64 array
        In which update it came; -1 where it did not yet.
    """

    number: int
    ids: pd.Index
    said: Said | None
    n_passed: np.ndarray
    actual: np.ndarray
    known_at: np.ndarray

    @classmethod
    def of(cls, number, ids, said, h):
        """Nothing has come yet."""
        n = len(ids)
        return cls(number, ids, said, np.zeros(n, np.int64), np.full((n, h), np.nan), np.full((n, h), -1))

    def after(self, context, joined, number):
        """The same once rows have come.

        Parameters
        ----------
        context : Panel
            What was known before.
        joined : Panel
            With the rows that came under it.
        number : int
            Of this update.

        Returns
        -------
        Outcome
        """
        at = joined.ids.get_indexer(self.ids)
        n_new = (joined.lengths[at] - context.lengths[context.ids.get_indexer(self.ids)])[:, None]
        passed, steps = self.n_passed[:, None], np.arange(self.actual.shape[1])
        series, step = np.nonzero((steps >= passed) & (steps < passed + n_new))
        actual, known_at = self.actual.copy(), self.known_at.copy()
        first = joined.indptr[1:][at] - n_new[:, 0]
        actual[series, step] = joined.values[first[series] + step - self.n_passed[series]]
        known_at[series, step] = number
        return replace(self, n_passed=self.n_passed + n_new[:, 0], actual=actual, known_at=known_at)


def learn_from(adaptive, outcomes):
    """Take in what came of forecasts, update by update.

    Parameters
    ----------
    adaptive : AdaptiveConformal
        As `fit` calibrated it; changed in place.
    outcomes : sequence of Outcome
        One for each update, the oldest first.

    Returns
    -------
    AdaptiveConformal
    """
    if not outcomes:
        return adaptive
    n, most = len(outcomes) + 1, max(len(outcome.ids) for outcome in outcomes)
    scores = np.full((len(adaptive.scores), n, most, len(adaptive.oldest)), np.nan)
    known_at = np.full(scores.shape[1:], n)
    for i, outcome in enumerate(outcomes):
        if outcome.said is not None:
            scores[:, i, : len(outcome.ids)] = outcome.said.scores(adaptive.levels, outcome.actual)
            came = outcome.known_at - outcomes[0].number + 1
            known_at[i, : len(outcome.ids)] = np.where(outcome.known_at < 0, n, came)
    adapted_widths(adaptive, scores, known_at)
    return adaptive
