"""Learning rates over time, one function for each name of the parameter `learning_rate`.

Each takes the first rate, the number of updates done and the number of updates planned, and returns the rate of the
next update. "adaptive" is constant here; the training loop divides it by five when the loss stops falling.
"""

import math

LEAST_ADAPTIVE_RATE = 1e-6


def constant(rate, n_done, n_planned, *, power_t=0.5):
    """The same rate throughout."""
    return rate


def invscaling(rate, n_done, n_planned, *, power_t=0.5):
    """Rate / t^power_t, with t = 1 for the first update."""
    return rate / (n_done + 1) ** power_t


def cosine(rate, n_done, n_planned, *, power_t=0.5):
    """Half a cosine from the rate down to zero (Loshchilov and Hutter 2017)."""
    return rate * 0.5 * (1 + math.cos(math.pi * min(n_done / max(n_planned, 1), 1.0)))


def one_cycle(rate, n_done, n_planned, *, power_t=0.5):
    """Up from rate / 25 during the first 30 % of the updates, then down to rate / 10,000 (Smith and Topin 2018)."""
    peak = 0.3 * n_planned - 1
    if peak > 0 and n_done <= peak:
        return _anneal(rate / 25, rate, n_done / peak)
    first = max(peak, 0)
    return _anneal(rate, rate / 1e4, min((n_done - first) / max(n_planned - 1 - first, 1), 1.0))


def _anneal(start, end, share):
    """The point `share` of the way from start to end, along half a cosine."""
    return end + (start - end) * 0.5 * (1 + math.cos(math.pi * share))


SCHEDULES = {
    "constant": constant,
    "invscaling": invscaling,
    "adaptive": constant,
    "cosine": cosine,
    "one_cycle": one_cycle,
}
