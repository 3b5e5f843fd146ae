"""Intervals of a stream that go on adapting to what comes (Gibbs and Candès 2021)."""

from collections import deque

import numpy as np

from ..uncertainty import AdaptiveConformal, level_columns


class Adapting:
    """What a stream remembers: widths, and the newest forecasts of all steps.

    Parameters
    ----------
    errors : ndarray of shape (n_windows, h)
        Scaled errors of held-back windows.
    levels : tuple of float
    """

    def __init__(self, errors, levels):
        self.widths = AdaptiveConformal.start(errors, levels)
        self.made = deque(maxlen=errors.shape[1])  # (point forecasts, scale), the newest first

    def columns(self, model, point, scale):
        """Columns of the intervals around point forecasts (1, at most h)."""
        columns = {}
        for level in self.widths.levels:
            lower, upper = level_columns(model, level)
            width = scale * self.widths.radius(level)[: point.shape[1]]
            columns[lower], columns[upper] = point - width, point + width
        return columns

    def update(self, y, point, scale):
        """Take in a value, of which the forecasts of the row before it were `point`, (h,), NaN where there is none."""
        self.made.appendleft((point, scale))
        h = len(self.widths.errors)
        points, scales = np.full(h, np.nan), np.ones(h)
        for k, (forecasts, unit) in enumerate(self.made):
            points[k], scales[k] = forecasts[k], unit
        if not np.isfinite(y):  # nothing is learned, but the steps go on
            y, points = 0.0, np.full(h, np.nan)
        self.widths.update(y, points, scales)
