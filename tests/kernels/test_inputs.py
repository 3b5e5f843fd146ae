"""Windows with columns of several kinds: gradients of training and outputs of prediction against the naive network."""

from dataclasses import replace

import naive
import numpy as np
import pytest
from inputs_support import KINDS, as_dtype, make_inputs_problem, naive_inputs_gradient, naive_outputs
from kernels_support import assert_gradients, run_gradient, run_predict
from numpy.testing import assert_allclose

from rnnforecast.kernels import plan as p
from rnnforecast.kernels.cells import CELLS
from rnnforecast.kernels.scalers import SCALERS

kinds = pytest.mark.parametrize("kind", KINDS)
scalers = pytest.mark.parametrize("scaler", [None, *SCALERS])


def assert_matches_naive(problem, tolerance=1e-11):
    expected, expected_loss = naive_inputs_gradient(problem)
    (gradient,), (loss,) = run_gradient(problem, guard=16)
    assert_allclose(loss, expected_loss, rtol=tolerance)
    assert_gradients(problem.network, gradient, expected, tolerance)


@pytest.mark.nojit
@kinds
@pytest.mark.parametrize("cell", CELLS)
def test_gradient_matches_naive(cell, kind):
    assert_matches_naive(make_inputs_problem(kind, cell))


@pytest.mark.nojit
@scalers
@kinds
def test_gradient_of_scaled_windows_matches_naive(kind, scaler):
    assert_matches_naive(make_inputs_problem(kind, scaler=scaler))


@kinds
def test_gradient_with_dropout_matches_naive(kind):
    assert_matches_naive(make_inputs_problem(kind, "gru", dropout=True, n=11))


@kinds
@pytest.mark.parametrize("cell", ["elman", "gru", "lstm"])
def test_gradient_matches_differences(cell, kind):
    """Of the kernel's own loss, for each group of parameters by itself."""
    problem = make_inputs_problem(kind, cell, scaler="standard")

    def loss(theta):
        return run_gradient(replace(problem, theta=theta[None]))[1][0]

    (gradient,), _ = run_gradient(problem)
    numerical = naive.numerical_gradient(loss, problem.theta[0])
    assert_gradients(problem.network, gradient, problem.network.layout.views(numerical), 1e-6)


@kinds
def test_float32_follows_float64(kind):
    problem = make_inputs_problem(kind, "lstm", scaler="mean")
    expected, expected_loss = naive_inputs_gradient(problem)
    single = as_dtype(problem, np.float32)
    (gradient,), (loss,) = run_gradient(single)
    assert gradient.dtype == np.float32
    assert_gradients(problem.network, gradient, expected, 5e-5)
    assert_allclose(loss, expected_loss, rtol=1e-4)
    outputs, _ = run_predict(single)
    assert_allclose(outputs, naive_outputs(problem), rtol=1e-4, atol=1e-4)


@pytest.mark.nojit
@pytest.mark.parametrize("kind", ["everything", "future_mimo", "categories_per_step", "decay"])
def test_gradient_with_missing_targets_matches_naive(kind):
    assert_matches_naive(make_inputs_problem(kind, "gru", scaler="standard", missing=0.3))


@pytest.mark.nojit
@scalers
@kinds
def test_prediction_matches_naive(kind, scaler):
    problem = make_inputs_problem(kind, scaler=scaler)
    outputs, _ = run_predict(problem)
    assert_allclose(outputs, naive_outputs(problem), rtol=1e-11, atol=1e-11)


def test_rows_of_numbers_are_gathered_in_the_plain_way():
    """Without categories and with one row a step the features are the row; so they are with a single column."""
    for kind, plain in [("static_alone", True), ("numbers", False), ("future", False), ("decay", False)]:
        plan = make_inputs_problem(kind).workspace().plan
        assert (plan[0, p.GATHER] < 0) == plain, kind


def test_only_categories_and_decay_need_the_gradient_of_the_input():
    for kind, wanted in [("numbers", False), ("future", False), ("category", True), ("decay", True)]:
        plan = make_inputs_problem(kind).workspace().plan
        assert bool(plan[0, p.WANT_DX]) == wanted, kind
        assert (plan[0, p.GATHER_BACK] >= 0) == wanted, kind
