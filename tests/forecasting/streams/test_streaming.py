import pickle
import sys

import numpy as np
import pandas as pd
import pytest
from live_support import MODELS, H, assert_same, frame, rnn, stamps, wave
from numpy.testing import assert_array_equal
from sklearn.exceptions import NotFittedError

from rnnforecast.forecasting import NaiveForecaster, Stream

N, SEEN = 80, 60
STAMPS = stamps(N)
STREAMED = MODELS | {"seasons": lambda: rnn(target_transform="deseasonalize")}


@pytest.mark.parametrize("kind", STAMPS)
@pytest.mark.parametrize("model", STREAMED)
def test_a_stream_is_predicting_from_scratch(model, kind):
    if model == "seasons" and kind in ("range", "integers", "hours"):
        pytest.skip("a frequency without two seasons in these data")
    y = wave(N, STAMPS[kind])
    forecaster = STREAMED[model]().fit(y[:SEEN])
    stream = forecaster.stream()
    assert_same(stream.forecast(level=80), forecaster.predict(level=80))
    for i in range(SEEN, N):
        stream.update(y.iloc[i])
        if i % 4 == 0 or i > N - 3:
            assert_same(stream.forecast(level=[50, 80]), forecaster.predict(level=[50, 80], new_df=y[: i + 1]))
    assert_same(stream.forecast(2), forecaster.predict(2, new_df=y))
    assert stream.n_updates == N - SEEN
    assert stream.last == y.index[-1]


def test_a_stream_of_one_series_among_many():
    data = frame(N)
    row = data.groupby("unique_id").cumcount()
    forecaster = rnn().fit(data[row < SEEN])
    stream = forecaster.stream("b")
    own = data[data["unique_id"] == "b"]
    for value in own["y"][SEEN:]:
        stream.update(value)
    answer = stream.forecast(level=80)
    assert answer["unique_id"].tolist() == ["b"] * H
    assert_same(answer, forecaster.predict(level=80, new_df=own))


def test_a_series_that_begins_short():
    data = frame(N, ("a", "b"))
    short = data[data["unique_id"] == "a"].assign(unique_id="new")
    forecaster = rnn().fit(data).update(short[:3])
    stream = forecaster.stream("new")
    for i in range(3, 12):
        stream.update(short["y"].iloc[i])
        assert_same(stream.forecast(), forecaster.predict(new_df=short[: i + 1]))


def test_midnight_where_the_clocks_skip_it():
    index = pd.date_range("2018-10-25", periods=20, freq="D").tz_localize(
        "America/Sao_Paulo", nonexistent="shift_forward"
    )
    data = pd.DataFrame({"ds": index, "y": wave(20).to_numpy()})
    forecaster = NaiveForecaster(3).fit(data[:3])
    stream = forecaster.stream()
    for i in range(3, 20):
        answer = stream.update(data["y"].iloc[i]).forecast()
        assert_same(answer, forecaster.predict(new_df=data[: i + 1]))


def test_streams_are_independent():
    y = wave(N)
    forecaster = rnn().fit(y[:SEEN])
    before, expected = pickle.dumps(forecaster), forecaster.predict()
    first, second = forecaster.stream(), forecaster.stream()
    first.update(100.0)
    assert_same(second.forecast(), expected)
    assert pickle.dumps(forecaster) == before
    after = first.forecast()
    forecaster.update(y[SEEN:])
    assert_same(second.forecast(), expected)
    forecaster.set_params(h=7, hidden_size=3, input_size=4).fit(y * 5)
    assert_same(second.forecast(), expected)
    assert_same(first.forecast(), after)


def test_a_stream_does_not_hold_the_other_series():
    forecaster = rnn(shrink_to=None).fit(frame(N))
    stream = forecaster.stream("a")
    assert not hasattr(stream._forecaster, "context_")
    for value in range(1000):
        stream.update(value)
    assert len(stream._values) == 6
    stream.forecast()
    assert stream._panel.n_rows == 6


def test_an_update_costs_a_few_calls():
    stream = rnn().fit(wave(N)).stream()
    calls = []
    sys.setprofile(lambda frame, event, what: calls.append(event) if event in ("call", "c_call") else None)
    stream.update(1.0)
    sys.setprofile(None)
    assert len(calls) < 6


def test_pickle():
    stream = rnn().fit(frame(N)).stream("a").update(3.0)
    copy = pickle.loads(pickle.dumps(stream))
    assert_same(copy.update(4.0).forecast(), stream.update(4.0).forecast())


