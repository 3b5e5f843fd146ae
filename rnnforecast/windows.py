"""Windows of a series as views, for estimators that take arrays."""

import numbers

import numpy as np


def sliding_windows(series, *, n_steps, horizon):
    """Cut a series into inputs X and targets Y, both read-only views.

    Parameters
    ----------
    series : array-like of shape (n_rows,) or (n_rows, n_features)
        Oldest row first. Column 0 is the target.
    n_steps : int
        Rows in an input window.
    horizon : int
        Rows to predict after it.

    Returns
    -------
    X : ndarray of shape (n, n_steps, n_features)
        ``n = n_rows - n_steps - horizon + 1``.
    Y : ndarray of shape (n, horizon)
        ``Y[i]`` starts on the row right after ``X[i]`` ends.

    Examples
    --------
    >>> X, Y = sliding_windows([1, 2, 3, 4, 5], n_steps=2, horizon=1)
    >>> X[:, :, 0].tolist(), Y.tolist()
    ([[1, 2], [2, 3], [3, 4]], [[3], [4], [5]])
    """
    series = np.asarray(series)
    if series.ndim not in (1, 2):
        raise ValueError(f"series must have shape (n_rows,) or (n_rows, n_features); got {series.shape}")
    for name, value in (("n_steps", n_steps), ("horizon", horizon)):
        if isinstance(value, bool) or not isinstance(value, numbers.Integral) or value < 1:
            raise ValueError(f"{name}={value!r} must be a positive int")
    columns = series[:, None] if series.ndim == 1 else series
    n = len(columns) - n_steps - horizon + 1
    if n < 1:
        raise ValueError(f"{len(columns)} rows are too few; n_steps + horizon needs {n_steps + horizon}")
    view = np.lib.stride_tricks.sliding_window_view
    return view(columns, n_steps, axis=0).swapaxes(1, 2)[:n], view(columns[:, 0], horizon)[n_steps:]
