"""What scikit-learn's own transformers refuse: windows (n_samples, n_timesteps, n_features), scaled, folded and cut."""

from .cutting import WindowTransformer
from .folding import TabularToSequence, fold
from .scaling import SequenceScaler

__all__ = ["SequenceScaler", "TabularToSequence", "WindowTransformer", "fold"]
