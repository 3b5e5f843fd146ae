"""The scaler of windows that is chosen by the data."""

import numpy as np
import pandas as pd
import pytest
from covariates_support import small
from panels_support import panel_of

from rnnforecast import RNNForecaster
from rnnforecast.forecasting.networks.reach import Reach
from rnnforecast.forecasting.rnn import window_scaling
from rnnforecast.forecasting.rnn.window_scaling import choose_scaler

REACH = Reach(8, 3)


def ratio(panel, reach, steps):
    """Geometric mean over the series of the error of the mean of a window over that of its last value."""
    ratios = []
    for first, stop in zip(panel.indptr[:-1], panel.indptr[1:], strict=True):
        y, errors = panel.values[first:stop], []
        for end in range(reach.n_inputs, len(y) - reach.n_targets + 1):
            window, targets = y[end - reach.n_inputs : end], y[end : end + steps]
            errors.append([np.abs(targets - centre).mean() for centre in (window.mean(), window[-1])])
        if errors:
            mean, last = np.mean(errors, axis=0)
            ratios.append(np.log(mean / last))
    return np.exp(np.mean(ratios))


@pytest.mark.parametrize("wander", np.linspace(0, 1.5, 7))
def test_the_nearer_centre_is_chosen(wander, rng):
    """From noise around a level to random walks."""
    series = {f"s{i}": rng.normal(size=n) + wander * rng.normal(size=n).cumsum() for i, n in enumerate((30, 11, 60, 9))}
    panel = panel_of(**series)
    is_noise = ratio(panel, REACH, 3) < 0.95 and ratio(panel, REACH, 1) < 1 / 0.95
    assert choose_scaler(panel, [REACH]) == ("standard" if is_noise else "last")


def test_a_wave_is_no_noise():
    """Its next value is near the last one, though in half a wave the mean is nearer."""
    y, reach = np.sin(np.arange(200) * 2 * np.pi / 11), Reach(11, 6)
    panel = panel_of(a=y)
    assert ratio(panel, reach, 6) < 0.95
    assert choose_scaler(panel, [reach]) == "last"


def test_both_ends(rng):
    noise, walk = rng.normal(size=(5, 60)), rng.normal(size=(5, 60)).cumsum(axis=1)
    for values, expected in ((noise, "standard"), (walk, "last"), (np.ones((5, 60)), "last")):
        assert choose_scaler(panel_of(**{f"s{i}": y for i, y in enumerate(values)}), [REACH]) == expected


def test_some_windows_of_many_tell(rng, monkeypatch):
    panel = panel_of(a=rng.normal(size=300), b=np.ones(4), c=rng.normal(size=200))
    monkeypatch.setattr(window_scaling, "MOST_WINDOWS", 50)
    assert choose_scaler(panel, [REACH]) == "standard"


@pytest.mark.parametrize("reach", [Reach(8, 4, segment=4, n_segments=1), Reach(7, 3), Reach(60, 3)])
def test_else_the_last_value(reach, rng):
    assert choose_scaler(panel_of(a=rng.normal(size=60)), [reach]) == "last"


def test_a_forecaster_keeps_what_it_chose(rng, tmp_path):
    index = pd.date_range("2020", periods=80, freq="MS")
    noise = pd.Series(10 + rng.normal(size=80), index=index)
    walk = pd.Series(rng.normal(size=80).cumsum(), index=index)
    words = {"h": 3, "input_size": 12, "max_iter": 2, "random_state": 0}
    for y, scaler in ((noise, "standard"), (walk, "last")):
        chosen, told = small(**words).fit(y), small(**words, window_scaler=scaler).fit(y)
        assert chosen.window_scaler_ == told.window_scaler_ == scaler
        pd.testing.assert_series_equal(chosen.predict(), told.predict())
    chosen.save(tmp_path / "model.npz")
    again = RNNForecaster.load(tmp_path / "model.npz")
    pd.testing.assert_series_equal(again.predict(), chosen.predict())
    again.update(noise.set_axis(index + pd.DateOffset(months=80)))  # noise, but the networks know a walk's windows
    assert again.window_scaler_ == "last"


def test_the_order_of_input_sizes_changes_nothing():
    y = pd.Series(np.random.default_rng(0).normal(size=120), pd.date_range("2020-01-01", periods=120, freq="D"))
    scalers = [
        RNNForecaster(3, input_size=sizes, n_init=1, max_iter=1, intervals=None, shrink_to=None).fit(y).window_scaler_
        for sizes in ([4, 14], [14, 4])
    ]
    assert scalers == ["standard", "standard"]
