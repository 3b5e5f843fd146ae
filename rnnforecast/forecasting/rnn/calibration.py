"""What a forecaster learns from windows that its networks have not seen: errors, and how far to trust the networks."""

from dataclasses import dataclass
from math import gcd

import numpy as np
from scipy.special import ndtr, stdtrit

from ..panels.missing import has_known

MOST_WINDOWS = 40  # that calibrate the intervals: 39 are needed for a level of 97.5 %
FEW_WINDOWS = 4  # of each series of a panel, where there is room for them a horizon apart
TAIL = 0.25  # of the rows that can be spared: over so many the windows are spread
SHARES = np.linspace(0, 1, 11)
CLEAR = 2.0  # standard errors by which a gain is clear


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


def trust(errors, naive_errors, times):
    """How much of the networks' forecast counts beside a naive one.

    Where the networks gain g > 0 over the naive forecast on the held-back windows, with a standard error e, and
    g >= CLEAR e, it is the largest share whose mixture no other one clearly beats: all of it in most cases. Where their
    own gain is not clear, it is the share whose mixture errs least if that one's is, and else
    max(0, 1 - (k e / g)^2), the positive part of James and Stein (1961): little where chance would do. Here k is
    Student's quantile over the normal one, for few windows tell little of e. Where the networks lose, it is the share
    whose mixture errs least. Windows of one time count as one, for series move together, and windows that share steps
    for less. The naive forecast repeats a season where that is better than the last value by more than a standard
    error.

    Parameters
    ----------
    errors : (n, h) array
        Scaled errors on the windows.
    naive_errors : dict of (n, h) arrays
        Those of naive forecasts on the same windows, by the rows of a season that each repeats; with 1, the last value.
    times : (n,) int array
        Places of the windows, in rows.

    Returns
    -------
    share : float in [0, 1]
        In tenths. What is left of 1 is the naive forecast's.
    season : int
        The naive forecast: a key of `naive_errors`.
    """
    places, groups = np.unique(times, return_inverse=True)
    alone = min(np.diff(places).min() / errors.shape[1], 1.0) if len(places) > 1 else 1.0
    naive = {season: _sizes(own, groups) for season, own in naive_errors.items()}
    season = max(naive)
    better = naive[1] - naive[season]
    if better.mean() <= _standard_error(better, alone):
        season = 1
    mixtures = [_sizes(share * errors + (1 - share) * naive_errors[season], groups) for share in SHARES]
    best = int(np.argmin([sizes.mean() for sizes in mixtures]))
    gain, least = naive[season] - mixtures[-1], naive[season] - mixtures[best]
    if gain.mean() > 0 and gain.mean() >= CLEAR * _standard_error(gain, alone):
        losses = [sizes - mixtures[best] for sizes in mixtures]
        best = max(i for i, loss in enumerate(losses) if loss.mean() <= CLEAR * _standard_error(loss, alone))
    elif gain.mean() > 0 and least.mean() < CLEAR * _few(least, alone) * _standard_error(least, alone):
        chance = _few(gain, alone) * _standard_error(gain, alone) / gain.mean()
        return round(max(0.0, 1.0 - float(chance) ** 2), 1), season
    return round(float(SHARES[best]), 1), season


def _few(differences, alone):
    """How much further Student's quantile is out than the normal one; 1 for a single number, which has no spread."""
    freedom = (len(differences) - 1) * alone
    return stdtrit(freedom, ndtr(CLEAR)) / CLEAR if freedom > 0 else 1.0


def _sizes(errors, groups):
    """Mean absolute error of each group of windows, (n_groups,)."""
    known = np.isfinite(errors)
    rows = np.repeat(groups, errors.shape[1]).reshape(errors.shape)[known]
    total, count = np.bincount(rows, np.abs(errors[known])), np.bincount(rows)
    return total[count > 0] / count[count > 0]


def _standard_error(differences, alone):
    """Of their mean, where a share `alone` of each is not in its neighbour; 0 for a single one, which has no spread."""
    n = len(differences)
    return differences.std(ddof=1) / np.sqrt(1 + (n - 1) * alone) if n > 1 else 0.0
