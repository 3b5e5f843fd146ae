"""Targets that are missing: what stands in their place."""

import numpy as np


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
