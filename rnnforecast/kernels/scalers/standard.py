"""Subtract the mean and divide by the standard deviation, as reversible instance normalisation (Kim et al. 2022)."""

import numpy as np

from ..._jit import kernel
from .scaler import Scaler


@kernel
def measure(window, n_columns, c):
    """The mean, and the standard deviation, which is 0 only where all values are equal."""
    dtype = window.dtype.type
    n = dtype(window.shape[0] // n_columns)
    total, squares, constant = dtype(0), dtype(0), True
    for i in range(c, window.shape[0], n_columns):
        total += window[i]
    mean = total / n
    for i in range(c, window.shape[0], n_columns):
        d = window[i] - mean
        squares += d * d
        constant = constant and window[i] == window[c]
    if constant:  # the rounded mean of equal values can differ from them
        return mean, dtype(0)
    return mean, (squares / n) ** dtype(0.5)


def equations(columns):
    """The same in NumPy."""
    centre = columns.mean(axis=1)
    scale = np.sqrt(((columns - centre[:, None]) ** 2).mean(axis=1))
    return centre, np.where((columns == columns[:, :1]).all(axis=1), np.zeros_like(scale), scale)


SCALER = Scaler("standard", measure, equations)
