"""Scores of all models in the frames that a backtest returns."""

import warnings

import numpy as np
import pandas as pd

from rnnforecast.libraries import as_pandas
from rnnforecast.metrics.checks import check_season
from rnnforecast.metrics.columns import read_columns
from rnnforecast.metrics.scores import SCALED, Table, score_functions


def evaluate(
    frame,
    *,
    metrics=("mae", "rmse", "smape"),
    train=None,
    season_length=1,
    reference=None,
    by=None,
    id_col="unique_id",
    time_col="ds",
    target_col="y",
):
    """Score every model of a frame.

    Parameters
    ----------
    frame : DataFrame
        Of pandas, polars or pyarrow, as `backtest` returns it: ``unique_id`` (if there are several series), ``ds``,
        ``y``, perhaps ``cutoff``, and a column per model. Columns such as ``RNN-lo-80``, ``RNN-hi-80`` and ``RNN-q0.1``
        are the bounds of its intervals and its quantiles, ``RNN-sample-1`` or ``RNN-path-1`` a sample, ``RNN-std`` a
        standard deviation.
        Rows in which ``y`` is NaN, as forecasters with ``missing=`` leave them, were not observed and do not count.
    metrics : list of str or callable
        Names of functions of `rnnforecast.metrics`, or functions ``metric(y_true, y_pred)``. All rows weigh the same,
        but that "rmsse" is the mean over series. "n_rows" is the number of rows that count.
    train : DataFrame or Series, optional
        For "mase", "rmsse" and "owa": the series up to the forecasts, of pandas, polars or pyarrow: a long frame, or a
        wide one with an index of datetimes or periods and a column per series. Rows from the first stamp of a series
        in `frame` on are left out, so the whole data will do. Differences to a target that is
        NaN are left out as well.
    season_length : int, default=1
        For "mase", "rmsse" and "owa".
    reference : str, optional
        For "owa": the model whose errors count as 1. In the M4 competition it was Naive2.
    by : str or list of str, optional
        Columns to score apart, such as "unique_id" or "cutoff".
    id_col, time_col, target_col : str
        Names of columns.

    Returns
    -------
    DataFrame
        A row per model (per group and model with `by`), a column per metric. "coverage" and "winkler" have one per
        level, such as "coverage-80", "pinball_loss" one per quantile, such as "pinball_loss-q0.1", bounds of intervals
        among them. "mean_pinball_loss" is the mean over the quantiles that a model has, its point
        being 0.5; "weighted_interval_score" takes all its intervals, around its median (``RNN-q0.5``, or else the
        point), and is the mean absolute error for a model that has none. NaN where a model lacks what a metric needs,
        or no row of a group was observed.

    Raises
    ------
    ValueError
        When a series has no observed row, a forecast is not finite, or a metric lacks what it needs.

    Examples
    --------
    >>> import pandas as pd
    >>> from rnnforecast.metrics import evaluate
    >>> table = {"ds": [1, 2], "y": [5.0, 6.0], "A": [4.0, 6.0], "A-lo-80": [2.0, 4.0], "A-hi-80": [4.5, 8.0]}
    >>> evaluate(pd.DataFrame(table), metrics=["mae", "coverage"]).loc["A"].to_dict()
    {'mae': 0.5, 'coverage-80': 0.5}
    """
    names = {"id": id_col, "time": time_col, "target": target_col}
    (frame, *_), (train, *_) = as_pandas(frame, "frame"), as_pandas(train, "train")
    models = _models(frame, names)
    metrics = [metrics] if isinstance(metrics, str) or callable(metrics) else list(metrics)
    season_length = check_season(season_length)
    scaled = any(isinstance(metric, str) and metric in SCALED for metric in metrics)
    scales = _scales(frame, train, season_length, names) if scaled else None
    columns = [column for parts in models.values() for column in parts.columns()]
    table = Table(_numbers(frame, target_col, columns), target_col, models, scales)
    observed = _observed(frame, table.actual(slice(None)), names)
    functions = {}
    for metric in metrics:
        functions.update(score_functions(metric, table, reference))
    by = [by] if isinstance(by, str) else list(by or ())
    if not set(by) <= set(frame.columns):
        raise ValueError(f"by={by} must name columns of frame; these are {list(frame.columns)}")
    groups = frame.groupby(by, sort=True).indices if by else {(): np.arange(len(frame))}
    scored = {
        (*(key if isinstance(key, tuple) else (key,)), model): _scores(functions, parts, rows[observed[rows]])
        for key, rows in groups.items()
        for model, parts in models.items()
    }
    index = pd.MultiIndex.from_tuples(scored, names=[*by, "model"]) if by else pd.Index(models, name="model")
    return pd.DataFrame(list(scored.values()), index=index, columns=list(functions))


