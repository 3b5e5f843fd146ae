"""Forecasting pandas series and panels."""

from typing import TYPE_CHECKING

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

if TYPE_CHECKING:  # the same for editors and type checkers, which run nothing
    from .backtesting import backtest as backtest
    from .backtesting import cross_validation as cross_validation
    from .base import BaseForecaster as BaseForecaster
    from .baselines.naive import NaiveForecaster as NaiveForecaster
    from .panels.frequency import season_length as season_length
    from .panels.gaps import fill_gaps as fill_gaps
    from .rnn.forecaster import RNNForecaster as RNNForecaster
    from .search.search import ForecastSearchCV as ForecastSearchCV
    from .streams.streaming import Stream as Stream
    from .transforms import BoxCox as BoxCox
    from .transforms import Chain as Chain
    from .transforms import Deseasonalize as Deseasonalize
    from .transforms import Difference as Difference
    from .transforms import LinLog as LinLog
    from .transforms import Log as Log
    from .transforms import MeanScale as MeanScale
    from .transforms import MinMax as MinMax
    from .transforms import MovingSeason as MovingSeason
    from .transforms import Robust as Robust
    from .transforms import Standardize as Standardize
    from .transforms import Transform as Transform
