"""Rows and columns to draw, from the tables that users have."""

import re

import numpy as np
import pandas as pd

from rnnforecast.forecasting.panels.wide import is_wide
from rnnforecast.libraries import as_pandas
from rnnforecast.metrics.columns import read_columns

_PATH = re.compile(r"(?P<model>.+)-path-\d+")


def check_frame(data, argument):
    """Refuse what is no table.

    Parameters
    ----------
    data : Series or DataFrame
    argument : str
        Its name in messages.
    """
    if not isinstance(data, pd.Series | pd.DataFrame):
        raise TypeError(f"{argument} must be a Series or a DataFrame; got {type(data).__name__}")
    if data.empty:
        raise ValueError(f"{argument} is empty; it must have at least one row")


def plain_frames(**tables):
    """Return tables, those of other libraries as frames of pandas.

    Parameters
    ----------
    **tables : Series, DataFrame or frames of polars or pyarrow
        By their names in messages.

    Returns
    -------
    list of Series or DataFrame
    """
    return [as_pandas(table, argument)[0] for argument, table in tables.items()]


def check_backtest(table, names):
    """Refuse what `backtest` did not return.

    Parameters
    ----------
    table : DataFrame
    names : list of str
        Columns that it must have.
    """
    if not isinstance(table, pd.DataFrame):
        raise TypeError(f"table must be the DataFrame that backtest returns; got {type(table).__name__}")
    for name in names:
        if name not in table.columns:
            raise ValueError(f"table must be the DataFrame that backtest returns, with a column {name!r}")
    check_frame(table, "table")


def series_name(table, series, id_col, history=None):
    """Return the name of the series to draw; None where the table holds a single one without a name.

    Parameters
    ----------
    table : Series or DataFrame
    series : object or None
        What the user asked for.
    id_col : str
    history : Series or DataFrame, optional
        The data that a forecast continues; where they are a wide frame, so is the forecast.

    Returns
    -------
    object or None
    """
    if isinstance(history, pd.DataFrame) and isinstance(table, pd.DataFrame) and is_wide(history, (id_col,)):
        names = table.columns.get_level_values(0)
        if names.isin(history.columns).all():
            return names[0] if series is None else series
    if isinstance(table, pd.Series) or id_col not in table.columns:
        if series is not None:
            raise ValueError(f"series={series!r} needs a table with a column {id_col!r}")
        return None
    return table[id_col].iloc[0] if series is None else series


def one_series(data, series, id_col, time_col, argument):
    """Return the rows of one series as a frame over its stamps.

    Parameters
    ----------
    data : Series or DataFrame
        With a name of a series, a long or a wide frame.
    series : object or None
    id_col, time_col : str
    argument : str
        Name of the data in messages.

    Returns
    -------
    DataFrame
    """
    check_frame(data, argument)
    if isinstance(data, pd.Series):
        return data.to_frame("y" if data.name is None else data.name)
    if series is not None and is_wide(data, (id_col, time_col)):
        if series not in data.columns:
            raise ValueError(f"{argument} has no series {series!r}; it has {list(data.columns[:5])}")
        own = data[series]
        return (own.to_frame() if isinstance(own, pd.Series) else own).dropna(how="all")
    if id_col in data.columns:
        if series is None:
            raise ValueError(f"{argument} has a column {id_col!r}, but the other table has none")
        found = data[data[id_col] == series]
        if found.empty:
            raise ValueError(f"{argument} has no series {series!r}; it has {list(data[id_col].unique()[:5])}")
        data = found.drop(columns=id_col)
    return data.set_index(time_col) if time_col in data.columns else data


def models_of(frame, others=()):
    """Return the models of a table, each with its columns.

    Parameters
    ----------
    frame : DataFrame
    others : list of str
        Columns that belong to no model.

    Returns
    -------
    dict of str to Parts
    """
    return read_columns([column for column in frame.columns if column not in others])


def paths_of(frame):
    """Return the columns that are sample paths, by the name of their model.

    Parameters
    ----------
    frame : DataFrame

    Returns
    -------
    dict of str to list of str
    """
    paths = {}
    for column in frame.columns:
        found = _PATH.fullmatch(str(column))
        if found is not None:
            paths.setdefault(found["model"], []).append(column)
    return paths


def choose_models(known, models):
    """Return the models that the user asked for.

    Parameters
    ----------
    known : dict of str to Parts
    models : str, list of str or None
        None is all of them.

    Returns
    -------
    dict of str to Parts
    """
    wanted = list(known) if models is None else [models] if isinstance(models, str) else list(models)
    if not wanted or any(model not in known for model in wanted):
        raise ValueError(f"models={wanted} must name columns of the table: {list(known)}")
    return {model: known[model] for model in wanted}


def choose_levels(models, levels):
    """Return the levels of intervals to draw, the widest first.

    Parameters
    ----------
    models : dict of str to Parts
    levels : float, list of float or None
        None is all that there are.

    Returns
    -------
    list of float
    """
    known = {level for parts in models.values() for level in parts.intervals}
    wanted = known if levels is None else {float(level) for level in np.atleast_1d(levels)}
    if wanted - known:
        raise ValueError(f"levels={sorted(wanted - known)} are not in the forecast, which has {sorted(known)}")
    return sorted(wanted, reverse=True)
