"""Columns of covariates: which kinds there are, read them, check them."""

import numpy as np
import pandas as pd
from pandas.api import types

from rnnforecast.forecasting.panels.columns import as_target

_OBJECTS = {
    "string": "labels",
    "boolean": "booleans",
    **dict.fromkeys(("floating", "integer", "mixed-integer-float", "decimal", "empty"), "numbers"),
}


def column_kind(column, argument):
    """Say what a column holds.

    Parameters
    ----------
    column : Series
    argument : str
        Its name in messages.

    Returns
    -------
    {"numbers", "booleans", "labels"}
        Labels are text or categories.
    """
    dtype = column.dtype
    if isinstance(dtype, pd.CategoricalDtype):
        return "labels"
    if types.is_object_dtype(dtype):
        kind = _OBJECTS.get(types.infer_dtype(column, skipna=True))
    elif types.is_bool_dtype(dtype):
        kind = "booleans"
    elif types.is_numeric_dtype(dtype) and not types.is_complex_dtype(dtype):
        kind = "numbers"
    else:
        kind = "labels" if types.is_string_dtype(dtype) else None
    if kind is None:
        raise TypeError(
            f"{argument} must hold numbers, booleans, text or categories; got {dtype} such as {column.iloc[0]!r}"
        )
    return kind


def check_names(covariates, taken, argument="covariates"):
    """Check a list of columns to use as covariates.

    Parameters
    ----------
    covariates : sequence of str
    taken : dict of str to str or None
        Columns that have another role, by the name of the role.
    argument : str
        Name of the list in messages.

    Returns
    -------
    list
    """
    if isinstance(covariates, str) or not hasattr(covariates, "__iter__"):
        raise TypeError(f"{argument} must be a list of column names; got {covariates!r}")
    names = list(covariates)
    for position, name in enumerate(names):
        if name in names[:position]:
            raise ValueError(f"{argument} has {name!r} twice; name each column once")
        for role, column in taken.items():
            if name == column:
                raise ValueError(f"{argument} has {name!r}, which is the {role}; it cannot be a covariate too")
    return names


def read_columns(frame, names, argument):
    """Take columns out of a frame as they are, under a RangeIndex.

    Nullable numbers, and objects that are numbers, become float64 with NaN where they are missing; text of pyarrow
    becomes objects.

    Parameters
    ----------
    frame : DataFrame
    names : list
    argument : str
        Name of the frame in messages.

    Returns
    -------
    DataFrame
        A copy.
    """
    columns = {}
    for name in names:
        if list(frame.columns).count(name) != 1:
            raise ValueError(
                f"{argument} must have one column {name!r} (a covariate); its columns are {list(frame.columns)}"
            )
        column, where = frame[name].reset_index(drop=True), f"column {name!r} of {argument}"
        kind, plain = column_kind(column, where), getattr(column.dtype, "kind", "O") in "iuf"
        if kind == "numbers" and not (plain and isinstance(column.dtype, np.dtype)):
            columns[name] = as_target(column, where)
        elif kind == "booleans" and not column.isna().any():
            columns[name] = column.to_numpy(dtype=bool, copy=True)
        elif isinstance(column.dtype, pd.ArrowDtype):
            columns[name] = column.astype(object)
        else:
            columns[name] = column.copy(deep=True)
    return pd.DataFrame(columns, index=pd.RangeIndex(len(frame)), columns=pd.Index(names))


def check_kinds_alike(columns, known, argument):
    """Raise where a column holds something else than the column of that name in the training data.

    Parameters
    ----------
    columns, known : DataFrame
        Columns that `known` lacks are not looked at.
    argument : str
        What has `columns`, for the message.
    """
    for name in columns.columns.intersection(known.columns):
        where = f"column {name!r} of {argument}"
        kind, needed = column_kind(columns[name], where), column_kind(known[name], where)
        if kind != needed and columns[name].isna().all():
            raise ValueError(f"{where} has missing values only; in the training data it held {needed}")
        if kind != needed:
            raise ValueError(f"{where} holds {kind}; in the training data it held {needed}")


def find_wrong(columns, allow_missing=False):
    """Find the first value that a covariate must not have.

    Parameters
    ----------
    columns : DataFrame
    allow_missing : bool, default=False
        Whether numbers may be NaN.

    Returns
    -------
    tuple or None
        Name of the column, row, "NaN", "infinite" or "missing", and how many there are in this column.
    """
    for name in columns.columns:
        column = columns[name]
        wrong = [("missing", column.isna().to_numpy())]
        if column_kind(column, name) == "numbers":
            values = column.to_numpy()
            wrong = [] if allow_missing else [("NaN", np.isnan(values))]
            wrong.append(("infinite", np.isinf(values)))
        for word, found in wrong:
            rows = np.flatnonzero(found)
            if len(rows):
                return name, int(rows[0]), word, len(rows)
    return None


def check_columns(panel, allow_missing, argument):
    """Raise where a covariate of a panel is missing or infinite.

    Parameters
    ----------
    panel : Panel
        With columns.
    allow_missing : bool
        Whether numbers may be NaN.
    argument : str
        Name of the data in messages.
    """
    wrong = find_wrong(panel.columns, allow_missing)
    if wrong is not None:
        name, row, word, count = wrong
        raise ValueError(
            f"column {name!r} of {argument} has {count} {word} values, the first in "
            f"{panel.name_of(panel.series_at(row))} at {panel.times[row]}; fill them in, or leave the covariate out"
        )
