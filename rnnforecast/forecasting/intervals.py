"""Prediction intervals by split conformal prediction, and the names of their columns.

The errors that a forecaster made on windows held back from training say how wide its intervals must be:
with n exchangeable errors, the ceil((n + 1) level)-th smallest absolute one covers the next error with a
probability of at least `level` (Vovk et al. 2005; Lei et al. 2018). Each step of the horizon has its own.
"""

import math
import numbers
import warnings

import numpy as np


def check_level(level, argument="level"):
    """Check coverage levels.

    Parameters
    ----------
    level : float, list of float or None
        In percent, such as 80 or ``[80, 95]``.
    argument : str
        Its name in messages.

    Returns
    -------
    tuple
        Each level once, rising; empty for None.
    """
    if level is None:
        return ()
    levels = [level] if isinstance(level, numbers.Number | str) else list(level)
    for one in levels:
        if isinstance(one, bool | np.bool_) or not isinstance(one, numbers.Real):
            raise TypeError(f"{argument} must hold numbers between 0 and 100; got {one!r}")
        if not 0 < one < 100:
            raise ValueError(f"{argument}={one!r} must lie between 0 and 100, both left out")
        if one < 1:
            raise ValueError(f"{argument}={one!r} must be in percent: {100 * one:g} for {one:g}")
    return tuple(sorted(set(levels)))


def level_columns(model, level):
    """Return the column names of one interval.

    Parameters
    ----------
    model : str
    level : float

    Returns
    -------
    lower, upper : str
        Such as "RNN-lo-80" and "RNN-hi-80".
    """
    return f"{model}-lo-{level:g}", f"{model}-hi-{level:g}"


def conformal_radius(residuals, level):
    """Return the half-width of an interval for each step of the horizon.

    Where n residuals are too few for the level (``level > 100 n / (n + 1)``), the largest one is taken and a
    warning says how many are needed: the interval then covers about n / (n + 1).

    Parameters
    ----------
    residuals : ndarray of shape (n_windows, h)
        Errors of held-back windows. NaN marks a step that a window did not have.
    level : float
        In percent.

    Returns
    -------
    ndarray of shape (h,)
    """
    size = np.sort(np.abs(residuals), axis=0)  # NaN sorts last
    n = np.count_nonzero(~np.isnan(size), axis=0)
    if not n.all():
        raise ValueError(f"level={level:g} needs an error for every step; step {np.argmin(n) + 1} has none")
    # rounded first, for (n + 1) * level / 100 is exact on paper and may lie a hair above an integer here
    rank = np.ceil(np.round((n + 1) * level / 100, 9)).astype(np.int64)
    if (rank > n).any():
        warnings.warn(
            f"{n.min()} calibration windows are too few for level={level:g}, which needs {windows_for(level)}; "
            "the interval is as wide as the largest error seen",
            UserWarning,
            stacklevel=2,
        )
    return np.take_along_axis(size, np.minimum(rank, n)[None] - 1, axis=0)[0]


def windows_for(level):
    """Return how many calibration windows a level needs.

    Parameters
    ----------
    level : float
        In percent.

    Returns
    -------
    int
        4 for 80, 19 for 95, 99 for 99.
    """
    return math.ceil(round(level / (100 - level), 9))


def with_intervals(model, point, residuals, levels, scale=None):
    """Put intervals around point forecasts.

    Parameters
    ----------
    model : str
        Column name of the point forecasts.
    point : ndarray of shape (n_series, h)
    residuals : ndarray of shape (n_windows, h) or None
        Errors of held-back windows over at least h steps, each divided by the scale of its series. None will do
        without levels.
    levels : tuple of float
        As `check_level` returns them.
    scale : ndarray of shape (n_series,), optional
        What to multiply the widths by. 1 by default.

    Returns
    -------
    dict of str to ndarray of shape (n_series, h)
        The model's column, then the lower and the upper one of each level.
    """
    columns = {model: point}
    for level in levels:
        radius = conformal_radius(residuals[:, : point.shape[1]], level)
        width = radius if scale is None else radius * np.asarray(scale)[:, None]
        lower, upper = level_columns(model, level)
        columns[lower], columns[upper] = point - width, point + width
    return columns
