"""Windows with columns of several kinds: gradients of training and outputs of prediction against the naive network."""

import pytest
from inputs_support import (
    KINDS,
    assert_float32_follows_float64,
    assert_gradient_matches_differences,
    assert_gradient_matches_naive,
    assert_prediction_matches_naive,
    make_inputs_problem,
)

from rnnforecast.kernels import plan as p
from rnnforecast.kernels.cells import CELLS
from rnnforecast.kernels.scalers import SCALERS

kinds = pytest.mark.parametrize("kind", KINDS)
scalers = pytest.mark.parametrize("scaler", [None, *SCALERS])


@pytest.mark.nojit
@kinds
@pytest.mark.parametrize("cell", CELLS)
def test_gradient_matches_naive(cell, kind):
    assert_gradient_matches_naive(make_inputs_problem(kind, cell))


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
    assert_gradient_matches_differences(make_inputs_problem(kind, cell, scaler="standard"))


@kinds
def test_float32_follows_float64(kind):
    assert_float32_follows_float64(make_inputs_problem(kind, "lstm", scaler="mean"))


@pytest.mark.nojit
@pytest.mark.parametrize("kind", ["everything", "future_mimo", "categories_per_step", "decay"])
def test_gradient_with_missing_targets_matches_naive(kind):
    assert_gradient_matches_naive(make_inputs_problem(kind, "gru", scaler="standard", missing=0.3))


@pytest.mark.nojit
@scalers
@kinds
def test_prediction_matches_naive(kind, scaler):
    assert_prediction_matches_naive(make_inputs_problem(kind, scaler=scaler))


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
