"""Figures of series, forecasts, backtests and training; needs matplotlib (``pip install "rnnforecast[plot]"``).

Every function draws one series, on the Axes that it is given or on a new figure, and returns the Axes.
"""

import os
import re
import uuid

import numpy as np
import pandas as pd

__all__ = ["plot_backtest", "plot_forecast", "plot_loss_curve", "save_forecast"]

_BOUND = re.compile(r"(?P<model>.+)-(?P<side>lo|hi)-(?P<level>\d+(\.\d+)?)$|.+-q0?\.\d+$")
_INK, _GREY = "#333333", "#8a8a8a"
_COLORS = ("#0b6fb8", "#d1651a", "#2c8a57", "#8a4fa3", "#b03a48", "#7a6a2c")


def plot_forecast(
    history,
    forecast,
    *,
    levels=None,
    last=None,
    series=None,
    ax=None,
    id_col="unique_id",
    time_col="ds",
    target_col="y",
):
    """Draw a series and the forecast that continues it, with its intervals as a fan.

    Parameters
    ----------
    history : Series or DataFrame
        The data that the forecaster was given.
    forecast : Series or DataFrame
        What its `predict` returned. With columns of several models the fans are left out.
    levels : list of float, optional
        Intervals to draw, in percent. By default all that `forecast` has.
    last : int, optional
        How many rows of the history to draw. By default the newest of them, five times as many as the forecast has
        but not fewer than 60.
    series : object, optional
        Name of the series to draw, in frames of several. By default the first one of `forecast`.
    ax : matplotlib Axes, optional
        Where to draw. By default a new figure.
    id_col, time_col, target_col : str
        Columns of long frames.

    Returns
    -------
    matplotlib Axes
    """
    _check_frame(forecast, "forecast")
    series = _series_name(forecast, series, id_col)
    past = _one_series(history, series, id_col, time_col, "history")
    future = _one_series(forecast, series, id_col, time_col, "forecast")
    target = target_col if target_col in past.columns else past.columns[-1]
    last = max(60, 5 * len(future)) if last is None else last
    if last < 1:
        raise ValueError(f"last={last} must be at least 1")
    past = past.sort_index().iloc[-last:]
    models, bounds = _columns(future)
    chosen = _chosen_levels(bounds, levels)
    ax = _axes(ax)
    ax.plot(_times(past.index), past[target].to_numpy(float), color=_INK, linewidth=1.2, label="observed")
    for model, color in zip(models, _cycle(len(models)), strict=True):
        if len(models) == 1:
            _draw_fan(ax, future, past[target], model, chosen, color)
        times, values = _joined(past[target], future[model])
        ax.plot(times, values, color=color, linewidth=1.8, label=str(model) if model != target else "forecast")
    title = "" if series is None else str(series)
    return _finish(ax, past.index, title, getattr(history, "name", None) or target)


