import datetime
import re

import numpy as np
import pandas as pd
import pytest

from rnnforecast.forecasting.panels.reading import as_panel

DAYS = pd.date_range("2024-01-01", periods=6, freq="D")


def long(stamps, values=None, name="s"):
    values = np.arange(1.0 * len(stamps)) if values is None else values
    return pd.DataFrame({"unique_id": name, "ds": stamps, "y": values})


@pytest.mark.parametrize("data", [[1.0, 2.0], np.arange(3.0), None, "y.csv", {"y": [1.0]}])
def test_what_is_not_pandas(data):
    with pytest.raises(TypeError, match=r"data must be a pandas Series or a long DataFrame; got \w+"):
        as_panel(data)


@pytest.mark.parametrize("data", [pd.Series([], dtype=float), long(DAYS[:0]), pd.DataFrame()])
def test_nothing(data):
    with pytest.raises(ValueError, match="data is empty"):
        as_panel(data)


def test_columns_that_are_missing_or_double():
    with pytest.raises(ValueError, match=r"data must have one column 'y' \(target_col\); its columns are"):
        as_panel(long(DAYS).drop(columns="y"))
    with pytest.raises(ValueError, match=r"one column 'shop' \(id_col\)"):
        as_panel(long(DAYS), id_col="shop")
    with pytest.raises(ValueError, match=r"'ds' \(time_col\).*it is in the index: call reset_index\(\) first"):
        as_panel(long(DAYS).set_index("ds"))
    with pytest.raises(ValueError, match=r"'unique_id' \(id_col\).*it is in the index"):
        as_panel(long(DAYS).set_index("unique_id"))
    double = pd.concat([long(DAYS), long(DAYS)[["y"]]], axis=1)
    with pytest.raises(ValueError, match=r"one column 'y' \(target_col\)"):
        as_panel(double)


@pytest.mark.parametrize(
    "stamps",
    [
        ["2024-01-01", "2024-01-02"],
        [1.0, 2.0],
        [True, False],
        [datetime.date(2024, 1, 1), datetime.date(2024, 1, 2)],
        pd.to_timedelta([1, 2], unit="D"),
    ],
)
def test_stamps_of_a_wrong_type(stamps):
    message = r"must hold datetimes, periods or integers; got .* such as .*pd.to_datetime"
    with pytest.raises(TypeError, match=r"column 'ds' of data " + message):
        as_panel(pd.DataFrame({"ds": pd.Series(stamps), "y": [1.0, 2.0]}))
    with pytest.raises(TypeError, match="the index of data " + message):
        as_panel(pd.Series([1.0, 2.0], index=pd.Index(stamps)))


@pytest.mark.parametrize("zones", [("UTC", "Europe/Berlin"), (None, "UTC")])
def test_time_zones_mixed(zones):
    stamps = [pd.Timestamp("2024-01-01", tz=zones[0]), pd.NaT, pd.Timestamp("2024-01-02", tz=zones[1])]
    message = f"mixes time zones, {zones[0]} and {zones[1]}: bring them to one"
    with pytest.raises(ValueError, match=f"column 'ds' of data {message}"):
        as_panel(pd.DataFrame({"ds": pd.Series(stamps, dtype=object), "y": [1.0, 2.0, 3.0]}))
    with pytest.raises(ValueError, match=f"the index of data {message}"):
        as_panel(pd.Series([1.0, 2.0, 3.0], index=pd.Index(stamps, dtype=object)))
    message = f"mixes time zones, {zones[0]} in series 'a' and {zones[1]} in series 'c': bring them to one"
    with pytest.raises(ValueError, match=f"column 'ds' of data {message}"):
        as_panel(long(pd.Series(stamps, dtype=object), name=["a", "b", "c"]))


def test_numbers_that_name_series_are_plain():
    data = pd.DataFrame({"unique_id": [7, 7], "ds": [1, 1], "y": [1.0, 2.0]})
    with pytest.raises(ValueError, match="series 7 has the stamp 1 more than once"):
        as_panel(data)


def test_an_index_of_several_levels():
    index = pd.MultiIndex.from_product([["a"], [1, 2]])
    with pytest.raises(TypeError, match="the index of data has several levels"):
        as_panel(pd.Series([1.0, 2.0], index=index))


@pytest.mark.parametrize(
    "stamps",
    [
        pd.DatetimeIndex(["2024-01-01", pd.NaT, "2024-01-03"]),
        pd.PeriodIndex(["2024-01", None, "2024-03"], freq="M"),
        pd.array([1, None, 3], dtype="Int64"),
    ],
)
def test_missing_stamps(stamps):
    with pytest.raises(ValueError, match=r"column 'ds' of data has 1 missing stamps"):
        as_panel(pd.DataFrame({"ds": stamps, "y": [1.0, 2.0, 3.0]}))
    with pytest.raises(ValueError, match=r"column 'ds' of data has 1 missing stamps \(NaT\), the first in series 2;"):
        as_panel(long(stamps, name=[1, 2, 3]))


def test_missing_names():
    with pytest.raises(ValueError, match="column 'unique_id' of data has 6 missing values"):
        as_panel(long(DAYS, name=None))


def test_names_that_cannot_be_sorted():
    names = pd.Series([(1, 2), 1, "a"], dtype=object)
    with pytest.raises(TypeError, match="column 'unique_id' of data mixes names that cannot be sorted"):
        as_panel(pd.DataFrame({"unique_id": names, "ds": [1, 1, 1], "y": [1.0, 2.0, 3.0]}), freq=1)


