"""Bring all series to mean 0 and standard deviation 1."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from rnnforecast.forecasting.transforms.transform import Transform


@dataclass(frozen=True)
class Standardize(Transform):
    """Subtract the mean of each series and divide by its standard deviation (1 for a constant series)."""

    def fit(self, panel):
        """Learn mean and scale of each series, and apply them; see `Transform.fit`."""
        mean, scale = _moments(panel)
        state = {"ids": panel.ids.to_numpy(dtype=object), "mean": mean, "scale": scale}
        return state, self.apply(state, panel)

    def update(self, state, panel):
        """Add mean and scale of the series that are new; see `Transform.update`."""
        new = np.flatnonzero(_known(state, panel) < 0)
        if not len(new):
            return state
        mean, scale = _moments(panel)
        return {
            "ids": np.append(state["ids"], panel.ids.to_numpy(dtype=object)[new]),
            "mean": np.append(state["mean"], mean[new]),
            "scale": np.append(state["scale"], scale[new]),
        }

    def apply(self, state, panel):
        """Scale each series; see `Transform.apply`."""
        mean, scale = self.scales(state, panel)
        return panel.with_values((panel.values - np.repeat(mean, panel.lengths)) / np.repeat(scale, panel.lengths))

    def invert(self, state, forecasts, panel):
        """Scale back; see `Transform.invert`."""
        mean, scale = (column.reshape(-1, *[1] * (forecasts.ndim - 1)) for column in self.scales(state, panel))
        return forecasts * scale + mean

    def scales(self, state, panel):
        """Return mean and scale of each series of a panel, its own where the state does not know it.

        Parameters
        ----------
        state : dict
        panel : Panel

        Returns
        -------
        mean, scale : ndarray of shape (n_series,)
        """
        known = _known(state, panel)
        mean, scale = state["mean"][known], state["scale"][known]
        if (known < 0).any():
            own = _moments(panel)
            mean, scale = np.where(known < 0, own[0], mean), np.where(known < 0, own[1], scale)
        return mean, scale


def _known(state, panel):
    """Position of each series of the panel in the state, -1 where it is not there."""
    return pd.Index(state["ids"]).get_indexer(panel.ids)


def _moments(panel):
    """Mean and standard deviation of each series; the deviations are scaled first, so that no square overflows."""
    starts, lengths, values = panel.indptr[:-1], panel.lengths, panel.values
    mean = np.add.reduceat(values, starts) / lengths
    away = values - np.repeat(mean, lengths)
    largest = np.maximum.reduceat(np.abs(away), starts)
    constant = np.maximum.reduceat(values, starts) == np.minimum.reduceat(values, starts)
    largest[constant | (largest == 0)] = 1.0
    scale = largest * np.sqrt(np.add.reduceat((away / np.repeat(largest, lengths)) ** 2, starts) / lengths)
    mean[constant], scale[constant] = values[starts][constant], 1.0
    return mean, scale
