import numpy as np
import pandas as pd
import pytest
from covariates_support import KNOWN, H, sales, small
from numpy.testing import assert_allclose, assert_array_equal
from pandas.testing import assert_frame_equal

from rnnforecast import RNNForecaster
from rnnforecast.forecasting import backtest

WORDS = {"level": [80, 95], "quantiles": [0.2, 0.5]}


def waves(n, ids=("a", "b", "c")):
    rng = np.random.default_rng(0)
    parts = [pd.DataFrame({"unique_id": name, "ds": np.arange(n), "y": 10 + np.sin(np.arange(n) / 2)}) for name in ids]
    data = pd.concat(parts, ignore_index=True)
    return data.assign(y=data["y"] + rng.normal(0, 1, len(data)) * np.where(data["ds"] < 80, 0.1, 1.0))


@pytest.mark.parametrize("loss", ["absolute_error", "quantile"])
@pytest.mark.parametrize("step", [1, 3, 5])
def test_updates_are_the_origins_of_a_backtest(loss, step):
    data, n, h = waves(100), 15 // step, 3
    model = small(h=h, intervals="adaptive", loss=loss)
    table = backtest(model, data, n_windows=n, step_size=step, **WORDS)
    first = 100 - h - step * (n - 1)
    model.fit(data[data["ds"] < first])
    for origin in range(n):
        expected = table[table["cutoff"] == first + step * origin - 1].reset_index(drop=True)
        found = model.predict(**WORDS)
        assert_allclose(found[expected.columns[4:]], expected[expected.columns[4:]], rtol=1e-5)
        rows = (data["ds"] >= first + step * origin) & (data["ds"] < first + step * (origin + 1))
        model.update(data[rows])
    assert not np.allclose(
        found["RNN-hi-80"], model.set_params(intervals="adaptive").fit(data).predict(**WORDS)["RNN-hi-80"]
    )


def test_conformal_intervals_stay_as_they_are():
    data = waves(100)
    one, two = (small(intervals=kind).fit(data[data["ds"] < 90]) for kind in ("conformal", "adaptive"))
    assert_frame_equal(one.predict(**WORDS), two.predict(**WORDS))
    for model in (one, two):
        model.update(data[data["ds"] >= 90])
    assert one.outcomes_ == ()
    assert len(two.outcomes_) == 1
    assert_array_equal(one.predict()["RNN"], two.predict()["RNN"])
    assert (one.predict(level=80)["RNN-hi-80"] != two.predict(level=80)["RNN-hi-80"]).any()
    assert_frame_equal(one.predict(**WORDS), two.set_params(intervals="conformal").predict(**WORDS))


def test_series_of_many_kinds():
    """New ones, ones without new rows, and ones whose rows come later."""
    data = waves(100)
    old = data[(data["ds"] < 90) & (data["unique_id"] != "c")]
    model = small(intervals="adaptive").fit(old)
    model.update(data[(data["unique_id"] == "c") & (data["ds"] < 60)])
    model.update(data[(data["unique_id"] == "a") & (data["ds"] >= 90)])
    model.update(data[(data["unique_id"] != "a") & (data["ds"] >= np.where(data["unique_id"] == "b", 90, 60))])
    assert np.isfinite(model.predict(level=80).iloc[:, 2:].to_numpy()).all()
    numbers = [outcome.known_at.tolist() for outcome in model.outcomes_]
    assert [len(outcome.ids) for outcome in model.outcomes_] == [2, 3, 3]
    assert numbers == [[[1] * H, [2] * H], [[1] * H, [2] * H, [2] * H], [[-1] * H, [2] * H, [2] * H]]
    stream = model.stream("a")
    assert_frame_equal(
        stream.forecast(level=80), model.predict(level=80).query("unique_id == 'a'").reset_index(drop=True)
    )


def test_saved_and_loaded(tmp_path):
    data = waves(100)
    for loss in ("absolute_error", "gaussian"):
        model = small(intervals="adaptive", loss=loss).fit(data[data["ds"] < 90])
        model.update(data[(data["ds"] >= 90) & (data["ds"] < 95)])
        model.save(tmp_path / "model.npz")
        loaded = RNNForecaster.load(tmp_path / "model.npz")
        for one in (model, loaded):
            one.update(data[data["ds"] >= 95])
        assert_frame_equal(model.predict(**WORDS), loaded.predict(**WORDS))


def test_few_are_remembered():
    y = pd.Series(np.random.default_rng(0).normal(size=700))
    model = small(h=1, intervals="adaptive", max_iter=1).fit(y[:400])
    for start in range(400, 700):
        model.update(y[start : start + 1])
    assert len(model.outcomes_) == 201
    assert model.outcomes_[0].number == 99
    assert np.isfinite(model.predict(level=80).to_numpy()).all()


def test_missing_values_teach_nothing():
    y = pd.Series(np.sin(np.arange(120) / 2))
    model = small(intervals="adaptive", missing="mask").fit(y[:100])
    before = model.predict(level=80)
    model.update(pd.Series([np.nan] * 8, index=range(100, 108)))
    after = model.predict(level=80)
    assert np.isnan(model.outcomes_[0].actual).all()
    scale = [(table["RNN-hi-80"] - table["RNN"]).to_numpy() for table in (before, after)]
    assert_allclose(scale[0] / scale[0][0], scale[1] / scale[1][0])


def test_covariates_that_are_known_ahead():
    """Of fewer rows than a forecast reads ahead nothing is said, and nothing is learned."""
    data, ahead = sales((60, 60))
    model = small(intervals="adaptive", future_covariates=KNOWN).fit(data[data.groupby("unique_id").cumcount() < 50])
    rest = data[data.groupby("unique_id").cumcount() >= 50]
    model.update(rest[rest.groupby("unique_id").cumcount() < 2])
    assert model.outcomes_[0].said is None
    model.update(rest[rest.groupby("unique_id").cumcount() >= 2])
    assert np.isfinite(model.outcomes_[1].said.point).all()
    assert np.isfinite(model.predict(level=80, X_df=ahead)["RNN-hi-80"]).all()
