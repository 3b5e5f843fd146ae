"""Stamps on a regular grid: number them, count the steps between them, move them.

Three kinds of stamps are known: datetimes (with or without a time zone), periods and integers. A
frequency is a pandas offset for the first two and an integer step for the last.

Clock frequencies (hours and finer) count elapsed time, so 01:00, 02:00 and 03:00 are neighbours in any
time zone. Days and everything coarser count on the wall calendar, so midnight follows midnight even
where the clocks change in between.
"""

import numpy as np
import pandas as pd

# Offsets whose grid holds times of day; for all others the grid is made of dates.
_TIMED = (pd.offsets.BusinessHour, pd.offsets.CustomBusinessHour)
# The shift that a time zone may force on a wall time which its clocks skip.
_CLOCK_CHANGE = pd.Timedelta(hours=1)


def kind_of(times):
    """Return "datetime", "period" or "integer".

    Parameters
    ----------
    times : pandas.Index

    Returns
    -------
    str
    """
    if isinstance(times, pd.DatetimeIndex):
        return "datetime"
    return "period" if isinstance(times, pd.PeriodIndex) else "integer"


def is_clock(freq):
    """Whether `freq` counts elapsed time: hours, minutes, seconds and finer.

    Parameters
    ----------
    freq : pandas offset or int

    Returns
    -------
    bool
    """
    return isinstance(freq, pd.offsets.Tick) and not isinstance(freq, pd.offsets.Day)


def as_integers(times):
    """Return int64 numbers that sort and repeat as the stamps do.

    Parameters
    ----------
    times : pandas.Index
        Any of the three kinds.

    Returns
    -------
    ndarray of shape (n,)
    """
    return times.to_numpy(np.int64) if kind_of(times) == "integer" else times.asi8


def number(times, freq):
    """Number stamps so that one step of `freq` adds the same amount everywhere.

    Parameters
    ----------
    times : pandas.Index
    freq : pandas offset or int

    Returns
    -------
    ordinals : ndarray of shape (n,), int64
    unit : int
        What one step of `freq` adds.
    on_grid : ndarray of shape (n,), bool
        False where a stamp is not one that the calendar of `freq` has.
    """
    kind = kind_of(times)
    everywhere = np.ones(len(times), dtype=bool)
    if kind == "integer":
        return as_integers(times), freq, everywhere
    if kind == "period":
        return times.asi8, freq.n, everywhere
    if is_clock(freq):
        return times.asi8, _clock_unit(times, freq), everywhere
    date, _ = _wall(times, freq)
    if isinstance(freq, pd.offsets.Day):
        return date.asi8 // _per_day(date), freq.n, everywhere
    ordinals = _calendar(date, freq).get_indexer(date)
    return ordinals, freq.n, ordinals >= 0


def steps_to_next(times, freq):
    """Count the steps of `freq` from each stamp to the one after it.

    Parameters
    ----------
    times : pandas.Index
        n stamps.
    freq : pandas offset or int

    Returns
    -------
    ndarray of shape (n - 1,), int64
        -1 where no whole number of steps leads from one stamp to the next, or a stamp is off the grid.
    """
    ordinals, unit, on_grid = number(times, freq)
    steps, rest = np.divmod(np.diff(ordinals), unit)
    whole = (rest == 0) & on_grid[1:] & on_grid[:-1]
    if kind_of(times) == "datetime" and not is_clock(freq):
        time_of_day = _wall(times, freq)[1]
        slack = pd.Timedelta(0) if times.tz is None else _CLOCK_CHANGE
        if time_of_day is not None:
            whole &= np.abs(np.diff(time_of_day.to_numpy())) <= slack.to_timedelta64()
    return np.where(whole, steps, -1)


def shift(times, steps, freq):
    """Move stamps forward.

    Parameters
    ----------
    times : pandas.Index
        n stamps on the grid of `freq`.
    steps : array-like of shape (n,)
        How many steps to move each, none negative.
    freq : pandas offset or int

    Returns
    -------
    pandas.Index
        Of the same kind, time zone and name, and, but for integers that have no room in it, of the same dtype.
    """
    steps, kind = np.asarray(steps, dtype=np.int64), kind_of(times)
    if kind == "integer":
        moved, room = as_integers(times) + steps * freq, np.iinfo(times.dtype)
        fits = ((moved >= room.min) & (moved <= room.max)).all()
        return pd.Index(moved, dtype=times.dtype if fits else np.int64, name=times.name)
    if kind == "period":
        ordinals = times.asi8 + steps * freq.n
        return pd.PeriodIndex.from_ordinals(ordinals, freq=times.freq, name=times.name)
    if is_clock(freq):
        elapsed = (steps * _clock_unit(times, freq)).astype(f"timedelta64[{times.unit}]")
        return (times + pd.TimedeltaIndex(elapsed)).rename(times.name)
    date, time_of_day = _wall(times, freq)
    if isinstance(freq, pd.offsets.Day):
        days = (steps * freq.n * _per_day(date)).astype(f"timedelta64[{date.unit}]")
        moved = date + pd.TimedeltaIndex(days)
    else:
        grid = _calendar(date, freq, ahead=int(steps.max(initial=0)) * freq.n)
        moved = grid.take((0 if _are_one(date) else grid.get_indexer(date)) + steps * freq.n)
    if time_of_day is not None:
        moved = moved + time_of_day
    moved = moved.as_unit(times.unit)
    if times.tz is not None:
        # The first of two equal wall times, and the next one that exists: as far as a rule can tell.
        moved = moved.tz_localize(times.tz, ambiguous=np.ones(len(moved), dtype=bool), nonexistent="shift_forward")
    return moved.rename(times.name)


def _clock_unit(times, freq):
    """One step of a clock frequency in the resolution of the stamps."""
    unit, rest = divmod(pd.Timedelta(freq), pd.Timedelta(1, unit=times.unit))
    if rest != pd.Timedelta(0):
        raise ValueError(f"freq={freq.freqstr!r} is finer than the stamps, which count in {times.unit!r}")
    return unit


def _per_day(times):
    return pd.Timedelta(days=1) // pd.Timedelta(1, unit=times.unit)


def _wall(times, freq):
    """Split stamps into what the calendar of `freq` numbers, and the time of day left over; None for midnights."""
    wall = times if times.tz is None else times.tz_localize(None)
    if isinstance(freq, _TIMED) or type(freq) is pd.DateOffset or wall.is_normalized:
        return wall, None
    date = wall.normalize()
    return date, wall - date


def _calendar(dates, freq, ahead=0):
    """All stamps of the calendar from the first of `dates` to the last, and `ahead` more."""
    if _are_one(dates):
        return pd.date_range(dates[0], periods=ahead + 1, freq=freq.base, unit=dates.unit)
    grid = pd.date_range(dates.min(), dates.max(), freq=freq.base, unit=dates.unit)
    if ahead and len(grid):
        grid = grid.append(pd.date_range(grid[-1], periods=ahead + 1, freq=freq.base, unit=dates.unit)[1:])
    return grid


def _are_one(dates):
    """Whether all are the same, as where a single series goes on."""
    numbers = dates.asi8
    return len(numbers) > 0 and (numbers == numbers[0]).all()
