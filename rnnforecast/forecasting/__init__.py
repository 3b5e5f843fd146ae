"""Forecasting pandas series and panels."""

from rnnforecast.forecasting.backtest import backtest
from rnnforecast.forecasting.base import BaseForecaster
from rnnforecast.forecasting.baselines import NaiveForecaster
from rnnforecast.forecasting.forecaster import RNNForecaster
from rnnforecast.forecasting.frequency import season_length
from rnnforecast.forecasting.gaps import fill_gaps
from rnnforecast.forecasting.transforms import Chain, Difference, Log, Standardize, Transform

__all__ = [
    "BaseForecaster",
    "Chain",
    "Difference",
    "Log",
    "NaiveForecaster",
    "RNNForecaster",
    "Standardize",
    "Transform",
    "backtest",
    "fill_gaps",
    "season_length",
]
