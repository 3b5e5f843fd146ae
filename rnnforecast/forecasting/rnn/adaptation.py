"""Intervals at many origins, each of which knows what came of the forecasts from those before it."""

import numpy as np


def first_to_know(drops, h):
    """Which origin is the first that knows what came at each step after each origin.

    Parameters
    ----------
    drops : (n_origins,) int array
        Rows after each origin, the oldest first, so falling.
    h : int

    Returns
    -------
    (n_origins, h) int64 array
        n_origins where none does.
    """
    drops = np.asarray(drops)
    return np.searchsorted(-drops, -(drops[:, None] - 1 - np.arange(h)), side="left")


def adapted_widths(adaptive, scores, known_at):
    """Walk from origin to origin: what has come since the last one is learned, then intervals are issued.

    Parameters
    ----------
    adaptive : AdaptiveConformal
        As it is at the first origin; at the end it is as it is at the last one.
    scores : (n_levels, n_origins, n_series, h) array, or (1, ...)
        Of forecasts from each origin; NaN where nothing came. Those that no origin knows are not read.
    known_at : (n_origins, n_series, h) int array, or with 1 for n_series
        The first origin that knows each.

    Returns
    -------
    (n_levels, n_origins, h) array
        The widths at each origin.
    """
    n_sets, n, n_series, h = scores.shape
    last = np.where(known_at < n, known_at, -1).max(axis=(1, 2))
    widths = np.empty((len(adaptive.levels), n, h))
    for i in range(n):
        before = np.flatnonzero(last[:i] >= i)
        if len(before):
            new = np.where(known_at[before] == i, scores[:, before], np.nan)
            issued = widths[:, before].repeat(n_series, axis=1)
            adaptive.update(new.reshape(n_sets, -1, h), issued)
        widths[:, i] = adaptive.widths()
    return widths
