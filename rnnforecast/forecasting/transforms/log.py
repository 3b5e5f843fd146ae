"""The logarithm of the target."""

from dataclasses import dataclass

import numpy as np

from rnnforecast.forecasting.transforms.checks import check_above
from rnnforecast.forecasting.transforms.transform import Transform


@dataclass(frozen=True)
class Log(Transform):
    """Take the natural logarithm of ``y + offset``; ``offset=1`` is log1p, for counts.

    Parameters
    ----------
    offset : float, default=0.0
        Every value must be greater than its negative.
    """

    offset: float = 0.0

    def apply(self, state, panel):
        """Take logarithms; see `Transform.apply`."""
        check_above(panel, 0.0 - self.offset, f"Log(offset={self.offset:g})")
        one = self.offset == 1
        return panel.with_values(np.log1p(panel.values) if one else np.log(panel.values + self.offset))

    def invert(self, state, forecasts, panel):
        """Take exponentials; see `Transform.invert`."""
        return np.expm1(forecasts) if self.offset == 1 else np.exp(forecasts) - self.offset
