import numpy as np
import pandas as pd
import pytest
from covariates_support import small
from numpy.testing import assert_array_equal

from rnnforecast.forecasting import backtest
from rnnforecast.forecasting.rnn.adaptation import adapted_widths, first_to_know
from rnnforecast.forecasting.uncertainty import AdaptiveConformal


@pytest.mark.parametrize("drops", [[9, 8, 7, 6], [12, 9, 6, 3], [7], [10, 4, 2]])
def test_who_knows_first_matches_naive(drops):
    found = first_to_know(drops, 3)
    for origin, drop in enumerate(drops):
        for step in range(3):
            left = drop - 1 - step  # rows after the value
            knowing = [i for i, other in enumerate(drops) if other <= left]
            assert found[origin, step] == (knowing[0] if knowing else len(drops))


@pytest.mark.parametrize("drops", [[9, 8, 7, 6, 5], [12, 9, 6, 3]])
def test_the_walk_matches_naive(drops, rng):
    """Origin by origin, value by value, in the order in which they were forecast."""
    levels, h, n, n_series = (50.0, 80.0), 3, len(drops), 2
    first, scores = np.abs(rng.normal(size=(30, h))), np.abs(rng.normal(size=(1, n, n_series, h)))
    scores[0, 0, 1, 0] = np.nan
    known_at = first_to_know(drops, h)
    widths = adapted_widths(AdaptiveConformal.start(first, levels, gamma=0.1), scores, known_at[:, None])
    naive = AdaptiveConformal.start(first, levels, gamma=0.1)
    for i in range(n):
        new, issued = [], []
        for j in range(i):
            for series in range(n_series):
                new.append([scores[0, j, series, k] if known_at[j, k] == i else np.nan for k in range(h)])
                issued.append(widths[:, j])
        if new:
            naive.update(new, np.stack(issued, axis=1))
        assert_array_equal(widths[:, i], naive.widths())


def panel(n, seed, *, noise=0.3):
    """Waves; from row 80 on the noise is another."""
    rng = np.random.default_rng(seed)
    t = np.arange(n)
    parts = [pd.DataFrame({"unique_id": f"s{i}", "ds": t, "y": 10 + np.sin(0.5 * t)}) for i in range(6)]
    data = pd.concat(parts, ignore_index=True)
    return data.assign(y=data["y"] + rng.normal(0, 1, len(data)) * np.where(data["ds"] < 80, 0.3, noise))


def covered(table):
    return ((table["RNN-lo-80"] <= table["y"]) & (table["y"] <= table["RNN-hi-80"])).mean()


@pytest.mark.parametrize("loss", ["absolute_error", "gaussian"])
def test_a_panel_adapts_as_one(loss):
    """Where what was calibrated before does not hold any more, what has adapted does."""
    data, late = panel(160, 0, noise=0.1), {}
    for intervals in ("conformal", "adaptive"):
        model = small(h=2, intervals=intervals, loss=loss, max_iter=10, shrink_to=None)
        table = backtest(model, data, h=2, n_windows=70, level=80)
        late[intervals] = covered(table[table["cutoff"] >= 120])
    assert abs(late["adaptive"] - 0.8) < 0.07 < 0.08 < late["conformal"] - 0.8


def test_origins_know_nothing_of_what_comes_later():
    """Values after an origin do not change its intervals."""
    data, model = panel(120, 1), small(h=3, intervals="adaptive")
    other = data.assign(y=np.where(data["ds"] >= 110, 99.0, data["y"]))
    words = {"h": 3, "n_windows": 20, "step_size": 1, "level": [50, 80]}
    one, two = (backtest(model, frame, **words) for frame in (data, other))
    early = one["cutoff"] < 110
    assert early.any()
    pd.testing.assert_frame_equal(one[early].drop(columns="y"), two[early].drop(columns="y"))
    assert not one[~early].equals(two[~early])


@pytest.mark.parametrize("loss", ["absolute_error", "gaussian"])
def test_fewer_steps_than_were_trained(loss):
    """The first steps of origins a step apart know as much whether later ones are asked for or not."""
    data, model = panel(110, 4), small(h=4, intervals="adaptive", loss=loss)
    whole = model.fit(data[data["ds"] < 90])
    drops, seen = list(range(20, 4, -1)), model._as_panel(data)
    long, short = (whole._predict_origins(seen, drops, h, (80.0,), (0.2,)) for h in (4, 2))
    for name, values in short.items():
        np.testing.assert_allclose(values, long[name][:, :, :2])
    assert np.isfinite(backtest(model, data, h=2, n_windows=3, level=80)["RNN-hi-80"]).all()


def test_a_fit_at_every_origin_begins_anew():
    data, model = panel(100, 2), small(h=2, intervals="adaptive")
    adaptive = backtest(model, data, n_windows=3, level=80, refit=True)
    conformal = backtest(model.set_params(intervals="conformal"), data, n_windows=3, level=80, refit=True)
    pd.testing.assert_frame_equal(adaptive, conformal)


def test_one_pass_adapts_too():
    data, late = panel(160, 3, noise=0.1), {}
    for intervals in ("conformal", "adaptive"):
        model = small(h=2, intervals=intervals, window_scaler=None, linear_skip=False, strategy="mimo")
        table = backtest(model, data, n_windows=70, level=80, one_pass=True)
        late[intervals] = covered(table[table["cutoff"] >= 120])
    assert abs(late["adaptive"] - 0.8) < 0.07 < 0.2 < 0.8 - late["conformal"]  # what a network remembers misleads it
