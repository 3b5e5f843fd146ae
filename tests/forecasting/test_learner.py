import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from rnnforecast.forecasting.learner import Reach, as_float32, forecast, training_windows
from rnnforecast.forecasting.reading import as_panel
from rnnforecast.kernels.cells import CELLS
from rnnforecast.kernels.scalers import SCALERS
from rnnforecast.network.network import Network


def ragged(*lengths):
    parts = [pd.DataFrame({"unique_id": i, "ds": np.arange(n)}) for i, n in enumerate(lengths)]
    frame = pd.concat(parts, ignore_index=True)
    return as_panel(frame.assign(y=np.arange(len(frame), dtype=float)))


def elman(n_outputs, seed=0):
    network = Network(cell=CELLS["elman"], n_features=1, hidden_sizes=(4,), n_outputs=n_outputs)
    return network, network.initial_theta(np.random.default_rng(seed), np.float32)[None]


@pytest.mark.parametrize("n_inputs, n_targets", [(1, 1), (3, 2), (5, 1), (2, 5)])
def test_windows_match_naive(n_inputs, n_targets):
    panel = ragged(7, 12, 8, 30)
    windows = training_windows(panel, Reach(n_inputs, n_targets), "last", np.float32)
    inputs, targets = [], []
    for first, stop in zip(panel.indptr[:-1], panel.indptr[1:], strict=True):
        own = panel.values[first:stop]
        for i in range(len(own) - n_inputs - n_targets + 1):
            inputs.append(own[i : i + n_inputs])
            targets.append(own[i + n_inputs : i + n_inputs + n_targets])
    assert len(windows) == len(inputs)
    assert_array_equal(windows.values[windows.starts[:, None] + np.arange(n_inputs)], inputs)
    assert_array_equal(windows.targets[windows.offsets[:, None] + np.arange(n_targets)], targets)
    assert windows.scaler is SCALERS["last"]
    assert (windows.n_timesteps, windows.n_targets, windows.n_features) == (n_inputs, n_targets, 1)


def test_windows_are_places_in_the_flat_series():
    panel = as_float32(ragged(20_000, 30_000))
    windows = training_windows(panel, Reach(500, 100), None, np.float32)
    assert np.shares_memory(windows.values, panel.values)
    assert np.shares_memory(windows.values, windows.targets)
    assert windows.starts.nbytes + windows.offsets.nbytes <= 16 * panel.n_rows


@pytest.mark.parametrize("scaler", [None, *SCALERS])
def test_recursive_forecasts_match_a_loop(scaler, rng):
    network, theta = elman(1)
    recent = rng.normal(2, 1, (3, 5))
    known = recent.astype(np.float32)
    for _ in range(7):
        known = np.hstack([known, forecast(network, theta, known[:, -5:], 1, Reach(5, 1), scaler).astype(np.float32)])
    answer = forecast(network, theta, recent, 7, Reach(5, 1), scaler)
    assert answer.dtype == np.float64
    assert_allclose(answer, known[:, 5:], rtol=1e-6)


@pytest.mark.parametrize("scaler", [None, *SCALERS])
def test_mimo_sees_the_whole_window_at_every_step(scaler, rng):
    network, theta = elman(3)
    recent = rng.normal(2, 1, (1, 5))
    answer = forecast(network, theta, recent, 3, Reach(5, 3), scaler)
    for step in range(5):
        changed = recent.copy()
        changed[0, step] += 1
        assert (forecast(network, theta, changed, 3, Reach(5, 3), scaler) != answer).all()


def test_a_shorter_horizon_is_the_beginning(rng):
    network, theta = elman(4)
    recent = rng.normal(size=(2, 5))
    two, four = (forecast(network, theta, recent, h, Reach(5, 4), "last") for h in (2, 4))
    assert_array_equal(two, four[:, :2])


def test_numbers_too_large_for_float32():
    panel = ragged(5)
    with pytest.raises(ValueError, match="series_scaler='standard'"):
        as_float32(panel.with_values(panel.values * 1e30))
    assert as_float32(panel).values.dtype == np.float32


def test_segments_are_steps_and_answers(rng):
    """Two rows a step, three segments of four rows for a horizon of ten."""
    reach = Reach(n_inputs=6, n_outputs=4, segment=2, n_segments=3)
    network = Network(CELLS["gru"], n_features=2, hidden_sizes=(4,), n_outputs=4, n_segments=3, n_linear=3)
    theta = network.initial_theta(np.random.default_rng(0), np.float32)[None]
    windows = training_windows(ragged(30, 20), reach, "last", np.float32)
    assert len(windows) == (30 - 17) + (20 - 17)
    assert (windows.n_timesteps, windows.n_features, windows.n_targets, windows.stride) == (3, 2, 4, 4)
    recent = rng.normal(size=(2, 6))
    answer = forecast(network, theta, recent, 10, reach, "last")
    assert answer.shape == (2, 10)
    both = forecast(network, np.concatenate([theta, theta]), recent, 10, reach, "last")
    assert_allclose(both, answer, rtol=1e-6)
    for step in range(6):
        changed = recent.copy()
        changed[0, step] += 1
        assert (forecast(network, theta, changed, 10, reach, "last")[0] != answer[0]).all()
