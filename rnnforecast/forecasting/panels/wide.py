"""Wide frames: a row per stamp, a column per series."""

import numpy as np
import pandas as pd

from rnnforecast.forecasting.panels.columns import as_target, as_times
from rnnforecast.forecasting.panels.panel import Answer
from rnnforecast.forecasting.panels.timestamps import as_integers


def is_wide(frame, names):
    """Whether a frame is wide: stamps in its index, and none of the columns that a long frame has.

    Parameters
    ----------
    frame : DataFrame
    names : iterable of str
        Columns of a long frame.

    Returns
    -------
    bool
    """
    if not isinstance(frame.index, pd.DatetimeIndex | pd.PeriodIndex):
        return False
    return not any(name in frame.columns for name in names)


def read_wide(frame, id_col, argument):
    """Read the series of a wide frame, each from its first to its last value.

    Parameters
    ----------
    frame : DataFrame
    id_col : str
        What a long table calls the column of series names.
    argument : str
        Name of the frame in messages.

    Returns
    -------
    raw : tuple
        Number of the series of each row, names of the series, stamps, values, and None for covariates.
    answer : Answer
    """
    if frame.empty:
        raise ValueError(f"{argument} is empty; it must have at least one row and one column")
    ids = frame.columns
    if isinstance(ids, pd.MultiIndex):
        raise TypeError(f"{argument} has columns of several levels {ids.names}; a wide frame has one column per series")
    if not ids.is_unique or ids.hasnans:
        wrong = ids[ids.duplicated() | ids.isna()].tolist()[0]
        raise ValueError(f"{argument} must have columns of different names, one per series; {wrong!r} does not serve")
    times = as_times(frame.index, f"the index of {argument}")
    matrix = _numbers(frame, argument)
    if not times.is_monotonic_increasing:
        order = np.argsort(as_integers(times), kind="stable")
        times, matrix = times[order], matrix[order]
    known = ~np.isnan(matrix)
    empty = np.flatnonzero(~known.any(axis=0))
    if len(empty):
        others = f" (and {len(empty) - 1} more series)" if len(empty) > 1 else ""
        raise ValueError(f"column {ids[empty[0]]!r} of {argument} has no value{others}, all are NaN; leave it out")
    first, last = known.argmax(axis=0), len(times) - known[::-1].argmax(axis=0)
    places = np.arange(len(times))
    codes, rows = np.nonzero((places >= first[:, None]) & (places < last[:, None]))
    return (codes, ids, times[rows], matrix[rows, codes], None), Answer("wide", id_col, frame.index.name, None)


def _numbers(frame, argument):
    """All columns as float64."""
    if all(isinstance(dtype, np.dtype) and dtype.kind in "biuf" for dtype in frame.dtypes):
        return frame.to_numpy(dtype=np.float64)
    columns = [as_target(column, f"column {name!r} of {argument}") for name, column in frame.items()]
    return np.stack(columns, axis=1)


def to_wide(columns, times, lengths, panel):
    """Lay series side by side.

    Parameters
    ----------
    columns : dict of str to ndarray of shape (n_rows,)
        Numbers of all series, end to end, by the name of the model.
    times : pandas.Index of shape (n_rows,)
        Their stamps.
    lengths : ndarray of shape (n_series,)
        Rows of each series.
    panel : Panel

    Returns
    -------
    DataFrame
        Columns are series, or pairs (series, model) where `columns` has several.
    """
    _, first, rows = np.unique(as_integers(times), return_index=True, return_inverse=True)
    series = np.repeat(np.arange(panel.n_series), lengths)
    block = np.full((len(first), panel.n_series, len(columns)), np.nan)
    for place, values in enumerate(columns.values()):
        block[rows, series, place] = values
    names = panel.ids
    if len(columns) > 1:
        names = pd.MultiIndex.from_product([panel.ids, list(columns)], names=[panel.ids.name, None])
    index = index_like(times[first], panel)
    return pd.DataFrame(block.reshape(len(first), -1), index=index, columns=names)


def from_wide(answer, panel, h, argument):
    """Read forecasts that lie side by side: the inverse of `to_wide`.

    Parameters
    ----------
    answer : DataFrame
    panel : Panel
        The history that the forecasts continue.
    h : int
    argument : str
        Name of the forecaster in messages.

    Returns
    -------
    dict of str or None to ndarray of shape (n_series, h)
    """
    models = [None]
    if isinstance(answer.columns, pd.MultiIndex):
        models = answer.columns.get_level_values(-1).unique()
    future = panel.future_times(h)
    rows = answer.index.get_indexer(future)
    if (rows < 0).any():
        raise ValueError(f"predict of {argument} returned no row for {future[rows.argmin()]}; h={h} needs one")
    forecasts = {}
    for model in models:
        block = answer if model is None else answer.xs(model, axis=1, level=-1)
        columns = block.columns.get_indexer(panel.ids)
        if (columns < 0).any():
            raise ValueError(f"predict of {argument} returned no column for series {panel.ids[columns.argmin()]!r}")
        values = block.to_numpy(dtype=np.float64)
        forecasts[model] = values[rows.reshape(-1, h), columns[:, None]]
    return forecasts


def index_like(times, panel):
    """Turn rising stamps into an index that carries the frequency of the data, where they have it.

    Parameters
    ----------
    times : pandas.Index
    panel : Panel
        The data that they belong to.

    Returns
    -------
    pandas.Index
    """
    if panel.kind == "datetime":
        times = pd.DatetimeIndex(times, name=panel.answer.time_col)
        try:
            times.freq = panel.freq
        except ValueError:  # a clock change moved a stamp that would not exist, or series of a wide frame are apart
            times.freq = None
        return times
    if isinstance(panel.times, pd.RangeIndex):
        return pd.RangeIndex(times[0], times[0] + len(times) * panel.freq, panel.freq, name=panel.answer.time_col)
    return times.rename(panel.answer.time_col)
