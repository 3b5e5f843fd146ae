"""Features that the clock and the calendar name, such as the hour and the month."""

import numpy as np
import pandas as pd

from rnnforecast.forecasting.panels.timestamps import kind_of

# Name: how long one value lasts, and how many there are before they begin again.
_CLOCK = {
    "second": (pd.Timedelta(seconds=1), 60),
    "minute": (pd.Timedelta(minutes=1), 60),
    "hour": (pd.Timedelta(hours=1), 24),
}
# Name: how to read it from a DatetimeIndex, its first value, and how many there are.
_DATE = {
    "dayofweek": (lambda days: days.day_of_week, 0, 7),
    "day": (lambda days: days.day, 1, 31),
    "dayofyear": (lambda days: days.day_of_year, 1, 366),
    "week": (lambda days: days.isocalendar().week, 1, 53),
    "month": (lambda days: days.month, 1, 12),
    "quarter": (lambda days: days.quarter, 1, 4),
}
NAMES = (*_CLOCK, *_DATE, "time", "is_weekend")


def calendar_features(times, names, *, cyclical=True):
    """Turn stamps into features of the clock and the calendar.

    Hours, days and so on are those of the stamps' own time zone. A period counts from its first moment.

    Parameters
    ----------
    times : DatetimeIndex or PeriodIndex of shape (n,)
    names : list of str
        Of "second", "minute", "hour", "dayofweek" (Monday is the first), "day" (of the month), "dayofyear", "week" (of
        ISO 8601), "month", "quarter", "time" (time of day, with its fractions of an hour) and "is_weekend".
    cyclical : bool, default=True
        Whether a feature is a sine and a cosine of its place in the cycle, so that December lies beside January.
        Otherwise it is one number, from -0.5 for its first value to 0.5 for its last one. "is_weekend" always is:
        0.5 on Saturdays and Sundays, -0.5 on other days.

    Returns
    -------
    matrix : ndarray of shape (n, k), float64
    columns : list of str
        k names, such as "hour_sin" and "hour_cos", or "hour".

    Examples
    --------
    >>> import pandas as pd
    >>> from rnnforecast.forecasting.calendar import calendar_features
    >>> calendar_features(pd.to_datetime(["2024-01-01", "2024-12-31"]), ["month"], cyclical=False)
    (array([[-0.5],
           [ 0.5]]), ['month'])
    """
    names = check_names(names)
    if kind_of(times) == "integer" and names:
        raise ValueError(
            f"names={names} need stamps that are datetimes or periods; got integers, for which there are fourier terms"
        )
    columns = _columns(names, cyclical)
    if not columns or not len(times):
        return np.empty((len(times), len(columns))), columns
    wall = wall_times(times)
    day = pd.Timedelta(days=1) // pd.Timedelta(1, unit=wall.unit)
    days, of_day = np.divmod(wall.asi8, day)
    days, codes = _dates(days)
    parts = []
    for name in names:
        if name == "time":
            parts += _waves(of_day / day) if cyclical else [of_day / day - 0.5]
        elif name == "is_weekend":
            parts.append(((days.day_of_week >= 5) - 0.5)[codes])
        elif name in _CLOCK:
            step, count = _CLOCK[name]
            ticks = step // pd.Timedelta(1, unit=wall.unit)
            values = of_day // ticks % count
            parts += [column[values] for column in _cycle(np.arange(count), count, cyclical)]
        else:
            field, first, count = _DATE[name]
            values = np.asarray(field(days), dtype=np.int64) - first
            parts += [column[codes] for column in _cycle(values, count, cyclical)]
    return np.stack(parts).T, columns


def check_names(names, argument="names"):
    """Check names of features.

    Parameters
    ----------
    names : list of str
    argument : str
        Its name in messages.

    Returns
    -------
    list of str
    """
    if isinstance(names, str) or not hasattr(names, "__iter__"):
        raise TypeError(f"{argument} must be a list such as ['hour', 'dayofweek']; got {names!r}")
    names = list(names)
    for place, name in enumerate(names):
        if name not in NAMES:
            raise ValueError(f"{argument} has {name!r}, which is none of {', '.join(NAMES)}")
        if name in names[:place]:
            raise ValueError(f"{argument} has {name!r} twice")
    return names


def wall_times(times):
    """Return what a clock and a calendar on the wall show.

    Parameters
    ----------
    times : DatetimeIndex or PeriodIndex

    Returns
    -------
    DatetimeIndex
        Without a time zone; the first moment of a period.
    """
    return times.to_timestamp(how="start") if isinstance(times, pd.PeriodIndex) else times.tz_localize(None)


def _columns(names, cyclical):
    """Names of the columns."""
    pairs = ([f"{name}_sin", f"{name}_cos"] if cyclical and name != "is_weekend" else [name] for name in names)
    return [column for pair in pairs for column in pair]


def _dates(days):
    """Each date once, and which of them every row has."""
    codes, known = pd.factorize(days)
    return pd.DatetimeIndex(known.astype("M8[D]").astype("M8[s]")), codes


def _cycle(values, count, cyclical):
    """Columns of values 0, ..., count - 1."""
    return _waves(values / count) if cyclical else [values / (count - 1) - 0.5]


def _waves(share):
    return [np.sin(2 * np.pi * share), np.cos(2 * np.pi * share)]
