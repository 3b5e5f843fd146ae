"""Features of stamps, beside versions that take one stamp at a time."""

import builtins
import datetime
import math

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from rnnforecast.forecasting.calendar import Calendar, as_calendar, calendar_features, fourier_terms, holiday_features
from rnnforecast.forecasting.calendar.fourier import step_numbers
from rnnforecast.forecasting.calendar.names import NAMES
from rnnforecast.forecasting.calendar.spec import auto_names
from rnnforecast.forecasting.files import pack, unpack

CYCLES = {
    "second": (lambda t: t.second, 60),
    "minute": (lambda t: t.minute, 60),
    "hour": (lambda t: t.hour, 24),
    "dayofweek": (lambda t: t.weekday(), 7),
    "day": (lambda t: t.day - 1, 31),
    "dayofyear": (lambda t: t.timetuple().tm_yday - 1, 366),
    "week": (lambda t: t.isocalendar()[1] - 1, 53),
    "month": (lambda t: t.month - 1, 12),
    "quarter": (lambda t: (t.month - 1) // 3, 4),
}


def naive_features(stamps, names, cyclical):
    rows = []
    for stamp in stamps:
        stamp = stamp.start_time if isinstance(stamp, pd.Period) else stamp
        t, row = stamp.to_pydatetime().replace(tzinfo=None), {}
        for name in names:
            if name == "is_weekend":
                row[name] = 0.5 if t.strftime("%a") in ("Sat", "Sun") else -0.5
                continue
            if name == "time":
                share = (t - datetime.datetime(t.year, t.month, t.day)).total_seconds() / 86400
                raw = share - 0.5
            else:
                read, count = CYCLES[name]
                share, raw = read(t) / count, read(t) / (count - 1) - 0.5
            if cyclical:
                row[f"{name}_sin"], row[f"{name}_cos"] = math.sin(2 * math.pi * share), math.cos(2 * math.pi * share)
            else:
                row[name] = raw
        rows.append(row)
    return pd.DataFrame(rows)


INDEXES = {
    "hours": pd.date_range("2024-03-30", periods=300, freq="h", tz="Europe/Berlin"),
    "hours far away": pd.date_range("1950-12-25", periods=300, freq="7h", tz="America/Sao_Paulo"),
    "seconds": pd.date_range("2024-01-01", periods=300, freq="77s").as_unit("s"),
    "days": pd.date_range("2019-12-20", periods=800, freq="D"),
    "months": pd.date_range("1960-01-31", periods=300, freq="ME"),
    "weekly periods": pd.period_range("2019-01-01", periods=300, freq="W-SUN"),
    "monthly periods": pd.period_range("1960-01", periods=300, freq="M"),
    "hourly periods": pd.period_range("2024-01-01", periods=300, freq="h"),
    "in any order": pd.DatetimeIndex(["2024-05-01 10:00", "1969-01-01", "2024-05-01 10:00", "2031-12-31 23:59:59"]),
}


@pytest.mark.parametrize("cyclical", [True, False])
@pytest.mark.parametrize("kind", INDEXES)
def test_names_match_naive(kind, cyclical):
    times = INDEXES[kind]
    matrix, columns = calendar_features(times, NAMES, cyclical=cyclical)
    expected = naive_features(times, NAMES, cyclical)
    assert columns == list(expected.columns)
    assert_allclose(matrix, expected, atol=1e-12)
    assert matrix.dtype == np.float64
    assert np.abs(matrix).max() <= (1 if cyclical else 0.5)


def test_some_names_in_their_order():
    times = INDEXES["days"]
    matrix, columns = calendar_features(times, ["is_weekend", "month"])
    assert columns == ["is_weekend", "month_sin", "month_cos"]
    assert_allclose(matrix, naive_features(times, ["is_weekend", "month"], True))
    assert calendar_features(times, [])[0].shape == (800, 0)
    assert calendar_features(times[:0], ["hour", "is_weekend"])[0].shape == (0, 3)


def test_the_clock_of_the_time_zone_counts():
    times = pd.DatetimeIndex(["2024-07-01 22:30"], tz="UTC")
    assert calendar_features(times.tz_convert("Europe/Berlin"), ["hour"], cyclical=False)[0][0, 0] == -0.5


@pytest.mark.parametrize(
    "names, error, words",
    [
        ("hour", TypeError, "names must be a list such as"),
        (["hours"], ValueError, "names has 'hours', which is none of second, minute, hour"),
        (["hour", "month", "hour"], ValueError, "names has 'hour' twice"),
    ],
)
def test_bad_names(names, error, words):
    with pytest.raises(error, match=words):
        calendar_features(INDEXES["days"], names)


def test_integers_have_no_calendar():
    with pytest.raises(ValueError, match=r"names=\['hour'\] need stamps that are datetimes or periods; got integers"):
        calendar_features(pd.RangeIndex(5), ["hour"])
    assert calendar_features(pd.RangeIndex(5), [])[0].shape == (5, 0)


# ---- fourier ---------------------------------------------------------------------------------------------------------

FREQUENCIES = {
    "h": "1969-12-30 05:00", "15min": "1969-12-31 20:00", "D": "1969-12-20", "3D": "1970-01-02", "B": "1969-12-20",
    "W-WED": "1969-11-01", "2W": "1969-11-01", "ME": "1969-10-01", "2MS": "1969-01-01", "BME": "1969-10-01",
    "QS-FEB": "1969-01-01", "YE-JUN": "1960-01-01", "SME": "1969-10-01", "WOM-2TUE": "1969-06-01",
}  # fmt: skip


@pytest.mark.parametrize("freq", FREQUENCIES)
def test_steps_are_counted_from_a_fixed_origin(freq):
    times = pd.date_range(FREQUENCIES[freq], periods=60, freq=freq)
    steps = step_numbers(times, freq)
    assert_allclose(np.diff(steps), 1, atol=1e-9)
    for part in (times[40:], times[:7], times[[50, 3]]):
        assert_array_equal(step_numbers(part, freq), steps[times.get_indexer(part)])
    assert_allclose(step_numbers(times.as_unit("s"), freq), steps)


def test_steps_of_other_offsets():
    holidays = pd.offsets.CustomBusinessDay(holidays=["1970-01-05"])
    assert_array_equal(np.diff(step_numbers(pd.date_range("1969-12-20", periods=30, freq=holidays), holidays)), 1)
    quarters = pd.DateOffset(months=3)
    assert_allclose(np.diff(step_numbers(pd.date_range("1969-02-15", periods=30, freq=quarters), quarters)), 1)
    hours = pd.offsets.BusinessHour()
    assert_array_equal(np.diff(step_numbers(pd.date_range("1970-02-02 10:00", periods=30, freq=hours), hours)), 1)
    assert_array_equal(step_numbers(pd.Index([5, 9]), 2), [2.5, 4.5])
    assert_array_equal(step_numbers(pd.period_range("1970-01", periods=3, freq="2M"), "2M"), [0, 1, 2])
    midnights = pd.date_range("2024-03-25", periods=14, freq="D", tz="Europe/Berlin")
    assert_array_equal(np.diff(step_numbers(midnights, "D")), 1)


@pytest.mark.parametrize("period, order", [(24, 3), (365.25, 2), (2, 1), (7, 3)])
def test_fourier_terms_match_naive(period, order):
    times = pd.date_range("1969-12-20", periods=60, freq="D")
    matrix, columns = fourier_terms(times, "D", period, order)
    for i, stamp in enumerate(times):
        t = (stamp - pd.Timestamp("1970-01-01")).days
        expected = [wave(2 * math.pi * k * t / period) for k in range(1, order + 1) for wave in (math.sin, math.cos)]
        assert_allclose(matrix[i], expected, atol=1e-9)
    assert columns == [f"fourier_{period}_{wave}{k}" for k in range(1, order + 1) for wave in ("sin", "cos")]


@pytest.mark.parametrize(
    "period, order, error, words",
    [
        ("24", 1, TypeError, "period must be a number of steps; got '24'"),
        (24, 1.5, TypeError, "order must be a positive int; got 1.5"),
        (24, 0, ValueError, "order=0 must lie between 1 and half the period, 12"),
        (24, 13, ValueError, "order=13 must lie between 1 and half the period, 12"),
        (1, 1, ValueError, "period=1 must be a finite number of at least 2 steps"),
        (math.nan, 1, ValueError, "period=nan must be"),
    ],
)
def test_bad_waves(period, order, error, words):
    with pytest.raises(error, match=words):
        fourier_terms(pd.RangeIndex(5), 1, period, order)


# ---- holidays --------------------------------------------------------------------------------------------------------


def test_holidays():
    pytest.importorskip("holidays")
    times = pd.date_range("2023-12-22", periods=96, freq="6h", tz="Australia/Sydney")
    matrix, columns = holiday_features(times, "AU-NSW")
    assert columns == ["is_holiday", "before_holiday", "after_holiday"]
    known = {datetime.date(2023, 12, 25), datetime.date(2023, 12, 26), datetime.date(2024, 1, 1)}
    one = datetime.timedelta(days=1)
    for row, stamp in zip(matrix, times, strict=True):
        day = stamp.date()
        assert_array_equal(row, [0.5 if d in known else -0.5 for d in (day, day + one, day - one)])
    eve = holiday_features(pd.DatetimeIndex(["2023-12-31"]), "AU")[0]
    assert_array_equal(eve, [[-0.5, 0.5, -0.5]])  # the holiday lies in a year that no stamp has
    assert holiday_features(times[:0], "AU")[0].shape == (0, 3)
    periods = pd.period_range("2023-12-25", periods=2, freq="D")
    assert_array_equal(holiday_features(periods, "AU")[0][:, 0], [0.5, 0.5])
    with pytest.raises(ValueError, match="holidays='XX' is not a country, or a part of one, that is known"):
        holiday_features(times, "XX")
    with pytest.raises(ValueError, match="holidays='AU-XX' is not a country, or a part of one"):
        holiday_features(times, "AU-XX")


def test_holidays_of_integers():
    with pytest.raises(ValueError, match="holidays='AU' needs stamps that are datetimes or periods; got integers"):
        holiday_features(pd.RangeIndex(5), "AU")


def test_without_the_package(monkeypatch):
    original = builtins.__import__

    def refuse(name, *args):
        if name == "holidays":
            raise ImportError(name)
        return original(name, *args)

    monkeypatch.setattr(builtins, "__import__", refuse)
    with pytest.raises(ImportError, match=r"needs the package holidays: pip install rnnforecast\[holidays\]"):
        holiday_features(INDEXES["days"], "AU")


# ---- what a user writes ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "freq, names",
    [
        ("h", ("hour", "dayofweek")), ("6h", ("hour", "dayofweek")), ("30min", ("hour", "minute", "dayofweek")),
        ("90min", ("hour", "minute", "dayofweek")), ("10s", ("hour", "minute", "second", "dayofweek")),
        ("24h", ("dayofweek", "month")), ("D", ("dayofweek", "month")), ("B", ("dayofweek", "month")),
        ("7D", ("week",)), ("W-TUE", ("week",)), ("ME", ("month",)), ("2MS", ("month",)), ("QS", ("quarter",)),
        ("3ME", ("quarter",)), ("YE", ()), ("12MS", ()), ("SME", ("day", "month")), ("bh", ("hour", "dayofweek")),
        (3, ()), (pd.DateOffset(months=1), ("month",)), (pd.DateOffset(years=1), ()),
    ],
)  # fmt: skip
def test_auto(freq, names):
    assert auto_names(freq) == names
    assert as_calendar("auto").resolve(freq) == Calendar(names)


