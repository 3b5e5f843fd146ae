"""Differences between neighbours, or between seasons."""

from dataclasses import dataclass

import numpy as np

from rnnforecast.forecasting.transforms.transform import Transform


@dataclass(frozen=True)
class Difference(Transform):
    """Subtract from each value the one `lag` rows before; the first `lag` rows of each series are lost.

    Parameters
    ----------
    lag : int, default=1
        1 takes out a trend, the length of a season takes out the season.
    """

    lag: int = 1

    def __post_init__(self):
        if isinstance(self.lag, bool) or not isinstance(self.lag, int | np.integer) or self.lag < 1:
            raise ValueError(f"lag={self.lag!r} must be a positive int")

    @property
    def n_lost(self):
        """Rows that each series loses."""
        return self.lag

    def apply(self, state, panel):
        """Take differences; see `Transform.apply`."""
        panel.check_rows(self.lag + 1, f"Difference(lag={self.lag})")
        change = panel.values.copy()
        change[self.lag :] -= panel.values[: -self.lag]
        return panel.with_values(change).without_first(self.lag)

    def invert(self, state, forecasts, panel):
        """Add the changes up from the last `lag` values of the context; see `Transform.invert`."""
        n_series, h, *more = forecasts.shape
        seasons = -(-h // self.lag)
        level = np.zeros((n_series, seasons * self.lag, *more))
        level[:, :h] = forecasts
        level = level.reshape(n_series, seasons, self.lag, *more)
        tail = panel.last(self.lag, f"Difference(lag={self.lag})").reshape(n_series, self.lag, *[1] * len(more))
        level[:, 0] += tail
        return np.cumsum(level, axis=1).reshape(n_series, -1, *more)[:, :h]
