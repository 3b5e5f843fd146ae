"""Forecasting pandas series and panels."""

from .._imports import load_scikit_learn, on_first_use

load_scikit_learn()

_PLACES = {
    "BaseForecaster": "base",
    "ForecastSearchCV": "search.search",
    "NaiveForecaster": "baselines.naive",
    "RNNForecaster": "rnn.forecaster",
    "Stream": "streams.streaming",
    "backtest": "backtesting",
    "cross_validation": "backtesting",
    "fill_gaps": "panels.gaps",
    "season_length": "panels.frequency",
    "BoxCox": "transforms",
    "Chain": "transforms",
    "Deseasonalize": "transforms",
    "Difference": "transforms",
    "LinLog": "transforms",
    "Log": "transforms",
    "MeanScale": "transforms",
    "MinMax": "transforms",
    "MovingSeason": "transforms",
    "Robust": "transforms",
    "Standardize": "transforms",
    "Transform": "transforms",
}

__all__ = [*_PLACES]

__getattr__, __dir__ = on_first_use(globals(), _PLACES)
