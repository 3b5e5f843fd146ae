"""The compiled entry points against the naive network: gradients of training, outputs and states of prediction."""

from dataclasses import replace

import naive
import numpy as np
import pytest
from kernels_support import (
    assert_gradients,
    make_problem,
    naive_arguments,
    naive_data,
    naive_gradient,
    run_gradient,
    run_predict,
    with_scaler,
)
from numpy.testing import assert_allclose, assert_array_equal

from rnnforecast.kernels.cells import CELLS
from rnnforecast.kernels.losses import LOSSES
from rnnforecast.kernels.scalers import SCALERS

SHAPES = {
    "one_layer": {},
    "one_of_everything": {"hidden_sizes": (1,), "n_features": 1, "n_outputs": 1, "T": 1},
    "two_layers": {"hidden_sizes": (5, 3)},
    "three_layers": {"hidden_sizes": (2, 4, 3)},
    "bidirectional": {"hidden_sizes": (4, 3), "bidirectional": True},
    "per_step": {"hidden_sizes": (3, 5), "per_step": True},
    "per_step_bidirectional": {"bidirectional": True, "per_step": True},
    "input_skip": {"input_skip": True},
    "input_skip_per_step": {"input_skip": True, "per_step": True},
    "linear": {"n_linear": 5},
    "segments": {"n_segments": 3},
    "segments_two_layers_linear": {"hidden_sizes": (4, 3), "n_segments": 2, "n_linear": 5},
}
DROPOUT = {
    "dropout": {"dropout": True},
    "dropout_two_layers": {"hidden_sizes": (4, 3), "dropout": True},
    "recurrent_dropout": {"hidden_sizes": (4, 3), "recurrent_dropout": True},
    "all_last": {
        "hidden_sizes": (4, 3), "bidirectional": True, "input_skip": True, "dropout": True, "recurrent_dropout": True
    },
    "segments_dropout": {"hidden_sizes": (4, 3), "n_segments": 3, "dropout": True, "recurrent_dropout": True},
    "all_per_step": {
        "hidden_sizes": (4, 3), "bidirectional": True, "input_skip": True, "dropout": True, "recurrent_dropout": True,
        "per_step": True,
    },
}  # fmt: skip
PARAMS = {"huber": (0.7,), "quantile": (0.1, 0.5, 0.9), "noncrossing_quantile": (0.1, 0.5, 0.9), "tweedie": (1.3,)}

cells = pytest.mark.parametrize("cell", CELLS)
shapes = pytest.mark.parametrize("shape", SHAPES | DROPOUT)
losses = pytest.mark.parametrize("loss", LOSSES)


def loss_problem(loss, **options):
    param, n_targets = PARAMS.get(loss, (0.5,)), 1 if loss == "log_loss" else 2
    O = 4 if loss == "log_loss" else n_targets * LOSSES[loss].n_outputs(len(param))
    return make_problem("elman", loss=loss, param=param, n_outputs=O, n_targets=n_targets, **options)


def assert_matches_naive(problem, tolerance=1e-11):
    (gradient,), (loss,) = run_gradient(problem, guard=16)
    expected, expected_loss = naive_gradient(problem)
    assert_allclose(loss, expected_loss, rtol=tolerance)
    assert_gradients(problem.network, gradient, expected, tolerance)


def assert_matches_differences(problem):
    """Of the kernel's own loss."""

    def loss(theta):
        return run_gradient(replace(problem, theta=theta[None]))[1][0]

    (gradient,), _ = run_gradient(problem)
    numerical = naive.numerical_gradient(loss, problem.theta[0])
    assert naive.relative_error(gradient, numerical) < 1e-6


@pytest.mark.nojit
@shapes
@cells
def test_gradient_matches_naive(cell, shape):
    assert_matches_naive(make_problem(cell, **(SHAPES | DROPOUT)[shape]))


@shapes
@cells
def test_gradient_matches_differences(cell, shape):
    assert_matches_differences(make_problem(cell, **(SHAPES | DROPOUT)[shape], n=9))


@pytest.mark.nojit
@pytest.mark.parametrize("per_step", [False, True])
@losses
def test_gradient_of_each_loss(loss, per_step):
    problem = loss_problem(loss, per_step=per_step)
    assert_matches_naive(problem)


@losses
def test_gradient_of_each_loss_matches_differences(loss):
    assert_matches_differences(loss_problem(loss))


@pytest.mark.nojit
@pytest.mark.parametrize("n_columns", [1, 3])
@pytest.mark.parametrize("per_step", [False, True])
@pytest.mark.parametrize("scaler", [None, *SCALERS])
def test_gradient_with_scaled_windows(scaler, per_step, n_columns):
    problem = make_problem("elman", per_step=per_step)
    assert_matches_naive(with_scaler(problem, scaler, n_columns=n_columns))


@pytest.mark.nojit
def test_jobs_of_two_networks_in_any_order():
    """Each job has its network, its part of the order and its slab; masks belong to places in the order."""
    problem = make_problem("elman", hidden_sizes=(4, 3), n_networks=2, dropout=True)
    order = np.random.default_rng(2).permutation(11)
    slabs, values = run_gradient(problem, order=order, jobs=[(1, 0, 9), (0, 9, 11), (1, 2, 4)])
    w = problem.windows
    shuffled = replace(
        problem, windows=replace(w, starts=w.starts[order], offsets=w.offsets[order], weights=w.weights[order])
    )
    x, y, _ = naive_data(shuffled)
    for i, (network, first, stop) in enumerate([(1, 0, 9), (0, 9, 11), (1, 2, 4)]):
        params, weights = problem.network.layout.views(problem.theta[network]), shuffled.windows.weights[first:stop]
        arguments = naive_arguments(problem)
        arguments["dropout_masks"] = [m[..., first:stop, :] for m in arguments["dropout_masks"]]
        arguments |= {"loss": "squared_error", "sample_weight": weights}
        expected, _, _ = naive.objective_gradient(params, x[first:stop], y[first:stop], **arguments)
        assert_gradients(problem.network, slabs[i] / weights.sum(), expected, 1e-11)
        loss = naive.objective(params, x[first:stop], y[first:stop], **arguments)
        assert_allclose(values[i], loss * weights.sum(), rtol=1e-11)


