"""Covariates that do not change in time: one value per series."""

from dataclasses import replace

import numpy as np
import pandas as pd


def static_values(panel, names):
    """Return the values of columns that are constant within each series.

    Parameters
    ----------
    panel : Panel
        With these columns. Where numbers are missing, the others count.
    names : list of str

    Returns
    -------
    DataFrame of shape (n_series, len(names))
        In the order of the series, under a RangeIndex; dtypes are those of the columns.

    Raises
    ------
    ValueError
        When a column differs within a series, or a series has no value in it.
    """
    values = {name: _constant(panel, name) for name in names}
    return pd.DataFrame(values, index=pd.RangeIndex(panel.n_series), columns=pd.Index(list(names)))


def _constant(panel, name):
    if panel.columns is None or name not in panel.columns.columns:
        raise ValueError(f"static covariate {name!r} is not among the covariates of the data")
    column, begins = panel.columns[name], panel.indptr[:-1]
    codes, _ = pd.factorize(column)
    highest = np.maximum.reduceat(codes, begins)
    lowest = np.minimum.reduceat(np.where(codes < 0, len(codes), codes), begins)
    for word, wrong in (("has no value", highest < 0), ("is not constant", lowest < highest)):
        series = np.flatnonzero(wrong)
        if len(series):
            first = slice(*panel.indptr[series[0] : series[0] + 2])
            seen = column.iloc[first].dropna().unique()[:2].tolist()
            hint = f": it has {seen[0]!r} and {seen[1]!r}; a covariate that changes is no static one" if seen else ""
            others = f" (and {len(series) - 1} more series)" if len(series) > 1 else ""
            raise ValueError(f"static covariate {name!r} {word} in {panel.name_of(series[0])}{others}{hint}")
    _, rows = np.unique(codes, return_index=True)  # the first row of each code, missing ones in front
    rows = rows[1:] if codes.min() < 0 else rows
    return column.iloc[rows[highest]].reset_index(drop=True)


def check_unchanged(known, newer, old, names, argument="data"):
    """Raise where newer rows of known series have other values.

    Parameters
    ----------
    known, newer : Panel
    old : ndarray of shape (newer.n_series,), int
        Position in `known` of each series of `newer`, -1 for a new one.
    names : list of str
        As for `static_values`.
    argument : str, default="data"
        Name of the newer rows in messages.
    """
    shared = np.flatnonzero(old >= 0)
    if not names or not len(shared):
        return
    before, now = (static_values(panel, names) for panel in (known, newer))
    for name in names:
        was, is_ = before[name].to_numpy(object)[old[shared]], now[name].to_numpy(object)[shared]
        changed = np.flatnonzero(was != is_)
        if len(changed):
            first, others = changed[0], f" (and in {len(changed) - 1} more series)" if len(changed) > 1 else ""
            raise ValueError(
                f"static covariate {name!r} of {newer.name_of(shared[first])} is {is_[first]!r} in {argument}{others}; "
                f"it was {was[first]!r} until now, and a covariate that changes is no static one"
            )


def with_static(panel, names):
    """Return a panel whose static numbers are known in all rows, also in those that were inserted.

    Parameters
    ----------
    panel : Panel
    names : list of str
        As for `static_values`, whose errors are those of this function.

    Returns
    -------
    Panel
        The same where none is missing.
    """
    values = static_values(panel, names)
    lacking = [name for name in names if panel.columns[name].isna().any()]
    if not lacking:
        return panel
    full = {name: values[name].repeat(panel.lengths).to_numpy() for name in lacking}
    return replace(panel, columns=panel.columns.assign(**full))
