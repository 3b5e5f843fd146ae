"""The door for data: a Series or a frame becomes a Panel, or an error says what is wrong with it."""

from dataclasses import replace

import numpy as np
import pandas as pd

from rnnforecast.forecasting.covariates.columns import check_columns, check_kinds_alike, check_names, read_columns
from rnnforecast.forecasting.panels.columns import as_target, as_times, check_times_alike
from rnnforecast.forecasting.panels.date_numbers import date_hint
from rnnforecast.forecasting.panels.frequency import as_frequency, frequency_name, infer_frequency
from rnnforecast.forecasting.panels.insertion import with_missing_rows
from rnnforecast.forecasting.panels.panel import Answer, Panel
from rnnforecast.forecasting.panels.timestamps import as_integers, number, shift, steps_to_next
from rnnforecast.forecasting.panels.wide import is_wide, read_wide
from rnnforecast.libraries import as_pandas


def as_panel(
    data,
    *,
    id_col="unique_id",
    time_col="ds",
    target_col="y",
    freq=None,
    like=None,
    covariates=(),
    allow_missing=False,
    allow_unknown=False,
    allow_gaps=False,
    argument="data",
):
    """Turn data into a Panel.

    Rows may come in any order; the data are never changed.

    Parameters
    ----------
    data : Series or DataFrame
        A Series with a DatetimeIndex, a PeriodIndex or an index of integers; or a long frame with a row per
        series and stamp, of pandas, polars or pyarrow. A frame without the default `id_col` is a single series. A
        frame that has a DatetimeIndex or a PeriodIndex and none of the three columns is wide: each column is a
        series, from its first value that is not missing to its last one.
    id_col, time_col, target_col : str
        Columns of a frame.
    freq : str, pandas offset or int, optional
        The step between rows. By default that of the index, or the one that the stamps show.
    like : Panel, optional
        Stamps must be of the kind, the time zone and the frequency that this panel has.
    covariates : list of str, default=()
        Columns of a frame to keep beside the target, as `Panel.columns`. By default those of `like`, if it is given.
        Numbers must be finite; text, categories and booleans must not be missing.
    allow_missing : bool, default=False
        Whether values may be missing. If so, targets and numeric covariates may be NaN, and a row is inserted for each
        stamp that a series lacks between its first and its last one: numbers are NaN there, text, categories and
        booleans those before the gap. A series must have one target at least.
    allow_unknown : bool, default=False
        Whether, with `allow_missing`, a series may lack all targets; `check_known` raises where one must not.
    allow_gaps : bool, default=False
        Whether stamps and values may be missing: for `fill_gaps` only, all else relies on their presence.
    argument : str
        Name of `data` in messages.

    Returns
    -------
    Panel
    """
    if like is not None and like.columns is not None and not len(covariates):
        covariates = like.columns.columns
    data, library, dates = as_pandas(data, argument)
    names = {"id_col": id_col, "time_col": time_col, "target_col": target_col}
    if isinstance(data, pd.Series):
        if len(covariates):
            raise ValueError(f"{argument} is a Series, which has no covariates {list(covariates)}; give a DataFrame")
        raw, answer = _read_series(data, argument)
    elif isinstance(data, pd.DataFrame) and is_wide(data, names.values()):
        if len(covariates):
            raise ValueError(f"{argument} is a wide frame, which has no covariates {list(covariates)}; give a long one")
        raw, answer = read_wide(data, id_col, argument)
    elif isinstance(data, pd.DataFrame):
        raw, answer = _read_frame(data, **names, covariates=check_names(covariates, names), argument=argument)
    else:
        raise TypeError(
            f"{argument} must be a pandas Series or a long DataFrame; got {type(data).__name__}. "
            "Wrap an array as pd.Series(array)"
        )
    panel = _sorted_panel(*raw, replace(answer, library=library, dates=time_col in dates))
    if not allow_gaps:
        check_values(panel, allow_missing, argument)
    if allow_missing and not allow_unknown:
        check_known(panel, argument)
    if like is not None:
        freq = _frequency_of(like, panel, argument)
    elif freq is None and answer.kind != "frame":
        freq = _own_frequency(data.index)
    panel = _with_frequency(panel, freq, allow_gaps or allow_missing, argument)
    return with_missing_rows(panel) if allow_missing else panel