def plot_backtest(
    table, *, models=None, history=None, series=None, ax=None, id_col="unique_id", time_col="ds", target_col="y"
):
    """Draw what came, and over it the forecasts of every origin of a backtest.

    Parameters
    ----------
    table : DataFrame
        What `backtest` returned.
    models : list of str, optional
        Columns to draw. By default all models.
    history : Series or DataFrame, optional
        The whole data, to show what came before the first origin.
    series : object, optional
        Name of the series to draw, in tables of several. By default the first one.
    ax : matplotlib Axes, optional
        Where to draw. By default a new figure.
    id_col, time_col, target_col : str
        Columns of the table.

    Returns
    -------
    matplotlib Axes
    """
    if not isinstance(table, pd.DataFrame) or "cutoff" not in table.columns:
        raise ValueError("table must be the DataFrame that backtest returns, with a column 'cutoff'")
    series = _series_name(table, series, id_col)
    rows = _one_series(table, series, id_col, time_col, "table")
    known = [column for column in _columns(rows)[0] if column not in ("cutoff", target_col)]
    models = known if models is None else [models] if isinstance(models, str) else list(models)
    unknown = [model for model in models if model not in known]
    if unknown or not models:
        raise ValueError(f"models={models} must name columns of the table: {known}")
    actual = rows[target_col].groupby(level=0).first()
    if history is not None:
        past = _one_series(history, series, id_col, time_col, "history")
        past = past[target_col if target_col in past.columns else past.columns[-1]]
        actual = pd.concat([past[past.index < actual.index[0]].sort_index(), actual])
    ax = _axes(ax)
    ax.plot(_times(actual.index), actual.to_numpy(float), color=_INK, linewidth=1.4, label="observed", zorder=3)
    origins = list(rows.groupby("cutoff", sort=True))
    alpha = max(0.25, min(0.9, 6 / len(origins)))
    for model, color in zip(models, _cycle(len(models)), strict=True):
        for number, (_, part) in enumerate(origins):
            label = str(model) if number == 0 else None
            values = part[model].to_numpy(float)
            ax.plot(_times(part.index), values, color=color, linewidth=1.0, alpha=alpha, label=label)
    _finish(ax, actual.index, "" if series is None else str(series), target_col)
    for handle in ax.get_legend().get_lines():
        handle.set_alpha(1.0)
    return ax


def plot_loss_curve(estimator, *, ax=None):
    """Draw the training loss of each epoch, on a logarithmic scale where it falls by more than a factor of ten.

    Parameters
    ----------
    estimator : fitted estimator or forecaster
        An object with `loss_curve_`.
    ax : matplotlib Axes, optional
        Where to draw. By default a new figure.

    Returns
    -------
    matplotlib Axes
    """
    from sklearn.utils.validation import check_is_fitted

    check_is_fitted(estimator, "loss_curve_")
    losses = np.asarray(estimator.loss_curve_, dtype=float)
    ax = _axes(ax)
    ax.plot(np.arange(1, len(losses) + 1), losses, color=_COLORS[0], linewidth=1.6)
    if len(losses) and losses.min() > 0 and losses.max() > 10 * losses.min():
        ax.set_yscale("log")
    ax.set_xlabel("epoch")
    ax.set_ylabel("training loss")
    ax.set_title(type(estimator).__name__, loc="left")
    _plain(ax)
    return ax


def save_forecast(path, history, forecast, **options):
    """Write the figure of `plot_forecast` to a file; it needs no display, and leaves pyplot alone.

    Parameters
    ----------
    path : str or path
        The ending (.png, .svg, .pdf) names the format. A file that is there is replaced at the end, in one step.
    history, forecast : Series or DataFrame
        As for `plot_forecast`.
    **options
        For `plot_forecast`.
    """
    require_matplotlib()
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 4.5), dpi=150, layout="constrained")
    kind = os.path.splitext(path)[1].lstrip(".").lower() or "png"
    known = figure.canvas.get_supported_filetypes()
    if kind not in known:
        raise ValueError(f"{path}: no format has the ending .{kind}; known are {', '.join(sorted(known))}")
    plot_forecast(history, forecast, ax=figure.add_subplot(), **options)
    temporary = f"{path}.{uuid.uuid4().hex[:8]}.tmp"
    try:
        figure.savefig(temporary, format=kind)
        os.replace(temporary, path)
    finally:
        if os.path.exists(temporary):
            os.remove(temporary)


def require_matplotlib():
    """Import matplotlib, or say how to install it."""
    try:
        import matplotlib  # noqa: F401
    except ImportError as error:
        raise ImportError('figures need matplotlib: pip install "rnnforecast[plot]"') from error


def _axes(ax):
    require_matplotlib()
    if ax is not None:
        return ax
    from matplotlib import pyplot

    return pyplot.subplots(figsize=(9, 4.5), layout="constrained")[1]


