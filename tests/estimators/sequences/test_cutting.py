import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_array_equal

from rnnforecast.estimators.sequences import WindowTransformer
from rnnforecast.windows import sliding_windows


@pytest.mark.parametrize("n_steps, horizon", [(1, 1), (5, 2), (12, 8), (19, 1)])
def test_windows_and_targets_are_sliding_windows(n_steps, horizon, rng):
    series = rng.normal(size=(20, 2))
    cutter = WindowTransformer(n_steps=n_steps, horizon=horizon)
    X, y = sliding_windows(series, n_steps=n_steps, horizon=horizon)
    out = cutter.fit_transform(series)
    assert_array_equal(out, X)
    assert_array_equal(cutter.targets(series[:, 0]), y)
    assert_array_equal(cutter.targets(series)[:, :, 0], y)
    assert cutter.targets(series).shape == (len(X), horizon, 2)
    assert np.shares_memory(out, series)
    assert not out.flags.writeable


@pytest.mark.parametrize("n_steps", [1, 4, 20])
def test_without_a_horizon_the_target_is_that_of_the_last_row(n_steps, rng):
    series, y = rng.normal(size=(20, 2)), np.arange(20)
    cutter = WindowTransformer(n_steps=n_steps).fit(series)
    X, targets = cutter.transform(series), cutter.targets(y)
    assert len(X) == len(targets) == 20 - n_steps + 1
    for window, target in zip(X, targets, strict=True):
        assert_array_equal(window, series[target - n_steps + 1 : target + 1])
    assert cutter.targets(series).shape == (len(X), 2)
    assert_array_equal(cutter.last_window(series), X[-1:])


def test_the_last_window_ends_the_series(rng):
    series = rng.normal(size=(20, 2))
    cutter = WindowTransformer(n_steps=5, horizon=3).fit(series)
    assert_array_equal(cutter.last_window(series), series[None, -5:])
    assert_array_equal(cutter.last_window(series[:5]), series[None, :5])
    with pytest.raises(ValueError, match="X has 4 rows; n_steps=5 are needed"):
        cutter.last_window(series[:4])


def test_labels_and_frames(rng):
    frame = pd.DataFrame(rng.normal(size=(6, 2)), columns=["a", "b"])
    cutter = WindowTransformer(n_steps=3).fit(frame)
    assert list(cutter.feature_names_in_) == ["a", "b"]
    assert_array_equal(cutter.transform(frame), WindowTransformer(n_steps=3).fit_transform(frame.to_numpy()))
    labels = pd.Series(list("uvwxyz"))
    assert list(cutter.targets(labels)) == list("wxyz")


def test_series_that_are_too_short(rng):
    series = rng.normal(size=(20, 2))
    cutter = WindowTransformer(n_steps=5, horizon=3).fit(series)
    message = "has 7 rows .*too few; n_steps=5 and horizon=3 need 8"
    for method, rows in ((cutter.fit, series), (cutter.transform, series), (cutter.targets, series[:, 0])):
        with pytest.raises(ValueError, match=message):
            method(rows[:7])
    with pytest.raises(ValueError, match="y contains NaN"):
        cutter.targets(np.full(20, np.nan))


@pytest.mark.parametrize("change", [{"n_steps": -1}, {"n_steps": 2.0}, {"horizon": -1}])
def test_targets_need_no_fit_but_good_parameters(change, rng):
    (name,) = change
    with pytest.raises(ValueError, match=f"The '{name}' parameter of WindowTransformer"):
        WindowTransformer(**{"n_steps": 2, **change}).targets(rng.normal(size=9))


def test_parameters_that_changed_after_the_fit(rng):
    cutter = WindowTransformer(n_steps=2).fit(rng.normal(size=(9, 1))).set_params(n_steps=10)
    with pytest.raises(ValueError, match=r"X has 9 rows .*too few; n_steps=10"):
        cutter.transform(np.zeros((9, 1)))
