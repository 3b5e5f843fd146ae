"""Errors of forecasts in the frames that a backtest returns."""

import re
import warnings
from functools import partial

import numpy as np
import pandas as pd

from rnnforecast.metrics import arrays
from rnnforecast.metrics.arrays import check_season

_POINT = {name: getattr(arrays, name) for name in ("mae", "mse", "rmse", "smape", "wape", "bias")}
_SCALED = ("mase", "rmsse")
_BOUND = re.compile(r"(?P<model>.+)-(?P<side>lo|hi)-(?P<level>\d+(\.\d+)?)$|(?P<of>.+)-q(?P<quantile>0?\.\d+)$")


def evaluate(
    frame,
    *,
    metrics=("mae", "rmse", "smape"),
    train=None,
    season_length=1,
    by=None,
    id_col="unique_id",
    time_col="ds",
    target_col="y",
):
    """Score every model of a frame.

    Parameters
    ----------
    frame : DataFrame
        As `backtest` returns it: ``unique_id`` (if there are several series), ``ds``, ``y``, perhaps ``cutoff``, and
        a column per model. Columns such as ``RNN-lo-80`` are the bounds of its intervals.
    metrics : list of str or callable
        "mae", "mse", "rmse", "smape", "wape", "bias", "mase", "rmsse", "coverage", "mean_pinball_loss", or functions
        ``metric(y_true, y_pred)``. All rows weigh the same, but that "rmsse" is the mean over series.
    train : DataFrame or Series, optional
        For "mase" and "rmsse": the series up to the forecasts. Rows from the first scored stamp of a series on are
        left out, so the whole data will do.
    season_length : int, default=1
        For "mase" and "rmsse".
    by : str or list of str, optional
        Columns to score apart, such as "unique_id" or "cutoff".
    id_col, time_col, target_col : str
        Names of columns.

    Returns
    -------
    DataFrame
        A row per model (per group and model with `by`), a column per metric. "coverage" has one per level, such as
        "coverage-80"; "mean_pinball_loss" is the mean over the quantiles that a model has, its point being 0.5.
    """
    names = {"id": id_col, "time": time_col, "target": target_col}
    models, bounds = _columns(frame, names)
    metrics = [metrics] if isinstance(metrics, str) or callable(metrics) else list(metrics)
    scored = frame[[target_col, *models, *bounds]]
    bad = [column for column in scored if not np.isfinite(scored[column].to_numpy(dtype=float)).all()]
    if bad:
        raise ValueError(f"frame has NaN or infinite values in column {bad[0]!r}")
    scales = _scales(frame, train, check_season(season_length), names) if set(metrics) & set(_SCALED) else None
    levels = sorted({float(bound["level"]) for bound in bounds.values() if bound["level"]})
    functions = {}
    for metric in metrics:
        functions.update(_functions(metric, frame, bounds, levels, scales, names))
    by = [by] if isinstance(by, str) else list(by or ())
    groups = frame.groupby(by, sort=True).indices if by else {(): np.arange(len(frame))}
    table = {
        (*(key if isinstance(key, tuple) else (key,)), model): [score(model, rows) for score in functions.values()]
        for key, rows in groups.items()
        for model in models
    }
    index = pd.MultiIndex.from_tuples(table, names=[*by, "model"]) if by else pd.Index(models, name="model")
    return pd.DataFrame(list(table.values()), index=index, columns=list(functions))


def _columns(frame, names):
    """Names of the models, and what each column of a bound says it is."""
    if not isinstance(frame, pd.DataFrame):
        raise TypeError(f"frame must be a DataFrame; got {type(frame).__name__}")
    for role in ("time", "target"):
        if names[role] not in frame.columns:
            raise ValueError(f"frame has no column {names[role]!r}; its columns are {list(frame.columns)}")
    if frame.empty:
        raise ValueError("frame is empty; it must have at least one row")
    others = [column for column in frame.columns if column not in (*names.values(), "cutoff")]
    found = {column: _BOUND.fullmatch(str(column)) for column in others}
    models = [column for column in others if not found[column]]
    text = [column for column in models if not pd.api.types.is_numeric_dtype(frame[column])]
    if text or not models:
        raise ValueError(f"frame must have a column of numbers for each model; got {text or list(frame.columns)}")
    return models, {column: match.groupdict() for column, match in found.items() if match}