def test_what_may_be_written():
    assert as_calendar(None) == Calendar()
    assert as_calendar("auto") == Calendar("auto")
    assert as_calendar(["hour", "month"]) == Calendar(("hour", "month"))
    spec = {"names": ["hour"], "cyclical": False, "fourier": [[168, 3], (8766, 2)], "holidays": "AU"}
    calendar = as_calendar(spec)
    assert calendar == Calendar(("hour",), False, ((168.0, 3), (8766.0, 2)), "AU")
    assert as_calendar(calendar) is calendar
    assert as_calendar({}) == Calendar()
    assert unpack(pack(calendar, "calendar_", {}), {}) == calendar


def test_features_side_by_side():
    times = INDEXES["hours"]
    calendar = as_calendar({"names": "auto", "fourier": [(24, 2)]})
    matrix, columns = calendar.features(times, "h")
    named, waves = calendar_features(times, ["hour", "dayofweek"]), fourier_terms(times, "h", 24, 2)
    assert columns == named[1] + waves[1]
    assert_array_equal(matrix, np.hstack([named[0], waves[0]]))
    assert as_calendar(None).features(times, "h")[0].shape == (300, 0)
    integers = as_calendar({"fourier": [(4, 1)]}).features(pd.RangeIndex(4), 1)[0]
    assert_allclose(integers, [[0, 1], [1, 0], [0, -1], [-1, 0]], atol=1e-12)
    assert as_calendar("auto").features(pd.RangeIndex(4), 1)[0].shape == (4, 0)


