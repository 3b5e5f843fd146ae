"""From flat rows of lags to windows, oldest step first, and back."""

from numbers import Integral

from sklearn.base import BaseEstimator, TransformerMixin, _fit_context
from sklearn.utils import check_array
from sklearn.utils._param_validation import Interval, StrOptions
from sklearn.utils.validation import check_is_fitted, validate_data

from .any_output import FLOATS, AnyOutput

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
    >>> import numpy as np
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


class TabularToSequence(AnyOutput, TransformerMixin, BaseEstimator):
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
