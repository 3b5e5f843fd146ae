import pickle

import numpy as np
import pandas as pd
import pytest
from live_support import MODELS, assert_same, frame, rnn, stamps, wave
from numpy.testing import assert_array_equal
from sklearn.exceptions import NotFittedError

from rnnforecast import RNNForecaster
from rnnforecast.forecasting import NaiveForecaster

N = 50
STAMPS = stamps(N)


@pytest.mark.parametrize("kind", STAMPS)
@pytest.mark.parametrize("model", MODELS)
def test_an_updated_series_is_the_whole_series(model, kind):
    y = wave(N, STAMPS[kind])
    forecaster = MODELS[model]().fit(y[:40])
    expected = forecaster.predict(level=80, new_df=y)
    assert forecaster.update(y[40:41]) is forecaster
    assert_same(forecaster.predict(level=80), forecaster.predict(level=80, new_df=y[:41]))
    forecaster.update(y[41:])
    assert_same(forecaster.predict(level=80), expected)


@pytest.mark.parametrize("model", MODELS)
def test_an_updated_panel_is_the_whole_panel(model):
    data = frame(N)
    row = data.groupby("unique_id").cumcount()
    forecaster = MODELS[model]().fit(data[row < 40])
    newer = data[(row >= 40) & (data["unique_id"] != "b")].sample(frac=1, random_state=0)
    expected = forecaster.predict(level=80, new_df=data[(row < 40) | (data["unique_id"] != "b")])
    assert_same(forecaster.update(newer).predict(level=80), expected)


@pytest.mark.parametrize("model", MODELS)
def test_series_that_are_new(model):
    data = frame(N, ("b", "d", "a", "c"))
    known = data["unique_id"].isin(["b", "c"])
    forecaster = MODELS[model]().fit(data[known])
    expected = forecaster.predict(level=80, new_df=data)
    forecaster.update(data[~known])
    assert forecaster.context_.ids.tolist() == ["a", "b", "c", "d"]
    assert_same(forecaster.predict(level=80), expected)
    more = data.assign(ds=data["ds"] + pd.DateOffset(months=N))
    forecaster.update(more)
    assert_same(forecaster.predict(level=80), forecaster.predict(level=80, new_df=pd.concat([data, more])))


def test_what_was_learned_stays():
    y = wave(N, STAMPS["months"])
    forecaster = rnn().fit(y[:40])
    names = sorted(set(vars(forecaster)) - {"context_"})
    before = pickle.dumps([vars(forecaster)[name] for name in names])
    old = pickle.loads(pickle.dumps(forecaster))
    forecaster.update(y[40:])
    assert pickle.dumps([vars(forecaster)[name] for name in names]) == before
    assert forecaster.context_.n_rows == old.context_.n_rows
    assert_same(forecaster.predict(level=80, new_df=y[:40]), old.predict(level=80))


def test_context_keeps_no_more_than_is_read():
    forecaster = rnn().fit(wave(N)[:20])
    for i in range(20, N):
        forecaster.update(wave(N)[i : i + 1])
    assert forecaster.context_.n_rows == 6


def test_data_are_copied():
    y = wave(N)
    forecaster = NaiveForecaster(1, method="mean").fit(y[:40])
    newer = y[40:].copy()
    forecaster.update(newer)
    expected = forecaster.predict()
    newer[:] = 0.0
    assert_array_equal(forecaster.predict(), expected)


def test_series_that_begin_short(tmp_path):
    data = frame(N, ("a", "b"))
    short = data[data["unique_id"] == "a"].assign(unique_id="new")[:3]
    forecaster = rnn().fit(data)
    expected = forecaster.predict(new_df=pd.concat([data, short]))
    assert_same(forecaster.update(short).predict(), expected)
    forecaster.save(tmp_path / "updated")
    assert_same(RNNForecaster.load(tmp_path / "updated").predict(), expected)


def test_categories():
    data = frame(N, ("a", "b"))
    data["unique_id"] = pd.Categorical(data["unique_id"], categories=["b", "a", "c"])
    row = data.groupby("unique_id", observed=True).cumcount()
    forecaster = NaiveForecaster(2).fit(data[row < 40])
    expected = forecaster.predict(new_df=data)
    newer = data[row >= 40].assign(unique_id=lambda rows: rows["unique_id"].astype(str))
    assert_same(forecaster.update(newer).predict(), expected)
    with pytest.raises(ValueError, match="series 'x' is not among the categories"):
        forecaster.update(newer[:3].assign(unique_id="x"))


