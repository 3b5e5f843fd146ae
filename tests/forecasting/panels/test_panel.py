"""Data at the door: every kind of stamps, right results, and errors that say what is wrong."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_array_equal
from pandas.testing import assert_frame_equal, assert_series_equal

from rnnforecast import NaiveForecaster
from rnnforecast.forecasting.panels.answers import from_answer, to_answer, to_data
from rnnforecast.forecasting.panels.reading import as_panel

INDEXES = {
    "hourly": pd.date_range("2024-01-01", periods=30, freq="h"),
    "hourly over a clock change": pd.date_range("2024-03-30 12:00", periods=30, freq="h", tz="Europe/Berlin"),
    "hourly over the other": pd.date_range("2024-10-26 12:00", periods=30, freq="h", tz="Europe/Berlin"),
    "daily over a clock change": pd.date_range("2024-03-20", periods=30, freq="D", tz="Europe/Berlin"),
    "month end": pd.date_range("2024-01-31", periods=30, freq="ME"),
    "business days": pd.date_range("2024-01-01", periods=30, freq="B"),
    "weeks": pd.date_range("2024-01-07", periods=30, freq="W-SUN"),
    "quarters": pd.date_range("2024-01-01", periods=30, freq="QS"),
    "minutes": pd.date_range("2024-01-01", periods=30, freq="15min", tz="UTC"),
    "monthly periods": pd.period_range("2024-01", periods=30, freq="M"),
    "weekly periods": pd.period_range("2024-01-07", periods=30, freq="W-SUN"),
    "range": pd.RangeIndex(5, 65, 2),
    "integers": pd.Index(np.arange(100, 130, dtype=np.int32)),
}


@pytest.fixture(params=INDEXES, name="index")
def index_(request):
    return INDEXES[request.param].rename("when")


@pytest.fixture
def frame(rng):
    """Three series of different length and start."""
    stamps = pd.date_range("2024-01-01", periods=20, freq="D")
    spans = {"b": slice(0, 10), "a": slice(3, 20), "c": slice(5, 6)}
    parts = [pd.DataFrame({"unique_id": name, "ds": stamps[span]}) for name, span in spans.items()]
    frame = pd.concat(parts, ignore_index=True)
    return frame.assign(y=rng.normal(size=len(frame)))


def test_a_series_goes_in_and_comes_out(index):
    series = pd.Series(np.arange(20.0), index=index[:20], name="sales")
    panel = as_panel(series)
    assert_array_equal(panel.values, series)
    assert_array_equal(panel.indptr, [0, 20])
    assert_series_equal(to_data(panel), series)
    forecast = to_answer(panel, {"RNN": np.arange(10.0)[None]})
    assert_series_equal(forecast, pd.Series(np.arange(10.0), index=index[20:], name="sales"))


def test_a_frame_goes_in_and_comes_out(index):
    data = pd.DataFrame({"unique_id": "s", "ds": index[:20], "y": np.arange(20.0)})
    panel = as_panel(data)
    assert_frame_equal(to_data(panel), data)
    forecast = to_answer(panel, {"RNN": np.arange(10.0)[None]})
    assert_frame_equal(forecast, pd.DataFrame({"unique_id": "s", "ds": index[20:], "RNN": np.arange(10.0)}))


@pytest.mark.parametrize("n_rows", [2, 3, 20])
def test_a_frequency_that_the_index_does_not_say(index, n_rows):
    if getattr(index, "freqstr", "") == "B":
        n_rows = 20  # it takes a weekend to tell business days from days
    bare = pd.Index(index[:n_rows].tolist())
    panel = as_panel(pd.Series(np.arange(1.0 * n_rows), index=bare))
    assert_array_equal(panel.future_times(5), index[n_rows : n_rows + 5])


def test_the_answer_with_intervals_is_a_frame(index):
    panel = as_panel(pd.Series(np.arange(20.0), index=index[:20]))
    forecast = to_answer(panel, {name: np.ones((1, 3)) for name in ("RNN", "RNN-lo-80", "RNN-hi-80")})
    assert list(forecast.columns) == ["RNN", "RNN-lo-80", "RNN-hi-80"]
    assert_array_equal(forecast.index, index[20:23])


def test_a_series_without_a_name_answers_with_that_of_the_model():
    assert to_answer(as_panel(pd.Series([1.0, 2.0])), {"RNN": np.ones((1, 2))}).name == "RNN"


def test_series_of_different_length_and_start(frame):
    panel = as_panel(frame)
    assert list(panel.ids) == ["a", "b", "c"]
    for i, name in enumerate(panel.ids):
        own = frame[frame.unique_id == name]
        rows = slice(*panel.indptr[i : i + 2])
        assert_array_equal(panel.values[rows], own.y)
        assert_array_equal(panel.times[rows], own.ds)
    future = to_answer(panel, {"RNN": np.arange(6.0).reshape(3, 2)})
    last = frame.groupby("unique_id").ds.max()
    expected = pd.DatetimeIndex([last[name] + pd.Timedelta(days=step) for name in "abc" for step in (1, 2)])
    assert_array_equal(future.ds, expected)
    assert_array_equal(future.unique_id, list("aabbcc"))


def test_rows_in_any_order_give_the_same_panel(frame):
    shuffled = frame.sample(frac=1, random_state=0)
    before = shuffled.copy()
    panel, other = as_panel(frame), as_panel(shuffled)
    assert_frame_equal(shuffled, before)
    assert_frame_equal(to_data(panel), to_data(other))
    backwards = pd.Series(np.arange(5.0), index=pd.date_range("2024-01-01", periods=5, freq="ME"))[::-1]
    assert_series_equal(to_data(as_panel(backwards)), backwards[::-1])
    backwards = pd.Series([3.0, 2.0, 1.0], index=pd.RangeIndex(6, 0, -2))
    assert_array_equal(as_panel(backwards).future_times(2), [8, 10])


def test_a_panel_shares_no_memory_with_the_data(frame):
    series = pd.Series(np.arange(5.0))
    assert not np.shares_memory(as_panel(series).values, series.to_numpy())
    panel = as_panel(frame)
    assert not np.shares_memory(panel.values, frame.y.to_numpy())
    assert panel.values.flags.writeable
    assert panel.values.flags.c_contiguous


@pytest.mark.parametrize("ids", [[2, 1], ["x", 1], pd.Categorical(["b", "a"], categories=["b", "a", "z"])])
def test_names_keep_their_type(ids):
    column = pd.Series(ids).repeat(2).reset_index(drop=True)
    data = pd.DataFrame({"unique_id": column, "ds": [1, 2, 1, 2], "y": [1.0, 2.0, 3.0, 4.0]})
    answer = to_answer(as_panel(data), {"RNN": np.ones((2, 1))})
    assert answer.unique_id.dtype == data.unique_id.dtype
    assert set(answer.unique_id) == set(ids)


def test_names_of_columns_are_free(frame):
    other = frame.rename(columns={"unique_id": "shop", "ds": "day", "y": "sales"})
    panel = as_panel(other, id_col="shop", time_col="day", target_col="sales")
    assert list(to_answer(panel, {"RNN": np.ones((3, 1))}).columns) == ["shop", "day", "RNN"]


def test_a_frame_without_names_is_one_series():
    panel = as_panel(pd.DataFrame({"ds": [3, 1, 2], "y": [3, 1, 2]}))
    assert_array_equal(panel.values, [1, 2, 3])
    assert list(to_answer(panel, {"RNN": np.ones((1, 2))}).columns) == ["ds", "RNN"]


@pytest.mark.parametrize("dtype", ["int8", "float32", "Int64", "Float64", "bool", "object"])
def test_targets_of_any_number_type(dtype):
    panel = as_panel(pd.Series([0, 1, 1], dtype=dtype))
    assert panel.values.dtype == np.float64
    assert_array_equal(panel.values, [0, 1, 1])


@pytest.mark.parametrize("dtype", ["int16", "uint8", "Int64", "object"])
def test_stamps_of_any_integer_type(dtype):
    panel = as_panel(pd.DataFrame({"ds": pd.Series([4, 2, 6], dtype=dtype), "y": [2.0, 1.0, 3.0]}))
    assert_array_equal(panel.values, [1, 2, 3])
    assert_array_equal(panel.future_times(2), [8, 10])


@pytest.mark.parametrize("dtype", ["uint8", "int8"])
def test_forecasts_have_stamps_that_narrow_integers_have_no_room_for(dtype):
    last = np.iinfo(dtype).max
    y = pd.Series(np.arange(60.0), index=np.arange(last - 60, last, dtype=dtype))
    assert NaiveForecaster(3).fit(y).predict().index.tolist() == [last, last + 1, last + 2]


@pytest.mark.parametrize("index", [INDEXES["month end"], INDEXES["monthly periods"], INDEXES["hourly"]])
def test_stamps_that_are_objects(index):
    data = pd.DataFrame({"ds": index.astype(object), "y": np.arange(30.0)})
    assert_array_equal(as_panel(data).future_times(2), as_panel(data.assign(ds=index)).future_times(2))


def test_from_end_sees_what_an_origin_sees(frame):
    panel = as_panel(frame[frame.unique_id != "c"])
    part = panel.from_end(drop=4, keep=8)
    for i, name in enumerate("ab"):
        own = frame[frame.unique_id == name][:-4][-8:]
        assert_array_equal(part.values[part.indptr[i] : part.indptr[i + 1]], own.y)
        assert_array_equal(part.times[part.indptr[i] : part.indptr[i + 1]], own.ds)
    assert_array_equal(part.values, panel.truncate(4).tail(8).values)
    assert_array_equal(panel.last(2)[0], panel.values[15:17])
    single = as_panel(frame[frame.unique_id == "a"])
    assert np.shares_memory(single.truncate(3).values, single.values)
    with pytest.raises(ValueError, match=r"series 'b' has 10 rows; leaving out the last 10 rows needs at least 11"):
        panel.truncate(10)


def test_from_answer_reads_rows_in_any_order(frame):
    panel = as_panel(frame)
    forecasts = {"RNN": np.arange(6.0).reshape(3, 2)}
    shuffled = to_answer(panel, forecasts).sample(frac=1, random_state=0)
    assert_array_equal(from_answer(shuffled, panel, 2, "f")["RNN"], forecasts["RNN"])
    with pytest.raises(ValueError, match="predict of f returned 6 rows; 3 series and h=3 need 9"):
        from_answer(shuffled, panel, 3, "f")
    with pytest.raises(TypeError, match="predict of f must return a Series or a DataFrame; got ndarray"):
        from_answer(np.ones(6), panel, 2, "f")


def test_ten_thousand_series_take_no_loop():
    ids = np.repeat(np.arange(10_000), 100)
    data = pd.DataFrame({"unique_id": ids, "ds": np.tile(np.arange(100), 10_000), "y": 1.0})
    assert repr(as_panel(data)) == "Panel(n_series=10000, n_rows=1000000, freq='1', kind='frame')"


def test_a_future_whose_midnight_does_not_exist():
    """In Sao Paulo 2018-11-04 began at 01:00, so the answer cannot carry a daily frequency."""
    index = pd.date_range("2018-11-01", periods=3, freq="D", tz="America/Sao_Paulo")
    answer = to_answer(as_panel(pd.Series([1.0, 2.0, 3.0], index=index)), {"RNN": np.ones((1, 2))})
    assert_array_equal(answer.index, pd.DatetimeIndex(["2018-11-04 01:00", "2018-11-05"], tz=index.tz))
    assert answer.index.freq is None


def test_forecasts_of_a_wrong_shape(frame):
    panel = as_panel(frame)
    for forecasts in ({"RNN": np.ones((2, 4))}, {"RNN": np.ones((3, 4)), "other": np.ones((3, 5))}):
        with pytest.raises(ValueError, match=r"forecasts must be of one shape \(n_series=3, h\)"):
            to_answer(panel, forecasts)
