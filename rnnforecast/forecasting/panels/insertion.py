"""Rows for the stamps that a series lacks between its first and its last one."""

import numpy as np

from rnnforecast.forecasting.covariates.rows import with_inserted
from rnnforecast.forecasting.panels.panel import Panel
from rnnforecast.forecasting.panels.timestamps import shift, steps_to_next


def rows_until_next(panel):
    """Count the stamps from each row to the one after it in its series.

    Parameters
    ----------
    panel : Panel
        Stamps may be missing, but all are on the grid of its frequency.

    Returns
    -------
    ndarray of shape (n_rows,), int64
        1 where none is missing, and at the end of a series.
    """
    counts = np.ones(panel.n_rows, dtype=np.int64)
    counts[:-1] = steps_to_next(panel.times, panel.freq)
    counts[panel.indptr[1:] - 1] = 1
    return counts


def insert_rows(panel, counts):
    """Repeat each row `counts` times, each copy one step later than the one before.

    Parameters
    ----------
    panel : Panel
    counts : ndarray of shape (n_rows,)
        As `rows_until_next` gives them.

    Returns
    -------
    full : Panel
        The values of the rows inserted are those before the gap.
    origin : ndarray of int
        The row of `panel` that each row of `full` repeats.
    inserted : ndarray of bool
        Which rows of `full` are new.
    """
    ends = np.cumsum(counts)
    origin = np.repeat(np.arange(panel.n_rows), counts)
    later = np.arange(ends[-1]) - np.repeat(ends - counts, counts)
    inserted = later > 0
    times = shift(panel.times[origin], later, panel.freq)
    indptr = np.concatenate([[0], ends])[panel.indptr]
    columns = None if panel.columns is None else with_inserted(panel.columns, origin, inserted)
    full = Panel(panel.values[origin], indptr, panel.ids, times, panel.freq, panel.answer, columns)
    return full, origin, inserted


def with_missing_rows(panel):
    """Return the panel with a row for every missing stamp, whose target is NaN.

    Parameters
    ----------
    panel : Panel
        As for `rows_until_next`.

    Returns
    -------
    Panel
        Covariates that are numbers are NaN in these rows; text, categories and booleans are those before the gap.
    """
    counts = rows_until_next(panel)
    if (counts == 1).all():
        return panel
    full, _, inserted = insert_rows(panel, counts)
    full.values[inserted] = np.nan
    return full