# Bad input


def months(first, values=(1.0, 2.0), name="s"):
    index = pd.date_range(first, periods=len(values), freq="MS")
    return pd.DataFrame({"unique_id": name, "ds": index, "y": values})


@pytest.mark.parametrize(
    "data, error, words",
    [
        (months("2019-04-01"), ValueError, "series 's' starts at 2019-04-01.* 2019-03-01.* is needed.*rows between"),
        (months("2019-02-01"), ValueError, "series 's' starts at 2019-02-01.* 2019-03-01.* is needed.*leave out"),
        (months("2014-02-01"), ValueError, "series 's' starts at 2014-02-01"),
        (months("2019-03-02"), ValueError, "series 's'"),
        (months("2019-03-01", (1.0, np.nan)), ValueError, "NaN"),
        (months("2019-03-01", (1.0, -1.0)), ValueError, "series 's' has the value -1"),
        (months("2019-03-01", name="new", values=(-1.0, -1.0)), ValueError, "series 'new' has the value -1"),
        (
            months("2019-03-01", name=7),
            ValueError,
            "data names series by integer, such as 7; .* by string, such as 's'",
        ),
        (months("2019-03-01").drop(columns="unique_id"), ValueError, "a frame of a single series; .* with 'unique_id'"),
        (months("2019-03-01").set_index("ds")["y"], ValueError, "data is a Series; the training data was a frame"),
        (months("2019-03-01").assign(ds=[50, 51]), ValueError, "integer stamps"),
        (months("2019-03-01")[:0], ValueError, "empty"),
        ([1.0], TypeError, "data must be a pandas Series"),
        (
            pd.concat([months("2019-03-01"), months("2019-05-01", name="t")]),
            ValueError,
            r"series 't' starts at 2019-05",
        ),
        (pd.concat([months("2020-03-01"), months("2019-05-01", name="t")]), ValueError, r"series 's' .*and 1 more"),
    ],
)
def test_bad_rows_leave_the_forecaster_as_it_was(data, error, words):
    forecaster = rnn(target_transform="log", strategy="recursive").fit(frame(N, ("s", "t")))
    before = pickle.dumps(forecaster)
    with pytest.raises(error, match=words):
        forecaster.update(data)
    assert pickle.dumps(forecaster) == before


def test_a_gap_in_a_series_without_a_name():
    forecaster = NaiveForecaster(1).fit(wave(N)[:40])
    with pytest.raises(ValueError, match="the series starts at 41 in data; after 39, its last row, 40 is needed"):
        forecaster.update(wave(N)[41:])


def test_not_fitted():
    with pytest.raises(NotFittedError):
        NaiveForecaster(1).update(wave(N))


@pytest.mark.parametrize("kind", STAMPS)
@pytest.mark.parametrize("missing", ["mask", "decay"])
def test_a_gap_before_newer_rows_is_missing(missing, kind):
    y = wave(N, STAMPS[kind])
    forecaster = rnn(missing=missing).fit(y[:40])
    holes = y.copy()
    holes.iloc[40:43] = np.nan
    expected = forecaster.predict(level=80, new_df=holes)
    forecaster.update(y[43:])
    assert_same(forecaster.predict(level=80), expected)


def test_newer_rows_without_a_known_target():
    data = frame(N)
    late = data["ds"] >= data["ds"].iloc[40]
    unknown = data.assign(y=data["y"].where(~late | (data["unique_id"] != "b")), price=1.0, kind="x")
    forecaster = rnn(missing="mask", past_covariates=["price", "kind"]).fit(unknown[~late])
    before = forecaster.predict()
    expected = forecaster.predict(level=80, new_df=unknown)
    stranger = unknown[late & (unknown["unique_id"] == "b")].assign(unique_id="d")
    with pytest.raises(ValueError, match="series 'd' has no value in column 'y' of data, all are NaN"):
        forecaster.update(pd.concat([unknown[late], stranger]))
    assert_same(forecaster.predict(), before)
    forecaster.update(unknown[late])
    assert_same(forecaster.predict(level=80), expected)
