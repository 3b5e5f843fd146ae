"""How good forecasts are: on arrays, and with `evaluate` on the frames that a backtest returns.

Functions on arrays take the actual values first, then the forecast in its parts, and options by keyword; they return
a float over all elements, which weigh the same. Definitions are those of the M4 competition where it has them.
"""

from rnnforecast.metrics.distributions import crps, crps_gaussian
from rnnforecast.metrics.frames import evaluate
from rnnforecast.metrics.intervals import coverage, mean_pinball_loss, weighted_interval_score, winkler
from rnnforecast.metrics.points import bias, mae, mape, mse, rmse, smape, wape
from rnnforecast.metrics.scaled import mase, owa, rmsse

__all__ = [
    "bias",
    "coverage",
    "crps",
    "crps_gaussian",
    "evaluate",
    "mae",
    "mape",
    "mase",
    "mean_pinball_loss",
    "mse",
    "owa",
    "rmse",
    "rmsse",
    "smape",
    "wape",
    "weighted_interval_score",
    "winkler",
]
