"""The columns of prediction intervals around point forecasts. What they are made of is in `uncertainty`."""

import numpy as np

from rnnforecast.forecasting.uncertainty.columns import check_level, level_columns
from rnnforecast.forecasting.uncertainty.conformal import conformal_bounds, conformal_radius, windows_for

__all__ = ["check_level", "conformal_radius", "level_columns", "windows_for", "with_intervals"]


def with_intervals(model, point, residuals, levels, scale=None, *, symmetric=True):
    """Put intervals around point forecasts.

    Parameters
    ----------
    model : str
        Column name of the point forecasts.
    point : ndarray of shape (n_series, h)
    residuals : ndarray of shape (..., at least h) or None
        Errors of held-back windows, each divided by the scale of its series; all axes but the last count as one, and
        NaN marks what a window did not have. None will do without levels.
    levels : tuple of float
        As `check_level` returns them.
    scale : ndarray of shape (n_series,), optional
        What to multiply the widths by. 1 by default.
    symmetric : bool, default=True
        False bounds each side by its own errors (`conformal_bounds`).

    Returns
    -------
    dict of str to ndarray of shape (n_series, h)
        The model's column, then the lower and the upper one of each level.
    """
    columns = {model: point}
    unit = 1.0 if scale is None else np.asarray(scale)[:, None]
    for level in levels:
        below, above = conformal_bounds(residuals[..., : point.shape[1]], level, symmetric=symmetric)
        lower, upper = level_columns(model, level)
        columns[lower], columns[upper] = point + unit * below, point + unit * above
    return columns
