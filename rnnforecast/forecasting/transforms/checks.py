"""Checks of the values that a transform is given."""

import numpy as np


def check_above(panel, limit, name):
    """Raise when a value is not greater than a limit.

    Parameters
    ----------
    panel : Panel
    limit : float
    name : str
        How the message calls the transform.
    """
    rows = np.flatnonzero(~(panel.values > limit))
    if len(rows):
        series = np.searchsorted(panel.indptr, rows[0], side="right") - 1
        raise ValueError(
            f"{panel.name_of(series)} has the value {panel.values[rows[0]]:g} at {panel.times[rows[0]]}; "
            f"{name} needs values greater than {limit:g}"
        )
