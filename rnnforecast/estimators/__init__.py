"""The scikit-learn estimators and their companions."""

from typing import TYPE_CHECKING

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

if TYPE_CHECKING:  # the same for editors and type checkers, which run nothing
    from .classifier import RNNClassifier as RNNClassifier
    from .regressor import RNNRegressor as RNNRegressor
    from .sequences import SequenceScaler as SequenceScaler
    from .sequences import TabularToSequence as TabularToSequence
    from .sequences import WindowTransformer as WindowTransformer
