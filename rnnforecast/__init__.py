"""Recurrent networks for time series, with the manners of scikit-learn and arithmetic compiled by Numba."""

import gc
from importlib import import_module

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
    "backtest": "forecasting.backtest",
    "cross_validation": "forecasting.backtest",
    "fill_gaps": "forecasting.panels.gaps",
    "sliding_windows": "windows",
    "DivergenceWarning": "network.training",
}
_MODULES = ("datasets", "metrics", "plotting", "windows")

__all__ = ["__version__", *_PLACES, *_MODULES]


def __getattr__(name):
    """Import a public name when it is first used, so that importing the package costs next to nothing."""
    if name in _MODULES:
        return _import(name)
    if name not in _PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(_import(_PLACES[name]), name)
    globals()[name] = value
    return value


def _import(place):
    """Import a module while the garbage collector rests: a tenth of the time, of which most is scikit-learn's."""
    collects = gc.isenabled()
    gc.disable()
    try:
        return import_module(f"{__name__}.{place}")
    finally:
        if collects:
            gc.enable()


def __dir__():
    return sorted(__all__)
