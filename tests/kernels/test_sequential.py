"""The sequential decoder: gradients under teacher forcing and predictions from its own answers, against naive."""

from dataclasses import replace

import naive
import numpy as np
import pytest
from inputs_support import (
    SEQUENTIAL,
    assert_float32_follows_float64,
    assert_gradient_matches_differences,
    assert_gradient_matches_naive,
    assert_prediction_matches_naive,
    make_inputs_problem,
)
from kernels_support import make_problem, run_gradient, run_predict
from numpy.testing import assert_allclose

from rnnforecast.kernels.cells import CELLS
from rnnforecast.kernels.scalers import SCALERS

kinds = pytest.mark.parametrize("kind", SEQUENTIAL)
scalers = pytest.mark.parametrize("scaler", [None, *SCALERS])


@pytest.mark.nojit
@pytest.mark.parametrize("missing", [0.0, 0.4])
@kinds
@pytest.mark.parametrize("cell", CELLS)
def test_gradient_matches_naive(cell, kind, missing):
    assert_gradient_matches_naive(make_inputs_problem(kind, cell, scaler="standard", missing=missing))


@pytest.mark.nojit
@scalers
@kinds
def test_gradient_of_scaled_windows_matches_naive(kind, scaler):
    assert_gradient_matches_naive(make_inputs_problem(kind, scaler=scaler))


@kinds
def test_gradient_with_dropout_matches_naive(kind):
    assert_gradient_matches_naive(make_inputs_problem(kind, "gru", dropout=True, n=11))


@kinds
@pytest.mark.parametrize("cell", ["elman", "gru", "lstm"])
def test_gradient_matches_differences(cell, kind):
    assert_gradient_matches_differences(make_inputs_problem(kind, cell, scaler="standard", missing=0.2))


@pytest.mark.nojit
@scalers
@kinds
@pytest.mark.parametrize("cell", ["elman", "lstm"])
def test_prediction_matches_naive(cell, kind, scaler):
    assert_prediction_matches_naive(make_inputs_problem(kind, cell, scaler=scaler))


@kinds
def test_float32_follows_float64(kind):
    assert_float32_follows_float64(make_inputs_problem(kind, "gru", scaler="mean"))


@pytest.mark.nojit
def test_answers_that_are_the_truth_give_the_forced_loss():
    """With its own predictions for targets the loss under teacher forcing is zero."""
    problem = make_inputs_problem("in_turn_future", "lstm", scaler="standard")
    outputs, _ = run_predict(problem)
    w = problem.windows
    offsets = np.arange(len(w), dtype=np.int64) * outputs[0].size
    _, (loss,) = run_gradient(replace(problem, windows=replace(w, targets=outputs.reshape(-1), offsets=offsets)))
    assert abs(loss) < 1e-20


@pytest.mark.nojit
def test_plain_features(rng):
    """Without Inputs the target is column 0 of the windows."""
    problem = make_problem("gru", n_segments=3, decoder="sequential", recurrent_dropout=True)
    w = problem.windows
    first = w.values.reshape(len(w), -1, 3)[:, -2:, 0]
    outputs, _ = run_predict(problem)
    params = problem.network.layout.views(problem.theta[0])
    x = w.values.reshape(len(w), -1, 3)
    expected, _, _ = naive.forward(params, x, cell="gru", steps="in turn", segments=3, first=first)
    assert_allclose(outputs, expected, rtol=1e-11, atol=1e-11)
    (gradient,), _ = run_gradient(problem)
    assert np.isfinite(gradient).all()
