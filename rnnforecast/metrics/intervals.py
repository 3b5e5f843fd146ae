"""Scores of quantiles and of prediction intervals; a `level` is in percent."""

import numpy as np

from rnnforecast.metrics.checks import check_last_axis, check_level, errors


def mean_pinball_loss(y_true, y_pred, *, quantile=0.5):
    """Return the mean pinball loss of quantile forecasts.

    For the quantile q it is the mean of::

        q (y - f)          where y >= f
        (1 - q) (f - y)    elsewhere

    Parameters
    ----------
    y_true, y_pred : array-like of one shape
    quantile : float, default=0.5
        Between 0 and 1.

    Returns
    -------
    float
        At 0.5, half the mean absolute error.

    References
    ----------
    Koenker, R. and Bassett, G. (1978). Regression quantiles. Econometrica 46(1).
    """
    if not 0 < quantile < 1:
        raise ValueError(f"quantile={quantile!r} must lie between 0 and 1")
    under = -errors(y_true, y_pred)
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
    inside = (errors(y_true, lower, "lower") <= 0) & (errors(y_true, upper, "upper") >= 0)
    return float(np.mean(inside))


def winkler(y_true, lower, upper, *, level):
    """Return the Winkler score, or interval score: the width, and a penalty for what lies outside.

    With a = 1 - level / 100 it is the mean of::

        (u - l) + 2/a max(l - y, 0) + 2/a max(y - u, 0)

    Parameters
    ----------
    y_true, lower, upper : array-like of one shape
    level : float
        Coverage that the interval promises, in percent.

    Returns
    -------
    float
        In the unit of the data; smaller is better.

    References
    ----------
    Winkler, R. L. (1972). A decision-theoretic approach to interval estimation. Journal of the American Statistical
    Association 67(337).

    Gneiting, T. and Raftery, A. E. (2007). Strictly proper scoring rules, prediction, and estimation. Journal of the
    American Statistical Association 102(477), equation 43.
    """
    level = check_level(level)
    return float(np.mean(_interval_score(y_true, lower, upper, level)))


def weighted_interval_score(y_true, y_pred, lower, upper, *, level):
    """Return the weighted interval score of a median and K intervals around it.

    With a_k = 1 - level_k / 100, the interval score IS_k of `winkler` and the median m, it is the mean of::

        1 / (K + 1/2) (1/2 |y - m| + Σ_k a_k/2 IS_k)

    which is twice the mean pinball loss over these 2 K + 1 quantiles, and comes close to `crps` for many levels.

    Parameters
    ----------
    y_true, y_pred : array-like of one shape
        Actual values and medians.
    lower, upper : array-like of shape (*y_true.shape, K)
        Bounds of the intervals, one level per column. With a single number as `level`, the shape of `y_true`.
    level : float or list of float
        Coverage that the intervals promise, in percent.

    Returns
    -------
    float
        In the unit of the data; smaller is better.

    References
    ----------
    Bracher, J., Ray, E. L., Gneiting, T. and Reich, N. G. (2021). Evaluating epidemic forecasts in an interval format.
    PLOS Computational Biology 17(2).
    """
    total = 0.5 * np.abs(errors(y_true, y_pred))
    if np.ndim(level) == 0:
        levels = [check_level(level)]
        pairs = [(lower, upper)]
    else:
        levels = [check_level(one) for one in level]
        if len(set(levels)) < len(levels) or not levels:
            raise ValueError(f"level={list(level)} must hold each level once, and at least one")
        bounds = {"lower": check_last_axis(lower, "lower", y_true), "upper": check_last_axis(upper, "upper", y_true)}
        for name, array in bounds.items():
            if array.shape[-1] != len(levels):
                raise ValueError(
                    f"{name} has {array.shape[-1]} columns; level has {len(levels)}, and they must be equal"
                )
        pairs = [(bounds["lower"][..., k], bounds["upper"][..., k]) for k in range(len(levels))]
    for one, (low, high) in zip(levels, pairs, strict=True):
        total = total + (1 - one / 100) / 2 * _interval_score(y_true, low, high, one)
    return float(np.mean(total) / (len(levels) + 0.5))


def _interval_score(y_true, lower, upper, level):
    """Gneiting and Raftery 2007, equation 43, for each element."""
    below, above = errors(y_true, lower, "lower"), -errors(y_true, upper, "upper")  # l - y and y - u
    width = -(above + below)
    if (crossed := np.asarray(lower, dtype=float) > np.asarray(upper, dtype=float)).any():
        raise ValueError(f"lower lies above upper in {np.count_nonzero(crossed)} places at level={level:g}")
    alpha = 1 - level / 100
    return width + 2 / alpha * (np.maximum(below, 0) + np.maximum(above, 0))
