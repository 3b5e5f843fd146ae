"""What scikit-learn's own transformers refuse: windows (n_samples, n_timesteps, n_features), scaled, folded and cut."""

from numbers import Integral

import numpy as np
from sklearn.base import BaseEstimator, OneToOneFeatureMixin, TransformerMixin, _fit_context
from sklearn.utils import check_array
from sklearn.utils._param_validation import Interval, StrOptions
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import check_is_fitted, validate_data

FLOATS = [np.float64, np.float32]
TIME_ORDERS = ("oldest_first", "newest_first")


def fold(X, n_features, time_order="oldest_first"):
    """Fold a flat lag matrix (n, t * n_features) into windows (n, t, n_features), oldest step first; a view.

    Parameters
    ----------
    X : array of shape (n, t * n_features)
        The `n_features` numbers of a step lie side by side.
    n_features : int
    time_order : {"oldest_first", "newest_first"}
        Whether the first columns of X are the oldest step or the newest.

    Examples
    --------
    >>> fold(np.array([[1, 2, 3, 4]]), 2).tolist()
    [[[1, 2], [3, 4]]]
    >>> fold(np.array([[1, 2, 3, 4]]), 2, "newest_first").tolist()
    [[[3, 4], [1, 2]]]
    """
    if isinstance(n_features, bool) or not isinstance(n_features, Integral) or n_features < 1:
        raise ValueError(f"n_features={n_features!r} must be a positive int")
    if time_order not in TIME_ORDERS:
        raise ValueError(f"time_order={time_order!r} must be one of {TIME_ORDERS}")
    if X.ndim != 2:
        raise ValueError(f"X has shape {X.shape}; a flat lag matrix (n_samples, n_timesteps * n_features) is needed")
    if X.shape[1] % n_features:
        raise ValueError(
            f"X has {X.shape[1]} columns, which n_features={n_features} does not divide; "
            f"a flat lag matrix has n_timesteps * n_features columns"
        )
    windows = X.reshape(len(X), X.shape[1] // n_features, n_features)
    return windows if time_order == "oldest_first" else windows[:, ::-1]


class _AnyOutput:
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


def _is_flat(scaler):
    """Whether a scaler's output is 2-D, so that its columns have names."""
    return getattr(scaler, "n_dims_in_", 2) == 2


def _is_invertible(scaler):
    if scaler.scope != "feature":
        raise AttributeError(
            f"scope={scaler.scope!r} keeps no statistics to invert; inverse_transform needs scope='feature'"
        )
    return True


class SequenceScaler(_AnyOutput, OneToOneFeatureMixin, TransformerMixin, BaseEstimator):
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
        n_dims = _n_dims(X)
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


def _n_dims(X):
    try:
        return X.ndim if hasattr(X, "ndim") else np.asarray(X).ndim
    except ValueError as error:
        raise ValueError(
            "X is ragged; samples of one shape are needed: (n_samples, n_timesteps, n_features)"
        ) from error


def _moments(X, axes):
    """Mean and deviation over some axes, in float64, kept as axes of length 1; the deviation of a constant is 1.

    Numbers are brought below 1 by a power of two first, which rounds nothing and keeps squares from overflowing.
    """
    low, high = (part.astype(np.float64) for part in (X.min(axes, keepdims=True), X.max(axes, keepdims=True)))
    exponent = np.frexp(np.maximum(np.abs(low), np.abs(high)))[1]
    small = np.ldexp(X.astype(np.float64), -exponent)
    constant = low == high
    mean = np.where(constant, low, np.ldexp(small.mean(axes, keepdims=True), exponent))
    scale = np.ldexp(small.std(axes, keepdims=True), exponent)
    return mean, np.where(constant | (scale == 0), 1.0, scale)


class TabularToSequence(_AnyOutput, TransformerMixin, BaseEstimator):
    """Fold a flat lag matrix into windows, oldest step first.

    Parameters
    ----------
    n_features : int, default=1
        Numbers of a step; they lie side by side.
    time_order : {"oldest_first", "newest_first"}, default="oldest_first"
        Whether the first columns are the oldest step (sktime, Darts) or the newest (skforecast, mlforecast).

    Attributes
    ----------
    n_timesteps_ : int
        Steps of a window.
    n_features_in_ : int
        Columns of the lag matrix, n_timesteps_ * n_features.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Names of the columns of X, where it is a frame.

    Examples
    --------
    >>> TabularToSequence(time_order="newest_first").fit_transform([[3.0, 2.0, 1.0]]).tolist()
    [[[1.0], [2.0], [3.0]]]
    """

    _parameter_constraints = {
        "n_features": [Interval(Integral, 1, None, closed="left")],
        "time_order": [StrOptions(set(TIME_ORDERS))],
    }

    def __init__(self, *, n_features=1, time_order="oldest_first"):
        self.n_features = n_features
        self.time_order = time_order

    @_fit_context(prefer_skip_nested_validation=True)
    def fit(self, X, y=None):
        """Check that X can be folded.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_timesteps * n_features)
        y : Ignored

        Returns
        -------
        self
        """
        X = validate_data(self, X, dtype=FLOATS)
        self.n_timesteps_ = fold(X, self.n_features, self.time_order).shape[1]
        return self

    def transform(self, X):
        """Fold X.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_timesteps * n_features)

        Returns
        -------
        ndarray of shape (n_samples, n_timesteps, n_features)
            A view of X where that is an array of floats.
        """
        check_is_fitted(self)
        return fold(validate_data(self, X, dtype=FLOATS, reset=False), self.n_features, self.time_order)

    def inverse_transform(self, X):
        """Flatten windows again.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_timesteps, n_features)

        Returns
        -------
        ndarray of shape (n_samples, n_timesteps * n_features)
        """
        check_is_fitted(self)
        X = check_array(X, dtype=FLOATS, allow_nd=True, estimator=self, input_name="X")
        if X.shape[1:] != (self.n_timesteps_, self.n_features):
            needed = f"(n_samples, {self.n_timesteps_}, {self.n_features})"
            raise ValueError(f"X has shape {X.shape}; windows of shape {needed} are needed")
        return (X if self.time_order == "oldest_first" else X[:, ::-1]).reshape(len(X), -1)


class WindowTransformer(_AnyOutput, TransformerMixin, BaseEstimator):
    """Cut a series into overlapping windows, as views: nothing is copied.

    Window i holds the rows i ... i + n_steps - 1 of the series, so there are ``n_rows - n_steps - horizon + 1``.

    Parameters
    ----------
    n_steps : int
        Rows of a window.
    horizon : int, default=0
        Rows after a window that are to be predicted; windows without so many rows after them are left out. With 0
        all windows are cut, and the target of each is that of its own last row.

    Attributes
    ----------
    n_features_in_ : int
        Columns of the series.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Names of the columns, where the series is a frame.

    Notes
    -----
    There are fewer windows than rows, and a `Pipeline` does not shorten y with X. So y goes through `targets`, and
    the transformer stands before the pipeline: ``model.fit(windows.fit_transform(X), windows.targets(y))``.
    ``model.predict(windows.last_window(X))`` then answers for what follows the series.

    Examples
    --------
    >>> windows, series = WindowTransformer(n_steps=2, horizon=1), np.array([[1.0], [2.0], [3.0], [4.0]])
    >>> windows.fit_transform(series)[:, :, 0].tolist()
    [[1.0, 2.0], [2.0, 3.0]]
    >>> windows.targets(series[:, 0]).tolist()
    [[3.0], [4.0]]
    >>> windows.last_window(series).tolist()
    [[[3.0], [4.0]]]
    """

    _parameter_constraints = {
        "n_steps": [Interval(Integral, 1, None, closed="left")],
        "horizon": [Interval(Integral, 0, None, closed="left")],
    }

    def __init__(self, *, n_steps, horizon=0):
        self.n_steps = n_steps
        self.horizon = horizon

    @_fit_context(prefer_skip_nested_validation=True)
    def fit(self, X, y=None):
        """Check that X is long enough.

        Parameters
        ----------
        X : array-like of shape (n_rows, n_features)
            Oldest row first.
        y : Ignored

        Returns
        -------
        self
        """
        self._n_windows(validate_data(self, X, dtype=FLOATS), "X")
        return self

    def transform(self, X):
        """Cut X into windows.

        Parameters
        ----------
        X : array-like of shape (n_rows, n_features)

        Returns
        -------
        ndarray of shape (n_windows, n_steps, n_features)
            A read-only view of X where that is an array of floats.
        """
        check_is_fitted(self)
        X = validate_data(self, X, dtype=FLOATS, reset=False)
        return _slide(X, self.n_steps)[: self._n_windows(X, "X")]

    def targets(self, y):
        """The targets of the windows, from those of the rows.

        Parameters
        ----------
        y : array-like of shape (n_rows,) or (n_rows, n_outputs)
            One target for each row of the series.

        Returns
        -------
        ndarray of shape (n_windows,) or (n_windows, n_outputs) for ``horizon=0``
            ``y[i + n_steps - 1]`` for window i.
        ndarray of shape (n_windows, horizon) or (n_windows, horizon, n_outputs) otherwise
            ``y[i + n_steps : i + n_steps + horizon]`` for window i.
        """
        y = check_array(y, dtype=None, ensure_2d=False, estimator=self, input_name="y")
        if y.ndim not in (1, 2):
            raise ValueError(f"y has shape {y.shape}; (n_rows,) or (n_rows, n_outputs) is needed")
        self._n_windows(y, "y")
        return y[self.n_steps - 1 :] if self.horizon == 0 else _slide(y[self.n_steps :], self.horizon)

    def last_window(self, X):
        """The window at the end of the series, whose targets are not known yet.

        Parameters
        ----------
        X : array-like of shape (n_rows, n_features)

        Returns
        -------
        ndarray of shape (1, n_steps, n_features)
        """
        check_is_fitted(self)
        X = validate_data(self, X, dtype=FLOATS, reset=False)
        if len(X) < self.n_steps:
            raise ValueError(f"X has {len(X)} rows; n_steps={self.n_steps} are needed")
        return X[None, len(X) - self.n_steps :]

    def _n_windows(self, rows, name):
        n = len(rows) - self.n_steps - self.horizon + 1
        if n < 1:
            raise ValueError(
                f"{name} has {len(rows)} rows (n_samples = {len(rows)}), which are too few; n_steps={self.n_steps} and "
                f"horizon={self.horizon} need {self.n_steps + self.horizon}"
            )
        return n


def _slide(rows, length):
    """Every stretch of `length` rows of (n, ...), as views (n - length + 1, length, ...)."""
    return np.moveaxis(np.lib.stride_tricks.sliding_window_view(rows, length, axis=0), -1, 1)
