"""Take a season out that moves on with the data."""

from dataclasses import dataclass
from numbers import Integral, Real

import numpy as np

from rnnforecast.forecasting.transforms.transform import Transform


@dataclass(frozen=True)
class MovingSeason(Transform):
    """Subtract from each value a weighted mean of those one, two, ... seasons before it.

    With x the values and m the season, x'_t = x_t - sum_k w_k x_{t - k m}, k = 1 ... n_seasons, with weights w_k
    proportional to decay^(k - 1) that sum to 1. This is seasonal exponential smoothing (Winters 1960), cut off after
    `n_seasons` seasons. Unlike `Deseasonalize` it reads nothing but the past, so that what is left in training is as
    large as in forecasts, and later rows go on with the season; unlike `Difference` by a season it does not take the
    noise of a single season for the next one's. The first ``season_length * n_seasons`` rows of each series are lost.

    Parameters
    ----------
    season_length : int
        Rows of a season, such as 168 for hours that repeat week by week.
    n_seasons : int, default=3
    decay : float in (0, 1], default=0.7
        Weight of a season beside that of the next newer one.
    """

    season_length: int
    n_seasons: int = 3
    decay: float = 0.7

    def __post_init__(self):
        for name in ("season_length", "n_seasons"):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, Integral) or value < 1:
                raise ValueError(f"{name}={value!r} must be a positive int")
        if isinstance(self.decay, bool) or not isinstance(self.decay, Real) or not 0 < self.decay <= 1:
            raise ValueError(f"decay={self.decay!r} must be a number above 0 and at most 1")

    @property
    def n_lost(self):
        """Rows that each series loses."""
        return self.season_length * self.n_seasons

    def apply(self, state, panel):
        """Take the season out; see `Transform.apply`."""
        panel.check_rows(self.n_lost + 1, repr(self))
        left = panel.values.copy()
        for k, weight in enumerate(self._weights(), start=1):
            back = k * self.season_length
            left[self.n_lost :] -= weight * panel.values[self.n_lost - back : panel.n_rows - back]
        return panel.with_values(left).without_first(self.n_lost)

    def invert(self, state, forecasts, panel):
        """Put the season back, season after season, each of which goes on to the next; see `Transform.invert`."""
        n_series, h, *more = forecasts.shape
        shape = n_series, self.n_seasons, self.season_length, *[1] * len(more)
        seasons = list(panel.last(self.n_lost, repr(self)).reshape(shape).swapaxes(0, 1))
        for first in range(0, h, self.season_length):
            change = forecasts[:, first : first + self.season_length]
            newest = seasons[: -self.n_seasons - 1 : -1]
            season = sum(weight * values for weight, values in zip(self._weights(), newest, strict=True))
            seasons.append(change + season[:, : change.shape[1]])
        return np.concatenate(seasons[self.n_seasons :], axis=1)

    def _weights(self):
        """Of the seasons, the newest first."""
        weights = self.decay ** np.arange(self.n_seasons, dtype=float)
        return weights / weights.sum()
