"""Forecasting pandas series and panels."""

from rnnforecast.forecasting.backtest import backtest, cross_validation
from rnnforecast.forecasting.base import BaseForecaster
from rnnforecast.forecasting.baselines.naive import NaiveForecaster
from rnnforecast.forecasting.panels.frequency import season_length
from rnnforecast.forecasting.panels.gaps import fill_gaps
from rnnforecast.forecasting.rnn.forecaster import RNNForecaster
from rnnforecast.forecasting.search.search import ForecastSearchCV
from rnnforecast.forecasting.streams.streaming import Stream
from rnnforecast.forecasting.transforms import (
    BoxCox,
    Chain,
    Deseasonalize,
    Difference,
    LinLog,
    Log,
    MeanScale,
    MinMax,
    MovingSeason,
    Robust,
    Standardize,
    Transform,
)

__all__ = [
    "BaseForecaster",
    "BoxCox",
    "Chain",
    "Deseasonalize",
    "Difference",
    "ForecastSearchCV",
    "LinLog",
    "Log",
    "MeanScale",
    "MinMax",
    "MovingSeason",
    "NaiveForecaster",
    "RNNForecaster",
    "Robust",
    "Standardize",
    "Stream",
    "Transform",
    "backtest",
    "cross_validation",
    "fill_gaps",
    "season_length",
]
