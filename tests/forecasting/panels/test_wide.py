"""Wide frames: a column per series, and answers alike."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_array_equal
from pandas.testing import assert_frame_equal, assert_index_equal, assert_series_equal

from rnnforecast import RNNForecaster
from rnnforecast.forecasting import NaiveForecaster, backtest, fill_gaps
from rnnforecast.forecasting.panels.answers import from_answer, to_answer, to_data
from rnnforecast.forecasting.panels.reading import as_panel

N, H = 40, 3
INDEXES = {
    "days": pd.date_range("2024-03-01", periods=N, freq="D", tz="Europe/Berlin", name="day"),
    "hours": pd.date_range("2024-03-30", periods=N, freq="h", tz="Europe/Berlin"),
    "months": pd.date_range("2020-01-31", periods=N, freq="ME", name="month"),
    "business days": pd.date_range("2024-03-01", periods=N, freq="B"),
    "periods": pd.period_range("2020-01", periods=N, freq="M", name="month"),
}


@pytest.fixture(params=INDEXES, name="wide")
def wide_(request, rng):
    """Series "late" starts later, "early" ends earlier; the columns are not sorted."""
    return make(INDEXES[request.param], rng)


def make(index, rng):
    frame = pd.DataFrame(rng.normal(size=(N, 3)) + 5, index, pd.Index(["whole", "late", "early"], name="shop"))
    frame.iloc[:7, 1] = np.nan
    frame.iloc[-2:, 2] = np.nan
    return frame


def as_long(wide):
    """The same data, row by row."""
    rows = [
        {"unique_id": name, "ds": stamp, "y": wide.loc[stamp, name]}
        for name in wide.columns
        for stamp in wide.index
        if np.isfinite(wide.loc[stamp, name])
    ]
    return pd.DataFrame(rows)


def test_a_wide_frame_goes_in_and_comes_out(wide):
    panel = as_panel(wide)
    assert list(panel.ids) == ["whole", "late", "early"]
    assert_array_equal(panel.lengths, [N, N - 7, N - 2])
    for i, name in enumerate(panel.ids):
        rows = slice(*panel.indptr[i : i + 2])
        assert_series_equal(
            pd.Series(panel.values[rows], panel.times[rows]), wide[name].dropna(), check_names=False, check_freq=False
        )
    back = to_data(panel)
    assert_frame_equal(back, wide)
    assert back.index.freq == wide.index.freq


def test_rows_in_any_order_and_columns_of_any_number_type(wide):
    expected = as_panel(wide)
    panel = as_panel(wide.sample(frac=1, random_state=0), freq=wide.index.freq)
    assert_array_equal(panel.values, expected.values)
    assert_index_equal(panel.times, expected.times)
    mixed = wide.astype({"late": "Float64", "early": object})
    assert_array_equal(as_panel(mixed).values, expected.values)


def test_forecasts_are_those_of_the_long_frame(wide):
    model = NaiveForecaster(H, method="drift", freq=wide.index.freq)
    answer = model.fit(wide).predict()
    long = model.fit(as_long(wide)).predict()
    expected = long.pivot(index="ds", columns="unique_id", values=model.model_name)[wide.columns]
    assert answer.shape == (H + 2, 3)
    assert_frame_equal(answer, expected, check_freq=False, check_names=False)
    assert answer.columns.name == "shop"
    assert answer.index.name == wide.index.name
    assert answer.index.freq == wide.index.freq
    assert answer["whole"].isna().tolist() == [True] * 2 + [False] * H
    assert answer["early"].isna().tolist() == [False] * H + [True] * 2


def test_several_columns_of_each_series(wide):
    panel = as_panel(wide)
    forecasts = {name: np.arange(9.0).reshape(3, H) + i for i, name in enumerate(["RNN", "RNN-lo-80", "RNN-hi-80"])}
    answer = to_answer(panel, forecasts)
    assert list(answer.columns) == [(s, m) for s in ["whole", "late", "early"] for m in forecasts]
    assert answer.columns.names == ["shop", None]
    future = panel.future_times(H)
    for i, series in enumerate(panel.ids):
        for name, values in forecasts.items():
            assert_array_equal(answer.loc[future[i * H : (i + 1) * H], (series, name)], values[i])
    again = from_answer(answer, panel, H, "f")
    assert list(again) == list(forecasts)
    for name, values in forecasts.items():
        assert_array_equal(again[name], values)
    one = to_answer(panel, {"RNN": forecasts["RNN"]})
    assert_array_equal(from_answer(one[["early", "whole", "late"]], panel, H, "f")[None], forecasts["RNN"])


def test_series_that_end_far_apart():
    frame = pd.DataFrame(
        {"a": np.arange(20.0), "b": np.arange(20.0)}, pd.date_range("2024-01-01", periods=20, freq="D")
    )
    frame.loc["2024-01-08":, "b"] = np.nan
    answer = NaiveForecaster(2).fit(frame).predict()
    assert answer.index.astype(str).tolist() == ["2024-01-08", "2024-01-09", "2024-01-21", "2024-01-22"]
    assert_array_equal(answer.b, [6, 6, np.nan, np.nan])
    assert_array_equal(answer.a, [np.nan, np.nan, 19, 19])


def test_a_network_with_levels():
    index = pd.date_range("2020-01-01", periods=60, freq="MS")
    wide = pd.DataFrame({"b": np.sin(np.arange(60) / 2) + 5, "a": np.cos(np.arange(60) / 2) + 9}, index)
    model = RNNForecaster(H, input_size=6, hidden_size=4, max_iter=2, random_state=0).fit(wide)
    answer = model.predict(level=80)
    assert [series for series, _ in answer.columns] == ["b"] * 3 + ["a"] * 3
    assert (answer["a"].iloc[:, 1] < answer["a"].iloc[:, 0]).all()
    assert_frame_equal(model.predict(level=80, new_df=wide), answer)


def test_update_and_stream(wide):
    whole = as_long(wide).groupby("unique_id").size()
    assert whole["early"] == N - 2
    model = NaiveForecaster(H, method="mean", freq=wide.index.freq)
    first = wide[: N - 5]
    expected = model.fit(wide).predict()
    model.fit(first).update(wide[N - 5 :])
    assert_frame_equal(model.predict(), expected)
    stream = model.fit(first).stream("whole")
    for value in wide["whole"][N - 5 :]:
        stream.update(value)
    assert_frame_equal(stream.forecast(), expected[["whole"]][2:], check_freq=False)
    model.fit(first).update(wide[N - 5 :].assign(new=1.0)[["new", "whole"]])
    assert list(model.predict().columns) == ["whole", "late", "early", "new"]
    with pytest.raises(ValueError, match="data is a frame with 'unique_id'; the training data was a wide frame"):
        model.update(as_long(wide))
    with pytest.raises(ValueError, match="data is a wide frame; the training data was a frame with 'unique_id'"):
        model.fit(as_long(first)).update(wide[N - 5 :])


@pytest.mark.parametrize("missing", ["error", "mask"])
def test_an_update_of_columns_that_have_ended_is_the_whole_frame(missing):
    index = pd.date_range("2020-01-01", periods=40, freq="D")
    whole = pd.DataFrame({name: np.sin(np.arange(40) / 2) + 5 for name in "cab"}, index)
    whole.iloc[30:, 0] = np.nan  # with the first rows
    whole.iloc[33:, 1] = np.nan  # within the newer ones
    model = RNNForecaster(H, input_size=6, hidden_size=4, max_iter=1, random_state=0, missing=missing).fit(whole[:30])
    expected = model.predict(level=80, new_df=whole)
    assert_frame_equal(model.update(whole[30:]).predict(level=80), expected)
    more = whole[35:].shift(5, freq="D")
    with pytest.raises(ValueError, match="column 'new' of data has no value, all are NaN; leave it out"):
        model.update(more.assign(new=np.nan))
    with pytest.raises(ValueError, match=r"column 'c' of data has no value \(and 1 more series\), all are NaN"):
        model.update(more[["c", "a"]])
    with pytest.raises(TypeError, match="data has columns of several levels"):
        model.update(pd.concat({"c": more}, axis=1))
    assert_frame_equal(model.predict(level=80), expected)
    model.update(more)
    both = pd.concat([whole, more])
    assert_frame_equal(model.predict(level=80), model.predict(level=80, new_df=both))


class Foreign:
    """A forecaster of someone else's: pandas in, pandas out."""

    h = H

    def fit(self, data):
        self.seen = data
        return self

    def predict(self, h=None, level=None, new_df=None):
        model = NaiveForecaster(h, freq=getattr(new_df.index, "freq", None)).fit(new_df)
        return model.predict()


