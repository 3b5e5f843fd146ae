"""How covariates and series become numbers that networks read: standardised, or codes of categories."""

import numpy as np
import pandas as pd

from ...network.inputs import Category
from ..covariates.columns import column_kind
from .rows import LARGEST


def learn_encoding(panel, names, whole):
    """Learn the scales of numbers and the levels of the other covariates.

    Parameters
    ----------
    panel : Panel
    names : sequence of str
        Its columns.
    whole : Panel
        Where the levels come from.

    Returns
    -------
    numbers : dict of str to list of float
        Mean and standard deviation.
    levels : dict of str to list
    """
    numbers, levels = {}, {}
    for name in names:
        column = panel.columns[name]
        if column_kind(column, name) == "labels":
            levels[name] = pd.unique(whole.columns[name].astype(object)).tolist()
            continue
        values = column.to_numpy(dtype=np.float64)
        known = values[np.isfinite(values)]
        with np.errstate(over="ignore"):
            spread = float(known.std()) if len(known) else 0.0
        if not np.isfinite(spread):
            raise ValueError(f"column {name!r} has values up to {np.abs(known).max():.3g}, which overflow: rescale it")
        numbers[name] = [float(known.mean()) if len(known) else 0.0, spread if spread > 0 else 1.0]
    return numbers, levels


def standardised(panel, name, state):
    """Return a column of numbers by the mean and the standard deviation of the training data, 0 where it is missing.

    Parameters
    ----------
    panel : Panel
    name : str
    state : dict
        With "numbers", as `learn_encoding` gives them.

    Returns
    -------
    (n_rows,) array

    Raises
    ------
    ValueError
        When a number is too large for float32.
    """
    mean, spread = state["numbers"][name]
    given = panel.columns[name].to_numpy(dtype=np.float64)
    with np.errstate(over="ignore"):
        values = (given - mean) / spread
    large = np.flatnonzero(np.abs(values) > LARGEST)
    if len(large):
        row = large[0]
        raise ValueError(
            f"column {name!r} has {given[row]:.3g} in {panel.name_of(panel.series_at(row))} at {panel.times[row]}, "
            f"{values[row]:.3g} standard deviations from the mean of the training data; at most {LARGEST:g} can be"
        )
    return np.where(np.isnan(values), 0.0, values)


def label_codes(panel, name, state):
    """Number the labels of a column as the training data did.

    Parameters
    ----------
    panel : Panel
    name : str
    state : dict
        With "levels", as `learn_encoding` gives them.

    Returns
    -------
    (n_rows,) int array

    Raises
    ------
    ValueError
        When a label is not among them.
    """
    codes = pd.Index(state["levels"][name], dtype=object).get_indexer(panel.columns[name].astype(object))
    unknown = np.flatnonzero(codes < 0)
    if len(unknown):
        row = unknown[0]
        raise ValueError(
            f"column {name!r} has {panel.columns[name].iloc[row]!r} in {panel.name_of(panel.series_at(row))} at "
            f"{panel.times[row]}, which is not one of the {len(state['levels'][name])} values of the training data"
        )
    return codes


def series_codes(panel, ids, parameter):
    """Number the series of a panel as `ids` does, or raise where one is not among them.

    Parameters
    ----------
    panel : Panel
    ids : (n,) object array
        Names of the series that were fitted.
    parameter : str
        What knows no others, for the message.

    Returns
    -------
    (n_series,) int array
    """
    codes = pd.Index(ids, dtype=object).get_indexer(panel.ids.to_numpy(dtype=object))
    if (codes < 0).any():
        raise ValueError(
            f"{panel.name_of(int(np.argmin(codes)))} was not in the training data; {parameter} knows only the series "
            "that it was fitted on"
        )
    return codes


def category(n_levels, *, is_static=False, is_future=False):
    """Return how networks read codes: by a vector for each level, of a length that grows with their number.

    Parameters
    ----------
    n_levels : int
    is_static, is_future : bool, default=False

    Returns
    -------
    Category
    """
    return Category(n_levels, max(1, min(16, round(1.6 * n_levels**0.56))), is_static, is_future)
