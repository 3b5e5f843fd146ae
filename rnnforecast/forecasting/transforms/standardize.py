"""Bring all series to mean 0 and standard deviation 1."""

from dataclasses import dataclass

import numpy as np

from rnnforecast.forecasting.transforms.affine import Affine


@dataclass(frozen=True)
class Standardize(Affine):
    """Subtract the mean of each series and divide by its standard deviation (1 for a constant series)."""

    def centre_and_scale(self, panel):
        """Mean and standard deviation; see `Affine.centre_and_scale`."""
        starts, lengths, values = panel.indptr[:-1], panel.lengths, panel.values
        mean = np.add.reduceat(values, starts) / lengths
        away = values - np.repeat(mean, lengths)
        largest = np.maximum.reduceat(np.abs(away), starts)  # the deviations are scaled first: no square overflows
        constant = np.maximum.reduceat(values, starts) == np.minimum.reduceat(values, starts)
        largest[constant | (largest == 0)] = 1.0
        scale = largest * np.sqrt(np.add.reduceat((away / np.repeat(largest, lengths)) ** 2, starts) / lengths)
        mean[constant], scale[constant] = values[starts][constant], 1.0
        return mean, scale
