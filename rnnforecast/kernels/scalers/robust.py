"""Subtract the median and divide by the interquartile range, which outliers in the window leave alone.

Quantiles are linear between neighbours, as `numpy.quantile` has them. Each is found by bisection: count the numbers
that are not above the middle of what is left, and go on in the half where the quantile lies. Nothing is copied.
"""

import numpy as np

from ..._jit import kernel
from .scaler import Scaler

FRACTIONS = (0.25, 0.5, 0.75)


@kernel
def measure(window, n_columns, c):
    """The median, and the distance of the quartiles, which is 0 where the middle half is one value."""
    lower = quantile(window, n_columns, c, FRACTIONS[0])
    upper = quantile(window, n_columns, c, FRACTIONS[2])
    return quantile(window, n_columns, c, FRACTIONS[1]), upper - lower


@kernel
def quantile(window, n_columns, c, fraction):
    """x_k + (fraction (n - 1) - k) (x_k+1 - x_k) with k = floor(fraction (n - 1)); x_0 is the smallest of n."""
    dtype = window.dtype.type
    place = fraction * (window.shape[0] // n_columns - 1)
    k = int(place)
    low = select(window, n_columns, c, k)
    part = dtype(place - k)
    if part == dtype(0):
        return low
    high, n_not_above = low, 0
    for i in range(c, window.shape[0], n_columns):
        x = window[i]
        if x <= low:
            n_not_above += 1
        elif high == low or x < high:
            high = x
    if n_not_above > k + 1:  # x_k+1 equals x_k
        return low
    return low + part * (high - low)


@kernel
def select(window, n_columns, c, k):
    """The number of column c that has k smaller or equal ones before it in the order of size.

    Each pass moves an end to a number of the window, so there are fewer passes than numbers, whatever they are. The
    loops have selections and no branches, which a processor would mispredict: twice as fast. All three quantiles of
    336 numbers take 9 to 14 microseconds, of 1,000 numbers 30 to 40, and 300 where these span all of float32.
    """
    low = high = window[c]
    for i in range(c, window.shape[0], n_columns):
        x = window[i]
        low = x if x < low else low
        high = x if x > high else high
    half = window.dtype.type(0.5)
    while low < high:
        middle = half * low + half * high
        if not low <= middle < high:  # rounded, or the halves were taken of a sum that overflows
            middle = low
        below, above, n_not_above = low, high, 0
        for i in range(c, window.shape[0], n_columns):
            x = window[i]
            is_below = x <= middle
            n_not_above += is_below
            a, b = (high, x) if is_below else (x, low)
            above = a if a < above else above
            below = b if b > below else below
        if k < n_not_above:
            high = below
        else:
            low = above
    return low


def equations(columns):
    """The same in NumPy."""
    lower, median, upper = np.quantile(columns, np.asarray(FRACTIONS, dtype=columns.dtype), axis=1)
    return median, upper - lower


SCALER = Scaler("robust", measure, equations)
