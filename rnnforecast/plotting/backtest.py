"""What came, and over it the forecasts of every origin of a backtest."""

import pandas as pd

from rnnforecast.plotting.files import save_figure
from rnnforecast.plotting.style import INK, colors, finish_series, new_axes, times
from rnnforecast.plotting.tables import (
    check_backtest,
    choose_levels,
    choose_models,
    models_of,
    one_series,
    plain_frames,
    series_name,
)


class BacktestDisplay:
    """What came, and over it the forecasts of every origin of a backtest.

    Make one with `from_predictions`.

    Parameters
    ----------
    observed : Series
        Actual values, over their stamps.
    forecasts : DataFrame
        Rows of a backtest over their stamps, with the column "cutoff".
    models : dict of str to Parts
        Models to draw, and their columns.
    levels : list of float
        Intervals to draw, the widest first.
    title : str
    target : str
        Name of what is forecast.

    Attributes
    ----------
    ax_ : matplotlib Axes
    figure_ : matplotlib Figure
    """

    def __init__(self, *, observed, forecasts, models, levels=(), title="", target="y"):
        self.observed = observed
        self.forecasts = forecasts
        self.models = models
        self.levels = levels
        self.title = title
        self.target = target

    @classmethod
    def from_predictions(
        cls,
        table,
        *,
        models=None,
        levels=(),
        history=None,
        series=None,
        ax=None,
        id_col="unique_id",
        time_col="ds",
        target_col="y",
    ):
        """Draw the table of a backtest.

        Parameters
        ----------
        table : DataFrame
            What `backtest` returned.
        models : list of str, optional
            Columns to draw. By default all models.
        levels : list of float or None, default=()
            Intervals to draw, in percent; None is all that there are.
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
        BacktestDisplay
        """
        check_backtest(table, ["cutoff", time_col, target_col])
        series = series_name(table, series, id_col)
        rows = one_series(table, series, id_col, time_col, "table")
        chosen = choose_models(models_of(rows, ("cutoff", target_col)), models)
        observed = rows[target_col].groupby(level=0).first()
        if history is not None:
            (history,) = plain_frames(history=history)
            past = one_series(history, series, id_col, time_col, "history")
            past = past[target_col if target_col in past.columns else past.columns[-1]]
            observed = pd.concat([past[past.index < observed.index[0]].sort_index(), observed])
        title, levels = "" if series is None else str(series), choose_levels(chosen, levels)
        return cls(
            observed=observed, forecasts=rows, models=chosen, levels=levels, title=title, target=target_col
        ).plot(ax)

    def plot(self, ax=None):
        """Draw the figure.

        Parameters
        ----------
        ax : matplotlib Axes, optional
            Where to draw. By default a new figure.

        Returns
        -------
        BacktestDisplay
        """
        ax = new_axes(ax)
        actual = self.observed
        ax.plot(times(actual.index), actual.to_numpy(float), color=INK, linewidth=1.4, label="observed", zorder=3)
        origins = [part for _, part in self.forecasts.groupby("cutoff", sort=True)]
        # Where many forecasts lie over each other, their sum is as dark as one.
        alpha = max(0.25, min(0.9, 6 / len(origins)))
        for parts, color in zip(self.models.values(), colors(len(self.models)), strict=True):
            for number, part in enumerate(origins):
                stamps, label = times(part.index), str(parts.point) if number == 0 else None
                for level in self.levels:
                    if level in parts.intervals:
                        bounds = (part[column].to_numpy(float) for column in parts.intervals[level])
                        ax.fill_between(stamps, *bounds, color=color, alpha=0.2 * alpha, linewidth=0)
                ax.plot(stamps, part[parts.point].to_numpy(float), color=color, linewidth=1.2, alpha=alpha, label=label)
        finish_series(ax, actual.index, self.title, self.target)
        for handle in ax.get_legend().get_lines():
            handle.set_alpha(1.0)
        self.ax_, self.figure_ = ax, ax.figure
        return self


def plot_backtest(table, **options):
    """Draw what came, and over it the forecasts of every origin of a backtest.

    Parameters
    ----------
    table : DataFrame
        What `backtest` returned.
    **options
        As in `BacktestDisplay.from_predictions`: models, levels, history, series, ax, id_col, time_col, target_col.

    Returns
    -------
    matplotlib Axes
    """
    return BacktestDisplay.from_predictions(table, **options).ax_


def save_backtest(path, table, **options):
    """Write the figure of `plot_backtest` to a file; it needs no display, and leaves pyplot alone.

    Parameters
    ----------
    path : str or path
        The ending (.png, .svg, .pdf) names the format. A file that is there is replaced at the end, in one step.
    table : DataFrame
        What `backtest` returned.
    **options
        For `plot_backtest`.
    """
    save_figure(path, lambda ax: plot_backtest(table, ax=ax, **options))
