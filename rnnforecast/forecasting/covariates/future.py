"""Covariates that are known ahead: their values at the steps to forecast."""

import numpy as np
import pandas as pd

from rnnforecast.forecasting.covariates.columns import check_kinds_alike, find_wrong, read_columns
from rnnforecast.forecasting.panels.columns import as_times, check_names_alike, check_times_alike
from rnnforecast.forecasting.panels.frequency import frequency_name
from rnnforecast.forecasting.panels.timestamps import as_integers
from rnnforecast.libraries import as_pandas


def as_future(X_df, panel, h, columns, *, id_col="unique_id", time_col="ds"):
    """Take the future values of covariates at the h stamps that follow each series.

    Parameters
    ----------
    X_df : DataFrame
        A row per series and stamp, with the columns `id_col`, `time_col` and `columns`, in any order. For a single
        series without a name there is no `id_col`, and the stamps may be the index. Rows of other stamps or other
        series are of no account.
    panel : Panel
        The series to continue. If it has columns of these names, the future ones must be of the same kinds.
    h : int
        Number of steps.
    columns : list of str
        Covariates to take.
    id_col, time_col : str
        Columns of `X_df`.

    Returns
    -------
    DataFrame of n_series * h rows
        In the order of ``panel.future_times(h)``, under a RangeIndex.

    Raises
    ------
    TypeError, ValueError
        When X_df is no frame; when a column or a stamp is missing, a stamp comes twice, or a value is not finite.
    """
    X_df, *_ = as_pandas(X_df, "X_df")
    if not isinstance(X_df, pd.DataFrame):
        raise TypeError(
            f"X_df must be a DataFrame with the future values of {list(columns)}; got "
            f"{'None' if X_df is None else type(X_df).__name__}"
        )
    if X_df.empty:
        raise ValueError(f"X_df is empty; it must have the {h} steps that follow each series")
    series = _series_of(X_df, panel, id_col)
    times = _times_of(X_df, panel, time_col)
    future = panel.future_times(h)
    places = _places(series, times, panel, future, h)
    rows = _rows(places, panel, future, h, series, times)
    values = read_columns(X_df.iloc[rows], list(columns), "X_df")
    if panel.columns is not None:
        check_kinds_alike(values, panel.columns, "X_df")
    wrong = find_wrong(values)
    if wrong is not None:
        name, row, word, count = wrong
        raise ValueError(
            f"column {name!r} of X_df has {count} {word} values among the steps to forecast, the first in "
            f"{panel.name_of(row // h)} at {future[row]}"
        )
    return values


def _series_of(X_df, panel, id_col):
    """Position in the panel of the series of each row, -1 where it is not there."""
    count = list(X_df.columns).count(id_col)
    if panel.answer.id_col is None:
        if count and id_col == "unique_id":
            raise ValueError(f"X_df has a column {id_col!r}, but the data are one series without a name; leave it out")
        return np.zeros(len(X_df), dtype=np.int64)
    if count != 1:
        where = "; it is in the index: call reset_index() first" if id_col in X_df.index.names else ""
        raise ValueError(f"X_df must have one column {id_col!r} (id_col); its columns are {list(X_df.columns)}{where}")
    codes, names = pd.factorize(X_df[id_col])
    if not len(names):
        raise ValueError(f"column {id_col!r} of X_df has missing values only")
    names = pd.Index(names)
    check_names_alike(names, panel.ids, "X_df")
    return np.append(panel.ids.get_indexer(names), -1)[codes]


def _times_of(X_df, panel, time_col):
    count = list(X_df.columns).count(time_col)
    if count == 0 and panel.answer.id_col is None and not isinstance(X_df.index, pd.MultiIndex):
        times = as_times(X_df.index, "the index of X_df")
    elif count == 1:
        times = as_times(X_df[time_col], f"column {time_col!r} of X_df")
    else:
        where = "; it is in the index: call reset_index() first" if time_col in X_df.index.names else ""
        raise ValueError(
            f"X_df must have one column {time_col!r} (time_col); its columns are {list(X_df.columns)}{where}"
        )
    check_times_alike(times, panel.times, "X_df")
    if panel.kind == "period" and times.dtype != panel.times.dtype:
        raise ValueError(
            f"X_df has periods of frequency {times.freqstr!r}; the training data had {panel.times.freqstr!r}"
        )
    return times


def _places(series, times, panel, future, h):
    """Which of the future rows each row of X_df is, -1 for none."""
    stamps, needed = as_integers(times), as_integers(future)
    if panel.kind == "datetime" and times.unit != future.unit:
        finer = max(times.unit, future.unit, key=("s", "ms", "us", "ns").index)
        stamps, needed = (as_integers(index.as_unit(finer)) for index in (times, future))
    known = np.unique(needed)
    codes = np.searchsorted(known, stamps)
    codes[codes == len(known)] = 0
    inside = (series >= 0) & (known[codes] == stamps)
    # numbers of (series, stamp) rise in the order of the future rows
    ordered = np.repeat(np.arange(panel.n_series), h) * len(known) + np.searchsorted(known, needed)
    keys = series * len(known) + codes
    places = np.searchsorted(ordered, keys)
    places[places == len(ordered)] = 0
    return np.where(inside & (ordered[places] == keys), places, -1)


def _rows(places, panel, future, h, series, times):
    """The row of X_df for each future row, when there is exactly one."""
    found = np.flatnonzero(places >= 0)
    counts = np.bincount(places[found], minlength=len(future))
    missing, twice = np.flatnonzero(counts == 0), np.flatnonzero(counts > 1)
    freq = frequency_name(panel.freq)
    if len(missing):
        row = missing[0]
        own = times[series == row // h]
        has = f"it has {own.min()} to {own.max()} for it" if len(own) else "it has no row of this series"
        raise ValueError(
            f"X_df has no row for {panel.name_of(row // h)} at {future[row]} ({len(missing)} rows missing in all); "
            f"h={h} needs the {h} steps of frequency {freq!r} from {future[row // h * h]} on, and {has}"
        )
    if len(twice):
        row = twice[0]
        raise ValueError(
            f"X_df has {counts[row]} rows for {panel.name_of(row // h)} at {future[row]}; it must have one per stamp"
        )
    rows = np.empty(len(future), dtype=np.int64)
    rows[places[found]] = found
    return rows
