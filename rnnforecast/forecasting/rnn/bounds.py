"""The columns of a forecast: its point, its intervals and its quantiles, as held-back windows have calibrated them."""

from dataclasses import dataclass

import numpy as np

from ..uncertainty import (
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
        Quantiles of the head at the levels of GRID less what came, likewise scaled.
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

    def columns(self, model, point, scale, levels, quantiles=()):
        """Columns of intervals and quantiles around point forecasts (n, h), by the errors alone."""
        columns = self.intervals(model, point, scale, levels)
        if quantiles:
            values = self.quantile_values(point, scale, quantiles)
            columns |= head_columns(model, asked_levels((), quantiles), values, (), quantiles)
        return columns

    def intervals(self, model, point, scale, levels):
        """Columns of intervals around point forecasts (n, h), by the errors alone."""
        columns = {}
        for level in levels:
            below, above = conformal_bounds(self.errors[:, : point.shape[1]], level, symmetric=self.symmetric)
            lower, upper = level_columns(model, level)
            columns[lower], columns[upper] = point + scale[:, None] * below, point + scale[:, None] * above
        return columns

    def quantile_values(self, point, scale, q):
        """Quantiles (n, h, k) around point forecasts, by the errors alone."""
        values = []
        for one in q:
            if one == 0.5:
                values.append(point)
                continue
            bounds = conformal_bounds(
                self.errors[:, : point.shape[1]], 100 * abs(2 * one - 1), symmetric=self.symmetric
            )
            values.append(point + scale[:, None] * bounds[int(one > 0.5)])
        return np.stack(values, axis=2)

    def corrected(self, values, q, scale):
        """Quantiles of the head (n, h, k) at levels q, moved until intervals between them cover as they say."""
        h, said, values = values.shape[1], values, values.copy()
        for k, one in enumerate(q):
            if one == 0.5 or self.quantiles is None:
                continue
            low, high = sorted((one, 1 - one))
            known = quantiles_at(GRID, self.quantiles[:, :h], (low, high))
            correction = quantile_correction(
                known[..., 0], known[..., 1], np.zeros(known.shape[:-1]), 100 * (high - low), symmetric=self.symmetric
            )
            other = np.flatnonzero(np.isclose(q, 1 - one))
            pair = said[:, :, k], said[:, :, other[0] if len(other) else k]
            if one > 0.5:
                pair = pair[::-1]
            if len(other):
                moved = corrected_interval(*pair, correction, scale=scale)[int(one > 0.5)]
            else:
                moved = said[:, :, k] + scale[:, None] * (correction[1] if one > 0.5 else -correction[0])
            values[:, :, k] = moved
        return values


def with_all_steps(errors):
    """Errors (n_windows, h, ...) in which steps that no window tells of, as Sundays may be, have the nearest ones'."""
    known = np.flatnonzero(np.isfinite(errors).any(axis=(0, *range(2, errors.ndim))))
    if len(known) == errors.shape[1]:
        return errors
    return errors[:, known[np.abs(np.arange(errors.shape[1])[:, None] - known).argmin(axis=1)]]


def asked_levels(levels, quantiles):
    """Every quantile that intervals and quantiles need, each once and rising."""
    ends = [end for level in levels for end in ((100 - level) / 200, (100 + level) / 200)]
    return tuple(sorted({round(float(q), 12) for q in (*ends, *quantiles)}))


def head_columns(model, q, values, levels, quantiles):
    """Columns of intervals and quantiles, from quantiles (n, h, k) at rising levels q."""
    values, columns = sort_quantiles(values, axis=2), {}
    place = {level: k for k, level in enumerate(q)}

    def at(level):
        return values[:, :, place[round(float(level), 12)]]

    for level in levels:
        lower, upper = level_columns(model, level)
        columns[lower], columns[upper] = at((100 - level) / 200), at((100 + level) / 200)
    return columns | {name: at(q) for name, q in zip(quantile_columns(model, quantiles), quantiles, strict=True)}