def _scores(functions, parts, rows):
    """All scores of one model over some rows; NaN where there is none."""
    if not len(rows):
        return [0.0 if name == "n_rows" else np.nan for name in functions]
    return [score(parts, rows) for score in functions.values()]


def _observed(frame, actual, names):
    """Which rows have an actual value; every series must have one."""
    observed = ~np.isnan(actual)
    if observed.all():
        return observed
    if names["id"] not in frame.columns:
        without = [] if observed.any() else ["the series"]
    else:
        some = pd.Series(observed).groupby(frame[names["id"]].to_numpy()).any()
        without = [f"series {name!r}" for name in some.index[~some.to_numpy()].tolist()]
    if without:
        others = f" (and {len(without) - 1} more series)" if len(without) > 1 else ""
        raise ValueError(f"frame has no observed {names['target']!r} in {without[0]}{others}; leave it out")
    return observed


def _models(frame, names):
    """The columns of each model."""
    if not isinstance(frame, pd.DataFrame):
        raise TypeError(f"frame must be a DataFrame; got {type(frame).__name__}")
    for role in ("time", "target"):
        if names[role] not in frame.columns:
            raise ValueError(f"frame has no column {names[role]!r}; its columns are {list(frame.columns)}")
    if frame.empty:
        raise ValueError("frame is empty; it must have at least one row")
    others = [column for column in frame.columns if column not in (*names.values(), "cutoff")]
    text = [column for column in others if not pd.api.types.is_numeric_dtype(frame[column])]
    if text or not others:
        raise ValueError(f"frame must have a column of numbers for each model; got {text or list(frame.columns)}")
    return read_columns(others)


def _numbers(frame, target, columns):
    """Columns as arrays of floats, which are finite but for targets that are NaN."""
    numbers = {column: frame[column].to_numpy(dtype=float, na_value=np.nan) for column in [target, *columns]}
    for column, values in numbers.items():
        if column == target and np.isinf(values).any():
            raise ValueError(f"frame has infinite values in column {column!r}")
        if column != target and not np.isfinite(values).all():
            raise ValueError(f"frame has NaN or infinite values in column {column!r}")
    return numbers


def _scales(frame, train, season_length, names):
    """For each row of the frame: number of its series, and its scales for absolute and for squared errors."""
    if train is None:
        raise ValueError("train=None; mase, rmsse and owa need the series up to the forecasts")
    id_col, time_col, target_col = names.values()
    if isinstance(train, pd.Series):
        train = pd.DataFrame({time_col: train.index, target_col: train.to_numpy()})
    if not isinstance(train, pd.DataFrame):
        raise TypeError(f"train must be a Series or a DataFrame; got {type(train).__name__}")
    if isinstance(train.index, pd.DatetimeIndex | pd.PeriodIndex) and not set(names.values()) & set(train.columns):
        wide = train.rename_axis(index=time_col, columns=id_col)
        train = wide.melt(ignore_index=False, value_name=target_col).reset_index()
    lacking = [column for column in (time_col, target_col) if column not in train.columns]
    if lacking:
        raise ValueError(f"train has no column {lacking[0]!r}; its columns are {list(train.columns)}")
    if (id_col in train.columns) != (id_col in frame.columns):
        raise ValueError(f"train and frame must both have a column {id_col!r}, or neither")
    ids, known = (table[id_col] if id_col in table else pd.Series(0, index=table.index) for table in (frame, train))
    first = frame[time_col].groupby(ids, observed=True).min()
    y = train[target_col].to_numpy(dtype=float, na_value=np.nan)
    past = pd.DataFrame({"id": known, "time": train[time_col], "y": y})
    past = past[past["time"] < past["id"].map(first)].sort_values(["id", "time"])
    change = past["y"] - past.groupby("id", observed=True)["y"].shift(season_length)
    scales = [(change.abs() ** power).groupby(past["id"], observed=True).mean() for power in (1, 2)]
    series, unique = pd.factorize(ids)
    absolute, squared = (scale.reindex(unique).to_numpy() for scale in scales)
    without = [str(name) for name in unique[~(absolute > 0)]]
    if without:
        warnings.warn(
            f"{len(without)} of {len(unique)} series are left out of mase and rmsse, for their training data are "
            f"constant, or nothing in them is known season_length={season_length} rows apart: {', '.join(without[:3])}",
            UserWarning,
            stacklevel=3,
        )
    return series, absolute[series], squared[series]
