"""Rows and columns to draw, from the tables that users have."""

import numpy as np
import pandas as pd

from rnnforecast.metrics.columns import read_columns


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


def series_name(table, series, id_col):
    """Return the name of the series to draw; None where the table holds a single one without a name.

    Parameters
    ----------
    table : Series or DataFrame
    series : object or None
        What the user asked for.
    id_col : str

    Returns
    -------
    object or None
    """
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