def _functions(metric, frame, bounds, levels, scales, names):
    """One metric as functions of (model, rows), by the names of their columns."""
    actual = frame[names["target"]].to_numpy(dtype=float)
    if metric in _POINT or callable(metric):
        function = _POINT.get(metric, metric)
        name = metric if isinstance(metric, str) else getattr(metric, "__name__", str(metric))
        return {name: lambda model, rows: function(actual[rows], frame[model].to_numpy(dtype=float)[rows])}
    if metric in _SCALED:
        return {metric: partial(_scaled, metric, frame, actual, scales)}
    if metric == "coverage":
        return {f"coverage-{level:g}": partial(_coverage, frame, actual, level) for level in levels}
    if metric == "mean_pinball_loss":
        return {metric: partial(_pinball, frame, actual, bounds)}
    known = sorted([*_POINT, *_SCALED, "coverage", "mean_pinball_loss"])
    raise ValueError(f"metrics holds {metric!r}; known are {known} and functions of (y_true, y_pred)")


def _scaled(metric, frame, actual, scales, model, rows):
    error = frame[model].to_numpy(dtype=float)[rows] - actual[rows]
    series, absolute, squared = (column[rows] for column in scales)
    if metric == "mase":
        known = absolute > 0
        return float(np.mean(np.abs(error[known]) / absolute[known])) if known.any() else np.nan
    per_series = pd.Series(error**2 / np.where(squared > 0, squared, np.nan)).groupby(series).mean()
    return float(np.sqrt(per_series).mean())


def _coverage(frame, actual, level, model, rows):
    lower, upper = f"{model}-lo-{level:g}", f"{model}-hi-{level:g}"
    if lower not in frame.columns or upper not in frame.columns:
        return np.nan
    return arrays.coverage(actual[rows], frame[lower].to_numpy()[rows], frame[upper].to_numpy()[rows])


def _pinball(frame, actual, bounds, model, rows):
    quantiles = {model: 0.5}
    for column, bound in bounds.items():
        if bound["of"] == model:
            quantiles[column] = float(bound["quantile"])
        elif bound["model"] == model:
            tail = (1 - float(bound["level"]) / 100) / 2
            quantiles[column] = tail if bound["side"] == "lo" else 1 - tail
    losses = [
        arrays.mean_pinball_loss(actual[rows], frame[column].to_numpy(dtype=float)[rows], quantile=quantile)
        for column, quantile in quantiles.items()
    ]
    return float(np.mean(losses))


def _scales(frame, train, season_length, names):
    """For each row of the frame: number of its series, and its scales for absolute and for squared errors."""
    if train is None:
        raise ValueError("train=None; mase and rmsse need the series up to the forecasts")
    id_col, time_col, target_col = names.values()
    if isinstance(train, pd.Series):
        train = pd.DataFrame({time_col: train.index, target_col: train.to_numpy()})
    if (id_col in train.columns) != (id_col in frame.columns):
        raise ValueError(f"train and frame must both have a column {id_col!r}, or neither")
    ids, known = (table[id_col] if id_col in table else pd.Series(0, index=table.index) for table in (frame, train))
    first = frame[time_col].groupby(ids, observed=True).min()
    past = pd.DataFrame({"id": known, "time": train[time_col], "y": train[target_col].astype(float)})
    past = past[past["time"] < past["id"].map(first)].dropna(subset="y").sort_values(["id", "time"])
    change = past["y"] - past.groupby("id", observed=True)["y"].shift(season_length)
    scales = [(change.abs() ** power).groupby(past["id"], observed=True).mean() for power in (1, 2)]
    series, unique = pd.factorize(ids)
    absolute, squared = (scale.reindex(unique).to_numpy() for scale in scales)
    without = [str(name) for name in unique[~(absolute > 0)]]
    if without:
        warnings.warn(
            f"{len(without)} of {len(unique)} series are left out of mase and rmsse, for their training data are "
            f"constant or not longer than season_length={season_length}: {', '.join(without[:3])}",
            UserWarning,
            stacklevel=3,
        )
    return series, absolute[series], squared[series]
