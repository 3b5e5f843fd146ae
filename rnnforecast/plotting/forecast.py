"""A series and the forecast that continues it, with its intervals as a fan."""

import numpy as np

from rnnforecast.plotting.files import save_figure
from rnnforecast.plotting.style import INK, colors, finish_series, new_axes, times
from rnnforecast.plotting.tables import (
    check_frame,
    choose_levels,
    models_of,
    one_series,
    paths_of,
    plain_frames,
    series_name,
)


class ForecastDisplay:
    """A series and the forecast that continues it, with its intervals as a fan.

    Make one with `from_estimator` or `from_predictions`.

    Parameters
    ----------
    observed : Series
        The end of the history, over its stamps.
    forecast : DataFrame
        Forecasts over their stamps: a column per model, and those of its intervals and sample paths.
    levels : list of float
        Intervals to draw, the widest first. With several models the fans are left out.
    title : str
    target : str
        Name of what is forecast.

    Attributes
    ----------
    ax_ : matplotlib Axes
    figure_ : matplotlib Figure
    """

    def __init__(self, *, observed, forecast, levels=(), title="", target="y"):
        self.observed = observed
        self.forecast = forecast
        self.levels = levels
        self.title = title
        self.target = target

    @classmethod
    def from_estimator(cls, estimator, history, *, h=None, level=(80, 95), last=None, series=None, ax=None):
        """Forecast, and draw the forecast behind the data.

        Parameters
        ----------
        estimator : fitted forecaster
        history : Series or DataFrame
            The data that it was fitted to.
        h : int, optional
            Number of steps. By default the `h` of the forecaster.
        level : float, list of float or None, default=(80, 95)
            Coverage of the intervals in percent.
        last, series, ax
            As in `from_predictions`.

        Returns
        -------
        ForecastDisplay
        """
        level = list(level) if isinstance(level, tuple) else level
        columns = {name: getattr(estimator, name) for name in ("id_col", "time_col", "target_col")}
        forecast = estimator.predict(h=h, level=level)
        return cls.from_predictions(history, forecast, last=last, series=series, ax=ax, **columns)

    @classmethod
    def from_predictions(
        cls,
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
        """Draw a forecast behind the data.

        Parameters
        ----------
        history : Series or DataFrame
            The data that the forecaster was given.
        forecast : Series or DataFrame
            What its `predict` or `simulate` returned. With columns of several models the fans are left out.
        levels : list of float, optional
            Intervals to draw, in percent. By default all that `forecast` has.
        last : int, optional
            How many rows of the history to draw. By default the newest of them, five times as many as the forecast
            has but not fewer than 60.
        series : object, optional
            Name of the series to draw, in frames of several. By default the first one of `forecast`.
        ax : matplotlib Axes, optional
            Where to draw. By default a new figure.
        id_col, time_col, target_col : str
            Columns of long frames.

        Returns
        -------
        ForecastDisplay
        """
        history, forecast = plain_frames(history=history, forecast=forecast)
        check_frame(forecast, "forecast")
        series = series_name(forecast, series, id_col, history)
        past = one_series(history, series, id_col, time_col, "history")
        future = one_series(forecast, series, id_col, time_col, "forecast")
        target = target_col if target_col in past.columns else past.columns[-1]
        last = max(60, 5 * len(future)) if last is None else last
        if last < 1:
            raise ValueError(f"last={last} must be at least 1")
        observed = past[target].sort_index().iloc[-last:]
        levels = choose_levels(_models(future), levels)
        title = "" if series is None else str(series)
        name = getattr(history, "name", None) or target
        return cls(observed=observed, forecast=future, levels=levels, title=title, target=name).plot(ax)

    def plot(self, ax=None):
        """Draw the figure.

        Parameters
        ----------
        ax : matplotlib Axes, optional
            Where to draw. By default a new figure.

        Returns
        -------
        ForecastDisplay
        """
        ax = new_axes(ax)
        ax.plot(times(self.observed.index), self.observed.to_numpy(float), color=INK, linewidth=1.2, label="observed")
        models, paths = _models(self.forecast), paths_of(self.forecast)
        for (model, columns), color in zip(paths.items(), colors(len(paths)), strict=True):
            self._draw_paths(ax, model, columns, color)
        for (model, parts), color in zip(models.items(), colors(len(models)), strict=True):
            if len(models) == 1:
                self._draw_fan(ax, parts, color)
            stamps, values = _joined(self.observed, self.forecast[model])
            label = "forecast" if model == self.observed.name else str(model)
            ax.plot(stamps, values, color=color, linewidth=1.8, label=label)
        finish_series(ax, self.observed.index, self.title, self.target)
        self.ax_, self.figure_ = ax, ax.figure
        return self

    def _draw_paths(self, ax, model, columns, color):
        """A thin line per path, all under one name."""
        alpha = max(0.05, min(0.6, 6 / len(columns)))
        for column in columns:
            ax.plot(*_joined(self.observed, self.forecast[column]), color=color, linewidth=0.8, alpha=alpha)
        ax.plot([], [], color=color, linewidth=0.8, label=f"{len(columns)} sample paths of {model}")

    def _draw_fan(self, ax, parts, color):
        """One band per level, the wider the paler, from the last observation on."""
        for number, level in enumerate(self.levels):
            stamps, lower = _joined(self.observed, self.forecast[parts.intervals[level][0]])
            upper = _joined(self.observed, self.forecast[parts.intervals[level][1]])[1]
            alpha = 0.15 + 0.17 * number / max(len(self.levels) - 1, 1)
            ax.fill_between(stamps, lower, upper, color=color, alpha=alpha, linewidth=0, label=f"{level:g} % interval")


def plot_forecast(history, forecast, **options):
    """Draw a series and the forecast that continues it, with its intervals as a fan.

    Parameters
    ----------
    history, forecast : Series or DataFrame
        The data that the forecaster was given, and what its `predict` returned.
    **options
        As in `ForecastDisplay.from_predictions`: levels, last, series, ax, id_col, time_col, target_col.

    Returns
    -------
    matplotlib Axes
    """
    return ForecastDisplay.from_predictions(history, forecast, **options).ax_


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
    save_figure(path, lambda ax: plot_forecast(history, forecast, ax=ax, **options))


def _models(forecast):
    """The models of a forecast, whose sample paths may stand there without it."""
    return models_of(forecast, [column for columns in paths_of(forecast).values() for column in columns])


def _joined(past, future):
    """Stamps and values of a forecast, with the last observation in front so that no hole is left."""
    past = past.dropna()
    if len(past) == 0 or not past.index[-1] < future.index[0]:
        return times(future.index), future.to_numpy(float)
    values = np.concatenate([past.to_numpy(float)[-1:], future.to_numpy(float)])
    return np.concatenate([times(past.index[-1:]), times(future.index)]), values
