"""A distribution that is known by some of its quantiles."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from .distribution import Distribution, as_levels, as_params


@dataclass(frozen=True)
class Quantiles(Distribution):
    """A distribution by its quantiles at some levels: linear between them, and without tails beyond the outermost.

    Quantiles that cross, as those of ``loss="quantile"`` can, are sorted (Chernozhukov, Fernandez-Val and Galichon
    2010).

    Parameters
    ----------
    levels : tuple of float in (0, 1)
        In rising order; the parameters are the quantiles at these levels.
    """

    levels: tuple[float, ...]
    loss: ClassVar = "quantile"

    def __post_init__(self):
        levels = as_levels(self.levels)
        if levels.ndim != 1 or not levels.size or not (np.diff(levels) > 0).all():
            raise ValueError(f"levels={self.levels!r} must be a sequence of at least one number, in rising order")

    @property
    def names(self):
        """What the parameters on the last axis are."""
        return tuple(f"the quantile {level:g}" for level in self.levels)

    def mean(self, params):
        """As in Distribution: the quantiles' integral over all levels."""
        levels = np.concatenate([[0.0], self.levels, [1.0]])
        middle = (levels[1:] + levels[:-1]) / 2
        middle[0], middle[-1] = 0.0, 1.0  # the outermost quantiles have all that lies beyond
        return self._sorted(params) @ np.diff(middle)

    def quantile(self, params, q):
        """As in Distribution."""
        weights = [np.interp(as_levels(q), self.levels, unit) for unit in np.eye(len(self.levels))]
        return self._sorted(params) @ np.array(weights)

    def cdf(self, params, x):
        """As in Distribution; 0 below the lowest quantile, and 1 from the highest on."""
        known = self._sorted(params)
        x = np.asarray(x, dtype=np.float64)[..., None]
        k = np.clip((known <= x).sum(axis=-1), 1, max(len(self.levels) - 1, 1))
        known, levels = np.broadcast_arrays(known, np.array(self.levels))
        known = np.broadcast_to(known, (*k.shape, len(self.levels)))
        levels = np.broadcast_to(levels, known.shape)
        low, high = _at(known, k - 1), _at(known, np.minimum(k, len(self.levels) - 1))
        base, top = _at(levels, k - 1), _at(levels, np.minimum(k, len(self.levels) - 1))
        share = np.divide(x[..., 0] - low, high - low, out=np.zeros(k.shape), where=high > low)
        inside = base + np.clip(share, 0, 1) * (top - base)
        return np.where(x[..., 0] < known[..., 0], 0.0, np.where(x[..., 0] >= known[..., -1], 1.0, inside))

    def sample(self, params, rng, n):
        """As in Distribution: the quantiles at random levels."""
        known = self._sorted(params)
        u = rng.random((n, *known.shape[:-1]))
        places = np.interp(u, self.levels, np.arange(len(self.levels)))
        k = np.minimum(places.astype(int), max(len(self.levels) - 2, 0))
        known = np.broadcast_to(known, (*u.shape, len(self.levels)))
        low, high = _at(known, k), _at(known, np.minimum(k + 1, len(self.levels) - 1))
        return low + (places - k) * (high - low)

    def _sorted(self, params):
        return np.sort(as_params(params, self.names), axis=-1)


def _at(array, k):
    """array[..., k] for one place k in each row."""
    return np.take_along_axis(array, k[..., None], axis=-1)[..., 0]
