"""Quantiles between and beyond those that are known, in order."""

import numpy as np
from scipy.special import ndtri

from rnnforecast.forecasting.uncertainty.columns import check_quantiles


def quantiles_at(known, values, wanted):
    """Interpolate a quantile function.

    Between two known quantiles, and beyond the outermost ones along the line through the two that lie next, the
    function is linear in z = Φ⁻¹(q), the quantile of the standard normal distribution. That is exact for normal
    distributions, finite for every q, and rises everywhere; linear in q, as histograms are, it would have no tails
    at all. What lies far beyond the known quantiles is a normal tail that nothing has trained: ask for 0.001 of a
    forecaster that knows 0.1 and 0.9, and the answer is an assumption.

    Parameters
    ----------
    known : sequence of float, (K,)
        Probabilities that are known, each once, rising; at least 2 unless all that is wanted is known.
    values : ndarray of shape (..., K)
        Their quantiles. Where they cross they are sorted first.
    wanted : float or sequence of float, (W,)
        As `check_quantiles` takes them.

    Returns
    -------
    ndarray of shape (..., W)
        Rising along the last axis, for `wanted` sorted. A known quantile is returned as it is.

    Raises
    ------
    ValueError
        When a quantile is not between 0 and 1, `known` is not rising or does not fit `values`, or one quantile is known
        and another is wanted.
    """
    wanted, known = check_quantiles(wanted, "wanted"), tuple(known)
    if check_quantiles(known, "known") != known or not known:
        raise ValueError(f"known={list(known)} must hold each quantile once, rising, and at least one")
    values = sort_quantiles(values)
    if values.shape[-1] != len(known):
        raise ValueError(f"values has {values.shape[-1]} quantiles on its last axis; known has {len(known)}")
    if len(known) == 1:
        if set(wanted) - set(known):
            raise ValueError(f"wanted={list(wanted)} needs two known quantiles; known={list(known)} is a single one")
        return values[..., : len(wanted)]
    have, z = ndtri(known), ndtri(wanted)
    left = np.clip(np.searchsorted(have, z, side="right") - 1, 0, len(known) - 2)
    weight = (z - have[left]) / (have[left + 1] - have[left])
    low, high = values[..., left], values[..., left + 1]
    line = low + weight * (high - low)  # rises with the weight, also when rounded; the ends are made exact
    return np.where(weight < 1, np.minimum(line, high), np.where(weight > 1, np.maximum(line, high), high))


def sort_quantiles(values, axis=-1):
    """Return quantiles that do not cross.

    Sorting brings an estimated quantile function closer to the true one, in every L_p norm, wherever it crosses
    (Chernozhukov, Fernández-Val and Galichon 2010, Econometrica 78(3), proposition 4).

    Parameters
    ----------
    values : array-like
        Quantiles of rising probabilities.
    axis : int, default=-1
        The axis along which the probabilities rise.

    Returns
    -------
    ndarray
        A copy, rising along the axis.
    """
    return np.sort(values, axis=axis)


def nest_intervals(lower, upper):
    """Return intervals of which each holds those of lower levels.

    Bounds only move outwards, so that no interval loses coverage; sorting all bounds could take some from the inner
    ones, which conformal corrections have just given them.

    Parameters
    ----------
    lower, upper : ndarray of shape (n_levels, ...)
        Bounds for rising levels.

    Returns
    -------
    lower, upper : ndarray of shape (n_levels, ...)
    """
    return np.minimum.accumulate(lower, axis=0), np.maximum.accumulate(upper, axis=0)
