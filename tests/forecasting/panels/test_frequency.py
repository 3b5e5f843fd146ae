import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_array_equal

from rnnforecast.forecasting import season_length
from rnnforecast.forecasting.panels.frequency import infer_frequency
from rnnforecast.forecasting.panels.timestamps import shift, steps_to_next

FREQUENCIES = [
    "YE", "YS-APR", "2YE", "QE-FEB", "QS", "ME", "MS", "2MS", "BME", "BMS", "W-SUN", "W-WED", "2W-MON", "4W-FRI",
    "D", "2D", "10D", "h", "6h", "30min", "15min", "min", "s", "90s", "100ms",
]  # fmt: skip
ZONES = [None, "UTC", "Europe/Berlin", "America/New_York"]


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("n_rows", [2, 3, 30])
@pytest.mark.parametrize("freq", FREQUENCIES)
def test_the_frequency_is_found_from_the_stamps(freq, n_rows, zone):
    n_rows = max(n_rows, 3) if freq == "BMS" else n_rows  # the first two look like months
    full = pd.date_range("2024-03-15", periods=n_rows + 40, freq=freq, tz=zone)
    found = infer_frequency(pd.DatetimeIndex(full[:n_rows].tolist()), np.array([0, n_rows]))
    assert_array_equal(steps_to_next(full, found), 1)
    assert_array_equal(shift(full[:1].repeat(n_rows + 40), np.arange(n_rows + 40), found), full)


@pytest.mark.parametrize("freq", [*FREQUENCIES, "B"])
def test_a_gap_does_not_hide_the_frequency(freq):
    full = pd.date_range("2024-03-15", periods=40, freq=freq)
    found = infer_frequency(full.delete([3, 4, 20]), np.array([0, 37]))
    assert_array_equal(steps_to_next(full, found), 1)
    steps = steps_to_next(full.delete([3, 4, 20]), found)
    assert (steps[2], steps[17], steps.sum()) == (3, 2, 39)


def test_the_middle_of_the_month():
    stamps = pd.DatetimeIndex([f"2024-{month:02}-15 08:00" for month in range(1, 10)])
    found = infer_frequency(stamps[:5], np.array([0, 5]))
    assert_array_equal(shift(stamps[4:5].repeat(4), [1, 2, 3, 4], found), stamps[5:])


def test_stamps_of_other_calendars_need_the_frequency():
    stamps = pd.date_range("2024-01-01 09:00", periods=30, freq="bh")
    assert_array_equal(steps_to_next(stamps, stamps.freq), 1)
    assert_array_equal(shift(stamps[:1].repeat(29), np.arange(1, 30), stamps.freq), stamps[1:])


def test_a_midnight_that_does_not_exist():
    """In Sao Paulo 2018-11-04 began at 01:00."""
    stamps = pd.DatetimeIndex(["2018-11-03", "2018-11-04 01:00", "2018-11-05"]).tz_localize("America/Sao_Paulo")
    assert_array_equal(steps_to_next(stamps, pd.offsets.Day()), [1, 1])
    assert_array_equal(shift(stamps[:1].repeat(3), [0, 1, 2], pd.offsets.Day()), stamps)


@pytest.mark.parametrize("zone", [None, "Europe/Rome"])
@pytest.mark.parametrize("hour", ["0h", "9h"])
@pytest.mark.parametrize("freq", ["D", "MS", "W-SUN", "B", "QE", "h"])
def test_stamps_of_several_series_move_each_by_itself(freq, hour, zone):
    stamps = pd.date_range("2024-01-01", periods=20, freq=freq, tz=zone) + pd.Timedelta(hour)
    first, steps = [3, 9, 3], [1, 2, 7]  # the first and the last begin at the same stamp
    offset = pd.tseries.frequencies.to_offset(freq)
    assert_array_equal(shift(stamps[first], steps, offset), stamps[[4, 11, 10]])
    assert_array_equal(shift(stamps[[3, 3]], [2, 0], offset), stamps[[5, 3]])


def test_series_may_be_out_of_phase():
    odd, even = pd.date_range("2024-01-01", periods=5, freq="2D"), pd.date_range("2024-01-02", periods=5, freq="2D")
    both = odd.append(even)
    found = infer_frequency(both, np.array([0, 5, 10]))
    assert_array_equal(np.delete(steps_to_next(both, found), 4), 1)


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
def test_the_resolution_of_stamps_is_kept(unit):
    stamps = pd.date_range("2024-01-31", periods=4, freq="ME", unit=unit)
    for freq in (pd.offsets.MonthEnd(), pd.offsets.Day(), pd.offsets.Hour(2)):
        moved = shift(stamps, [1, 1, 1, 1], freq)
        assert moved.unit == unit
        assert_array_equal(moved, pd.DatetimeIndex([stamp + freq for stamp in stamps]))
    with pytest.raises(ValueError, match="freq='ns' is finer than the stamps"):
        shift(stamps.as_unit("s"), [1, 1, 1, 1], pd.offsets.Nano())


@pytest.mark.parametrize(
    "freq, length",
    [
        ("YE", 1), ("YS", 1), ("QS", 4), ("QE-FEB", 4), ("ME", 12), ("MS", 12), ("BME", 12), ("2MS", 6), ("3MS", 4),
        ("12MS", 1), ("5MS", 1), ("W", 52), ("W-WED", 52), ("2W", 26), ("D", 7), ("7D", 52), ("2D", 1), ("B", 5),
        ("h", 24), ("2h", 12), ("6h", 4), ("24h", 7), ("5h", 1), ("30min", 48), ("15min", 96), ("10min", 144),
        ("5min", 288), ("min", 60), ("s", 60), ("10s", 6), (1, 1), (24, 1), (pd.DateOffset(months=1), 12),
        (pd.DateOffset(days=3), 1), (pd.period_range("2024", periods=2, freq="Q").freq, 4),
    ],
)  # fmt: skip
def test_season_length(freq, length):
    assert season_length(freq) == length
