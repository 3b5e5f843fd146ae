"""Errors in units of what a simple forecast makes."""

import numpy as np

from rnnforecast.metrics.checks import check_season
from rnnforecast.metrics.points import mae, mse


def mase(y_true, y_pred, *, y_train, season_length=1):
    """Return the mean absolute error, scaled by that of the seasonal naive forecast within the training data.

    With m the season and n the length of the training data::

        MASE = mean |y - f| / s,    s = 1 / (n - m) Σ_{t > m} |y_t - y_{t-m}|

    Parameters
    ----------
    y_true, y_pred : array-like of one shape
        Of one series.
    y_train : array-like of shape (n,)
        The series before the forecast. Differences to what is NaN in it are left out.
    season_length : int, default=1

    Returns
    -------
    float
        NaN where the scale is 0, or the training data are not longer than a season.

    References
    ----------
    Hyndman, R. J. and Koehler, A. B. (2006). Another look at measures of forecast accuracy. International Journal of
    Forecasting 22(4).
    """
    return _ratio(mae(y_true, y_pred), _seasonal_change(y_train, season_length), 1)


def rmsse(y_true, y_pred, *, y_train, season_length=1):
    """Return the root of the mean squared error, scaled as in `mase` but by squares.

    With m the season and n the length of the training data::

        RMSSE = sqrt(mean (y - f)² / s),    s = 1 / (n - m) Σ_{t > m} (y_t - y_{t-m})²

    Parameters
    ----------
    y_true, y_pred : array-like of one shape
        Of one series.
    y_train : array-like of shape (n,)
        The series before the forecast. Differences to what is NaN in it are left out.
    season_length : int, default=1

    Returns
    -------
    float
        NaN where the scale is 0, or the training data are not longer than a season.

    References
    ----------
    Makridakis, S., Spiliotis, E. and Assimakopoulos, V. (2022). M5 accuracy competition: results, findings, and
    conclusions. International Journal of Forecasting 38(4).
    """
    return _ratio(mse(y_true, y_pred), _seasonal_change(y_train, season_length), 2) ** 0.5


def owa(smape_model, mase_model, smape_naive2, mase_naive2):
    """Return the overall weighted average of the M4 competition.

    It is the mean of two ratios to the reference forecast Naive2, taken after averaging over all series::

        OWA = (sMAPE / sMAPE_Naive2 + MASE / MASE_Naive2) / 2

    Parameters
    ----------
    smape_model, mase_model : float
        Means over all series.
    smape_naive2, mase_naive2 : float
        The same of the reference forecast.

    Returns
    -------
    float
        1 for the reference itself, less for what is better. NaN where an error of the reference is 0.

    References
    ----------
    Makridakis, S., Spiliotis, E. and Assimakopoulos, V. (2020). The M4 Competition: 100,000 time series and 61
    forecasting methods. International Journal of Forecasting 36(1).
    """
    given = {"smape_naive2": smape_naive2, "mase_naive2": mase_naive2}
    given = {"smape_model": smape_model, "mase_model": mase_model, **given}
    for name, value in given.items():
        if np.ndim(value) or value < 0:
            raise ValueError(f"{name}={value!r} must be a number, 0 or more: the mean over all series")
    if smape_naive2 == 0 or mase_naive2 == 0:
        return np.nan
    return 0.5 * (smape_model / smape_naive2 + mase_model / mase_naive2)


def _seasonal_change(y_train, season_length):
    train = np.asarray(y_train, dtype=float)
    if train.ndim != 1:
        raise ValueError(f"y_train must have shape (n,); got {train.shape}")
    if np.isinf(train).any():
        raise ValueError(f"y_train has {np.count_nonzero(np.isinf(train))} values that are infinite")
    season_length = check_season(season_length)
    change = train[season_length:] - train[:-season_length]
    return change[~np.isnan(change)]


def _ratio(error, change, power):
    scale = np.mean(np.abs(change) ** power) if len(change) else np.nan
    return float(error / scale) if scale > 0 else np.nan
