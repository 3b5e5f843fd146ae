"""What the errors of a backtest still know: over time, in size, from one stamp to the next, and by step."""

import numpy as np
import pandas as pd

from rnnforecast.plotting.style import COLORS, GREY, INK, date_axis, new_axes, plain, times
from rnnforecast.plotting.tables import check_backtest, choose_models, models_of


class ResidualsDisplay:
    """Residuals (actual value minus forecast) of one model in a backtest, in four panels.

    Over time; as a histogram, beside the normal density of equal mean and spread; their autocorrelation, with the band
    in which 95 % of the lags of white noise lie; and by step of the horizon: median, half and 90 % of them. For the
    autocorrelation each stamp counts once, with its newest forecast, and series are pooled, each about its own mean.
    Forecasts of several steps have correlated errors by nature: lags below the step size of the backtest say little.
    Make one with `from_predictions`.

    Parameters
    ----------
    residuals : DataFrame
        Columns "series", "cutoff", "time", "step" and "residual", sorted by the first three.
    max_lag : int, optional
        By default 24, or a third of the longest series where that is less.
    title : str

    Attributes
    ----------
    ax_ : ndarray of shape (2, 2)
        The Axes.
    figure_ : matplotlib Figure
    """

    def __init__(self, *, residuals, max_lag=None, title=""):
        self.residuals = residuals
        self.max_lag = max_lag
        self.title = title

    @classmethod
    def from_predictions(
        cls,
        table,
        *,
        model=None,
        series=None,
        max_lag=None,
        ax=None,
        id_col="unique_id",
        time_col="ds",
        target_col="y",
    ):
        """Draw the residuals of the table of a backtest.

        Parameters
        ----------
        table : DataFrame
            What `backtest` returned. Rows without an actual value are left out.
        model : str, optional
            Column of the forecasts. By default the first model.
        series : object, optional
            Name of the only series to take, in tables of several. By default all.
        max_lag : int, optional
            Last lag of the autocorrelation. By default 24, or a third of the longest series where that is less.
        ax : matplotlib Axes, or four of them, optional
            Where to draw; a single one is cut in four. By default a new figure.
        id_col, time_col, target_col : str
            Columns of the table.

        Returns
        -------
        ResidualsDisplay
        """
        check_backtest(table, ["cutoff", time_col, target_col])
        if max_lag is not None and max_lag < 1:
            raise ValueError(f"max_lag={max_lag} must be at least 1")
        known = models_of(table, (id_col, "cutoff", time_col, target_col))
        model = next(iter(choose_models(known, None if model is None else [model])))
        if series is not None and (id_col not in table.columns or series not in set(table[id_col])):
            raise ValueError(f"series={series!r} is not in the column {id_col!r} of the table")
        if series is not None:
            table = table[table[id_col] == series]
        table = table.reset_index(drop=True)
        ids = table[id_col].to_numpy() if id_col in table.columns else np.zeros(len(table), dtype=int)
        residual = table[target_col].to_numpy(float) - table[model].to_numpy(float)
        rows = pd.DataFrame({"series": ids, "cutoff": table["cutoff"], "time": table[time_col], "residual": residual})
        rows = rows.sort_values(["series", "cutoff", "time"], ignore_index=True)
        rows["step"] = rows.groupby(["series", "cutoff"], observed=True).cumcount() + 1
        rows = rows.dropna(subset="residual")
        if rows.empty:
            raise ValueError(f"table has no row with an actual value in {target_col!r} and a forecast in {model!r}")
        title = str(model) if series is None else f"{model}, {series}"
        return cls(residuals=rows, max_lag=max_lag, title=title).plot(ax)

    def plot(self, ax=None):
        """Draw the figure.

        Parameters
        ----------
        ax : matplotlib Axes, or four of them, optional
            Where to draw; a single one is cut in four. By default a new figure.

        Returns
        -------
        ResidualsDisplay
        """
        panels = _four_axes(ax)
        drawers = (self._draw_over_time, self._draw_histogram, self._draw_autocorrelation, self._draw_by_step)
        for panel, draw in zip(panels.flat, drawers, strict=True):
            draw(panel)
            plain(panel)
        self.ax_, self.figure_ = panels, panels[0, 0].figure
        return self

    def _draw_over_time(self, ax):
        rows = self.residuals
        size = max(2.2, min(4.5, 80 / np.sqrt(len(rows))))
        alpha = max(0.2, min(0.8, 20 / np.sqrt(len(rows))))
        index = pd.Index(rows["time"])
        ax.axhline(0, color=INK, linewidth=1)
        ax.plot(times(index), rows["residual"], "o", color=COLORS[0], markersize=size, alpha=alpha, markeredgewidth=0)
        date_axis(ax, index)
        ax.set_title(self.title, loc="left")
        ax.set_ylabel("actual − forecast")

    def _draw_histogram(self, ax):
        values = self.residuals["residual"].to_numpy()
        n_bins = int(np.clip(np.sqrt(len(values)), 5, 40))
        edges = ax.hist(values, bins=n_bins, density=True, color=COLORS[0], alpha=0.6, edgecolor="white")[1]
        ax.axvline(0, color=INK, linewidth=1)
        mean, std = values.mean(), values.std()
        if std > 0:
            grid = np.linspace(edges[0], edges[-1], 200)
            density = np.exp(-(((grid - mean) / std) ** 2) / 2) / (std * np.sqrt(2 * np.pi))
            ax.plot(grid, density, color=COLORS[1], linewidth=1.6, label="normal")
            ax.legend(loc="upper left", frameon=False)
        ax.set_title(f"mean {mean:.3g}, standard deviation {std:.3g}", loc="left", fontsize="medium")
        ax.set_xlabel("actual − forecast")
        ax.set_ylabel("density")

    def _draw_autocorrelation(self, ax):
        values, n = _autocorrelation(self.residuals, self.max_lag)
        lags, band = np.arange(1, len(values) + 1), 1.96 / np.sqrt(n)
        ax.axhspan(-band, band, color=GREY, alpha=0.2, linewidth=0, label="95 % of white noise")
        ax.axhline(0, color=INK, linewidth=1)
        ax.vlines(lags, 0, values, color=COLORS[0], linewidth=1.8)
        ax.plot(lags, values, "o", color=COLORS[0], markersize=4)
        limit = 1.1 * max(np.abs(values).max(initial=0.0), band, 0.3)
        ax.set_ylim(-limit, 1.35 * limit)
        ax.xaxis.get_major_locator().set_params(integer=True)
        ax.legend(loc="upper right", frameon=False)
        ax.set_xlabel("lag")
        ax.set_ylabel("autocorrelation")

    def _draw_by_step(self, ax):
        groups = self.residuals.groupby("step")["residual"]
        low, first, middle, third, high = (groups.quantile(q) for q in (0.05, 0.25, 0.5, 0.75, 0.95))
        steps, width = middle.index.to_numpy(), max(1.5, min(9.0, 120 / len(middle)))
        ax.axhline(0, color=INK, linewidth=1)
        ax.vlines(steps, low, high, color=COLORS[0], alpha=0.35, linewidth=max(1.0, width / 4), label="90 %")
        ax.vlines(steps, first, third, color=COLORS[0], alpha=0.7, linewidth=width, label="half")
        ax.plot(steps, middle, "o", color=COLORS[1], markersize=max(2.0, width / 2), label="median", zorder=3)
        bottom, top = min(low.min(), 0.0), max(high.max(), 0.0)
        room = top - bottom if top > bottom else 1.0
        ax.set_ylim(bottom - 0.08 * room, top + 0.22 * room)  # the legend lies above the bars
        ax.xaxis.get_major_locator().set_params(integer=True)
        ax.legend(loc="upper left", frameon=False, ncols=3)
        ax.set_xlabel("step of the horizon")
        ax.set_ylabel("actual − forecast")


