from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from panels_support import ragged

from rnnforecast.forecasting.networks.reach import Reach
from rnnforecast.forecasting.networks.rows import Rows
from rnnforecast.forecasting.networks.windows import can_train, training_windows
from rnnforecast.kernels.scalers import SCALERS


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


def test_windows_without_any_known_target_are_left_out():
    rows = Rows.of_target(ragged(10))
    target = rows.target.copy()
    target[[4, 5, 6, 9]] = np.nan
    windows = training_windows(Rows(rows.values, target, rows.indptr), Reach(2, 2), None).windows
    assert windows.offsets.tolist() == [2, 3, 6, 7, 8]


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
