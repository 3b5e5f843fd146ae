"""The frequency of stamps: read it, infer it, and say how many steps make a season."""

import numbers
import re

import numpy as np
import pandas as pd

from rnnforecast.forecasting.panels.date_numbers import date_hint
from rnnforecast.forecasting.panels.timestamps import as_integers, is_clock, kind_of, number

_DAY = pd.Timedelta(days=1)
# Steps of one unit of the frequency in a season, by the first letters of its pandas name.
_SEASONS = {
    "YE": 1, "YS": 1, "BYE": 1, "BYS": 1, "QE": 4, "QS": 4, "BQE": 4, "BQS": 4,
    "ME": 12, "MS": 12, "BME": 12, "BMS": 12, "CBME": 12, "CBMS": 12, "WOM": 12, "LWOM": 12,
    "SME": 24, "SMS": 24, "W": 52, "B": 5, "C": 5, "D": 7, "bh": 8, "cbh": 8,
    "Y": 1, "A": 1, "Q": 4, "M": 12,
}  # fmt: skip


def season_length(freq):
    """Return the usual number of steps in a season.

    Yearly data have 1, quarterly 4, monthly 12, weekly 52, business-daily 5, daily 7. Hours and fractions
    of an hour down to five minutes count the steps of a day (hourly 24, half-hourly 48, 15 minutes 96),
    finer minutes those of an hour, seconds those of a minute.

    Parameters
    ----------
    freq : pandas offset, str or int
        Such as ``"ME"``, ``"30min"`` or an offset. An integer step has no season: 1.

    Returns
    -------
    int
        1 where a season is not a whole number of steps.
    """
    if isinstance(freq, numbers.Integral):
        return 1
    offset = pd.tseries.frequencies.to_offset(freq)
    if is_clock(offset) and pd.Timedelta(offset) % _DAY == pd.Timedelta(0):
        offset = pd.offsets.Day(pd.Timedelta(offset) // _DAY)
    if is_clock(offset):
        step, minute = pd.Timedelta(offset), pd.Timedelta(minutes=1)
        cycle = _DAY if step >= 5 * minute else 60 * minute if step >= minute else minute
        return _whole(cycle / step)
    if type(offset) is pd.DateOffset:
        months = offset.n * (offset.kwds.get("months", 0) + 12 * offset.kwds.get("years", 0))
        return _whole(12 / months) if months else 1
    if isinstance(offset, pd.offsets.Day) and offset.n % 7 == 0:
        return _whole(52 / (offset.n // 7))
    name = re.match("[A-Za-z]*", offset.base.freqstr).group()
    return _whole(_SEASONS.get(name, 1) / offset.n)


def _whole(length):
    return int(length) if length >= 1 and length == int(length) else 1


def frequency_name(freq):
    """Return `freq` as a user would write it.

    Parameters
    ----------
    freq : pandas offset or int

    Returns
    -------
    str
    """
    return str(freq) if isinstance(freq, numbers.Integral) else freq.freqstr


def as_frequency(freq, times, argument="freq"):
    """Check a frequency that a user gave against the kind of the stamps.

    Parameters
    ----------
    freq : str, pandas offset or int
    times : pandas.Index
        The stamps it is for.
    argument : str
        Its name in messages.

    Returns
    -------
    pandas offset or int
    """
    kind = kind_of(times)
    if kind == "integer":
        if isinstance(freq, numbers.Integral) and not isinstance(freq, bool) and freq > 0:
            return int(freq)
        hint = date_hint(times)
        raise ValueError(f"{argument}={freq!r} does not fit integer stamps; it must be a positive int{hint}")
    if isinstance(freq, numbers.Number):
        raise ValueError(f"{argument}={freq!r} does not fit {kind} stamps; it must be like 'h', 'D' or 'ME'")
    if kind == "period":
        if pd.PeriodDtype(freq) != times.dtype:
            raise ValueError(f"{argument}={freq!r} differs from the frequency of the periods, {times.freqstr!r}")
        return times.freq
    try:
        offset = pd.tseries.frequencies.to_offset(freq)
    except (ValueError, TypeError) as error:
        raise type(error)(
            f"{argument}={freq!r} is no frequency of pandas, such as 'h', 'D' or 'ME': {error}"
        ) from error
    if offset.n < 1:
        raise ValueError(f"{argument}={freq!r} steps backwards; it must be positive")
    return offset


def infer_frequency(times, indptr):
    """Find the frequency of sorted series from the distance that neighbours have.

    The median distance decides, so gaps do not hide the frequency, and two stamps are enough.

    Parameters
    ----------
    times : pandas.Index
        Stamps of all series, end to end, each series sorted and without duplicates.
    indptr : ndarray of shape (n_series + 1,)
        Where each series begins.

    Returns
    -------
    pandas offset, int or None
        None when no series has two stamps.
    """
    kind = kind_of(times)
    if kind == "period":
        return times.freq
    inside = np.ones(len(times), dtype=bool)
    inside[indptr[1:] - 1] = False
    distance = np.diff(as_integers(times))[inside[:-1]]
    if not len(distance):
        return 1 if kind == "integer" else None
    if kind == "integer":
        return int(_median(distance))
    wall = times.tz_localize(None)
    tick = pd.Timedelta(1, unit=times.unit)
    days = int(_median(np.diff(wall.asi8)[inside[:-1]])) * tick
    if days > pd.Timedelta(0) and days % _DAY == pd.Timedelta(0):
        return _calendar_frequency(times, days // _DAY)
    return pd.tseries.frequencies.to_offset(int(_median(distance)) * tick)


def _median(distance):
    """The lower median: always a distance that occurs."""
    middle = (len(distance) - 1) // 2
    return np.partition(distance, middle)[middle]


def _calendar_frequency(times, days):
    """The coarsest calendar that has all the stamps, `days` days apart at the median."""
    wall = times.tz_localize(None)
    for candidate in _month_frequencies(wall[0], days):
        if number(wall, candidate)[2].all():
            return candidate
    weekdays = np.unique(wall.day_of_week)
    if days % 7 == 0 and len(weekdays) == 1:
        return pd.offsets.Week(days // 7, weekday=int(weekdays[0]))
    ordinals = np.unique(wall.normalize().asi8)
    over_weekend = len(ordinals) > 1 and np.diff(ordinals).max() * pd.Timedelta(1, unit=wall.unit) >= 3 * _DAY
    if days == 1 and weekdays.max() < 5 and over_weekend:
        return pd.offsets.BusinessDay()
    return pd.offsets.Day(days)


def _month_frequencies(first, days):
    """Candidates for stamps that are whole months apart."""
    months = round(days / 30.44)
    if months < 1 or abs(days - 30.44 * months) > 3:
        return []
    if months % 12 == 0:
        count, anchor = months // 12, {"month": first.month}
        kinds = [pd.offsets.YearBegin, pd.offsets.YearEnd, pd.offsets.BYearBegin, pd.offsets.BYearEnd]
    elif months % 3 == 0:
        count, anchor = months // 3, {"startingMonth": first.month}
        kinds = [pd.offsets.QuarterBegin, pd.offsets.QuarterEnd]
        kinds += [pd.offsets.BQuarterBegin, pd.offsets.BQuarterEnd]
    else:
        count, anchor = months, {}
        kinds = [pd.offsets.MonthBegin, pd.offsets.MonthEnd]
        kinds += [pd.offsets.BMonthBegin, pd.offsets.BMonthEnd]
    return [*(kind(count, **anchor) for kind in kinds), months * pd.DateOffset(months=1)]
