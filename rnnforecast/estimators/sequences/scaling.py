"""Windows brought to mean zero and deviation one: over all of them, or each by itself."""

import numpy as np
from sklearn.base import BaseEstimator, OneToOneFeatureMixin, TransformerMixin, _fit_context
from sklearn.utils import check_array
from sklearn.utils._param_validation import StrOptions
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import check_is_fitted, validate_data

from .any_output import FLOATS, AnyOutput, n_dimensions


def _is_flat(scaler):
    """Whether a scaler's output is 2-D, so that its columns have names."""
    return getattr(scaler, "n_dims_in_", 2) == 2


def _is_invertible(scaler):
    if scaler.scope != "feature":
        raise AttributeError(
            f"scope={scaler.scope!r} keeps no statistics to invert; inverse_transform needs scope='feature'"
        )
    return True


class SequenceScaler(AnyOutput, OneToOneFeatureMixin, TransformerMixin, BaseEstimator):
    """Standardise windows: subtract the mean and divide by the standard deviation.

    Parameters
    ----------
    scope : {"feature", "window"}, default="feature"
        "feature" learns one mean and deviation per feature, over all samples and steps. "window" learns nothing: each
        window is standardised by itself, feature by feature, so that windows of any level look alike.
    with_mean : bool, default=True
        Whether to subtract the mean.
    with_std : bool, default=True
        Whether to divide by the standard deviation; where that is zero, the scale is 1.

    Attributes
    ----------
    mean_, scale_ : ndarray of shape (n_features,) or None
        What is subtracted, and divided by; None where nothing is, and for ``scope="window"``.
    n_features_in_ : int
        Length of the last axis of X.
    n_dims_in_ : int
        2 or 3, the number of axes of X.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Names of the columns of X, where it is a frame.

    Notes
    -----
    X is (n_samples, n_timesteps, n_features); `transform` takes windows of another length. A 2-D X is taken as one
    feature per column for ``scope="feature"``, as `StandardScaler` does, and as one window of one feature per row for
    ``scope="window"``. float32 stays float32; the statistics are computed in float64.

    Examples
    --------
    >>> X = np.array([[[1.0], [3.0]], [[5.0], [7.0]]])
    >>> SequenceScaler(with_std=False).fit_transform(X)[:, :, 0].tolist()
    [[-3.0, -1.0], [1.0, 3.0]]
    >>> SequenceScaler(scope="window").fit_transform(X)[:, :, 0].tolist()
    [[-1.0, 1.0], [-1.0, 1.0]]
    """

    _parameter_constraints = {
        "scope": [StrOptions({"feature", "window"})],
        "with_mean": ["boolean"],
        "with_std": ["boolean"],
    }

    def __init__(self, *, scope="feature", with_mean=True, with_std=True):
        self.scope = scope
        self.with_mean = with_mean
        self.with_std = with_std

    @_fit_context(prefer_skip_nested_validation=True)
    def fit(self, X, y=None):
        """Learn the statistics of X.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_timesteps, n_features) or (n_samples, n_features)
        y : Ignored

        Returns
        -------
        self
        """
        X = self._check(X, reset=True)
        self.mean_ = self.scale_ = None
        if self.scope == "feature":
            mean, scale = _moments(X, axes=tuple(range(X.ndim - 1)))
            self.mean_ = mean.ravel() if self.with_mean else None
            self.scale_ = scale.ravel() if self.with_std else None
        return self

    def transform(self, X):
        """Standardise X.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_timesteps, n_features) or (n_samples, n_features)

        Returns
        -------
        ndarray of the shape of X
        """
        check_is_fitted(self)
        X = self._check(X, reset=False)
        mean, scale = self.mean_, self.scale_
        if self.scope == "window":
            mean, scale = _moments(X, axes=(1,))
            mean, scale = (mean if self.with_mean else None), (scale if self.with_std else None)
        out = X.astype(np.float64)
        if mean is not None:
            out -= mean
        if scale is not None:
            out /= scale
        return out.astype(X.dtype, copy=False)

    @available_if(_is_invertible)
    def inverse_transform(self, X):
        """Undo `transform`; for ``scope="feature"`` only.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_timesteps, n_features) or (n_samples, n_features)

        Returns
        -------
        ndarray of the shape of X
        """
        check_is_fitted(self)
        X = check_array(X, dtype=FLOATS, allow_nd=True, estimator=self, input_name="X")
        if X.ndim != self.n_dims_in_ or X.shape[-1] != self.n_features_in_:
            raise ValueError(
                f"X has shape {X.shape}; {self.n_dims_in_} axes are needed, the last of length {self.n_features_in_}"
            )
        out = X.astype(np.float64)
        if self.scale_ is not None:
            out *= self.scale_
        if self.mean_ is not None:
            out += self.mean_
        return out.astype(X.dtype, copy=False)

    @available_if(_is_flat)
    def get_feature_names_out(self, input_features=None):
        """Names of the output's columns, those of the input; there are none for 3-D windows.

        Parameters
        ----------
        input_features : array-like of str or None

        Returns
        -------
        ndarray of str
        """
        return super().get_feature_names_out(input_features)

    def _check(self, X, *, reset):
        """X as a 2-D or 3-D array of floats that agrees with what `fit` saw."""
        n_dims = n_dimensions(X)
        if not reset and n_dims != self.n_dims_in_ and n_dims in (2, 3):
            raise ValueError(f"X has {n_dims} dimensions, and {self.n_dims_in_} when the SequenceScaler was fitted")
        if n_dims != 3:
            X = validate_data(self, X, dtype=FLOATS, reset=reset)
        else:
            X = check_array(X, dtype=FLOATS, allow_nd=True, ensure_min_features=0, estimator=self, input_name="X")
            if 0 in X.shape:
                raise ValueError(f"X has shape {X.shape}; at least one step of one feature is needed")
            if not reset and X.shape[2] != self.n_features_in_:
                raise ValueError(
                    f"X has {X.shape[2]} features, but SequenceScaler is expecting {self.n_features_in_} features as "
                    "input"
                )
            if reset:
                self.n_features_in_ = X.shape[2]
                vars(self).pop("feature_names_in_", None)
        if reset:
            self.n_dims_in_ = n_dims
        return X

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.three_d_array = True
        return tags


def _moments(X, axes):
    """Mean and deviation over some axes, in float64, kept as axes of length 1; the deviation of a constant is 1.

    Numbers are brought below 1 by a power of two first, which rounds nothing and keeps squares from overflowing.
    """
    low, high = (part.astype(np.float64) for part in (X.min(axes, keepdims=True), X.max(axes, keepdims=True)))
    exponent = np.frexp(np.maximum(np.abs(low), np.abs(high)))[1]
    small = np.ldexp(X.astype(np.float64, order="C"), -exponent)  # sums have one order for any layout of X
    constant = low == high
    mean = np.where(constant, low, np.ldexp(small.mean(axes, keepdims=True), exponent))
    scale = np.ldexp(small.std(axes, keepdims=True), exponent)
    return mean, np.where(constant | (scale == 0), 1.0, scale)
