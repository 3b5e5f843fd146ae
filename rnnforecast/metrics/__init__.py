"""How good forecasts are: on arrays, and with `evaluate` on the frames that a backtest returns."""

from rnnforecast.metrics.arrays import (
    bias,
    coverage,
    mae,
    mase,
    mean_pinball_loss,
    mse,
    owa,
    rmse,
    rmsse,
    smape,
    wape,
)
from rnnforecast.metrics.frames import evaluate

__all__ = [
    "bias",
    "coverage",
    "evaluate",
    "mae",
    "mase",
    "mean_pinball_loss",
    "mse",
    "owa",
    "rmse",
    "rmsse",
    "smape",
    "wape",
]