@pytest.mark.parametrize("rows", [1, 3, 16])
def test_gradient_of_other_tiles(rows):
    problem = make_problem("lstm", hidden_sizes=(5, 3), bidirectional=True)
    slabs, values = run_gradient(problem, rows=rows)
    expected, expected_loss = naive_gradient(problem)
    assert_gradients(problem.network, slabs[0], expected, 1e-11)
    assert_allclose(values[0], expected_loss, rtol=1e-11)


@pytest.mark.nojit
def test_nothing_of_the_last_call_is_left():
    """The arena and the slabs may hold anything."""
    problem = make_problem("elman", hidden_sizes=(4, 3), bidirectional=True, per_step=True)
    for a, b in zip(run_gradient(problem, fill=np.nan), run_gradient(problem, fill=3.0), strict=True):
        assert_array_equal(a, b)


def test_float32_follows_float64():
    problem = make_problem("gru", hidden_sizes=(5, 3), bidirectional=True, per_step=True)
    w = problem.windows
    single = {k: getattr(w, k).astype(np.float32) for k in ("values", "targets", "weights")}
    (gradient,), (loss,) = run_gradient(
        replace(problem, theta=problem.theta.astype(np.float32), windows=replace(w, **single))
    )
    expected, expected_loss = naive_gradient(problem)
    assert gradient.dtype == loss.dtype == np.float32
    assert_gradients(problem.network, gradient, expected, 2e-5)
    assert_allclose(loss, expected_loss, rtol=1e-5)


# ---- prediction ------------------------------------------------------------------------------------------------------


def nested_states(network, flat):
    """States (n, state_size) as naive's nested[layer][direction] (S, n, H)."""
    nested, at, S = [[] for _ in network.hidden_sizes], 0, network.cell.n_states
    for layer, _, _ in network.prefixes():
        H = network.hidden_sizes[layer]
        nested[layer].append(flat[:, at : at + S * H].reshape(-1, S, H).swapaxes(0, 1))
        at += S * H
    return nested


def assert_prediction(problem, initial=None):
    network = problem.network
    outputs, final = run_predict(problem, initial=initial)
    x, _, scaling = naive_data(problem)
    nested = None if initial is None else nested_states(network, initial)
    params = network.layout.views(problem.theta[0])
    expected, expected_final, _ = naive.forward(params, x, initial=nested, **naive_arguments(problem))
    expected = expected if network.per_step or network.n_segments else expected[:, None]
    if scaling:
        expected = naive.unscale_targets(expected, *scaling)
    assert_allclose(outputs, expected, rtol=1e-11, atol=1e-12)
    for ours, theirs in zip(nested_states(network, final), expected_final, strict=True):
        assert_allclose(ours, theirs, rtol=1e-11, atol=1e-12)


@pytest.mark.nojit
@pytest.mark.parametrize("with_initial", [False, True])
@pytest.mark.parametrize("shape", SHAPES)
@cells
def test_prediction_matches_naive(cell, shape, with_initial, rng):
    problem = make_problem(cell, **SHAPES[shape])
    assert_prediction(problem, rng.normal(size=(11, problem.network.state_size)) if with_initial else None)


@pytest.mark.nojit
@pytest.mark.parametrize("per_step", [False, True])
@pytest.mark.parametrize("scaler", [None, *SCALERS])
def test_prediction_is_on_the_scale_of_the_series(scaler, per_step):
    problem = make_problem("elman", per_step=per_step)
    assert_prediction(with_scaler(problem, scaler, n_scaled=2))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_bits_of_prediction_do_not_depend_on_the_tile(dtype):
    problem = make_problem("gru", hidden_sizes=(17, 5), bidirectional=True, per_step=True, n=23, dtype=dtype)
    expected = run_predict(problem, rows=8)
    for rows in [1, 3, 16, 23]:
        for a, b in zip(run_predict(problem, rows=rows), expected, strict=True):
            assert_array_equal(a, b)


def test_part_of_the_windows():
    problem = make_problem("elman", n=20)
    outputs, final = run_predict(problem, first=3, stop=14)
    whole, _ = run_predict(problem)
    assert_array_equal(outputs[3:14], whole[3:14])
    assert np.isnan(outputs[[*range(3), *range(14, 20)]]).all()
    assert_array_equal(np.isnan(final[:, 0]), np.isnan(outputs[:, 0, 0]))


def test_carried_state_continues_the_series(rng):
    """Predicting a series in two parts, the state handed over, gives what one pass gives."""
    whole = make_problem("lstm", hidden_sizes=(5, 3), per_step=True, T=8)
    x, y, _ = naive_data(whole)
    parts = [replace(whole, windows=type(whole.windows).from_arrays(x[:, s], y[:, s])) for s in (slice(3), slice(3, 8))]
    first, state = run_predict(parts[0])
    second, final = run_predict(parts[1], initial=state)
    outputs, expected_final = run_predict(whole)
    assert_array_equal(np.concatenate([first, second], axis=1), outputs)
    assert_array_equal(final, expected_final)
