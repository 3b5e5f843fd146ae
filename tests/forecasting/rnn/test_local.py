"""One network for each series, all trained in one call: each is what it would be alone."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_array_equal
from pandas.testing import assert_frame_equal

from rnnforecast import RNNForecaster
from rnnforecast.forecasting.rnn import plan

LENGTHS = (40, 23, 60, 31)


def local(**given):
    words = {"input_size": 6, "strategy": "mimo", "hidden_size": 4, "max_iter": 4, "batch_size": 8}
    words |= {"random_state": 3, "scope": "local", "intervals": None, "learning_rate_init": 0.01, "n_init": 1}
    return RNNForecaster(3, **words | given)


def frame(lengths=LENGTHS):
    rng, parts = np.random.default_rng(0), []
    for i, n in enumerate(lengths):
        y = (i + 1) * (10 + np.sin(np.arange(n) / 2) + rng.normal(0, 0.1, n))
        parts.append(pd.DataFrame({"unique_id": f"s{i}", "ds": pd.date_range("2020", periods=n, freq="D"), "y": y}))
    return pd.concat(parts, ignore_index=True)


@pytest.mark.parametrize(
    "words",
    [
        {},
        {"n_init": 2},
        {"n_init": 2, "strategy": "recursive", "dropout": 0.2},
        {"strategy": "direct", "residual_on": "linear"},
        {"input_size": [4, 8], "cell_type": "lstm", "num_layers": 2, "recurrent_dropout": 0.1},
        {"n_init": 2, "strategy": "segment", "segment_size": 2, "n_jobs": 2},
    ],
    ids=str,
)
@pytest.mark.parametrize("scope", ["local", "global"])
def test_each_network_is_what_it_would_be_alone(words, scope):
    """Bit for bit, weights and forecasts, whatever is trained beside it; alone, local and global are the same."""
    data = frame()
    together = local(**words).fit(data)
    forecasts = together.predict().RNN.to_numpy().reshape(len(LENGTHS), -1)
    for i in range(len(LENGTHS)):
        alone = local(**words | {"scope": scope}).fit(data[data.unique_id == f"s{i}"])
        for all_of_them, own in zip(together.thetas_, alone.thetas_, strict=True):
            assert_array_equal(all_of_them[i :: len(LENGTHS)], own)
        assert_array_equal(forecasts[i], alone.predict().RNN)


@pytest.mark.parametrize("words", [{}, {"strategy": "direct", "n_init": 2, "series_scaler": None}])
@pytest.mark.parametrize("names", [["s2"], ["s1", "s3"], ["s0", "s1", "s2"]])
def test_some_of_the_series_have_their_own_networks(words, names, tmp_path):
    data = frame()
    model = local(**words).fit(data)
    expected = model.predict()
    expected = expected[expected.unique_id.isin(names)].reset_index(drop=True)
    some = data[data.unique_id.isin(names)]
    assert_frame_equal(model.predict(new_df=some), expected)
    model.save(tmp_path / "model.npz")
    assert_frame_equal(RNNForecaster.load(tmp_path / "model.npz").predict(new_df=some), expected)
    assert_array_equal(model.stream(names[-1]).forecast().RNN, expected.RNN[-3:])


def test_series_without_a_network():
    data = frame()
    model = local().fit(data)
    before = model.predict()
    others = data.assign(unique_id=data.unique_id.replace({"s1": "new", "s2": "newer"}))
    for call in (lambda: model.predict(new_df=others), lambda: model.update(others[others.unique_id == "new"])):
        with pytest.raises(ValueError, match=r"series 'new' has no network.*: scope='local' trained those of other"):
            call()
    assert_frame_equal(model.predict(), before)


@pytest.mark.parametrize(
    "words, need", [({}, 9), ({"target_transform": "difference"}, 10), ({"input_size": [4, 8]}, 11)]
)
def test_series_that_are_too_short_are_named(words, need, monkeypatch):
    monkeypatch.setattr(plan, "learn", lambda *_, **__: pytest.fail("training began"))
    sizes = {9: "6 + 3", 10: "6 + 3", 11: "8 + 3"}[need]
    message = rf"series 's1' has {need - 1} rows; input_size \+ h \({sizes.replace('+', '.')}, .*needs at least {need}"
    with pytest.raises(ValueError, match=message):
        local(**words).fit(frame((40, need - 1, 60)))
    with pytest.raises(ValueError, match=r"series 's0' has 5 rows \(and 1 more series\)"):
        local(**words).fit(frame((5, 40, 6)))


def test_a_series_just_long_enough():
    model = local(scope="local").fit(frame((40, 9, 60)))
    assert np.isfinite(model.predict().RNN).all()


def test_defaults_of_small_data():
    words = {"hidden_size": None, "max_iter": None, "intervals": None}
    own, shared = (local(scope=scope, **words).fit(frame()) for scope in ("local", "global"))
    assert (own.n_iter_, shared.n_iter_) == (30, 100)
    assert own.thetas_[0].shape[1] == local(max_iter=1, hidden_size=16).fit(frame()).thetas_[0].shape[1]
    assert (
        shared.thetas_[0].shape[1] == local(scope="global", max_iter=1, hidden_size=32).fit(frame()).thetas_[0].shape[1]
    )