def test_repr():
    assert repr(NaiveForecaster(1).fit(wave(N)).stream().update(1)) == "Stream(n_updates=1, last='80')"
    stream = NaiveForecaster(1).fit(frame(N)).stream("b")
    assert isinstance(stream, Stream)
    assert repr(stream) == "Stream(unique_id='b', n_updates=0, last='2021-08-01 00:00:00')"


@pytest.mark.parametrize("value", [3, np.float32(3), np.int8(3), np.float64(3)])
def test_numbers_of_all_kinds(value):
    assert NaiveForecaster(1).fit(wave(N)).stream().update(value).forecast().item() == 3.0


# Bad input


@pytest.mark.parametrize(
    "value, error, words",
    [
        (np.nan, ValueError, "y=nan of series 'a' must be a finite number"),
        (float("-inf"), ValueError, "y=-inf of series 'a'"),
        (np.float32("nan"), ValueError, "y=nan"),
        ("3", TypeError, "y must be one real number; got '3'"),
        (None, TypeError, "y must be one real number; got None"),
        ([3.0], TypeError, "y must be one real number"),
        (pd.Series([3.0]), TypeError, "y must be one real number"),
        (3j, TypeError, "y must be one real number"),
    ],
)
def test_bad_observations_leave_the_stream_as_it_was(value, error, words):
    stream = NaiveForecaster(1).fit(frame(N)).stream("a")
    expected = stream.forecast()
    with pytest.raises(error, match=words):
        stream.update(value)
    assert_same(stream.forecast(), expected)
    assert stream.n_updates == 0


def test_covariates():
    with pytest.raises(ValueError, match=r"x=\[1.0\] must be None: this forecaster was fitted without covariates"):
        NaiveForecaster(1).fit(wave(N)).stream().update(1.0, x=[1.0])


def test_which_series():
    panel, single = NaiveForecaster(1).fit(frame(N)), NaiveForecaster(1).fit(wave(N))
    with pytest.raises(ValueError, match="unique_id=None must name one of 3 series, such as 'a'"):
        panel.stream()
    for wrong in ("x", 0, ["a"], slice(None)):
        with pytest.raises(ValueError, match=r"unique_id=.* is not one of the 3 series, such as 'a'"):
            panel.stream(wrong)
    with pytest.raises(ValueError, match="unique_id='a' must be None"):
        single.stream("a")
    with pytest.raises(NotFittedError):
        NaiveForecaster(1).stream()
    assert NaiveForecaster(1).fit(frame(N, ["a"])).stream().unique_id == "a"


def test_horizons_and_levels():
    stream = rnn().fit(wave(N)).stream()
    with pytest.raises(ValueError, match="h=4 is beyond the 3 steps"):
        stream.forecast(4)
    with pytest.raises(ValueError, match="level=100"):
        stream.forecast(level=100)
    assert_array_equal(stream.forecast(1), stream.forecast()[:1])


@pytest.mark.parametrize(
    "words, y, message",
    [
        ({"loss": "poisson"}, -3.0, "series 'b' has -3 at .*; loss='poisson' needs counts"),
        ({"loss": "gamma"}, 0.0, "series 'b' has 0 at .*; loss='gamma' needs positive numbers"),
        ({"target_transform": "log"}, -1.0, "series 'b' has the value -1 at .*; Log"),
        ({"target_transform": ["log", "difference"]}, 0.0, "series 'b' has the value 0 at .*; Log"),
        ({"target_transform": "difference"}, 1e20, None),
        ({"target_transform": None}, 1e30, "data has values up to"),
        ({}, -1e30, "data has values up to"),
        ({}, 1e30, None),
        ({"past_covariates": ["word", "price"]}, {"word": "z"}, "column 'word' has 'z' in series 'b' at .* not one of"),
        ({"past_covariates": ["word", "price"]}, {"price": 1e300}, "column 'price' has 1e.300 in series 'b' at"),
    ],
)
def test_an_observation_that_cannot_be_read_is_refused(words, y, message):
    """And the stream goes on as if it had not come."""
    data = frame(N)
    data = data.assign(y=data["y"].round(), word=np.tile(["x", "y"], 3 * N // 2), price=1.0)
    stream = rnn(intervals=None, **words).fit(data).stream("b")
    x = {"word": "x", "price": 2.0} if "past_covariates" in words else None
    stream.update(9.0, x)
    before = stream.forecast()
    if message is None:
        stream.update(y, x)
        return
    for _ in range(2):
        with pytest.raises(ValueError, match=message):
            stream.update(*((4.0, x | y) if isinstance(y, dict) else (y, x)))
    assert stream.n_updates == 1
    assert_same(stream.forecast(), before)
    stream.update(10.0, x).forecast()
