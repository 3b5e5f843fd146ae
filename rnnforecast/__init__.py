"""Recurrent networks for time series, with the manners of scikit-learn and arithmetic compiled by Numba."""

from typing import TYPE_CHECKING

from ._imports import on_first_use

__version__ = "0.1.0"

_PLACES = {
    "RNNRegressor": "estimators.regressor",
    "RNNClassifier": "estimators.classifier",
    "ExpandingWindowSplitter": "estimators.splitters",
    "SequenceScaler": "estimators.sequences",
    "SlidingWindowSplitter": "estimators.splitters",
    "TabularToSequence": "estimators.sequences",
    "WindowTransformer": "estimators.sequences",
    "RNNForecaster": "forecasting.rnn.forecaster",
    "NaiveForecaster": "forecasting.baselines.naive",
    "ForecastSearchCV": "forecasting.search.search",
    "backtest": "forecasting.backtesting",
    "cross_validation": "forecasting.backtesting",
    "fill_gaps": "forecasting.panels.gaps",
    "sliding_windows": "windows",
    "DivergenceWarning": "network.training",
}
_MODULES = ("datasets", "metrics", "plotting", "windows")

__all__ = ["__version__", *_PLACES, *_MODULES]

__getattr__, __dir__ = on_first_use(globals(), _PLACES | dict.fromkeys(_MODULES, ""))

if TYPE_CHECKING:  # the same for editors and type checkers, which run nothing
    from . import datasets as datasets
    from . import metrics as metrics
    from . import plotting as plotting
    from . import windows as windows
    from .estimators.classifier import RNNClassifier as RNNClassifier
    from .estimators.regressor import RNNRegressor as RNNRegressor
    from .estimators.sequences import SequenceScaler as SequenceScaler
    from .estimators.sequences import TabularToSequence as TabularToSequence
    from .estimators.sequences import WindowTransformer as WindowTransformer
    from .estimators.splitters import ExpandingWindowSplitter as ExpandingWindowSplitter
    from .estimators.splitters import SlidingWindowSplitter as SlidingWindowSplitter
    from .forecasting.backtesting import backtest as backtest
    from .forecasting.backtesting import cross_validation as cross_validation
    from .forecasting.baselines.naive import NaiveForecaster as NaiveForecaster
    from .forecasting.panels.gaps import fill_gaps as fill_gaps
    from .forecasting.rnn.forecaster import RNNForecaster as RNNForecaster
    from .forecasting.search.search import ForecastSearchCV as ForecastSearchCV
    from .network.training import DivergenceWarning as DivergenceWarning
    from .windows import sliding_windows as sliding_windows