def test_a_backtest_is_long(wide):
    words = {"h": H, "n_windows": 2}
    models = {"Naive": NaiveForecaster(H, freq=wide.index.freq)}
    table = backtest(models, wide, **words)
    assert list(table.columns) == ["unique_id", "cutoff", "ds", "y", "Naive"]
    expected = backtest(models, as_long(wide), **words)
    keys = ["unique_id", "cutoff", "ds"]
    assert_frame_equal(
        table.sort_values(keys, ignore_index=True), expected.sort_values(keys, ignore_index=True), check_dtype=False
    )
    foreign = backtest({"Naive": models["Naive"], "Foreign": Foreign()}, wide, **words)
    assert_array_equal(foreign.Foreign, foreign.Naive)


def test_gaps_are_filled(wide):
    holes = wide.drop(wide.index[[12, 13, 20]])
    expected = wide.copy()
    expected.iloc[[12, 13, 20]] = np.nan
    assert_frame_equal(fill_gaps(holes, freq=wide.index.freq), expected, check_freq=False)


def test_missing_values_inside(wide):
    wide.iloc[15, 0] = np.nan
    with pytest.raises(ValueError, match="data has 1 NaN values, the first in series 'whole' at"):
        as_panel(wide)
    panel = as_panel(wide, allow_missing=True)
    assert_frame_equal(to_data(panel), wide)
    wide.iloc[15, 0] = np.inf
    with pytest.raises(ValueError, match="data has 1 infinite values, the first in series 'whole' at"):
        as_panel(wide, allow_missing=True)


