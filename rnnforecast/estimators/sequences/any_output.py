"""What the transformers of windows take and put out: floats of the dtype that came, in 3-D arrays no frame holds."""

import numpy as np

FLOATS = [np.float64, np.float32]


class AnyOutput:
    """`set_output` for transformers whose output may be 3-D: no frame holds that, so it stays an array."""

    def set_output(self, *, transform=None):
        """Choose the container of 2-D output; 3-D output is always an array.

        Parameters
        ----------
        transform : {"default", "pandas", "polars"} or None

        Returns
        -------
        self
        """
        if hasattr(self, "get_feature_names_out"):
            return super().set_output(transform=transform)
        return self

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        return tags


def n_dimensions(X):
    """Number of dimensions of an array-like; a ragged one is refused."""
    try:
        return X.ndim if hasattr(X, "ndim") else np.asarray(X).ndim
    except ValueError as error:
        raise ValueError(
            "X is ragged; samples of one shape are needed: (n_samples, n_timesteps, n_features)"
        ) from error
