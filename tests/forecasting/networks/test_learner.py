from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from rnnforecast.forecasting.networks.heads import Head
from rnnforecast.forecasting.networks.learner import _feed, _windows_to_continue, first_weights, forecast
from rnnforecast.forecasting.networks.reach import Reach, Rows, as_float32, can_train, padded, training_windows
from rnnforecast.forecasting.panels.reading import as_panel
from rnnforecast.kernels.cells import CELLS
from rnnforecast.kernels.scalers import SCALERS
from rnnforecast.network.inputs import Category, Inputs
from rnnforecast.network.network import Network


def ragged(*lengths):
    parts = [pd.DataFrame({"unique_id": i, "ds": np.arange(n)}) for i, n in enumerate(lengths)]
    frame = pd.concat(parts, ignore_index=True)
    return as_panel(frame.assign(y=np.arange(len(frame), dtype=float)))


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


@pytest.mark.parametrize("n_inputs, n_targets", [(1, 1), (3, 2), (5, 1), (2, 5)])
def test_windows_match_naive(n_inputs, n_targets):
    panel = ragged(7, 12, 8, 30)
    windows = training_windows(Rows.of_target(panel), Reach(n_inputs, n_targets), "last").windows
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
    rows = Rows.of_target(ragged(20_000, 30_000))
    windows = training_windows(rows, Reach(500, 100), None).windows
    assert np.shares_memory(windows.values, rows.values)
    assert np.shares_memory(windows.values, windows.targets)
    assert windows.starts.nbytes + windows.offsets.nbytes <= 16 * len(rows.target)


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


def test_networks_of_series_and_of_leads_have_parts_of_their_own():
    rows, reach = Rows.of_target(ragged(9, 7)), Reach(3, 1, n_leads=2)
    parts = training_windows(rows, reach, None, local=True)
    windows = parts.windows
    expected = [  # by lead, then by series: (first row of the window, row of the target)
        [(i, i + 3 + lead) for i in range(first, stop - 4)] for lead in range(2) for first, stop in [(0, 9), (9, 16)]
    ]
    assert len(parts) == 5
    for (first, stop), own in zip(parts.spans, expected, strict=True):
        found = zip(windows.starts[first:stop].tolist(), windows.offsets[first:stop].tolist(), strict=True)
        assert list(found) == own


def test_direct_networks_answer_one_step_each(rng):
    network, one = elman(1)
    theta = np.concatenate([one + k for k in np.float32([0, 0.1, 0.2])])
    recent = rng.normal(size=(4, 5))
    answer = answers(network, theta, recent, 3, Reach(5, 1, n_leads=3), "last")
    for k in range(3):
        assert_array_equal(answer[:, k], answers(network, theta[k : k + 1], recent, 1, Reach(5, 1), "last")[:, 0])


def test_windows_without_any_known_target_are_left_out():
    rows = Rows.of_target(ragged(10))
    target = rows.target.copy()
    target[[4, 5, 6, 9]] = np.nan
    windows = training_windows(Rows(rows.values, target, rows.indptr), Reach(2, 2), None).windows
    assert windows.offsets.tolist() == [2, 3, 6, 7, 8]


def test_a_short_series_goes_on_into_the_past():
    rows = Rows.of_target(ragged(3, 6, 2))
    longer, ends = padded(rows, np.array([0, 1, 1, 2]), np.array([3, 7, 9, 11]), 4)
    assert longer.values.tolist() == [0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 9, 9, 10]
    assert ends.tolist() == [4, 8, 10, 14]
    assert padded(rows, np.array([1]), np.array([9]), 4)[0] is rows


def test_networks_of_one_seed_begin_alike():
    network, _ = elman(1)
    thetas, rngs = first_weights(network, np.array([[1, 2], [3, 4]]), 2, forget_bias=None)
    assert_array_equal(thetas[0], thetas[1])
    assert (thetas[0] != thetas[2]).any()
    draws = [rng.random() for rng in rngs]
    assert draws[0] == draws[1] != draws[2] == draws[3]


@pytest.mark.parametrize("n_lost, n_leads", [(0, 1), (2, 1), (0, 3)])
def test_which_series_can_train(n_lost, n_leads, rng):
    """Those of which `training_windows` finds any window."""
    reach = Reach(3, 1 if n_leads > 1 else 2, n_leads=n_leads)
    for _ in range(30):
        panel = ragged(*rng.integers(1 + n_lost, 12, 6))
        values = np.where(rng.random(panel.n_rows) < 0.8, np.nan, panel.values)
        weights = rng.integers(0, 2, panel.n_rows).astype(np.float32)
        kept = np.ones(panel.n_rows, bool)
        kept[(panel.indptr[:-1, None] + np.arange(n_lost)).reshape(-1)] = False
        short = panel.without_first(n_lost)
        rows = Rows(
            np.zeros(short.n_rows, np.float32), values[kept].astype(np.float32), short.indptr, None, weights[kept]
        )
        spans = training_windows(rows, reach, None, local=True).spans
        expected = np.diff(spans[: panel.n_series], axis=1)[:, 0] > 0
        assert_array_equal(can_train(panel.with_values(values), reach, n_lost, weights), expected)


def test_windows_of_no_weight_are_left_out():
    rows = Rows.of_target(ragged(8, 7))
    weights = np.ones(15, np.float32)
    weights[[3, 4, 11]] = 0
    windows = training_windows(replace(rows, weights=weights), Reach(2, 2), None).windows
    assert windows.offsets.tolist() == [2, 5, 6, 10, 12, 13]
    assert (windows.weights == 1).all()
    leads = training_windows(replace(rows, weights=weights), Reach(2, 1, n_leads=2), None).windows
    assert leads.offsets.tolist() == [2, 4, 5, 6, 10, 11, 12, 13, 3, 5, 6, 7, 11, 12, 13, 14]
    assert leads.weights.tolist() == weights[leads.offsets].tolist()


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
