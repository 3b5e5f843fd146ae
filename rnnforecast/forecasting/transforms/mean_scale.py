"""Bring all series to mean absolute value 1."""

from dataclasses import dataclass

import numpy as np

from rnnforecast.forecasting.transforms.affine import Affine


@dataclass(frozen=True)
class MeanScale(Affine):
    """Divide each series by the mean of its absolute values (1 for a series of zeros); zero stays zero."""

    def centre_and_scale(self, panel):
        """0, and the mean of |y|; see `Affine.centre_and_scale`."""
        sizes, starts = np.abs(panel.values), panel.indptr[:-1]
        largest = np.maximum.reduceat(sizes, starts)
        divisor = np.where(largest == 0, 1.0, largest)  # a sum of shares of the largest does not overflow
        shares = np.add.reduceat(sizes / np.repeat(divisor, panel.lengths), starts) / panel.lengths
        return np.zeros(panel.n_series), largest * shares
