"""Bring all series to median 0 and interquartile range 1."""

from dataclasses import dataclass

import numpy as np

from rnnforecast.forecasting.transforms.affine import Affine


@dataclass(frozen=True)
class Robust(Affine):
    """Subtract the median of each series and divide by its interquartile range.

    Outliers move neither. Where the middle half of a series is one value the range is 0 and counts as 1.
    """

    def centre_and_scale(self, panel):
        """Median and interquartile range; see `Affine.centre_and_scale`."""
        lower, median, upper = quantiles(panel, (0.25, 0.5, 0.75))
        return median, upper - lower


def quantiles(panel, fractions):
    """Quantiles of each series, linear between neighbours as `numpy.quantile` has them.

    Parameters
    ----------
    panel : Panel
    fractions : sequence of float in [0, 1]

    Returns
    -------
    ndarray of shape (n_fractions, n_series)
    """
    series = np.repeat(np.arange(panel.n_series), panel.lengths)
    ordered = panel.values[np.lexsort((panel.values, series))]
    place = np.asarray(fractions)[:, None] * (panel.lengths - 1)
    before = place.astype(np.int64)
    after = np.minimum(before + 1, panel.lengths - 1)
    low, high = ordered[panel.indptr[:-1] + before], ordered[panel.indptr[:-1] + after]
    return low + (place - before) * (high - low)
