"""Scores of whole distributions: the continuous ranked probability score.

For a forecast with distribution function F it is ∫ (F(x) - 1{x >= y})² dx = E|X - y| - E|X - X'| / 2, with X and X'
drawn from F independently (Gneiting and Raftery 2007, equations 20 and 21). It is in the unit of the data, smaller is
better, and for a forecast without spread it is the absolute error.
"""

import math

import numpy as np

from rnnforecast.metrics.checks import check_array, check_last_axis, errors


def crps(y_true, samples):
    """Return the mean continuous ranked probability score of forecasts given by samples.

    With samples x_1 <= ... <= x_n of a step, which are taken as the whole distribution::

        1/n Σ_i |x_i - y| - 1/(2 n²) Σ_i Σ_j |x_i - x_j|,    Σ_i Σ_j |x_i - x_j| = 2 Σ_i (2 i - n - 1) x_i

    Parameters
    ----------
    y_true : array-like
    samples : array-like of shape (*y_true.shape, n)
        Paths or draws, on the last axis.

    Returns
    -------
    float

    References
    ----------
    Gneiting, T. and Raftery, A. E. (2007). Strictly proper scoring rules, prediction, and estimation. Journal of the
    American Statistical Association 102(477), equation 21.
    """
    actual = check_array(y_true, "y_true")[..., None]
    away = np.sort(
        check_last_axis(samples, "samples", y_true) - actual, axis=-1
    )  # a shift leaves distances as they are
    n = away.shape[-1]
    spread = away @ (2.0 * np.arange(1, n + 1) - n - 1) / n**2
    return float(np.mean(np.mean(np.abs(away), axis=-1) - spread))


def crps_gaussian(y_true, mean, std):
    """Return the mean continuous ranked probability score of normal distributions.

    With z = (y - mean) / std, and Φ and φ the distribution function and the density of the standard normal::

        std (z (2 Φ(z) - 1) + 2 φ(z) - 1 / sqrt(π))

    Parameters
    ----------
    y_true, mean : array-like of one shape
    std : array-like of the same shape, or float
        Standard deviations, 0 or more. Where it is 0 the score is the absolute error.

    Returns
    -------
    float

    References
    ----------
    Gneiting, T. and Raftery, A. E. (2007). Strictly proper scoring rules, prediction, and estimation. Journal of the
    American Statistical Association 102(477), section 4.2.
    """
    away = np.abs(errors(y_true, mean, "mean"))
    std = check_array(std, "std")
    if std.ndim and std.shape != away.shape:
        raise ValueError(f"std has shape {std.shape}; y_true has {away.shape}, and they must be equal")
    if (std < 0).any():
        raise ValueError(f"std has {np.count_nonzero(std < 0)} values below 0")
    std = np.broadcast_to(std, away.shape)
    with np.errstate(over="ignore"):
        z = np.divide(away, std, out=np.zeros(away.shape), where=std > 0)
    z = np.minimum(z, 40.0)  # from where on Φ is 1 and φ is 0, and z² does not overflow
    twice = np.asarray(np.frompyfunc(math.erf, 1, 1)(z / math.sqrt(2)), dtype=float)  # 2 Φ(z) - 1; NumPy has no erf
    density = np.exp(-(z**2) / 2) / math.sqrt(2 * math.pi)
    score = away * twice + std * (2 * density - 1 / math.sqrt(math.pi))
    return float(np.mean(np.where(std > 0, score, away)))
