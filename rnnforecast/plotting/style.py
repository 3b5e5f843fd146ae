"""What all figures look like."""

import pandas as pd

INK, GREY = "#333333", "#8a8a8a"
COLORS = ("#0b6fb8", "#d1651a", "#2c8a57", "#8a4fa3", "#b03a48", "#7a6a2c")
LEGEND_COLUMNS = 4
LEGEND_LINE = 0.08  # of the height of a figure that is as high as usual


def require_matplotlib():
    """Import matplotlib, or say how to install it."""
    try:
        import matplotlib  # noqa: F401
    except ImportError as error:
        raise ImportError('figures need matplotlib: pip install "rnnforecast[plot]"') from error


def new_axes(ax, figsize=(9, 4.5)):
    """Return the Axes given, or those of a new figure.

    Parameters
    ----------
    ax : matplotlib Axes or None
    figsize : tuple of float
        Of a new figure, in inches.

    Returns
    -------
    matplotlib Axes
    """
    require_matplotlib()
    if ax is not None:
        return ax
    from matplotlib import pyplot

    return pyplot.subplots(figsize=figsize, layout="constrained")[1]


def colors(n):
    """Return n colours; from the seventh on they repeat.

    Parameters
    ----------
    n : int

    Returns
    -------
    list of str
    """
    return [COLORS[i % len(COLORS)] for i in range(n)]


def times(index):
    """Return stamps that matplotlib can place: periods at their start, and wall time for zones.

    Parameters
    ----------
    index : pandas Index

    Returns
    -------
    ndarray
    """
    if isinstance(index, pd.PeriodIndex):
        index = index.to_timestamp()
    if isinstance(index, pd.DatetimeIndex):
        return index.tz_localize(None).to_numpy()
    return index.to_numpy()


def date_axis(ax, index):
    """Write dates that do not collide, where stamps are dates.

    Parameters
    ----------
    ax : matplotlib Axes
    index : pandas Index
    """
    if isinstance(index, pd.DatetimeIndex | pd.PeriodIndex):
        from matplotlib.dates import AutoDateLocator, ConciseDateFormatter

        locator = AutoDateLocator(minticks=3, maxticks=8)
        ax.xaxis.set_major_locator(locator)
        ax.xaxis.set_major_formatter(ConciseDateFormatter(locator))


def finish_series(ax, index, title, target):
    """Give a picture of a series its dates, names and legend.

    Parameters
    ----------
    ax : matplotlib Axes
    index : pandas Index
    title, target : str
    """
    date_axis(ax, index)
    if title:
        ax.set_title(title, loc="left")
    ax.set_ylabel(str(target))
    ax.margins(x=0.01)
    bottom, top = ax.get_ylim()
    n_lines = -(-len(ax.get_legend_handles_labels()[1]) // LEGEND_COLUMNS)
    room = LEGEND_LINE * n_lines * (top - bottom)
    ax.set_ylim(bottom, top + room, auto=True)  # the legend lies above the lines; others may still be drawn
    ax.legend(loc="upper left", frameon=False, ncols=LEGEND_COLUMNS, borderaxespad=0.1)
    plain(ax)


def plain(ax):
    """Take away what says nothing.

    Parameters
    ----------
    ax : matplotlib Axes
    """
    ax.spines[["top", "right"]].set_visible(False)
    ax.spines[["left", "bottom"]].set_color(GREY)
    ax.grid(axis="y", color=GREY, alpha=0.2, linewidth=0.8)
    ax.set_axisbelow(True)