@pytest.mark.parametrize("bad, word", [(np.nan, "NaN"), (np.inf, "infinite"), (-np.inf, "infinite")])
def test_values_that_are_not_finite(bad, word):
    values = [0.0, 1.0, bad, 3.0, bad, 5.0]
    message = rf"data has 2 {word} values.*{{}} at 2024-01-03 00:00:00; every value must be a finite number"
    with pytest.raises(ValueError, match=message.format("series 's'")):
        as_panel(long(DAYS, values))
    with pytest.raises(ValueError, match=message.format("the series")):
        as_panel(pd.Series(values, index=DAYS))


@pytest.mark.parametrize("values", [["1", "2"], [1, "2"], [1j, 2j], pd.to_datetime(["2024-01-01", "2024-01-02"])])
def test_targets_that_are_not_numbers(values):
    with pytest.raises(TypeError, match="column 'y' of data must hold real numbers; got"):
        as_panel(long(DAYS[:2], values))
    with pytest.raises(TypeError, match="data must hold real numbers; got"):
        as_panel(pd.Series(values))


def test_duplicate_stamps():
    twice = pd.concat([long(DAYS), long(DAYS[2:3]), long(DAYS, name="t")])
    with pytest.raises(ValueError, match=r"series 's' has the stamp 2024-01-03 00:00:00 more than once \(1 duplicate"):
        as_panel(twice)
    with pytest.raises(ValueError, match=r"the series has the stamp .* name id_col"):
        as_panel(twice.drop(columns="unique_id"))
    with pytest.raises(ValueError, match="the series has the stamp 1 more than once"):
        as_panel(pd.Series([1.0, 2.0], index=[1, 1]))


@pytest.mark.parametrize(
    "index, missing",
    [
        (pd.date_range("2024-01-01", periods=20, freq="D"), "2024-01-06 00:00:00"),
        (pd.date_range("2024-01-01", periods=20, freq="ME"), "2024-06-30 00:00:00"),
        (pd.date_range("2024-01-01", periods=20, freq="B"), "2024-01-08 00:00:00"),
        (pd.date_range("2024-03-31", periods=20, freq="h", tz="Europe/Berlin"), "2024-03-31 06:00:00[+]02:00"),
        (pd.period_range("2024-01", periods=20, freq="M"), "2024-06"),
        (pd.RangeIndex(0, 40, 2), "10"),
    ],
)
def test_gaps(index, missing):
    holes = index.delete([5, 6])
    with pytest.raises(ValueError, match=rf"series 's' has no row for {missing} .*2 stamps missing there.*fill_gaps"):
        as_panel(pd.concat([long(index, name="r"), long(holes)]))
    with pytest.raises(ValueError, match=rf"the series has no row for {missing}"):
        as_panel(pd.Series(np.arange(18.0), index=holes))


def test_stamps_between_the_steps():
    stamps = DAYS.insert(3, pd.Timestamp("2024-01-03 07:30"))
    with pytest.raises(ValueError, match="series 's' goes from 2024-01-03 00:00:00 to 2024-01-03 07:30:00, which is"):
        as_panel(long(stamps))
    with pytest.raises(ValueError, match="goes from 4 to 5, which is not a whole number of steps of frequency '2'"):
        as_panel(pd.Series(np.arange(4.0), index=[0, 2, 4, 5]))


def test_mixed_frequencies():
    months = pd.date_range("2024-01-01", periods=3, freq="MS")
    with pytest.raises(ValueError, match=r"series 't' has no row for 2024-01-02 00:00:00 .frequency 'D'"):
        as_panel(pd.concat([long(DAYS), long(months, name="t")]))


def test_a_frequency_that_cannot_be_known():
    with pytest.raises(ValueError, match=r"the frequency cannot be inferred: no series in data has two stamps.*freq="):
        as_panel(long(DAYS[:1]))
    assert as_panel(long(DAYS[:1]), freq="D").n_rows == 1


def test_a_frequency_that_does_not_fit():
    with pytest.raises(ValueError, match="series 's' has the stamp 2024-01-01 00:00:00, which is not one of frequency"):
        as_panel(long(DAYS), freq="ME")
    with pytest.raises(ValueError, match="freq=2 does not fit datetime stamps"):
        as_panel(long(DAYS), freq=2)
    with pytest.raises(ValueError, match="freq='D' does not fit integer stamps"):
        as_panel(long([1, 2]), freq="D")
    with pytest.raises(ValueError, match="freq=0 does not fit integer stamps"):
        as_panel(long([1, 2]), freq=0)
    with pytest.raises(ValueError, match="freq='D' differs from the frequency of the periods, 'M'"):
        as_panel(long(pd.period_range("2024-01", periods=3, freq="M")), freq="D")
    with pytest.raises(ValueError, match="freq='-1D' steps backwards"):
        as_panel(long(DAYS), freq="-1D")
    for freq, error in (("fortnightly", ValueError), ([1], TypeError)):
        with pytest.raises(error, match=f"freq={re.escape(repr(freq))} is no frequency of pandas, such as"):
            as_panel(long(DAYS), freq=freq)


@pytest.mark.parametrize("big", [1e30, -1e300])
def test_huge_values_pass(big):
    assert as_panel(pd.Series([0.0, big])).values[1] == big
