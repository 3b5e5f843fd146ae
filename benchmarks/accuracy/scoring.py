"""Scores, summed up origin by origin: sMAPE, MASE and OWA as in the M4 competition, MAE, MSE, coverage and width."""

from collections import defaultdict

import numpy as np


class Scores:
    """Sums of errors of one model, by series.

    Parameters
    ----------
    scale : ndarray of shape (n_series,)
        Of MASE; a series whose scale is not positive is left out of what is scaled.
    """

    def __init__(self, scale):
        self.scale = scale
        self.sums, self.n = defaultdict(float), 0

    def add(self, actual, forecast):
        """Add the errors of some origins; both arrays have the shape (n_origins, n_series, h)."""
        error, size = np.abs(actual - forecast), np.abs(actual) + np.abs(forecast)
        self.n += actual.shape[0] * actual.shape[2]
        self._add("MAE", error)
        self._add("MSE", error * error)
        self._add("sMAPE", 200 * np.divide(error, size, out=np.zeros_like(size), where=size > 0))

    def add_interval(self, level, actual, lower, upper):
        """Add the intervals of origins that `add` has got."""
        self._add(f"coverage {level:g}", 100.0 * ((lower <= actual) & (actual <= upper)))
        self._add(f"width {level:g}", upper - lower)

    def _add(self, name, values):
        self.sums[name] = self.sums[name] + values.sum(axis=(0, 2))

    def means(self):
        """Return {name: score}: all series weigh the same; MASE and widths are in units of `scale`."""
        means = {name: total / self.n for name, total in self.sums.items()}
        known = self.scale > 0
        found = {"MASE": np.mean(means["MAE"][known] / self.scale[known]) if known.any() else np.nan}
        for name, values in means.items():
            found[name] = np.mean(values[known] / self.scale[known]) if "width" in name else np.mean(values)
        return {name: float(value) for name, value in found.items()}


def mase_scale(values, season):
    """Mean absolute change from season to season of one series; NaN for one that is not longer than a season."""
    return np.abs(values[season:] - values[:-season]).mean() if len(values) > season else np.nan


def owa(scores, reference):
    """Overall weighted average of the M4 competition, from the means of a model and of Naive2."""
    return 0.5 * (scores["sMAPE"] / reference["sMAPE"] + scores["MASE"] / reference["MASE"])
