"""Sines and cosines of any period, in steps that are counted from a fixed origin."""

import numbers

import numpy as np
import pandas as pd

from rnnforecast.forecasting.calendar.names import wall_times
from rnnforecast.forecasting.panels.timestamps import as_integers, is_clock, kind_of

_ORIGIN = pd.Timestamp("1970-01-01")
_MONTHS = {
    1: (pd.offsets.MonthBegin, pd.offsets.MonthEnd, pd.offsets.BMonthBegin, pd.offsets.BMonthEnd,
        pd.offsets.CBMonthBegin, pd.offsets.CBMonthEnd, pd.offsets.WeekOfMonth, pd.offsets.LastWeekOfMonth),
    3: (pd.offsets.QuarterBegin, pd.offsets.QuarterEnd, pd.offsets.BQuarterBegin, pd.offsets.BQuarterEnd),
    12: (pd.offsets.YearBegin, pd.offsets.YearEnd, pd.offsets.BYearBegin, pd.offsets.BYearEnd),
}  # fmt: skip


def fourier_terms(times, freq, period, order):
    """Return sin(2 pi k t / period) and cos(2 pi k t / period) for k = 1, ..., order.

    The step number t counts from 1970-01-01, or from the integer 0, so that equal stamps have equal features wherever
    they come from.

    Parameters
    ----------
    times : pandas.Index of shape (n,)
        DatetimeIndex, PeriodIndex or integers.
    freq : pandas offset, str or int
        One step.
    period : float
        In steps; need not be whole: 365.25 for the year of daily data.
    order : int
        Number of pairs, at most half the period.

    Returns
    -------
    matrix : ndarray of shape (n, 2 * order), float64
    columns : list of str
        Such as "fourier_365.25_sin1" and "fourier_365.25_cos1".
    """
    period, order = check_wave(period, order)
    share = (step_numbers(times, freq) / period) % 1.0
    matrix, columns = np.empty((len(times), 2 * order)), []
    for k in range(1, order + 1):
        angle = 2 * np.pi * ((k * share) % 1.0)
        matrix[:, 2 * k - 2], matrix[:, 2 * k - 1] = np.sin(angle), np.cos(angle)
        columns += [f"fourier_{period:.10g}_sin{k}", f"fourier_{period:.10g}_cos{k}"]
    return matrix, columns


def check_wave(period, order):
    """Check a period and the number of its pairs.

    Parameters
    ----------
    period : float
    order : int

    Returns
    -------
    period : float
    order : int
    """
    if isinstance(period, bool) or not isinstance(period, numbers.Real):
        raise TypeError(f"period must be a number of steps; got {period!r}")
    if isinstance(order, bool) or not isinstance(order, numbers.Integral):
        raise TypeError(f"order must be a positive int; got {order!r}")
    if not 2 <= period < np.inf:
        raise ValueError(f"period={period!r} must be a finite number of at least 2 steps")
    if not 1 <= order <= period / 2:
        raise ValueError(f"order={order} must lie between 1 and half the period, {period / 2:g}")
    return float(period), int(order)


def step_numbers(times, freq):
    """Count steps of a frequency from a fixed origin.

    Parameters
    ----------
    times : pandas.Index of shape (n,)
    freq : pandas offset, str or int

    Returns
    -------
    ndarray of shape (n,), float64
        Neighbours differ by 1, but for the rounding and for clock changes.
    """
    kind = kind_of(times)
    if kind == "integer":
        return as_integers(times) / freq
    freq = times.freq if kind == "period" else pd.tseries.frequencies.to_offset(freq)
    if kind == "period":
        return times.asi8 / freq.n
    if is_clock(freq):
        return times.asi8 / (pd.Timedelta(freq) / pd.Timedelta(1, unit=times.unit))
    wall = wall_times(times)
    days = wall.to_numpy().astype("M8[D]")
    months = months_per_step(freq)
    if months:
        return days.astype("M8[M]").astype(np.int64) / months
    if isinstance(freq, pd.offsets.Day):
        return days.astype(np.int64) / freq.n
    if isinstance(freq, pd.offsets.Week):
        return days.astype(np.int64) / (7 * freq.n)
    if type(freq) in (pd.offsets.BusinessDay, pd.offsets.CustomBusinessDay):
        calendar = getattr(freq, "calendar", None) or np.busdaycalendar()
        return np.busday_count(_ORIGIN.to_numpy().astype("M8[D]"), days, busdaycal=calendar) / freq.n
    grid = pd.date_range(min(wall.min(), _ORIGIN), max(wall.max(), _ORIGIN), freq=freq.base)
    return (grid.searchsorted(wall) - grid.searchsorted(_ORIGIN)) / freq.n


def months_per_step(freq):
    """Say how many months a step has.

    Parameters
    ----------
    freq : pandas offset

    Returns
    -------
    int
        0 where a step is not made of months.
    """
    if type(freq) is pd.DateOffset:
        words = freq.kwds
        whole = set(words) <= {"months", "years"}
        return freq.n * (words.get("months", 0) + 12 * words.get("years", 0)) if whole else 0
    return next((freq.n * months for months, kinds in _MONTHS.items() if isinstance(freq, kinds)), 0)
