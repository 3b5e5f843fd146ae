"""The columns of a forecast: its point, its intervals and its quantiles, as held-back windows have calibrated them."""

from dataclasses import dataclass

import numpy as np

from ..uncertainty import (
    AdaptiveConformal,
    conformal_bounds,
    corrected_interval,
    level_columns,
    quantile_columns,
    quantile_correction,
    quantiles_at,
    sort_quantiles,
)

# Levels at which the quantiles of held-back windows are kept; others are interpolated.
GRID = (0.005, 0.01, 0.025, *(round(0.05 * k, 2) for k in range(1, 20)), 0.975, 0.99, 0.995)
MOST_KEPT = 2000  # windows whose quantiles are kept


@dataclass(frozen=True)
class Calibration:
    """What held-back windows tell of the uncertainty of forecasts.

    Parameters
    ----------
    errors : ndarray of shape (n_windows, h)
        Of the point forecasts, each divided by the scale of its series; NaN marks what a window did not have.
    quantiles : ndarray of shape (n_kept, h, n_levels) or None
        Quantiles of the head at the levels of GRID less what came, likewise scaled. None for a head of one number.
    symmetric : bool
        Whether both sides of an interval are as wide as each other.
    """

    errors: np.ndarray
    quantiles: np.ndarray | None
    symmetric: bool

    @property
    def h(self):
        """Steps that are calibrated."""
        return self.errors.shape[1]

    def moves(self, level):
        """How far the lower bound of an interval lies below what the network says of it, and the upper one above.

        A head of one number says the same of both; one of a distribution, two of its quantiles.

        Parameters
        ----------
        level : float
            In percent.

        Returns
        -------
        (2, h) array
            In units of the scale; (2, n, h) where each of n forecasts has its own.
        """
        if self.quantiles is None:
            below, above = conformal_bounds(self.errors, level, symmetric=self.symmetric)
            return np.stack([-below, above])
        low, high = self._said(level)
        return quantile_correction(low, high, np.zeros(low.shape), level, symmetric=self.symmetric)

    def scores(self, level):
        """How far what came lay outside of what the network said of the bounds, negative inside, (n, h)."""
        if self.quantiles is None:
            return np.abs(self.errors)
        low, high = self._said(level)
        return np.maximum(low, -high)

    def adaptive(self, levels, h=None):
        """What goes on from here as values come, for levels of `followed_levels` and the first h steps, or all."""
        scores = self.scores(None) if self.quantiles is None else np.stack([self.scores(level) for level in levels])
        return AdaptiveConformal.start(scores[..., :h], levels)

    def adapted(self, levels, widths):
        """The calibration with other widths, (n_levels, h), or (n_levels, n, h) where each forecast has its own."""
        return Adapted(self.errors, self.quantiles, self.symmetric, dict(zip(levels, widths, strict=True)))

    def _said(self, level):
        """What the head said of the bounds on the windows that were held back, less what came, (n_kept, h) each."""
        known = quantiles_at(GRID, self.quantiles, ends_of(level))
        return known[..., 0], known[..., 1]

    def columns(self, model, point, scale, levels, quantiles=()):
        """Columns of intervals and quantiles around point forecasts (n, h), by the errors alone."""
        columns = self.intervals(model, point, scale, levels)
        if quantiles:
            values = self.quantile_values(point, scale, quantiles)
            columns |= head_columns(model, asked_levels((), quantiles), values, (), quantiles)
        return columns

    def intervals(self, model, point, scale, levels):
        """Columns of intervals around point forecasts (n, h), by the errors alone."""
        columns, h = {}, point.shape[1]
        for level in levels:
            below, above = self.moves(level)[..., :h]
            lower, upper = level_columns(model, level)
            columns[lower], columns[upper] = point - scale[:, None] * below, point + scale[:, None] * above
        return columns

    def quantile_values(self, point, scale, q):
        """Quantiles (n, h, k) around point forecasts, by the errors alone."""
        values, h = [], point.shape[1]
        for one in q:
            if one == 0.5:
                values.append(point)
                continue
            below, above = self.moves(level_between(one))[..., :h]
            values.append(point + scale[:, None] * (above if one > 0.5 else -below))
        return np.stack(values, axis=2)

    def corrected(self, values, q, scale):
        """Quantiles of the head (n, h, k) at levels q, moved until intervals between them cover as they say."""
        h, said, values = values.shape[1], values, values.copy()
        for k, one in enumerate(q):
            if one == 0.5:
                continue
            moves = self.moves(level_between(one))[..., :h]
            other = np.flatnonzero(np.isclose(q, 1 - one))
            pair = said[:, :, k], said[:, :, other[0] if len(other) else k]
            if one > 0.5:
                pair = pair[::-1]
            if len(other):
                moved = corrected_interval(*pair, moves, scale=scale)[int(one > 0.5)]
            else:
                moved = said[:, :, k] + scale[:, None] * (moves[1] if one > 0.5 else -moves[0])
            values[:, :, k] = moved
        return values


@dataclass(frozen=True)
class Adapted(Calibration):
    """A calibration whose intervals have learned from what came since.

    Parameters
    ----------
    widths : dict of float to ndarray of shape (h,) or (n, h)
        For each level that is asked for, and for all forecasts or each of n.
    """

    widths: dict

    def moves(self, level):
        """As `Calibration.moves`."""
        return np.stack([self.widths[followed(level)]] * 2)


def with_all_steps(errors):
    """Errors (n_windows, h, ...) in which steps that no window tells of, as Sundays may be, have the nearest ones'."""
    known = np.flatnonzero(np.isfinite(errors).any(axis=(0, *range(2, errors.ndim))))
    if len(known) == errors.shape[1]:
        return errors
    return errors[:, known[np.abs(np.arange(errors.shape[1])[:, None] - known).argmin(axis=1)]]


def ends_of(level):
    """The two quantiles between which an interval of some percent lies."""
    return (100 - level) / 200, (100 + level) / 200


def level_between(q):
    """The level in percent of the interval of which a quantile is one end."""
    return round(100 * abs(2 * float(q) - 1), 9)


def followed(level):
    """The level that is adapted in the place of one: 1 % at least."""
    return max(round(float(level), 9), 1.0)


def followed_levels(levels, quantiles):
    """The levels of all intervals, and of those of which a quantile is one end, each once and rising."""
    between = [level_between(q) for q in quantiles if q != 0.5]
    return tuple(sorted({followed(level) for level in (*levels, *between)}))


def asked_levels(levels, quantiles):
    """Every quantile that intervals and quantiles need, each once and rising."""
    ends = [end for level in levels for end in ends_of(level)]
    return tuple(sorted({round(float(q), 12) for q in (*ends, *quantiles)}))


def head_columns(model, q, values, levels, quantiles):
    """Columns of intervals and quantiles, from quantiles (n, h, k) at rising levels q."""
    values, columns = sort_quantiles(values, axis=2), {}
    place = {level: k for k, level in enumerate(q)}

    def at(level):
        return values[:, :, place[round(float(level), 12)]]

    for level in levels:
        columns |= zip(level_columns(model, level), map(at, ends_of(level)), strict=True)
    return columns | {name: at(q) for name, q in zip(quantile_columns(model, quantiles), quantiles, strict=True)}
