"""Whether intervals hold what they promise."""

import numpy as np

from rnnforecast.plotting.style import GREY, INK, colors, new_axes, plain
from rnnforecast.plotting.tables import check_backtest, choose_models, models_of

_KINDS = ("coverage", "pit")


class CalibrationDisplay:
    """Empirical against nominal coverage of intervals, or the histogram of the probability integral transform.

    Intervals that hold what they promise lie on the diagonal: above it they are too wide, below it too narrow. The
    histogram shows on which side: it has one bar between each two neighbouring quantiles (the bounds of the intervals
    are quantiles), as high as the share of actual values that fell there, divided by the share that should; all bars
    of a calibrated forecast are 1 high, a hollow means that forecasts are too wide, a slope that they are biased
    (Gneiting, Balabdaoui and Raftery 2007). Make one with `from_predictions`.

    Parameters
    ----------
    coverages : dict of str to tuple of ndarray
        By model: nominal and empirical coverage in percent, one of each per level.
    ranks : dict of str to tuple of ndarray
        By model: edges of the bars from 0 to 1, and their heights.

    Attributes
    ----------
    ax_ : matplotlib Axes
    figure_ : matplotlib Figure
    """

    def __init__(self, *, coverages, ranks):
        self.coverages = coverages
        self.ranks = ranks

    @classmethod
    def from_predictions(
        cls,
        table,
        *,
        models=None,
        series=None,
        kind="coverage",
        ax=None,
        id_col="unique_id",
        time_col="ds",
        target_col="y",
    ):
        """Draw how well the intervals in the table of a backtest cover.

        Parameters
        ----------
        table : DataFrame
            What `backtest` returned with `level`, for several levels. Rows without an actual value are left out.
        models : list of str, optional
            Models to draw. By default all that have intervals.
        series : object, optional
            Name of the only series to take, in tables of several. By default all.
        kind : {"coverage", "pit"}, default="coverage"
        ax : matplotlib Axes, optional
            Where to draw. By default a new figure.
        id_col, time_col, target_col : str
            Columns of the table.

        Returns
        -------
        CalibrationDisplay
        """
        check_backtest(table, [target_col])
        known = models_of(table, (id_col, "cutoff", time_col, target_col))
        known = {name: parts for name, parts in known.items() if parts.intervals}
        if not known:
            raise ValueError("table has no intervals; a backtest with level=, such as level=[50, 80, 95], gives them")
        chosen = choose_models(known, models)
        if series is not None and (id_col not in table.columns or series not in set(table[id_col])):
            raise ValueError(f"series={series!r} is not in the column {id_col!r} of the table")
        rows = table if series is None else table[table[id_col] == series]
        rows = rows.dropna(subset=target_col)
        if rows.empty:
            raise ValueError(f"table has no row with an actual value in {target_col!r}")
        bounds = [column for parts in chosen.values() for column in parts.quantiles]
        missing = [column for column in bounds if rows[column].isna().any()]
        if missing:
            raise ValueError(f"table has missing values in column {missing[0]!r}")
        actual = rows[target_col].to_numpy(float)
        coverages = {str(name): _coverages(rows, actual, parts) for name, parts in chosen.items()}
        ranks = {str(name): _ranks(rows, actual, parts) for name, parts in chosen.items()}
        return cls(coverages=coverages, ranks=ranks).plot(ax, kind=kind)

    def plot(self, ax=None, *, kind="coverage"):
        """Draw the figure.

        Parameters
        ----------
        ax : matplotlib Axes, optional
            Where to draw. By default a new figure.
        kind : {"coverage", "pit"}, default="coverage"

        Returns
        -------
        CalibrationDisplay
        """
        if kind not in _KINDS:
            raise ValueError(f"kind={kind!r} must be one of {_KINDS}")
        ax = new_axes(ax, figsize=(5.5, 5.5) if kind == "coverage" else (7, 4.5))
        (self._draw_coverage if kind == "coverage" else self._draw_ranks)(ax)
        plain(ax)
        self.ax_, self.figure_ = ax, ax.figure
        return self

    def _draw_coverage(self, ax):
        ax.plot([0, 100], [0, 100], color=GREY, linewidth=1.2, linestyle="--", label="calibrated")
        for (name, (nominal, empirical)), color in zip(
            self.coverages.items(), colors(len(self.coverages)), strict=True
        ):
            ax.plot(nominal, empirical, "o-", color=color, linewidth=1.8, markersize=6, label=name)
        ax.set_xlim(0, 102)
        ax.set_ylim(0, 102)
        ax.set_aspect("equal")
        ax.set_xlabel("nominal coverage, %")
        ax.set_ylabel("empirical coverage, %")
        ax.legend(loc="upper left", frameon=False)

    def _draw_ranks(self, ax):
        for (name, (edges, heights)), color in zip(self.ranks.items(), colors(len(self.ranks)), strict=True):
            ax.stairs(heights, edges, fill=True, color=color, alpha=0.35 if len(self.ranks) == 1 else 0.15)
            ax.stairs(heights, edges, color=color, linewidth=1.8, label=name, baseline=None)
        ax.axhline(1, color=INK, linewidth=1.2, linestyle="--", label="calibrated")
        ax.set_xlim(0, 1)
        ax.set_ylim(0, 1.25 * max(1.0, *(heights.max() for _, heights in self.ranks.values())))
        ax.set_xlabel("probability integral transform")
        ax.set_ylabel("share, relative to nominal")
        ax.legend(loc="upper left", frameon=False, ncols=3)


def _coverages(rows, actual, parts):
    """Nominal and empirical coverage in percent, rising."""
    levels = sorted(parts.intervals)
    bounds = [(rows[low].to_numpy(float), rows[high].to_numpy(float)) for low, high in map(parts.intervals.get, levels)]
    return np.asarray(levels), np.asarray([100 * np.mean((low <= actual) & (actual <= high)) for low, high in bounds])


def _ranks(rows, actual, parts):
    """Edges of the bars, and the share of actual values in each over its width; a value on a bound is left of it."""
    by_quantile = {round(quantile, 9): column for column, quantile in parts.quantiles.items()}
    quantiles = sorted(by_quantile)
    below = [np.mean(actual <= rows[by_quantile[quantile]].to_numpy(float)) for quantile in quantiles]
    edges = np.asarray([0.0, *quantiles, 1.0])
    return edges, np.diff([0.0, *below, 1.0]) / np.diff(edges)