def test_features_with_holidays():
    pytest.importorskip("holidays")
    calendar = as_calendar({"names": ["is_weekend"], "holidays": "AU"})
    matrix, columns = calendar.features(INDEXES["days"], "D")
    assert columns == ["is_weekend", "is_holiday", "before_holiday", "after_holiday"]
    assert matrix.shape == (800, 4)


@pytest.mark.parametrize(
    "spec, error, words",
    [
        ("hour", ValueError, "calendar='hour' must be None, 'weekly', 'auto', a list"),
        (5, TypeError, "calendar must be a list such as"),
        (["noon"], ValueError, "calendar has 'noon', which is none of"),
        ({"name": ["hour"]}, ValueError, "calendar has the key 'name', which is none of names, cyclical"),
        ({"cyclical": 1}, TypeError, "cyclical of calendar must be True or False; got 1"),
        ({"holidays": 3}, TypeError, "holidays of calendar must be the code of a country"),
        ({"fourier": (24, 3)}, TypeError, "fourier of calendar must be a list of pairs"),
        ({"fourier": [(24, 3), (24, 2)]}, ValueError, "fourier of calendar has a period twice"),
        ({"fourier": [(24, 30)]}, ValueError, "order=30 must lie between"),
    ],
)
def test_what_may_not(spec, error, words):
    with pytest.raises(error, match=words):
        as_calendar(spec)


def test_a_million_rows():
    times = pd.date_range("1950-01-01", periods=1_000_000, freq="h")
    calendar = as_calendar({"names": "auto", "fourier": [(8766, 1)]})
    assert calendar.features(times, "h")[0].shape == (1_000_000, 6)
