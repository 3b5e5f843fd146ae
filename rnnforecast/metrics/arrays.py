"""Errors of forecasts on arrays of one shape, any shape; all elements weigh the same.

Definitions are those of the M4 competition where it has them.
"""

import numbers

import numpy as np


def mae(y_true, y_pred):
    """Return the mean absolute error.

    Parameters
    ----------
    y_true, y_pred : array-like of one shape

    Returns
    -------
    float
    """
    return float(np.mean(np.abs(_errors(y_true, y_pred))))


def mse(y_true, y_pred):
    """Return the mean squared error.

    Parameters
    ----------
    y_true, y_pred : array-like of one shape

    Returns
    -------
    float
    """
    return float(np.mean(_errors(y_true, y_pred) ** 2))


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
    return float(np.mean(_errors(y_true, y_pred)))


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
    size = np.abs(_errors(y_true, y_pred))
    both = np.abs(np.asarray(y_true, dtype=float)) + np.abs(np.asarray(y_pred, dtype=float))
    return float(np.mean(np.divide(200.0 * size, both, out=np.zeros(both.shape), where=both > 0)))


def wape(y_true, y_pred):
    """Return the sum of absolute errors divided by the sum of absolute actual values.

    Parameters
    ----------
    y_true, y_pred : array-like of one shape

    Returns
    -------
    float
        NaN where all actual values are 0.
    """
    total = np.sum(np.abs(np.asarray(y_true, dtype=float)))
    size = np.sum(np.abs(_errors(y_true, y_pred)))
    return float(size / total) if total > 0 else np.nan


def mase(y_true, y_pred, *, y_train, season_length=1):
    """Return the mean absolute error, scaled by that of the seasonal naive forecast within the training data.

    Parameters
    ----------
    y_true, y_pred : array-like of one shape
        Of one series.
    y_train : array-like of shape (n,)
        The series before the forecast. NaN in it are left out.
    season_length : int, default=1

    Returns
    -------
    float
        NaN where the scale is 0, or the training data are not longer than a season.
    """
    return _ratio(mae(y_true, y_pred), _seasonal_change(y_train, season_length), 1)


def rmsse(y_true, y_pred, *, y_train, season_length=1):
    """Return the root of the mean squared error, scaled as in `mase` but by squares.

    Parameters
    ----------
    y_true, y_pred : array-like of one shape
        Of one series.
    y_train : array-like of shape (n,)
        The series before the forecast. NaN in it are left out.
    season_length : int, default=1

    Returns
    -------
    float
        NaN where the scale is 0, or the training data are not longer than a season.
    """
    return _ratio(mse(y_true, y_pred), _seasonal_change(y_train, season_length), 2) ** 0.5


def owa(smape_model, mase_model, smape_naive2, mase_naive2):
    """Return the overall weighted average of the M4 competition.

    Parameters
    ----------
    smape_model, mase_model : float
        Means over all series.
    smape_naive2, mase_naive2 : float
        The same of the reference forecast.

    Returns
    -------
    float
    """
    return 0.5 * (smape_model / smape_naive2 + mase_model / mase_naive2)


def mean_pinball_loss(y_true, y_pred, *, quantile=0.5):
    """Return the mean pinball loss of quantile forecasts.

    Parameters
    ----------
    y_true, y_pred : array-like of one shape
    quantile : float, default=0.5
        Between 0 and 1.

    Returns
    -------
    float
    """
    if not 0 < quantile < 1:
        raise ValueError(f"quantile={quantile!r} must lie between 0 and 1")
    under = -_errors(y_true, y_pred)
    return float(np.mean(np.maximum(quantile * under, (quantile - 1) * under)))


def coverage(y_true, lower, upper):
    """Return the share of actual values that lie within their interval, bounds included.

    Parameters
    ----------
    y_true, lower, upper : array-like of one shape

    Returns
    -------
    float
        From 0 to 1.
    """
    inside = (_errors(y_true, lower, "lower") <= 0) & (_errors(y_true, upper, "upper") >= 0)
    return float(np.mean(inside))


def _errors(y_true, y_pred, name="y_pred"):
    """Forecast minus actual value, of arrays that are fit to be compared."""
    actual, forecast = _checked(y_true, "y_true"), _checked(y_pred, name)
    if actual.shape != forecast.shape:
        raise ValueError(f"{name} has shape {forecast.shape}; y_true has {actual.shape}, and they must be equal")
    return forecast - actual


def _checked(array, name):
    array = np.asarray(array, dtype=float)
    if not array.size:
        raise ValueError(f"{name} is empty; it must have at least one value")
    if not np.isfinite(array).all():
        raise ValueError(f"{name} has {np.count_nonzero(~np.isfinite(array))} values that are NaN or infinite")
    return array


def check_season(season_length):
    """Return the season, a positive int.

    Parameters
    ----------
    season_length : int

    Returns
    -------
    int
    """
    if isinstance(season_length, bool) or not isinstance(season_length, numbers.Integral) or season_length < 1:
        raise ValueError(f"season_length={season_length!r} must be a positive int")
    return int(season_length)


def _seasonal_change(y_train, season_length):
    train = np.asarray(y_train, dtype=float)
    if train.ndim != 1:
        raise ValueError(f"y_train must have shape (n,); got {train.shape}")
    train = train[~np.isnan(train)]
    season_length = check_season(season_length)
    return train[season_length:] - train[:-season_length]


def _ratio(error, change, power):
    scale = np.mean(np.abs(change) ** power) if len(change) else np.nan
    return float(error / scale) if scale > 0 else np.nan