def _check_frame(data, argument):
    if not isinstance(data, pd.Series | pd.DataFrame):
        raise TypeError(f"{argument} must be a Series or a DataFrame; got {type(data).__name__}")
    if data.empty:
        raise ValueError(f"{argument} is empty; it must have at least one row")


def _series_name(table, series, id_col):
    """Name of the series to draw; None where the table holds a single one without a name."""
    if isinstance(table, pd.Series) or id_col not in table.columns:
        if series is not None:
            raise ValueError(f"series={series!r} needs a table with a column {id_col!r}")
        return None
    return table[id_col].iloc[0] if series is None else series


def _one_series(data, series, id_col, time_col, argument):
    """Rows of one series as a frame over its stamps."""
    _check_frame(data, argument)
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


def _columns(frame):
    """Names of the models, and {(model, level): {side: column}} of their intervals."""
    models, bounds = [], {}
    for column in frame.columns:
        found = _BOUND.fullmatch(str(column))
        if found is None:
            models.append(column)
        elif found["level"]:
            bounds.setdefault((found["model"], float(found["level"])), {})[found["side"]] = column
    return models, bounds


def _chosen_levels(bounds, levels):
    """Intervals to draw, the widest first."""
    known = {level for _, level in bounds}
    wanted = known if levels is None else {float(level) for level in np.atleast_1d(levels)}
    if wanted - known:
        raise ValueError(f"levels={sorted(wanted - known)} are not in the forecast, which has {sorted(known)}")
    return {key: sides for key, sides in sorted(bounds.items(), key=lambda item: -item[0][1]) if key[1] in wanted}


def _draw_fan(ax, future, past, model, chosen, color):
    """One band per level, the wider the paler, from the last observation on."""
    for number, ((owner, level), sides) in enumerate(chosen.items()):
        if owner != str(model) or len(sides) < 2:
            continue
        times, lower = _joined(past, future[sides["lo"]])
        upper = _joined(past, future[sides["hi"]])[1]
        alpha = 0.15 + 0.17 * number / max(len(chosen) - 1, 1)
        ax.fill_between(times, lower, upper, color=color, alpha=alpha, linewidth=0, label=f"{level:g} % interval")


def _joined(past, future):
    """Stamps and values of a forecast, with the last observation in front so that no hole is left."""
    past = past.dropna()
    if len(past) == 0 or not past.index[-1] < future.index[0]:
        return _times(future.index), future.to_numpy(float)
    values = np.concatenate([past.to_numpy(float)[-1:], future.to_numpy(float)])
    return np.concatenate([_times(past.index[-1:]), _times(future.index)]), values


def _times(index):
    """Stamps that matplotlib can place: periods at their start, and wall time for zones."""
    if isinstance(index, pd.PeriodIndex):
        index = index.to_timestamp()
    if isinstance(index, pd.DatetimeIndex):
        return index.tz_localize(None).to_numpy()
    return index.to_numpy()


def _cycle(n):
    return [_COLORS[i % len(_COLORS)] for i in range(n)]


def _finish(ax, index, title, target):
    """Dates that do not collide, a light grid, a legend."""
    if isinstance(index, pd.DatetimeIndex | pd.PeriodIndex):
        from matplotlib.dates import AutoDateLocator, ConciseDateFormatter

        locator = AutoDateLocator(minticks=4, maxticks=10)
        ax.xaxis.set_major_locator(locator)
        ax.xaxis.set_major_formatter(ConciseDateFormatter(locator))
    if title:
        ax.set_title(title, loc="left")
    ax.set_ylabel(str(target))
    ax.margins(x=0.01)
    ax.legend(loc="upper left", frameon=False)
    _plain(ax)
    return ax


def _plain(ax):
    ax.spines[["top", "right"]].set_visible(False)
    ax.spines[["left", "bottom"]].set_color(_GREY)
    ax.grid(axis="y", color=_GREY, alpha=0.2, linewidth=0.8)
    ax.set_axisbelow(True)
