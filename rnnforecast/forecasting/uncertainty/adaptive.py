"""Intervals that learn from their own misses: adaptive conformal inference."""

import numbers
import warnings
from dataclasses import dataclass

import numpy as np

from rnnforecast.forecasting.uncertainty.columns import check_level
from rnnforecast.forecasting.uncertainty.conformal import score_rank

FEWEST_SCORES = 200  # that are kept for each step: enough for a level of 99 (99 are needed), few enough to forget


@dataclass(eq=False)
class AdaptiveConformal:
    """How far the bounds of intervals move out, for each level and each step of the horizon.

    Split conformal intervals cover what they promise while errors stay as they were. Here the allowed share of misses
    moves with the misses. The score of a value is how far it lies outside of what was said, such as its absolute error,
    and an interval moved out by a width covers it where the score is not above the width. Intervals of level l, with
    the target α = 1 - l / 100, that were issued for step k are compared with what came; with err the share of them that
    missed, 0 or 1 for a single series, ::

        α_{t+1} = min(max(α_t + gamma (α - err), 0), 1)

    The width is the ceil((n + 1) (1 - α_t))-th smallest of the n newest scores at that step. So two things adapt: the
    window of scores, and the rank in it.

    In the paper α_t may leave (0, 1): below 0 the interval has no bounds, above 1 it is empty. Here α_t stays within
    [0, 1], which makes the recursion, gradient descent on a pinball loss, a projected one. At 1 the width is 0, or
    the smallest score where that is negative. At 0, and wherever the rank asks for a score beyond those in the window
    (``α_t < 1 / (n + 1)``), it is the largest score in the window: finite, and too narrow for the level. `capped` says
    where, and `width` warns. While misses go on, their scores enter the window and the cap rises with them.

    `start` makes one. All fields are arrays or plain values, and the same updates give the same bits.

    Parameters
    ----------
    levels : tuple of float, (n_levels,)
        In percent, rising.
    gamma : float
        Step size, see `start`.
    alpha : ndarray of shape (n_levels, h)
        α_t.
    scores : ndarray of shape (n_levels, h, window), or (1, h, window)
        Those of each level, or of all; NaN where there are fewer.
    oldest : ndarray of shape (h,), int64
        Which of the scores of each step goes next.

    References
    ----------
    Gibbs, I. and Candès, E. (2021). Adaptive conformal inference under distribution shift. NeurIPS 34, equation 2.

    Examples
    --------
    >>> import numpy as np
    >>> errors = np.random.default_rng(0).normal(size=(99, 2))
    >>> intervals = AdaptiveConformal.start(np.abs(errors), [80])
    >>> intervals.update([[5.0, np.nan]], intervals.widths()).alpha.round(4).tolist()
    [[0.192, 0.2]]
    """

    levels: tuple
    gamma: float
    alpha: np.ndarray
    scores: np.ndarray
    oldest: np.ndarray

    def __post_init__(self):
        self.levels = check_level(self.levels, "levels")
        for name in ("alpha", "scores", "oldest"):  # own and writable, whatever they were read from
            setattr(self, name, np.array(getattr(self, name)))
        n_levels, h = np.shape(self.alpha)
        fit = (n_levels, h) == (len(self.levels), len(self.oldest)) and self.scores.shape[1] == h
        if not fit or len(self.scores) not in (1, n_levels) or not n_levels:
            raise ValueError("levels, alpha, scores and oldest of an AdaptiveConformal do not fit together")

    @classmethod
    def start(cls, scores, levels, *, gamma=0.01, window=None):
        """Begin with the scores of calibration windows.

        Parameters
        ----------
        scores : ndarray of shape (n_windows, h), or (n_levels, n_windows, h)
            Of held-back windows, oldest first, each in units of the scale of its series, for all levels or for each.
            NaN marks a step that a window did not have. The newest `window` of each step are used.
        levels : float or list of float
            In percent.
        gamma : float, default=0.01
            Step size, from 0 (the window of scores alone adapts) to 1. The long-run share of misses differs from the
            target by about 1 / (gamma t) at most after t values, where nothing is capped; a small one is slow, while a
            large one makes widths jump. In the 200 values after the spread of independent errors had doubled, 95 %
            intervals covered 87.2 % with 0, 93.1 % with 0.005 (the paper's choice), 94.2 % with 0.01 and 94.3 % with
            0.02 (means of 150 streams); where nothing changed, their interval score was 0.6, 1.1 and 2.4 % worse than
            with 0.
        window : int, optional
            Scores kept for each step. By default as many as there are, but at least FEWEST_SCORES.

        Returns
        -------
        AdaptiveConformal

        Raises
        ------
        ValueError
            When a step has no score, there is no level, or `gamma` or `window` is out of range.
        """
        levels = check_level(levels, "levels")
        if not levels:
            raise ValueError(f"levels={levels!r} must hold at least one level")
        if isinstance(gamma, bool) or not isinstance(gamma, numbers.Real) or not 0 <= gamma <= 1:
            raise ValueError(f"gamma={gamma!r} must be a number from 0 to 1")
        scores = np.asarray(scores, dtype=float)
        scores = scores[None] if scores.ndim == 2 else scores
        window = max(FEWEST_SCORES, scores.shape[1]) if window is None else window
        if isinstance(window, bool) or not isinstance(window, numbers.Integral) or window < 1:
            raise ValueError(f"window={window!r} must be a positive int")
        some = ~np.isnan(scores).all(axis=(0, 1))
        if not some.all():
            raise ValueError(f"scores needs one for every step; step {np.argmin(some) + 1} has none")
        h = scores.shape[2]
        alpha = np.repeat(_targets(levels), h, axis=1)
        kept = np.full((len(scores), h, window), np.nan)
        made = cls(levels, float(gamma), alpha, kept, np.zeros(h, dtype=np.int64))
        made._keep(scores)
        return made

    def update(self, scores, widths):
        """Take in the scores of values that came, and learn from the widths of the intervals that were made for them.

        Parameters
        ----------
        scores : array-like of shape (n, h), or (n_levels, n, h)
            For step 1, 2, ... of forecasts from n origins or of n series, oldest first, for all levels or for each. NaN
            where nothing was forecast or nothing came; nothing is learned there.
        widths : array-like that can be broadcast to (n_levels, n, h)
            What `widths` was when those forecasts were made; (n_levels, h) where it was the same for all.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            When a score is infinite, or shapes do not fit. Nothing has changed then.
        """
        scores, widths = np.asarray(scores, dtype=float), np.asarray(widths, dtype=float)
        scores = scores[None] if scores.ndim == 2 else scores
        widths = widths[:, None] if widths.ndim == 2 else widths
        n_levels, h = self.alpha.shape
        if scores.ndim != 3 or (len(scores), scores.shape[2]) != (len(self.scores), h):
            raise ValueError(f"scores has shape {scores.shape}; ({len(self.scores)}, n, {h}) is needed")
        if widths.ndim != 3 or len(widths) != n_levels or widths.shape[1] not in (1, scores.shape[1]):
            raise ValueError(f"widths has shape {widths.shape}; ({n_levels}, {scores.shape[1]}, {h}) is needed")
        if np.isinf(scores).any():
            raise ValueError("scores must be finite, or NaN where there is none")
        known = ~np.isnan(scores)
        count = known.sum(axis=1)
        missed = ((scores > widths) & known).sum(axis=1) / np.maximum(count, 1)
        moved = np.clip(self.alpha + self.gamma * (_targets(self.levels) - missed), 0.0, 1.0)
        self.alpha = np.where(count > 0, moved, self.alpha)
        self._keep(scores)
        return self

    def _keep(self, scores):
        """Put scores in the place of the oldest; of more than there is room for, the newest stay."""
        window = self.scores.shape[2]
        known = ~np.isnan(scores).all(axis=0)
        place = np.cumsum(known, axis=0)
        count = place[-1] if len(place) else np.zeros(scores.shape[2], np.int64)
        row, step = np.nonzero(known & (place > count - window))
        self.scores[:, step, (self.oldest[step] + place[row, step] - 1) % window] = scores[:, row, step]
        self.oldest = (self.oldest + count) % window

    def widths(self):
        """Return how far the bounds of intervals issued now move out.

        Returns
        -------
        ndarray of shape (n_levels, h)
            Finite, in units of the scale; where all levels have the same scores, rising with the level.
        """
        return self._ranked()[0]

    def width(self, level):
        """Return that of one level, and warn where it is too narrow.

        Parameters
        ----------
        level : float
            One of the levels.

        Returns
        -------
        ndarray of shape (h,)

        Warns
        -----
        UserWarning
            Where the largest score in the window had to do (`capped`).
        """
        capped = np.flatnonzero(self.capped(level))
        if len(capped):
            warnings.warn(
                f"the interval of level={level:g} would be without bounds at {len(capped)} of {len(self.oldest)} "
                f"steps, first at step {capped[0] + 1}; it is as wide as the largest of the newest errors",
                UserWarning,
                stacklevel=2,
            )
        return self.widths()[self._place(level)]

    def capped(self, level):
        """Return where the largest score in the window stands in for an interval without bounds.

        Parameters
        ----------
        level : float
            One of the levels.

        Returns
        -------
        ndarray of shape (h,), bool
        """
        return self._ranked()[1][self._place(level)]

    def _place(self, level):
        if level not in self.levels:
            raise ValueError(f"level={level!r} must be one of {list(self.levels)}, which are followed here")
        return self.levels.index(level)

    def _ranked(self):
        """Widths (n_levels, h) for the current α, and where they are capped by the largest score."""
        rising = np.sort(self.scores, axis=2)  # NaN sorts last
        n = np.count_nonzero(~np.isnan(rising), axis=2)
        rank = score_rank(n, 100 * (1 - self.alpha))
        rising = np.broadcast_to(rising, (len(self.levels), *rising.shape[1:]))
        width = np.take_along_axis(rising, (np.clip(rank, 1, n) - 1)[:, :, None], axis=2)[:, :, 0]
        width = np.where(rank > 0, width, np.minimum(width, 0.0))
        return np.maximum.accumulate(width, axis=0) if len(self.scores) == 1 else width, rank > n


def _targets(levels):
    """(n_levels, 1) the shares of misses that the levels allow."""
    return 1 - np.array(levels, dtype=float)[:, None] / 100