def test_it_is_saved(wide, tmp_path):
    model = NaiveForecaster(H, freq=wide.index.freq).fit(wide)
    model.save(tmp_path / "model.npz")
    loaded = NaiveForecaster.load(tmp_path / "model.npz")
    assert_frame_equal(loaded.predict(), model.predict())


def test_what_comes_of_a_pivot(wide):
    long = as_long(wide)
    pivoted = long.pivot(index="ds", columns="unique_id", values="y")
    assert_array_equal(as_panel(pivoted, freq=wide.index.freq).values, as_panel(long, freq=wide.index.freq).values)


@pytest.mark.parametrize(
    "change, error, words",
    [
        (lambda wide: wide.assign(late=np.nan), ValueError, "column 'late' of data has no value, all are NaN"),
        (lambda wide: wide.assign(late="x"), TypeError, "column 'late' of data must hold real numbers"),
        (lambda wide: wide[["late", "late"]], ValueError, "columns of different names, one per series; 'late'"),
        (lambda wide: pd.concat([wide], axis=1, keys=["x"]), TypeError, "data has columns of several levels"),
        (lambda wide: wide[:0], ValueError, "data is empty"),
        (lambda wide: wide[[]], ValueError, "data is empty"),
        (lambda wide: wide.drop(wide.index[10]), ValueError, "series 'whole' has no row for"),
        (lambda wide: pd.concat([wide, wide[3:4]]), ValueError, "series 'whole' has the stamp .* more than once"),
        (lambda wide: wide.reset_index(drop=True), ValueError, r"data must have one column 'ds' \(time_col\)"),
    ],
)
def test_bad_input(rng, change, error, words):
    with pytest.raises(error, match=words):
        as_panel(change(make(INDEXES["days"], rng)))


def test_no_covariates(rng):
    with pytest.raises(ValueError, match=r"data is a wide frame, which has no covariates \['late'\]"):
        as_panel(make(INDEXES["days"], rng), covariates=["late"])


def test_answers_that_do_not_fit(rng):
    wide = make(INDEXES["days"], rng)
    panel = as_panel(wide)
    answer = to_answer(panel, {"RNN": np.ones((3, H))})
    with pytest.raises(ValueError, match=r"predict of f returned no row for 2024-04-12 00:00:00\+02:00; h=3 needs one"):
        from_answer(answer[:-1], panel, H, "f")
    with pytest.raises(ValueError, match="predict of f returned no column for series 'late'"):
        from_answer(answer.drop(columns="late"), panel, H, "f")


def test_ten_thousand_series_take_no_loop():
    wide = pd.DataFrame(np.ones((100, 10_000)), pd.date_range("2024-01-01", periods=100, freq="h"))
    panel = as_panel(wide)
    assert panel.n_rows == 1_000_000
    assert to_answer(panel, {"RNN": np.ones((10_000, 2))}).shape == (2, 10_000)
