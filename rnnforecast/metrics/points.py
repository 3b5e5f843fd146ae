"""Errors of point forecasts."""

import numpy as np

from rnnforecast.metrics.checks import errors


def mae(y_true, y_pred):
    """Return the mean absolute error, mean |y - f|.

    Parameters
    ----------
    y_true, y_pred : array-like of one shape

    Returns
    -------
    float
    """
    return float(np.mean(np.abs(errors(y_true, y_pred))))


def mse(y_true, y_pred):
    """Return the mean squared error, mean (y - f)².

    Parameters
    ----------
    y_true, y_pred : array-like of one shape

    Returns
    -------
    float
    """
    return float(np.mean(errors(y_true, y_pred) ** 2))


def rmse(y_true, y_pred):
    """Return the square root of the mean squared error.

    Parameters
    ----------
    y_true, y_pred : array-like of one shape

    Returns
    -------
    float
    """
    return mse(y_true, y_pred) ** 0.5


def bias(y_true, y_pred):
    """Return the mean of forecast minus actual value: positive where forecasts are too high.

    Parameters
    ----------
    y_true, y_pred : array-like of one shape

    Returns
    -------
    float
    """
    return float(np.mean(errors(y_true, y_pred)))


def mape(y_true, y_pred):
    """Return the mean absolute percentage error, mean of 100 |y - f| / |y|.

    Parameters
    ----------
    y_true, y_pred : array-like of one shape

    Returns
    -------
    float
        In percent. NaN where an actual value is 0, for which `wape` and `mase` are defined.
    """
    size, actual = np.abs(errors(y_true, y_pred)), np.abs(np.asarray(y_true, dtype=float))
    return float(np.mean(100.0 * size / actual)) if (actual > 0).all() else np.nan


def smape(y_true, y_pred):
    """Return the symmetric mean absolute percentage error, mean of 200 |y - f| / (|y| + |f|).

    Parameters
    ----------
    y_true, y_pred : array-like of one shape

    Returns
    -------
    float
        From 0 to 200. A step where both are 0 counts 0.
    """
    size = np.abs(errors(y_true, y_pred))
    both = np.abs(np.asarray(y_true, dtype=float)) + np.abs(np.asarray(y_pred, dtype=float))
    return float(np.mean(np.divide(200.0 * size, both, out=np.zeros(both.shape), where=both > 0)))


def wape(y_true, y_pred):
    """Return the sum of absolute errors divided by the sum of absolute actual values, Σ|y - f| / Σ|y|.

    Parameters
    ----------
    y_true, y_pred : array-like of one shape

    Returns
    -------
    float
        As a fraction. NaN where all actual values are 0.
    """
    size = np.sum(np.abs(errors(y_true, y_pred)))
    total = np.sum(np.abs(np.asarray(y_true, dtype=float)))
    return float(size / total) if total > 0 else np.nan
