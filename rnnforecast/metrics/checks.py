"""What the arguments of a metric must be."""

import numbers

import numpy as np


def errors(y_true, y_pred, name="y_pred"):
    """Return forecast minus actual value, of arrays that are fit to be compared.

    Parameters
    ----------
    y_true, y_pred : array-like of one shape
    name : str
        What messages call the forecast.

    Returns
    -------
    ndarray
    """
    actual, forecast = check_array(y_true, "y_true"), check_array(y_pred, name)
    if actual.shape != forecast.shape:
        raise ValueError(f"{name} has shape {forecast.shape}; y_true has {actual.shape}, and they must be equal")
    return forecast - actual


def check_array(array, name):
    """Return an array of finite floats, at least one.

    Parameters
    ----------
    array : array-like
    name : str
        What messages call it.

    Returns
    -------
    ndarray
    """
    try:
        array = np.asarray(array, dtype=float)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{name} must be an array of numbers: {error}") from error
    if not array.size:
        raise ValueError(f"{name} is empty; it must have at least one value")
    if not np.isfinite(array).all():
        raise ValueError(f"{name} has {np.count_nonzero(~np.isfinite(array))} values that are NaN or infinite")
    return array


def check_last_axis(array, name, y_true):
    """Return an array that has one axis more than the actual values, behind theirs.

    Parameters
    ----------
    array : array-like of shape (*y_true.shape, n)
    name : str
        What messages call it.
    y_true : array-like

    Returns
    -------
    ndarray
    """
    array, shape = check_array(array, name), np.shape(y_true)
    if array.ndim != len(shape) + 1 or array.shape[:-1] != shape:
        raise ValueError(
            f"{name} has shape {array.shape}; y_true has {shape}, and {name} must have one axis more, last"
        )
    return array


def check_level(level):
    """Return the coverage that an interval promises, in percent.

    Parameters
    ----------
    level : float

    Returns
    -------
    float
    """
    if isinstance(level, bool | np.bool_) or not isinstance(level, numbers.Real):
        raise TypeError(f"level must be a number between 0 and 100; got {level!r}")
    if not 0 < level < 100:
        raise ValueError(f"level={level!r} must lie between 0 and 100, both left out")
    if level < 1:
        raise ValueError(f"level={level!r} must be in percent: {100 * level:g} for {level:g}")
    return float(level)


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
