"""Bring all series to the range from 0 to 1."""

from dataclasses import dataclass

import numpy as np

from rnnforecast.forecasting.transforms.affine import Affine


@dataclass(frozen=True)
class MinMax(Affine):
    """Subtract the smallest value of each series and divide by the range (1 for a constant series).

    Later values, and forecasts, may lie outside 0 and 1; nothing is clipped.
    """

    def centre_and_scale(self, panel):
        """Smallest value and range; see `Affine.centre_and_scale`."""
        smallest = np.minimum.reduceat(panel.values, panel.indptr[:-1])
        return smallest, np.maximum.reduceat(panel.values, panel.indptr[:-1]) - smallest