def _read_series(series, argument):
    if series.empty:
        raise ValueError(f"{argument} is empty; it must have at least one row")
    times = as_times(series.index, f"the index of {argument}")
    values = as_target(series, argument)
    answer = Answer("series", None, series.index.name, series.name)
    return (np.zeros(len(series), dtype=np.int64), pd.Index([0]), times, values, None), answer


def _read_frame(frame, id_col, time_col, target_col, covariates, argument):
    if frame.empty:
        raise ValueError(f"{argument} is empty; it must have at least one row")
    single = id_col not in frame.columns and id_col == "unique_id" and id_col not in frame.index.names
    for role, column in (("id_col", id_col), ("time_col", time_col), ("target_col", target_col)):
        if role == "id_col" and single:
            continue
        if list(frame.columns).count(column) != 1:
            where = "; it is in the index: call reset_index() first" if column in frame.index.names else ""
            raise ValueError(
                f"{argument} must have one column {column!r} ({role}); its columns are {list(frame.columns)}{where}"
            )
    if single:
        codes, ids = np.zeros(len(frame), dtype=np.int64), pd.Index([0])
    else:
        codes, ids = _series_codes(frame[id_col], f"column {id_col!r} of {argument}")
    times = as_times(frame[time_col], f"column {time_col!r} of {argument}", None if single else frame[id_col])
    values = as_target(frame[target_col], f"column {target_col!r} of {argument}")
    answer = Answer("frame", None if single else id_col, time_col, target_col)
    columns = read_columns(frame, covariates, argument) if covariates else None
    return (codes, ids, times, values, columns), answer


def _series_codes(column, argument):
    """Number the series in the order of their sorted names, so that the order of rows is of no account."""
    try:
        codes, ids = pd.factorize(column, sort=True)
    except TypeError as error:
        raise TypeError(f"{argument} mixes names that cannot be sorted: {error}") from error
    if (codes < 0).any():
        raise ValueError(f"{argument} has {(codes < 0).sum()} missing values; every row needs the name of its series")
    return codes, pd.Index(ids, name=column.name)


def _sorted_panel(codes, ids, times, values, columns, answer):
    """Order rows by series and time; a stamp that a series has twice is an error."""
    stamps = as_integers(times)
    same, later = np.diff(codes), np.diff(stamps)
    if not ((same > 0) | ((same == 0) & (later >= 0))).all():
        order = np.lexsort((stamps, codes))
        codes, times, values = codes[order], times[order], values[order]
        same, later = np.diff(codes), np.diff(stamps[order])
        columns = None if columns is None else columns.iloc[order].reset_index(drop=True)
    indptr = np.searchsorted(codes, np.arange(len(ids) + 1))
    panel = Panel(values, indptr.astype(np.int64), ids, times, 1, answer, columns)
    twice = np.flatnonzero((same == 0) & (later == 0))
    if len(twice):
        hint = "" if answer.id_col or answer.kind == "series" else "; where it holds several series, name id_col"
        raise ValueError(
            f"{panel.name_of(codes[twice[0]])} has the stamp {times[twice[0]]} more than once "
            f"({len(twice)} duplicate rows in all){hint}"
        )
    return panel


