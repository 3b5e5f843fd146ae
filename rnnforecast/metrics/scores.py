"""One metric of one model, over some rows of a table of forecasts."""

from functools import partial
from typing import NamedTuple

import numpy as np
import pandas as pd

from rnnforecast.metrics import distributions, intervals, points
from rnnforecast.metrics.scaled import owa

_POINT = {name: getattr(points, name) for name in ("mae", "mse", "rmse", "mape", "smape", "wape", "bias")}
SCALED = {"mase", "rmsse", "owa"}  # they need the training data


class Table(NamedTuple):
    """A frame of forecasts, taken apart."""

    numbers: dict  # {column: ndarray}
    target: str
    models: dict  # {model: Parts}
    scales: tuple | None  # by row: number of the series, scale of absolute errors, scale of squared errors

    def actual(self, rows):
        """Return the actual values."""
        return self.numbers[self.target][rows]

    def values(self, column, rows):
        """Return a column."""
        return self.numbers[column][rows]


def score_functions(metric, table, reference):
    """Return functions of (Parts, rows) that compute a metric.

    Parameters
    ----------
    metric : str or callable
    table : Table
    reference : str or None
        The model that "owa" compares with.

    Returns
    -------
    dict of str to callable
        By the name of the column; "coverage" and "winkler" have one per level, "pinball_loss" one per quantile.
    """
    if metric in _POINT or callable(metric):
        name = metric if isinstance(metric, str) else getattr(metric, "__name__", str(metric))
        return {name: partial(_point, _POINT.get(metric, metric), table)}
    if metric in ("coverage", "winkler"):
        function = _coverage if metric == "coverage" else _winkler
        levels = sorted({level for parts in table.models.values() for level in parts.intervals})
        _require(levels, metric, "an interval, such as a model's columns '-lo-80' and '-hi-80'")
        return {f"{metric}-{level:g}": partial(function, table, level) for level in levels}
    if metric == "pinball_loss":
        own = [parts.quantiles.values() for parts in table.models.values()]
        quantiles = sorted({round(quantile, 9) for some in own for quantile in some})
        _require(quantiles, metric, "a quantile, such as a model's column '-q0.1'")
        return {f"{metric}-q{quantile:g}": partial(_pinball_loss, table, quantile) for quantile in quantiles}
    if metric == "crps":
        _require(any(parts.samples for parts in table.models.values()), metric, "samples, such as '-path-1'")
    if metric == "crps_gaussian":
        _require(any(parts.std for parts in table.models.values()), metric, "a model's standard deviation, '-std'")
    if metric == "owa":
        if reference not in table.models:
            raise ValueError(
                f"reference={reference!r} must name the model that owa compares with: {list(table.models)}"
            )
        return {metric: partial(_owa, table, table.models[reference])}
    if metric in _OTHER:
        return {metric: partial(_OTHER[metric], table)}
    known = sorted([*_POINT, *_OTHER, "coverage", "winkler", "pinball_loss", "owa"])
    raise ValueError(f"metrics holds {metric!r}; known are {known} and functions of (y_true, y_pred)")


def _require(there, metric, what):
    if not there:
        raise ValueError(f"metrics holds {metric!r}, but frame has no column of {what}")


def _point(function, table, parts, rows):
    return function(table.actual(rows), table.values(parts.point, rows))


def _mase(table, parts, rows):
    size = np.abs(table.values(parts.point, rows) - table.actual(rows))
    scale = table.scales[1][rows]
    known = scale > 0
    return float(np.mean(size[known] / scale[known])) if known.any() else np.nan


def _rmsse(table, parts, rows):
    error = table.values(parts.point, rows) - table.actual(rows)
    series, scale = table.scales[0][rows], table.scales[2][rows]
    per_series = pd.Series(error**2 / np.where(scale > 0, scale, np.nan)).groupby(series).mean()
    return float(np.sqrt(per_series).mean())


def _owa(table, reference, parts, rows):
    errors = [score(one, rows) for one in (parts, reference) for score in _owa_parts(table)]
    return owa(*errors)


def _owa_parts(table):
    return partial(_point, points.smape, table), partial(_mase, table)


def _coverage(table, level, parts, rows):
    if level not in parts.intervals:
        return np.nan
    lower, upper = (table.values(column, rows) for column in parts.intervals[level])
    return intervals.coverage(table.actual(rows), lower, upper)


def _winkler(table, level, parts, rows):
    if level not in parts.intervals:
        return np.nan
    _check_order(table, parts, level, rows)
    lower, upper = (table.values(column, rows) for column in parts.intervals[level])
    return intervals.winkler(table.actual(rows), lower, upper, level=level)


def _weighted_interval_score(table, parts, rows):
    actual = table.actual(rows)
    middle = next((column for column, quantile in parts.quantiles.items() if quantile == 0.5), parts.point)
    median = table.values(middle, rows)
    if not parts.intervals:
        return points.mae(actual, median)
    for level in parts.intervals:
        _check_order(table, parts, level, rows)
    bounds = (np.column_stack([table.values(pair[side], rows) for pair in parts.intervals.values()]) for side in (0, 1))
    return intervals.weighted_interval_score(actual, median, *bounds, level=list(parts.intervals))


def _check_order(table, parts, level, rows):
    lower, upper = parts.intervals[level]
    crossed = np.count_nonzero(table.values(lower, rows) > table.values(upper, rows))
    if crossed:
        raise ValueError(f"frame has {lower!r} above {upper!r} in {crossed} rows")


def _mean_pinball_loss(table, parts, rows):
    losses = [
        intervals.mean_pinball_loss(table.actual(rows), table.values(column, rows), quantile=quantile)
        for column, quantile in {parts.point: 0.5, **parts.quantiles}.items()
    ]
    return float(np.mean(losses))


def _crps(table, parts, rows):
    if not parts.samples:
        return np.nan
    samples = np.column_stack([table.values(column, rows) for column in parts.samples])
    return distributions.crps(table.actual(rows), samples)


def _crps_gaussian(table, parts, rows):
    if parts.std is None:
        return np.nan
    return distributions.crps_gaussian(
        table.actual(rows), table.values(parts.point, rows), table.values(parts.std, rows)
    )


def _pinball_loss(table, quantile, parts, rows):
    column = next((column for column, one in parts.quantiles.items() if round(one, 9) == quantile), None)
    if column is None:
        return np.nan
    return intervals.mean_pinball_loss(table.actual(rows), table.values(column, rows), quantile=quantile)


def _n_rows(table, parts, rows):
    return len(rows)


_OTHER = {
    "n_rows": _n_rows,
    "mase": _mase,
    "rmsse": _rmsse,
    "mean_pinball_loss": _mean_pinball_loss,
    "weighted_interval_score": _weighted_interval_score,
    "crps": _crps,
    "crps_gaussian": _crps_gaussian,
}
