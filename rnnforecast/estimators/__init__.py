"""The scikit-learn estimators and their companions."""

from .._imports import load_scikit_learn, on_first_use

load_scikit_learn()

_PLACES = {
    "RNNClassifier": "classifier",
    "RNNRegressor": "regressor",
    "SequenceScaler": "sequences",
    "TabularToSequence": "sequences",
    "WindowTransformer": "sequences",
}

__all__ = [*_PLACES]

__getattr__, __dir__ = on_first_use(globals(), _PLACES)
