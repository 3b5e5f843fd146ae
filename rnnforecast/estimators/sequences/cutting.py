"""From a series to the overlapping windows that a model learns from, and their targets."""

from numbers import Integral

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin, _fit_context
from sklearn.utils import check_array
from sklearn.utils._param_validation import Interval
from sklearn.utils.validation import check_is_fitted, validate_data

from .any_output import FLOATS, AnyOutput


class WindowTransformer(AnyOutput, TransformerMixin, BaseEstimator):
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
        n = self._n_windows(X, "X")
        return _slide(X, self.n_steps)[:n]

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
        self._validate_params()
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
