"""Conformalised quantile regression: intervals between two trained quantiles, moved until they cover as promised.

Two quantiles are wide where the data are noisy, which a conformal radius around a point forecast is not; but nothing
makes them cover what they say. On windows held back from training, the score of a window is how far its actual value
lies outside its interval, negative inside::

    E = max(lower - y, y - upper)

and the ceil((n + 1) level)-th smallest score, added on both sides, makes the next interval cover with a probability
of at least `level` (Romano, Patterson and Candès 2019, theorem 1). Asymmetric corrections take lower - y and y - upper
one by one, each with half of the misses (their theorem 2): they hold on each side, and are wider.
"""

import numpy as np

from rnnforecast.forecasting.uncertainty.conformal import upper_pair, upper_scores


def quantile_correction(lower, upper, actual, level, *, scale=None, symmetric=True):
    """Return how far to move the bounds of an interval, for each step of the horizon.

    Parameters
    ----------
    lower, upper : ndarray of shape (..., h)
        Quantile forecasts for windows held back from training. They may cross.
    actual : ndarray of shape (..., h)
        What came. NaN marks a step that a window did not have.
    level : float
        Coverage to reach, in percent.
    scale : ndarray of shape (...), optional
        Above 0: what the corrections are proportional to, for windows of series of different size. 1 by default.
    symmetric : bool, default=True
        False corrects each bound by its own errors, which needs about twice as many windows (`windows_for`).

    Returns
    -------
    ndarray of shape (2, h)
        By how much, times the scale, the lower bound goes down and the upper one up. Negative where the quantiles
        cover too much.

    Raises
    ------
    ValueError
        When shapes differ, a scale is not above 0, or a step has no window at all.

    Warns
    -----
    UserWarning
        When there are too few windows for the level; the largest score is then taken.

    References
    ----------
    Romano, Y., Patterson, E. and Candès, E. J. (2019). Conformalized quantile regression. NeurIPS 32, equations 7 to 9
    and theorem 2.
    """
    lower, upper, actual = np.asarray(lower), np.asarray(upper), np.asarray(actual)
    for name, bound in (("lower", lower), ("upper", upper)):
        if bound.shape != actual.shape:
            raise ValueError(f"{name} has shape {bound.shape}; actual has {actual.shape}, and they must be equal")
    unit = _unit(scale, actual.shape[:-1])
    below, above = (lower - actual) / unit, (actual - upper) / unit
    if symmetric:
        correction = upper_scores(np.maximum(below, above), level, level)
        return np.stack([correction, correction])
    return np.stack(upper_pair(below, above, level))


def corrected_interval(lower, upper, correction, *, scale=None):
    """Return an interval with its bounds moved.

    Where negative corrections would turn an interval inside out, both of its bounds are put halfway between them: the
    interval of no width that the corrected bounds, which have crossed, point to.

    Parameters
    ----------
    lower, upper : ndarray of shape (..., h)
        Quantile forecasts. Where they cross they are swapped, which can only bring them closer to the truth
        (Chernozhukov, Fernández-Val and Galichon 2010).
    correction : ndarray of shape (2, h), or (2, ..., h)
        As `quantile_correction` returns it, for all intervals or for each.
    scale : ndarray of shape (...), optional
        What to multiply the corrections by. 1 by default.

    Returns
    -------
    lower, upper : ndarray of shape (..., h)
        With ``lower <= upper``.

    Raises
    ------
    ValueError
        When shapes do not fit, or a scale is not above 0.
    """
    lower, upper, correction = np.asarray(lower), np.asarray(upper), np.asarray(correction)
    if lower.shape != upper.shape:
        raise ValueError(f"upper has shape {upper.shape}; lower has {lower.shape}, and they must be equal")
    if correction.shape not in ((2, *lower.shape[-1:]), (2, *lower.shape)):
        raise ValueError(f"correction has shape {correction.shape}; {(2, *lower.shape[-1:])} is needed")
    unit = _unit(scale, lower.shape[:-1])
    low = np.minimum(lower, upper) - unit * correction[0]
    high = np.maximum(lower, upper) + unit * correction[1]
    middle = low + (high - low) / 2
    return np.where(low > high, middle, low), np.where(low > high, middle, high)


def _unit(scale, shape):
    """The scale as a factor of arrays that have one more axis, the steps."""
    if scale is None:
        return 1.0
    scale = np.asarray(scale)
    if scale.shape != shape:
        raise ValueError(f"scale has shape {scale.shape}; {shape} is needed, one for each window")
    if not (scale > 0).all():
        raise ValueError(f"scale has {np.count_nonzero(~(scale > 0))} values that are not above 0")
    return scale[..., None]
