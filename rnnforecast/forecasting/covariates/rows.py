"""Rows of covariates: put under others, inserted, and one at a time."""

import numbers
from collections.abc import Mapping

import numpy as np
import pandas as pd

from rnnforecast.forecasting.covariates.columns import column_kind


def join_columns(first, second):
    """Put rows under rows; categories are those of both.

    Parameters
    ----------
    first, second : DataFrame
        Of the same columns and, column by column, the same kinds.

    Returns
    -------
    DataFrame
        Under a RangeIndex.
    """
    joined = {name: _join(first[name], second[name]) for name in first.columns}
    return pd.DataFrame(joined, index=pd.RangeIndex(len(first) + len(second)), columns=first.columns)


def _join(first, second):
    if first.dtype == second.dtype or column_kind(first, first.name) != "labels":
        if isinstance(first.dtype, np.dtype):
            return np.concatenate([first.to_numpy(), second.to_numpy()])
        return pd.concat([first, second], ignore_index=True)
    if not isinstance(first.dtype, pd.CategoricalDtype):
        return pd.concat([first, second.astype(first.dtype)], ignore_index=True)
    known = first.cat.categories
    new = pd.Index(second.unique()).difference(known, sort=False)
    if len(new) and first.cat.ordered:
        raise ValueError(f"column {first.name!r} has {new[0]!r}, which is not among its ordered categories")
    dtype = pd.CategoricalDtype(known.append(pd.Index(new, dtype=known.dtype)), first.cat.ordered)
    return pd.concat([first.astype(dtype), second.astype(object).astype(dtype)], ignore_index=True)


def add_rows(columns, rows):
    """Put new rows under the others.

    Parameters
    ----------
    columns : DataFrame
    rows : list of dict
        As `as_row` returns them, at least one.

    Returns
    -------
    DataFrame
    """
    new = {}
    for name in columns.columns:
        values, dtype = [row[name] for row in rows], columns[name].dtype
        labels = column_kind(columns[name], name) == "labels"
        new[name] = (
            pd.Series(values, dtype=object) if labels else np.asarray(values, dtype if dtype.kind == "f" else None)
        )
    return join_columns(columns, pd.DataFrame(new, columns=columns.columns))


def with_inserted(columns, origin, inserted):
    """Repeat rows; numbers are NaN in the rows inserted.

    Parameters
    ----------
    columns : DataFrame
    origin : ndarray of int
        The row to repeat.
    inserted : ndarray of bool, of the shape of `origin`
        Which rows are new.

    Returns
    -------
    DataFrame
    """
    full = columns.iloc[origin].reset_index(drop=True)
    if inserted.any():
        for name in full.columns:
            if column_kind(full[name], name) == "numbers":
                values = full[name].to_numpy()
                full[name] = np.where(inserted, np.array(np.nan, np.result_type(values, np.float32)), values)
    return full


def as_row(x, columns, argument="x", allow_missing=False):
    """Check the covariates of one new row.

    Parameters
    ----------
    x : mapping of str to number, bool or str
        A value for each column, such as a dict or a Series.
    columns : DataFrame
        The rows before it.
    argument : str
        Its name in messages.
    allow_missing : bool, default=False
        Whether numbers may be NaN.

    Returns
    -------
    dict
        In the order of the columns.
    """
    names = list(columns.columns)
    if not isinstance(x, Mapping | pd.Series):
        raise TypeError(f"{argument} must be a dict with the covariates {names}; got {x!r}")
    missing = [name for name in names if name not in x]
    if missing:
        raise ValueError(f"{argument} must have a value for each of {names}; it lacks {missing}")
    row = {name: x[name] for name in names}
    for name, value in row.items():
        kind = column_kind(columns[name], name)
        fits = {
            "numbers": isinstance(value, numbers.Real)
            and not isinstance(value, bool)
            and (np.isfinite(value) or (allow_missing and np.isnan(value))),
            "booleans": isinstance(value, bool | np.bool_),
            "labels": pd.api.types.is_scalar(value) and not pd.isna(value),
        }[kind]
        if not fits:
            raise ValueError(f"{argument}[{name!r}]={value!r} must be one of the {kind} of its column, not missing")
    return row
