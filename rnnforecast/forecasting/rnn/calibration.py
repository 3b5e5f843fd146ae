"""Windows that networks do not see in training, from which a forecaster learns their errors."""

from dataclasses import dataclass
from math import gcd

import numpy as np

from ..panels.missing import has_known

MOST_WINDOWS = 40  # that calibrate the intervals: 39 are needed for a level of 97.5 %
FEW_WINDOWS = 4  # of each series of a panel, where there is room for them a horizon apart
TAIL = 0.25  # of the rows that can be spared: over so many the windows are spread


@dataclass(frozen=True)
class HeldBack:
    """The windows at the ends of series that are left out of a training.

    Parameters
    ----------
    training : Panel
        The rows before.
    kept : (n_rows,) bool array
        Which rows of the whole panel these are.
    series, ends : (n,) int64 array
        The series of each window, rising, and the row of the whole panel after it.
    times : (n,) int64 array
        Rows from there to the end of the series; where each series has one window alone, other numbers h apart.
    """

    training: object
    kept: np.ndarray
    series: np.ndarray
    ends: np.ndarray
    times: np.ndarray


def fewest_rows(need, h):
    """Rows of a series from which on it has a window to hold back, where training takes `need`."""
    return need + h + 2


def hold_back(panel, need, h, season=1, weights=None):
    """Choose windows to hold back from every series that is long enough, best a horizon apart.

    Windows that share steps share their errors: on hourly data, intervals of 80 % covered 72 % when their origins were
    neighbours and 77 % when they were a horizon apart. Where some rows weigh nothing, as those that no forecast begins
    at, windows move on to the next that does, and those of one row count once.

    Parameters
    ----------
    panel : Panel
    need : int
        Rows that a training window with its targets takes.
    h : int
    season : int, default=1
        Steps in a season, of which the windows see all phases.
    weights : (n_rows,) array, optional
        How much each row counts as the first one after a window.

    Returns
    -------
    HeldBack or None
        None where no series has a window to spare, or nothing is known in those.
    """
    spare = panel.lengths - need - h
    able = panel.lengths >= fewest_rows(need, h)
    if not able.any():
        return None
    # nine in ten of those that can spare a window give them all
    spared = int(np.quantile(spare[able], 0.1, method="lower"))
    room, tail = max(spared // 2, 1), int(TAIL * spared)
    n_windows = min(max(-(-MOST_WINDOWS // able.sum()), min(1 + tail // h, FEW_WINDOWS)), room)
    stride = max(1, min(h, tail // max(n_windows - 1, 1)))
    if n_windows > FEW_WINDOWS:
        stride = next(step for step in range(stride, 0, -1) if gcd(step, season) == 1)
    back = h + stride * np.arange(n_windows)[::-1]
    able = spare >= 2 * max(n_windows, back[0] - h)
    known = np.isfinite(panel.values)
    if not known.all():  # something must be known before the first of these windows
        able &= has_known(panel, panel.indptr[:-1], panel.indptr[1:] - back[0])
    held = np.where(able, back[0], 0)
    series = np.repeat(np.flatnonzero(able), n_windows)
    ends = panel.indptr[1:][series] - np.tile(back, able.sum())
    if weights is not None:
        series, ends = _moved_on(panel, weights > 0, series, ends, h)
    if not known.all():
        told = has_known(panel, ends, ends + h)
        series, ends = series[told], ends[told]
    if not len(series):
        return None
    age = np.repeat(panel.indptr[1:], panel.lengths) - np.arange(panel.n_rows)
    kept = age > np.repeat(held, panel.lengths)
    times = panel.indptr[1:][series] - ends
    if (times == times[0]).all():
        times = series * h
    return HeldBack(panel.between(panel.indptr[:-1], panel.indptr[1:] - held), kept, series, ends, times)


def _moved_on(panel, counts, series, ends, h):
    """Windows before the next rows that count; as they were where no series has one with h rows."""
    rows = np.append(np.flatnonzero(counts), panel.n_rows)
    moved = rows[np.searchsorted(rows, ends)]
    fits = moved <= panel.indptr[1:][series] - h
    if not fits.any():
        return series, ends
    moved, first = np.unique(moved[fits], return_index=True)
    return series[fits][first], moved
