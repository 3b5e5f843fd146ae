"""Which features of the stamps networks read where the user does not say: the day of the week, where weeks repeat."""

import numpy as np
import pandas as pd

from ..calendar import Calendar
from ..networks.architecture import reads_segments, season_of
from ..panels.timestamps import is_clock
from .window_scaling import ratio_of_errors

WEEKLY = "weekly"  # the word for it
FEWEST_WEEKS = 26  # of a series: networks learn the noise of fewer
MOST_WEEKS = 53  # that are looked at, the newest of each series


def weekly_calendar(params, panel):
    """The day of the week for networks of segments, where the data have weeks, and enough of them.

    A window of two weeks shows which day it ends on, but in weeks with holidays, or where one day is like another. The
    feature doubles the time of a fit.

    Parameters
    ----------
    params : RNNForecaster
    panel : Panel

    Returns
    -------
    Calendar
        "dayofweek", where the step is a fraction of a day, half of the series have `FEWEST_WEEKS` weeks, and values lie
        nearer to those a week before than to those a day before in the last year; each series counts as much. Else
        empty.
    """
    day = season_of(panel.freq)
    if not (is_clock(panel.freq) and pd.Timedelta(panel.freq) * day == pd.Timedelta(days=1)):
        return Calendar()
    if not reads_segments(params, day) or np.median(panel.lengths) < FEWEST_WEEKS * 7 * day:
        return Calendar()
    panel = panel.tail(MOST_WEEKS * 7 * day)
    first = np.minimum(panel.lengths, 7 * day)  # rows of each series that have no week before them
    series = np.repeat(np.arange(panel.n_series), panel.lengths - first)
    rows = np.arange(len(series)) + first.cumsum()[series]
    week, yesterday = (np.abs(panel.values[rows] - panel.values[rows - back]) for back in (7 * day, day))
    known = np.isfinite(week) & np.isfinite(yesterday)
    nearer = ratio_of_errors(week[known], yesterday[known], series[known]) < 1
    return Calendar(("dayofweek",)) if nearer else Calendar()
