"""The scikit-learn estimators and their companions."""

from .classifier import RNNClassifier
from .regressor import RNNRegressor
from .sequences import SequenceScaler, TabularToSequence, WindowTransformer

__all__ = ["RNNClassifier", "RNNRegressor", "SequenceScaler", "TabularToSequence", "WindowTransformer"]