def _autocorrelation(rows, max_lag):
    """Autocorrelations from lag 1 on, pooled over series, and how many residuals they come from."""
    newest = rows.sort_values("step").drop_duplicates(["series", "time"]).sort_values(["series", "time"])
    parts = [part.to_numpy() - part.mean() for _, part in newest.groupby("series", observed=True)["residual"]]
    longest = max(len(part) for part in parts)
    last = min(24, max(longest // 3, 1)) if max_lag is None else max_lag
    last = min(last, longest - 1)
    total = sum(float(part @ part) for part in parts)
    products = [sum(float(part[lag:] @ part[:-lag]) for part in parts) for lag in range(1, last + 1)]
    return np.asarray(products) / total if total > 0 else np.zeros(last), len(newest)


def _four_axes(ax):
    """Axes of shape (2, 2): given, cut from one, or of a new figure."""
    if ax is None:
        new = new_axes(None, figsize=(11, 7))
        return _four_axes(new)
    if np.ndim(ax):
        if np.size(ax) != 4:
            raise ValueError(f"ax has {np.size(ax)} Axes; the display needs four, or one that it cuts in four")
        return np.asarray(ax, dtype=object).reshape(2, 2)
    new_axes(ax)
    ax.set_axis_off()
    grid = ax.get_subplotspec().subgridspec(2, 2)
    return np.array([[ax.figure.add_subplot(grid[row, column]) for column in range(2)] for row in range(2)])
