import numpy as np
import pandas as pd
import pytest
from covariates_support import KNOWN, H, sales, small
from numpy.testing import assert_allclose, assert_array_equal
from pandas.testing import assert_frame_equal

from rnnforecast.forecasting import backtest
from rnnforecast.forecasting.rnn.said import Said
from rnnforecast.forecasting.streams.adapting import Adapting
from rnnforecast.forecasting.uncertainty import AdaptiveConformal


def wave(n, noise=0.1, seed=0):
    return pd.Series(10 + np.sin(np.arange(n) / 2) + np.random.default_rng(seed).normal(0, noise, n))


@pytest.mark.parametrize("q", [(), (0.025, 0.1, 0.9, 0.975)])
def test_what_is_remembered_matches_naive(q, rng):
    """Forecasts of a value are those made one step before, two steps before, ..."""
    levels, h = (80.0, 95.0), 3
    first = np.abs(rng.normal(size=(30, h) if not q else (2, 30, h)))
    adapting, naive = Adapting(AdaptiveConformal.start(first, levels)), AdaptiveConformal.start(first, levels)
    made = []
    for t in range(20):
        y = np.nan if t in (4, 9, 10) else rng.normal()
        point, scale = rng.normal(size=(1, h)), rng.uniform(1, 2, size=1)
        said = Said(point, q, point[..., None] + np.array([-2.0, -1.0, 1.0, 2.0])[: len(q)], scale)
        if t == 12:
            said = None
        made.append((said, naive.widths()))
        adapting.update(y, said)
        scores, widths = np.full((1 + bool(q), 1, h), np.nan), np.zeros((2, 1, h))
        for k in range(min(h, t + 1)):
            earlier, issued = made[t - k]
            if earlier is not None:
                scores[:, 0, k] = earlier.scores(levels, np.full((1, h), y))[:, 0, k]
            widths[:, 0, k] = issued[:, k]
        naive.update(scores, widths)
        assert_array_equal(adapting.widths(), naive.widths())


def test_a_stream_begins_as_predict_and_then_adapts():
    y = wave(150)
    model = small(intervals="adaptive", max_iter=10).fit(y)
    stream = model.stream()
    assert_frame_equal(stream.forecast(level=[80, 95]), model.predict(level=[80, 95]))
    widths = []
    for value in wave(80, noise=2, seed=1):
        stream.update(value)
        table = stream.forecast(level=[80, 95])
        widths.append((table["RNN-hi-80"] - table["RNN-lo-80"]).iloc[0])
    assert np.mean(widths[-10:]) > 1.3 * np.mean(widths[:3])
    assert (table["RNN-hi-95"] >= table["RNN-hi-80"]).all()
    assert_allclose(stream.forecast(), table["RNN"])
    assert_frame_equal(model.stream().forecast(level=80), model.predict(level=80))


def test_levels_that_are_new_begin_anew():
    model = small(intervals="adaptive").fit(wave(150))
    stream = model.stream()
    stream.forecast(level=80)
    for value in wave(10, noise=3):
        stream.update(value)
    whole = model.predict(new_df=pd.concat([wave(150), wave(10, noise=3)], ignore_index=True), level=90)
    assert_frame_equal(stream.forecast(level=90), whole, check_index_type=False)


def test_forecasts_between_do_not_matter():
    """Updates without a forecast forecast for themselves."""
    model = small(intervals="adaptive").fit(wave(150))
    streams = [model.stream(), model.stream()]
    for value in [None, *wave(12, noise=1, seed=2)]:
        for k, stream in enumerate(streams):
            if value is not None:
                stream.update(value)
            if value is None or k == 0:
                stream.forecast(level=80)
    assert_frame_equal(streams[0].forecast(level=80), streams[1].forecast(level=80))


def test_a_short_horizon_and_missing_values():
    model = small(intervals="adaptive", missing="mask").fit(wave(150))
    stream = model.stream()
    for value in [10.0, np.nan, 9.0, np.nan, np.nan, 11.0, 10.0, 10.0]:
        assert np.isfinite(stream.forecast(2, level=80).to_numpy()).all()
        stream.update(value)
    assert np.isfinite(stream.forecast(level=80).to_numpy()).all()


def test_with_covariates_that_are_known_ahead():
    data, ahead = sales((60,))
    model = small(intervals="adaptive", future_covariates=KNOWN).fit(data)
    stream = model.stream("s0")
    last = ahead.ds.iloc[-1]
    more = pd.concat([ahead, ahead.assign(ds=pd.date_range(last, periods=H + 1)[1:])], ignore_index=True)
    for step in range(H):
        table = stream.forecast(level=80, X_df=more)
        assert np.isfinite(table[["RNN", "RNN-lo-80"]].to_numpy()).all()
        stream.update(15.0, ahead[KNOWN].iloc[step].to_dict())
    stream.update(15.0, ahead[KNOWN].iloc[0].to_dict())  # of which nothing was forecast


@pytest.mark.parametrize("loss", ["absolute_error", "quantile", "student_t"])
def test_a_stream_is_a_backtest_of_every_row(loss):
    """Both learn of the same rows, so that they answer the same."""
    y, model = wave(150), small(intervals="adaptive", loss=loss)
    later = pd.concat([y, wave(30, noise=2, seed=3)], ignore_index=True)
    words = {"level": [80, 95], "quantiles": [0.2, 0.5]}
    table = backtest(model, later, n_windows=31 - H, **words)
    stream = model.fit(y).stream()
    assert_frame_equal(stream.forecast(**words), model.predict(**words))
    for origin, cutoff in enumerate(table["cutoff"].unique()):
        expected = stream.forecast(**words)
        found = table[table["cutoff"] == cutoff].set_index("ds")[expected.columns]
        assert_allclose(found, expected, rtol=1e-5)  # rows of one call and of many are rounded each in their way
        stream.update(later[150 + origin])
    fixed = backtest(model.set_params(intervals="conformal"), later, n_windows=31 - H, **words)
    assert_allclose(fixed["RNN"], table["RNN"])
    assert (fixed["RNN-hi-80"] != table["RNN-hi-80"]).mean() > 0.5
