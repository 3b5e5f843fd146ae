"""Recurrent networks for time series, with the manners of scikit-learn and arithmetic compiled by Numba."""

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
