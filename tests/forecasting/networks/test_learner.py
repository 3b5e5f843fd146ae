import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from panels_support import ragged

from rnnforecast.forecasting.networks.heads import Head
from rnnforecast.forecasting.networks.learner import _feed, _windows_to_continue, first_weights, forecast
from rnnforecast.forecasting.networks.reach import Reach
from rnnforecast.forecasting.networks.rows import Rows
from rnnforecast.forecasting.networks.windows import training_windows
from rnnforecast.kernels.cells import CELLS
from rnnforecast.kernels.scalers import SCALERS
from rnnforecast.network.inputs import Category, Inputs
from rnnforecast.network.network import Network


def after(recent):
    """Rows of windows of equal length, one series each, and the rows after their ends."""
    recent = np.asarray(recent, np.float32)
    n, n_rows = recent.shape
    edges = np.arange(n + 1) * n_rows
    return Rows(recent.reshape(-1), recent.reshape(-1), edges), edges[1:]


def answers(network, theta, recent, h, reach, scaler):
    """The mean of what the networks forecast after each row of `recent`."""
    return forecast(network, theta, *after(recent), h, reach, scaler, Head("absolute_error")).mean(axis=0)[:, :, 0]


def elman(n_outputs, seed=0):
    network = Network(cell=CELLS["elman"], n_features=1, hidden_sizes=(4,), n_outputs=n_outputs)
    return network, network.initial_theta(np.random.default_rng(seed), np.float32)[None]


@pytest.mark.parametrize("scaler", [None, *SCALERS])
def test_recursive_forecasts_match_a_loop(scaler, rng):
    network, theta = elman(1)
    recent = rng.normal(2, 1, (3, 5))
    known = recent.astype(np.float32)
    for _ in range(7):
        known = np.hstack([known, answers(network, theta, known[:, -5:], 1, Reach(5, 1), scaler)])
    answer = answers(network, theta, recent, 7, Reach(5, 1), scaler)
    assert_allclose(answer, known[:, 5:], rtol=1e-6)


@pytest.mark.parametrize("scaler", [None, *SCALERS])
def test_mimo_sees_the_whole_window_at_every_step(scaler, rng):
    network, theta = elman(3)
    recent = rng.normal(2, 1, (1, 5))
    answer = answers(network, theta, recent, 3, Reach(5, 3), scaler)
    for step in range(5):
        changed = recent.copy()
        changed[0, step] += 1
        assert (answers(network, theta, changed, 3, Reach(5, 3), scaler) != answer).all()


def test_a_shorter_horizon_is_the_beginning(rng):
    network, theta = elman(4)
    recent = rng.normal(size=(2, 5))
    two, four = (answers(network, theta, recent, h, Reach(5, 4), "last") for h in (2, 4))
    assert_array_equal(two, four[:, :2])


def test_segments_are_steps_and_answers(rng):
    """Two rows a step, three segments of four rows for a horizon of ten."""
    reach = Reach(n_inputs=6, n_outputs=4, segment=2, n_segments=3)
    network = Network(CELLS["gru"], n_features=2, hidden_sizes=(4,), n_outputs=4, n_segments=3, n_linear=3)
    theta = network.initial_theta(np.random.default_rng(0), np.float32)[None]
    windows = training_windows(Rows.of_target(ragged(30, 20)), reach, "last").windows
    assert len(windows) == (30 - 17) + (20 - 17)
    assert (windows.n_timesteps, windows.n_features, windows.n_targets, windows.stride) == (3, 2, 4, 4)
    recent = rng.normal(size=(2, 6))
    answer = answers(network, theta, recent, 10, reach, "last")
    assert answer.shape == (2, 10)
    both = answers(network, np.concatenate([theta, theta]), recent, 10, reach, "last")
    assert_allclose(both, answer, rtol=1e-6)
    for step in range(6):
        changed = recent.copy()
        changed[0, step] += 1
        assert (answers(network, theta, changed, 10, reach, "last")[0] != answer[0]).all()


def test_direct_networks_answer_one_step_each(rng):
    network, one = elman(1)
    theta = np.concatenate([one + k for k in np.float32([0, 0.1, 0.2])])
    recent = rng.normal(size=(4, 5))
    answer = answers(network, theta, recent, 3, Reach(5, 1, n_leads=3), "last")
    for k in range(3):
        assert_array_equal(answer[:, k], answers(network, theta[k : k + 1], recent, 1, Reach(5, 1), "last")[:, 0])


def test_networks_of_one_seed_begin_alike():
    network, _ = elman(1)
    thetas, rngs = first_weights(network, np.array([[1, 2], [3, 4]]), 2, forget_bias=None)
    assert_array_equal(thetas[0], thetas[1])
    assert (thetas[0] != thetas[2]).any()
    draws = [rng.random() for rng in rngs]
    assert draws[0] == draws[1] != draws[2] == draws[3]


def test_rows_to_come_repeat_what_is_not_known_ahead():
    """Columns: target, lag, known ahead, past, static, a category of the past and one that is known ahead."""
    inputs = Inputs(2, 4, (1, 3), 1, (Category(9, 1), Category(9, 1, is_future=True)))
    table = np.arange(12 * 7, dtype=np.float32).reshape(12, 7)
    rows = Rows(table.reshape(-1), table[:, 0], np.array([0, 6, 12]), inputs, lags=(2,))
    found = _windows_to_continue(rows, np.array([3, 9]), 2, 2)
    for i, end in enumerate((3, 9)):
        assert_array_equal(found[i, :2], table[end - 2 : end])
        for k in range(2):
            assert_array_equal(found[i, 2 + k, [1, 2, 6]], table[end + k, [1, 2, 6]])
            assert_array_equal(found[i, 2 + k, [0, 3, 4, 5]], table[end - 1, [0, 3, 4, 5]])
    alone = Rows.of_target(ragged(3, 3))
    assert_array_equal(_windows_to_continue(alone, np.array([3, 6]), 2, 2)[..., 0], [[1, 2, 2, 2], [4, 5, 5, 5]])


def test_forecasts_are_fed_as_observed_targets():
    inputs = Inputs(3, 5)
    rows = Rows(np.zeros(5, np.float32), np.zeros(1, np.float32), np.array([0, 1]), inputs, lags=(1, 3), observed=3)
    table = np.full((1, 6, 5), -1.0, np.float32)
    _feed(table, 2, np.array([[7.0, 8.0]]), rows)
    assert_array_equal(table[0, :, 0], [-1, -1, 7, 8, -1, -1])
    assert_array_equal(table[0, :, 1], [-1, -1, -1, 7, 8, -1])
    assert_array_equal(table[0, :, 2], [-1, -1, -1, -1, -1, 7])
    assert_array_equal(table[0, :, 3], [-1, -1, 1, 1, -1, -1])
    assert_array_equal(table[0, :, 4], [-1, -1, 0, 0, -1, -1])
