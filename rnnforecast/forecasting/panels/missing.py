"""Targets that are missing: what stands in their place."""

import numpy as np


def tail_from_known(panel, n_rows, n_lost=0):
    """Keep the last rows of each series, and as many before as tell what to carry on, and for how long.

    Parameters
    ----------
    panel : Panel
    n_rows : int
        Rows to keep at least, where there are as many.
    n_lost : int
        Rows that transforms take from the start.

    Returns
    -------
    Panel
        Beginning `n_lost` rows before the last known target that is not after the first of the last `n_rows` rows;
        whole series where there is none.
    """
    begins, stops = panel.indptr[:-1], panel.indptr[1:]
    starts = np.maximum(begins, stops - n_rows)
    last = np.maximum.accumulate(np.where(np.isfinite(panel.values), np.arange(panel.n_rows), -1))[starts]
    return panel.between(np.maximum(last - n_lost, begins), stops)


def has_known(panel, firsts, stops):
    """Whether any target is known among some rows of each series.

    Parameters
    ----------
    panel : Panel
    firsts, stops : (n,) int array
        Places of the rows in the panel.

    Returns
    -------
    (n,) bool array
    """
    n_known = np.concatenate([[0], np.cumsum(np.isfinite(panel.values))])
    return n_known[stops] > n_known[np.minimum(firsts, stops)]


def filled(panel):
    """Carry the last known target on; before the first one stands that one.

    Parameters
    ----------
    panel : Panel
        Each series has one known target at least.

    Returns
    -------
    filled : Panel
    observed : ndarray of shape (n_rows,), bool, or None
        Which targets are known; None where all are.
    """
    observed = np.isfinite(panel.values)
    if observed.all():
        return panel, None
    here = np.arange(panel.n_rows)
    begins = np.repeat(panel.indptr[:-1], panel.lengths)
    last = np.maximum.accumulate(np.where(observed, here, -1))
    after = np.minimum.accumulate(np.where(observed, here, panel.n_rows)[::-1])[::-1]
    source = np.where(last >= begins, last, after)
    outside = source >= np.repeat(panel.indptr[1:], panel.lengths)
    if outside.any():
        series = panel.series_at(int(np.argmax(outside)))
        raise ValueError(f"{panel.name_of(series)} has no target at all among its rows; it needs one to start from")
    return panel.with_values(panel.values[source]), observed