def check_values(panel, allow_missing, argument):
    """Raise where a target or a covariate is not finite.

    Parameters
    ----------
    panel : Panel
    allow_missing : bool
        Whether targets, and covariates that are numbers, may be NaN.
    argument : str
        Name of the data in messages.
    """
    column = "" if panel.answer.target_col is None else f" in column {panel.answer.target_col!r}"
    missing = np.isnan(panel.values)
    hint = "; fill them, or say missing='mask' to an RNNForecaster"
    for word, wrong in (("NaN", missing), ("infinite", np.isinf(panel.values))):
        rows = np.flatnonzero(wrong)
        if len(rows) and not (word == "NaN" and allow_missing):
            raise ValueError(
                f"{argument} has {len(rows)} {word} values{column}, the first in "
                f"{panel.name_of(panel.series_at(rows[0]))} at {panel.times[rows[0]]}; every value must be a finite "
                f"number{hint if word == 'NaN' else ''}"
            )
    if panel.columns is not None:
        check_columns(panel, allow_missing, argument)


def check_known(panel, argument, series=slice(None)):
    """Raise where a series has no known target.

    Parameters
    ----------
    panel : Panel
    argument : str
        Name of the data in messages.
    series : ndarray of int, optional
        Which series to look at. All by default.
    """
    unknown = np.logical_and.reduceat(np.isnan(panel.values), panel.indptr[:-1])
    empty = np.arange(panel.n_series)[series][unknown[series]]
    if len(empty):
        column = "" if panel.answer.target_col is None else f" in column {panel.answer.target_col!r}"
        others = f" (and {len(empty) - 1} more series)" if len(empty) > 1 else ""
        raise ValueError(
            f"{panel.name_of(empty[0])} has no value{column} of {argument}{others}, all are NaN; leave it out"
        )


def _own_frequency(index):
    """The frequency that an index says it has; one that is sorted backwards says so too."""
    if isinstance(index, pd.RangeIndex):
        return abs(index.step)
    freq = getattr(index, "freq", None)
    return freq if freq is None or freq.n > 0 else -1 * freq


def _frequency_of(like, panel, argument):
    check_times_alike(panel.times, like.times, argument)
    if panel.columns is not None and like.columns is not None:
        check_kinds_alike(panel.columns, like.columns, argument)
    return like.freq


def _with_frequency(panel, freq, allow_gaps, argument):
    """Settle the frequency, and check that every stamp follows the one before it by one step."""
    times, indptr = panel.times, panel.indptr
    freq = infer_frequency(times, indptr) if freq is None else as_frequency(freq, times)
    if freq is None:
        raise ValueError(
            f"the frequency cannot be inferred: no series in {argument} has two stamps. Give freq=, such as freq='D'"
        )
    panel = replace(panel, freq=freq)
    off = np.flatnonzero(~number(times, freq)[2])
    if len(off):
        raise ValueError(
            f"{panel.name_of(panel.series_at(off[0]))} has the stamp {times[off[0]]}, which is not one of frequency "
            f"{frequency_name(freq)!r}; give another freq="
        )
    steps = steps_to_next(times, freq)
    steps[indptr[1:-1] - 1] = 1
    wrong = np.flatnonzero((steps < 1) if allow_gaps else (steps != 1))
    if len(wrong):
        _raise_gap(panel, int(wrong[0]), int(steps[wrong[0]]), argument)
    return panel


def _raise_gap(panel, row, steps, argument):
    name, freq, hint = panel.name_of(panel.series_at(row)), frequency_name(panel.freq), date_hint(panel.times)
    if steps < 1:
        raise ValueError(
            f"{name} goes from {panel.times[row]} to {panel.times[row + 1]}, which is not a whole number of steps of "
            f"frequency {freq!r}: {argument} is irregular or mixes frequencies. Resample it, or give another "
            f"freq={hint}"
        )
    missing = shift(panel.times[row : row + 1], [1], panel.freq)[0]
    raise ValueError(
        f"{name} has no row for {missing} (frequency {freq!r}, {steps - 1} stamps missing there). Insert them with "
        f"fill_gaps(..., freq={freq if panel.kind == 'integer' else repr(freq)}, fill='linear'), "
        f"or give the freq= that the stamps follow{hint}"
    )
