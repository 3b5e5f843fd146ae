"""The logarithm of the target as far down as its data go, and a line below."""

from dataclasses import dataclass

import numpy as np

from rnnforecast.forecasting.transforms.per_series import PerSeries, as_column

LOWEST = 0.05  # of the mean size of a series: where the line begins at the latest


@dataclass(frozen=True)
class LinLog(PerSeries):
    """Take the logarithm of ``y / c``, with ``y / c - 1`` below c, its tangent there; each series has its own c.

    c is the smallest value that `fit` meets, so that the training data have their logarithms, but at least a twentieth
    of the mean of |y|, for values next to zero are no measure of a series. Unlike `Log` it takes what comes
    later, zeros and negative numbers too. A series of zeros has c = 1.
    """

    learned = ("threshold",)

    def measure(self, panel, common):
        """Where the line begins; see `PerSeries.measure`."""
        starts, sizes = panel.indptr[:-1], np.abs(panel.values)
        smallest = np.minimum.reduceat(panel.values, starts)
        largest = np.maximum.reduceat(sizes, starts)
        divisor = np.where(largest == 0, 1.0, largest)  # a sum of shares of the largest does not overflow
        mean = np.add.reduceat(sizes / np.repeat(divisor, panel.lengths), starts) / panel.lengths * divisor
        threshold = np.maximum(smallest, LOWEST * mean)
        return {"threshold": np.where(threshold > 0, threshold, 1.0)}

    def apply(self, state, panel):
        """Take logarithms where they are; see `Transform.apply`."""
        (threshold,) = self.numbers(state, panel)
        with np.errstate(over="ignore"):  # the forecaster refuses infinity
            ratio = panel.values / np.repeat(threshold, panel.lengths)
        return panel.with_values(np.where(ratio > 1, np.log(np.maximum(ratio, 1.0)), ratio - 1))

    def invert(self, state, forecasts, panel):
        """Take exponentials where they are; see `Transform.invert`."""
        (threshold,) = self.numbers(state, panel)
        above = np.exp(np.maximum(forecasts, 0.0))
        return as_column(threshold, forecasts) * np.where(forecasts > 0, above, 1 + forecasts)
