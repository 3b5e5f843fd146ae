"""Take a fixed season out of each series: the classical decomposition."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from rnnforecast.forecasting.panels.frequency import frequency_name, season_length
from rnnforecast.forecasting.panels.timestamps import is_clock, number
from rnnforecast.forecasting.transforms.checks import check_above
from rnnforecast.forecasting.transforms.per_series import PerSeries


@dataclass(frozen=True)
class Deseasonalize(PerSeries):
    """Subtract from each series its season, or divide by it; trend and noise stay.

    The trend is a centred moving average over one season. What the series has beside it is averaged at each place of
    the season, and these means are shifted to sum to zero (multiplicative: scaled to a mean of one). The place of a
    row follows from its stamp, so that later rows and forecasts continue the season. Hours and finer count elapsed
    time: where the clocks of a time zone change, the season does not move with them.

    Parameters
    ----------
    season_length : int, optional
        By default that of the frequency, such as 12 for months. Every series needs two seasons.
    model : {"additive", "multiplicative"}, default="additive"
        "multiplicative" needs positive values.
    """

    season_length: int | None = None
    model: str = "additive"

    learned = ("season",)

    def __post_init__(self):
        length = self.season_length
        if length is not None and (isinstance(length, bool) or not isinstance(length, int | np.integer) or length < 2):
            raise ValueError(f"season_length={length!r} must be None or an int of at least 2")
        if self.model not in ("additive", "multiplicative"):
            raise ValueError(f"model={self.model!r} must be 'additive' or 'multiplicative'")

    def common(self, panel):
        """One stamp on the calendar, from which the calendar's steps are counted; see `PerSeries.common`."""
        return {"anchor": _wall(panel)[:1].to_numpy() if _on_calendar(panel) else np.empty(0, "datetime64[s]")}

    def measure(self, panel, common):
        """The season of each series, (n_series, season_length); see `PerSeries.measure`."""
        n_places = resolve_season(self.season_length, panel.freq, "season_length")
        panel.check_rows(2 * n_places, f"Deseasonalize(season_length={n_places})")
        self._check(panel)
        place = _steps(panel, common["anchor"]) % n_places
        values, starts, lengths = panel.values, panel.indptr[:-1], panel.lengths
        size = np.maximum.reduceat(np.abs(values), starts)
        size[size == 0] = 1.0
        shares = values / np.repeat(size, lengths)  # their sums do not overflow
        inside, trend = centred_average(panel.with_values(shares), n_places)
        beside = shares[inside] / trend if self.model == "multiplicative" else shares[inside] - trend
        cell = np.repeat(np.arange(panel.n_series), lengths)[inside] * n_places + place[inside]
        n_cells = panel.n_series * n_places
        season = np.bincount(cell, beside, n_cells) / np.bincount(cell, minlength=n_cells)
        season = season.reshape(panel.n_series, n_places)
        mean = season.mean(axis=1, keepdims=True)
        return {"season": season / mean if self.model == "multiplicative" else (season - mean) * size[:, None]}

    def apply(self, state, panel):
        """Take the season out; see `Transform.apply`."""
        self._check(panel)
        (season,) = self.numbers(state, panel)
        series = np.repeat(np.arange(panel.n_series), panel.lengths)
        own = season[series, _steps(panel, state["anchor"]) % season.shape[1]]
        return panel.with_values(panel.values / own if self.model == "multiplicative" else panel.values - own)

    def invert(self, state, forecasts, panel):
        """Put the season of the forecasts' stamps back; see `Transform.invert`."""
        (season,) = self.numbers(state, panel)
        last = _steps(panel, state["anchor"])[panel.indptr[1:] - 1]
        place = (last[:, None] + np.arange(1, forecasts.shape[1] + 1)) % season.shape[1]
        own = np.take_along_axis(season, place, axis=1)
        own = own.reshape(own.shape + (1,) * (forecasts.ndim - 2))
        return forecasts * own if self.model == "multiplicative" else forecasts + own

    def _check(self, panel):
        if self.model == "multiplicative":
            check_above(panel, 0.0, "Deseasonalize(model='multiplicative')")


def resolve_season(length, freq, argument):
    """Return `length`, or the season of the frequency where it is None; refuse a frequency that has none.

    Parameters
    ----------
    length : int or None
    freq : pandas offset or int
    argument : str
        The parameter that a user can set instead.

    Returns
    -------
    int
    """
    if length is not None:
        return int(length)
    length = season_length(freq)
    if length < 2:
        raise ValueError(f"freq={frequency_name(freq)!r} has no season; give {argument}")
    return length


def centred_average(panel, width):
    """Average over one season around each row; an even width gives the two rows at the ends half the weight.

    A window's sum is that of its part up to a multiple of `width` plus that of its part after it, so that rounding
    errors of large numbers never reach other windows, as they would in differences of one long running sum.

    Parameters
    ----------
    panel : Panel
    width : int

    Returns
    -------
    inside : ndarray of shape (n_inside,)
        Rows that have `width // 2` rows of their series on both sides.
    average : ndarray of shape (n_inside,)
    """
    row, half = np.arange(panel.n_rows) - np.repeat(panel.indptr[:-1], panel.lengths), width // 2
    n_blocks = -(-panel.lengths // width)  # each series begins with a block: its bits are the same in any panel
    at = row + np.repeat(width * (np.cumsum(n_blocks) - n_blocks), panel.lengths)
    blocks = np.zeros((n_blocks.sum() + 1, width))
    blocks.reshape(-1)[at] = panel.values
    up_to = np.cumsum(blocks, axis=1).reshape(-1)
    on_from = np.cumsum(blocks[:, ::-1], axis=1)[:, ::-1]
    on_from[:, 0] = 0.0  # a window that begins with a block has it all in `up_to`
    sums = on_from.reshape(-1)[at] + up_to[at + width - 1]
    inside = np.flatnonzero((row >= half) & (row < np.repeat(panel.lengths, panel.lengths) - half))
    first = sums[inside - half]
    return inside, (first if width % 2 else (first + sums[inside - half + 1]) / 2) / width


def _on_calendar(panel):
    """Whether the stamps are numbered by their place on a calendar, which has no first page."""
    return panel.kind == "datetime" and not is_clock(panel.freq)


def _wall(panel):
    return panel.times.tz_localize(None)


def _steps(panel, anchor):
    """Number the rows by their stamps: neighbours differ by one, and equal stamps have equal numbers in any panel."""
    if not _on_calendar(panel):
        ordinals, unit, _ = number(panel.times, panel.freq)
        return ordinals // unit
    ordinals, unit, on_grid = number(_wall(panel).append(pd.DatetimeIndex(anchor)), panel.freq)
    if not on_grid.all():
        raise ValueError(f"the stamps do not lie on the same calendar {panel.freq.freqstr!r} as those of fit")
    return (ordinals[:-1] - ordinals[-1]) // unit
