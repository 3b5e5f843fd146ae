"""Figures of series, forecasts, backtests and training; needs matplotlib (``pip install "rnnforecast[plot]"``).

Each figure is a class as scikit-learn's displays are: ``from_estimator`` or ``from_predictions`` makes and draws it,
``plot(ax=None)`` draws it again, `ax_` and `figure_` are what it was drawn on. The functions ``plot_...`` are short
forms that return the Axes.
"""

from rnnforecast.plotting.backtest import BacktestDisplay, plot_backtest, save_backtest
from rnnforecast.plotting.calibration import CalibrationDisplay
from rnnforecast.plotting.forecast import ForecastDisplay, plot_forecast, save_forecast
from rnnforecast.plotting.loss_curve import LossCurveDisplay, plot_loss_curve
from rnnforecast.plotting.residuals import ResidualsDisplay
from rnnforecast.plotting.style import require_matplotlib

__all__ = [
    "BacktestDisplay",
    "CalibrationDisplay",
    "ForecastDisplay",
    "LossCurveDisplay",
    "ResidualsDisplay",
    "plot_backtest",
    "plot_forecast",
    "plot_loss_curve",
    "require_matplotlib",
    "save_backtest",
    "save_forecast",
]
