"""How far networks are trusted, and the simple forecast that the rest is."""

import numpy as np
from scipy.special import ndtr, stdtrit

from ..simple.factors import FEWEST_SEASONS
from ..simple.seasonal import repeat, theta

LAST, SEASONAL_NAIVE, THETA = "last", "seasonal_naive", "theta"
SHARES = np.linspace(0, 1, 11)
CLEAR = 2.0  # standard errors by which a gain is clear
THETA_ROWS = 240  # that the Theta method reads, twenty years of months, or FEWEST_SEASONS where these are more


def rows_of(name, season):
    """Rows before its first step that a simple forecast reads; other rows change nothing.

    Parameters
    ----------
    name : {"last", "seasonal_naive", "theta"}
    season : int

    Returns
    -------
    int
    """
    return {LAST: 1, SEASONAL_NAIVE: season, THETA: max(THETA_ROWS, FEWEST_SEASONS * season)}[name]


def simple_forecast(name, panel, series, ends, h, season):
    """A forecast without a network: the last value or season repeated, or that of the Theta method.

    With values below 0, of which factors would make no sense, the Theta method takes an additive season; else it stays
    at 0 or above.

    Parameters
    ----------
    name : {"last", "seasonal_naive", "theta"}
    panel : Panel
        Without missing targets.
    series, ends : (n,) int64 array
        The series of each window, and the row after it.
    h, season : int

    Returns
    -------
    (n, h) array
    """
    starts = np.maximum(panel.indptr[series], ends - rows_of(name, season))
    if name != THETA:
        return repeat(panel.values, starts, ends, 1 if name == LAST else season, h)
    answer, below = np.empty((len(ends), h)), _least(panel.values, starts, ends) < 0
    for some, additive in ((~below, False), (below, True)):
        if some.any():
            answer[some] = theta(panel.values, starts[some], ends[some], season, h, additive)
    return np.where(below[:, None], answer, np.maximum(answer, 0.0))


def _least(values, starts, stops):
    """Minima of ``values[starts[i]:stops[i]]``."""
    edges = np.stack([starts, stops], axis=1).reshape(-1)
    return np.minimum.reduceat(np.append(values, np.inf), edges)[::2]


def trust(errors, simple_errors, times):
    """How much of the networks' forecast counts beside a simple one.

    Windows of one time count as one, for series move together, and windows that share steps for less. The simple
    forecast is the last value, or what errs less than a simpler one by more than a standard error: the repeated season,
    or that of the Theta method. How much of it counts say `_nearest_to_half` and `_beside_naive`.

    Parameters
    ----------
    errors : (n, h) array
        Scaled errors on the windows.
    simple_errors : dict of (n, h) arrays
        Those of simple forecasts on the same windows, by their names.
    times : (n,) int array
        Places of the windows, in rows.

    Returns
    -------
    share : float in [0, 1]
        In tenths. What is left of 1 is the simple forecast's.
    name : str
        The simple forecast: a key of `simple_errors`.
    """
    places, groups = np.unique(times, return_inverse=True)
    alone = min(np.diff(places).min() / errors.shape[1], 1.0) if len(places) > 1 else 1.0
    simple = {name: _sizes(own, groups) for name, own in simple_errors.items()}
    name = _simplest(simple, alone)
    mixtures = [_sizes(share * errors + (1 - share) * simple_errors[name], groups) for share in SHARES]
    best = int(np.argmin([sizes.mean() for sizes in mixtures]))
    if name == THETA:
        share = _nearest_to_half(mixtures, best, alone)
    else:
        share = _beside_naive(simple[name], mixtures, best, alone)
    return round(float(share), 1), name


def _simplest(sizes, alone):
    """The name of the simple forecast that no less simple one is better than, by the sizes of their errors."""
    names = [name for name in (LAST, SEASONAL_NAIVE, THETA) if name in sizes]
    best = names[0]
    for name in names[1:]:
        gain = sizes[best] - sizes[name]
        if gain.mean() > _standard_error(gain, alone):
            best = name
    return best


def _nearest_to_half(mixtures, best, alone):
    """The share nearest to one half, of those whose mixtures err at most a standard error more than the best one.

    Equal weights are hard to beat by estimated ones (Bates and Granger 1969; Smith and Wallis 2009), so that these have
    to be surer than chance: the rule of one standard error (Breiman, Friedman, Olshen and Stone 1984).
    """
    losses = [sizes - mixtures[best] for sizes in mixtures]
    shares = [x for x, loss in zip(SHARES, losses, strict=True) if loss.mean() <= _standard_error(loss, alone)]
    return min(shares, key=lambda share: abs(share - 0.5))


def _beside_naive(naive, mixtures, best, alone):
    """The share of networks that have to be better than a naive forecast.

    Where they gain g > 0 over it, with a standard error e, and g >= CLEAR e, it is the largest share whose mixture no
    other one clearly beats: all of it in most cases. Where their own gain is not clear, it is the share whose mixture
    errs least if that one's is, and else max(0, 1 - (k e / g)^2), the positive part of James and Stein (1961): little
    where chance would do. Here k is Student's quantile over the normal one, for few windows tell little of e. Where the
    networks lose, it is the share whose mixture errs least, if that is by more than a standard error, and else 0.
    """
    gain, least = naive - mixtures[-1], naive - mixtures[best]
    if gain.mean() > 0 and gain.mean() >= CLEAR * _standard_error(gain, alone):
        losses = [sizes - mixtures[best] for sizes in mixtures]
        chances = [CLEAR * _standard_error(loss, alone) for loss in losses]
        return max(x for x, loss, most in zip(SHARES, losses, chances, strict=True) if loss.mean() <= most)
    sure = 1.0 if gain.mean() <= 0 else CLEAR * _few(least, alone)
    if least.mean() > sure * _standard_error(least, alone):
        return SHARES[best]
    if gain.mean() <= 0:
        return 0.0
    chance = _few(gain, alone) * _standard_error(gain, alone) / gain.mean()
    return max(0.0, 1.0 - float(chance) ** 2)


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
