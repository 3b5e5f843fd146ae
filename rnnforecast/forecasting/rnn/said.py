"""What networks say of future steps, before held-back windows tell how far off they are."""

from dataclasses import dataclass

import numpy as np

from ..uncertainty import quantiles_at
from .bounds import ends_of


@dataclass(frozen=True)
class Said:
    """Forecasts, and what intervals around them are made of.

    Parameters
    ----------
    point : (..., h) array
    q : tuple of float
        Levels of the quantiles of a head of a distribution, rising; empty for a head of one number.
    quantiles : (..., h, n_levels) array
    scale : (...) array or None
        What errors are measured in; None where no interval is asked for.
    """

    point: np.ndarray
    q: tuple
    quantiles: np.ndarray
    scale: np.ndarray | None

    def by_origin(self, n_series):
        """The same as (n_origins, n_series, ...), of rows that are sorted by series."""
        return self._map(
            lambda values: values.reshape(n_series, len(values) // n_series, *values.shape[1:]).swapaxes(0, 1)
        )

    def in_a_row(self):
        """The same as (n_origins * n_series, ...), sorted by origin."""
        n = self.point.shape[0] * self.point.shape[1]
        return self._map(lambda values: values.reshape(n, *values.shape[2:]))

    def _map(self, change):
        scale = None if self.scale is None else change(self.scale)
        return Said(change(self.point), self.q, change(self.quantiles), scale)

    def bounds(self, levels):
        """What is said of the bounds of intervals.

        Parameters
        ----------
        levels : tuple of float

        Returns
        -------
        low, high : (n_levels, ..., h) array
            Or (1, ..., h): a head of one number says the same of all bounds.
        """
        if not self.q:
            return self.point[None], self.point[None]
        pairs = [quantiles_at(self.q, self.quantiles, ends_of(level)) for level in levels]
        return np.stack([pair[..., 0] for pair in pairs]), np.stack([pair[..., 1] for pair in pairs])

    def scores(self, levels, actual):
        """How far values lie outside of these bounds, in units of the scale, negative inside.

        Parameters
        ----------
        levels : tuple of float
        actual : (..., h) array
            NaN for what is not known.

        Returns
        -------
        (n_levels, ..., h) or (1, ..., h) array
        """
        low, high = self.bounds(levels)
        return np.maximum(low - actual, actual - high) / self.scale[..., None]


def join_origins(parts):
    """The origins of several, one after the other."""
    parts = list(parts)
    scale = None if parts[0].scale is None else np.concatenate([part.scale for part in parts])
    point, quantiles = (np.concatenate([getattr(part, name) for part in parts]) for name in ("point", "quantiles"))
    return Said(point, parts[0].q, quantiles, scale)
