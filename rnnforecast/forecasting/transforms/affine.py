"""Scalings: subtract a number from each series, and divide by another."""

import numpy as np

from rnnforecast.forecasting.transforms.per_series import PerSeries, as_column


class Affine(PerSeries):
    """``(y - centre) / scale`` for each series; a subclass writes `centre_and_scale`."""

    learned = ("centre", "scale")

    def centre_and_scale(self, panel):
        """Measure each series.

        Parameters
        ----------
        panel : Panel

        Returns
        -------
        centre, scale : ndarray of shape (n_series,)
            A scale of zero counts as one.
        """
        raise NotImplementedError

    def measure(self, panel, common):
        """Measure each series, and refuse those that float64 cannot scale; see `PerSeries.measure`."""
        with np.errstate(over="ignore", invalid="ignore"):
            centre, scale = self.centre_and_scale(panel)
        wrong = np.flatnonzero(~(np.isfinite(centre) & np.isfinite(scale)))
        if len(wrong):
            values = panel.values[panel.indptr[wrong[0]] : panel.indptr[wrong[0] + 1]]
            raise ValueError(
                f"{panel.name_of(wrong[0])} has values from {values.min():g} to {values.max():g}, too far apart for "
                f"{type(self).__name__} in float64"
            )
        return {"centre": centre, "scale": np.where(scale == 0, 1.0, scale)}

    def apply(self, state, panel):
        """Scale each series; see `Transform.apply`."""
        centre, scale = (np.repeat(numbers, panel.lengths) for numbers in self.numbers(state, panel))
        with np.errstate(over="ignore"):  # new rows far outside what was learned; the forecaster refuses infinity
            return panel.with_values((panel.values - centre) / scale)

    def invert(self, state, forecasts, panel):
        """Scale back; see `Transform.invert`."""
        centre, scale = (as_column(numbers, forecasts) for numbers in self.numbers(state, panel))
        return forecasts * scale + centre
