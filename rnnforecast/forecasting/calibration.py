"""What a forecaster learns from windows that its networks have not seen: errors, and how far to trust the networks."""

from dataclasses import dataclass
from math import gcd

import numpy as np

MOST_WINDOWS = 40  # that calibrate the intervals: 39 are needed for a level of 97.5 %
TAIL = 0.1  # of the rows that can be spared: over so many the windows are spread
SHARES = np.linspace(0, 1, 11)


@dataclass(frozen=True)
class HeldBack:
    """The windows at the ends of series that are left out of a training.

    Parameters
    ----------
    training : Panel
        The rows before.
    series, ends : (n,) int64 array
        The series of each window, rising, and the row of the whole panel after it.
    """

    training: object
    series: np.ndarray
    ends: np.ndarray


def hold_back(panel, need, h, season=1):
    """Choose windows to hold back: from every series that is long enough, as many as the shortest of these can spare.

    Where series are long the windows lie apart, as neighbours have nearly the same errors.

    Parameters
    ----------
    panel : Panel
    need : int
        Rows that a training window with its targets takes.
    h : int
    season : int, default=1
        Steps in a season, of which the windows see all phases.

    Returns
    -------
    HeldBack or None
        None where no series has a window to spare.
    """
    spare = panel.lengths - need - h
    able = spare >= 2
    if not able.any():
        return None
    # nine in ten of those that can spare a window give them all
    room = int(np.quantile(spare[able], 0.1, method="lower")) // 2
    n_windows = int(min(max(1, -(-MOST_WINDOWS // able.sum())), max(room, 1)))
    apart = min(h, int(2 * TAIL * room) // max(n_windows - 1, 1))
    apart = next((step for step in range(apart, 0, -1) if gcd(step, season) == 1), 1)
    held_back = (n_windows - 1) * apart
    able = spare >= 2 * max(n_windows, held_back)
    held = np.where(able, held_back + h, 0)
    series = np.repeat(np.flatnonzero(able), n_windows)
    ends = panel.indptr[1:][series] - h - apart * np.tile(np.arange(n_windows)[::-1], able.sum())
    return HeldBack(panel.between(panel.indptr[:-1], panel.indptr[1:] - held), series, ends)


def recent_change(panel, series, ends, n_rows):
    """Mean absolute change of series over the last rows before some ends: what errors are measured in.

    Parameters
    ----------
    panel : Panel
    series, ends : (n,) int64 array
    n_rows : int

    Returns
    -------
    (n,) array
        1 where nothing changes.
    """
    firsts = np.maximum(panel.indptr[series], ends - n_rows)
    short = np.flatnonzero(ends - firsts < 2)
    if len(short):
        raise ValueError(
            f"{panel.name_of(series[short[0]])} has {ends[short[0]] - firsts[short[0]]} rows; level needs at least 2"
        )
    steps = np.abs(np.diff(panel.values))
    steps[panel.indptr[1:-1] - 1] = 0.0  # from one series to the next
    changes = window_sums(steps, firsts, ends - 1) / (ends - 1 - firsts)
    return np.where(changes > 0, changes, 1.0)


def window_sums(values, firsts, stops):
    """Sums of ``values[firsts[i]:stops[i]]``, each by itself, so that large numbers elsewhere cost no digits."""
    edges = np.stack([firsts, stops], axis=1).reshape(-1)
    padded = np.append(values, 0.0)
    return np.add.reduceat(padded, edges)[::2]


def seasonal_naive(panel, series, ends, h, season):
    """Repeat the last season before each end; the last value where a series is shorter.

    Parameters
    ----------
    panel : Panel
    series, ends : (n,) int64 array
    h, season : int

    Returns
    -------
    (n, h) array
    """
    back = np.where(ends - panel.indptr[series] >= season, season, 1)[:, None]
    return panel.values[ends[:, None] - back + np.arange(h) % back]


def trust(errors, naive_errors):
    """How much of the networks' forecast counts beside a naive one: the share whose mixture errs least.

    All of it where the networks err less than the naive forecast on the held-back windows. Of several naive forecasts
    the one counts that errs least.

    Parameters
    ----------
    errors : (n, h) array
        Scaled errors on the windows.
    naive_errors : dict of (n, h) arrays
        Those of naive forecasts on the same windows, by the rows of a season that each repeats.

    Returns
    -------
    share : float in [0, 1]
        What is left of 1 is the naive forecast's.
    season : int
        The naive forecast: a key of `naive_errors`.
    """
    season = min(naive_errors, key=lambda rows: np.nanmean(np.abs(naive_errors[rows])))
    naive = naive_errors[season]
    if np.nanmean(np.abs(errors)) <= np.nanmean(np.abs(naive)):
        return 1.0, season
    sizes = [np.nanmean(np.abs(share * errors + (1 - share) * naive)) for share in SHARES]
    return float(SHARES[int(np.argmin(sizes))]), season
