"""Simple exponential smoothing, with the parameter and the first level of the least squared one-step error."""

import numpy as np

from .._jit import kernel

LEAST, MOST = 1e-4, 0.9999  # bounds of the parameter
COARSE, FINE, ROUNDS = 17, 9, 7  # values of it that are tried at first, in each later round, and how many rounds


def smoothed_levels(table, lengths):
    """Last levels of series.

    Parameters
    ----------
    table : (n, length) float64 array
    lengths : (n,) int64 array
        How many values of each row are of the series.

    Returns
    -------
    (n,) float64 array
    """
    levels = np.empty(len(table))
    last_levels(np.ascontiguousarray(table, dtype=np.float64), lengths, np.empty((6, COARSE)), levels)
    return levels


@kernel
def last_levels(table, lengths, work, levels):
    """levels[i] = the last level of ``table[i, :lengths[i]]``, with its best parameter.

    Each round lays a grid between the neighbours of the best parameter of the round before.

    table   : (n, length)
    lengths : (n,)
    work    : (6, COARSE) what `smooth` needs, and last the parameters
    levels  : (n,) out
    """
    alpha = work[5]
    for i in range(len(levels)):
        low, high, best = LEAST, MOST, 0
        for number in range(ROUNDS):
            n_values = COARSE if number == 0 else FINE
            step = (high - low) / (n_values - 1)
            for k in range(n_values):
                alpha[k] = low + step * k
            best = smooth(table[i], lengths[i], alpha[:n_values], work)
            low, high = alpha[max(best - 1, 0)], alpha[min(best + 1, n_values - 1)]
        levels[i] = work[0, best]


@kernel
def smooth(values, length, alpha, work):
    """Smooth a series with several parameters, each from its best first level; return the place of the best of them.

    With a first level of l the errors are e_t - l d_t, e_t being those from a first level of 0 and d_t = (1 - alpha)^t:
    least squares give l = sum(e d) / sum(d d), and sum(e e) - l sum(e d) is what is left.

    values : (length or more,)
    alpha  : (n_values,)
    work   : (6, n_values or more) out; the last levels in work[0]
    """
    level, decay, ee, ed, dd = work[0], work[1], work[2], work[3], work[4]
    n_values = len(alpha)
    for k in range(n_values):
        level[k], decay[k], ee[k], ed[k], dd[k] = 0.0, 1.0, 0.0, 0.0, 0.0
    for t in range(length):
        value = values[t]
        for k in range(n_values):
            error = value - level[k]
            ee[k] += error * error
            ed[k] += error * decay[k]
            dd[k] += decay[k] * decay[k]
            level[k] += alpha[k] * error
            decay[k] *= 1.0 - alpha[k]
    best = 0
    for k in range(n_values):
        first = ed[k] / dd[k]
        level[k] += decay[k] * first
        ee[k] -= first * ed[k]
        if ee[k] < ee[best]:
            best = k
    return best
