"""Outputs of scaled windows become parameters on the scale of the series, as the loss was taken in training."""

from dataclasses import replace

import naive
import numpy as np
import pytest
from kernels_support import (
    assert_gradients,
    loss_options,
    make_problem,
    naive_arguments,
    naive_data,
    run_gradient,
    with_scaler,
)
from numpy.testing import assert_allclose, assert_array_equal

from rnnforecast.kernels.losses import LOSSES
from rnnforecast.kernels.scalers import SCALERS
from rnnforecast.network.parameters import predict_parameters, to_series
from rnnforecast.network.prediction import predict

PARAMS = {"quantile": (0.1, 0.5, 0.9), "noncrossing_quantile": (0.1, 0.5, 0.9), "tweedie": (1.4,)}
RAW = sorted(name for name, loss in LOSSES.items() if loss.on_series_scale)
DISTRIBUTIONS = sorted({*naive.JOINT, "poisson", "quantile", "squared_error"})


def make(loss, scaler, **options):
    """A problem of two targets whose windows are scaled, with raw targets that the loss can take."""
    param = PARAMS.get(loss, (0.5,))
    P = LOSSES[loss].n_outputs(len(param))
    problem = make_problem("elman", loss=loss, param=param, n_outputs=2 * P, n_targets=2, **options)
    problem = with_scaler(replace(problem, theta=0.3 * problem.theta), scaler, n_targets=2)
    counts = np.random.default_rng(3).poisson(4, len(problem.windows.targets)) + 1.0
    return replace(problem, windows=replace(problem.windows, targets=counts)) if loss in RAW else problem


def naive_outputs(problem, theta):
    """Outputs before the link (n, [steps,] O) of scaled windows, shift and scale, scaled targets, and the tape."""
    x, y, (shift, scale) = naive_data(problem)
    params = problem.network.layout.views(theta)
    o, _, tape = naive.forward(params, x, **naive_arguments(problem))
    column = (-1, *[1] * (o.ndim - 1))
    return o, shift[:, 0].reshape(column), scale[:, 0].reshape(column), y, (params, tape)


@pytest.mark.nojit
@pytest.mark.parametrize("per_step", [False, True])
@pytest.mark.parametrize("scaler", ["last", "standard"])
@pytest.mark.parametrize("loss", RAW)
def test_gradient_of_losses_on_the_scale_of_the_series(loss, scaler, per_step):
    """The first output of each target is scaled up before the loss, the target is raw, and the rest is left alone."""
    problem = make(loss, scaler, per_step=per_step)
    (gradient,), (value,) = run_gradient(problem, guard=16)
    o, shift, scale, y, (params, tape) = naive_outputs(problem, problem.theta[0])
    y = y * scale + shift  # naive_data has scaled it
    located = np.arange(o.shape[-1]) % (o.shape[-1] // 2) == 0
    raised = np.where(located, o * scale + shift, o)
    options = {"sample_weight": problem.windows.weights, **loss_options(loss, problem.param)}
    total = problem.windows.weights.sum()
    do = total * naive.total_loss_gradient(loss, raised, y, **options) * np.where(located, scale, 1)
    expected, _, _ = naive.backward(params, tape, do)
    assert_allclose(value, total * naive.total_loss(loss, raised, y, **options), rtol=1e-9)
    assert_gradients(problem.network, gradient, expected, 1e-9)


@pytest.mark.parametrize("loss", RAW)
def test_gradient_meets_central_differences(loss):
    problem = make(loss, "standard", n_segments=2)
    (gradient,), _ = run_gradient(problem)
    numerical = naive.numerical_gradient(
        lambda theta: run_gradient(replace(problem, theta=theta[None]))[1][0], problem.theta[0]
    )
    assert naive.relative_error(gradient, numerical) < 1e-6


@pytest.mark.nojit
@pytest.mark.parametrize("per_step", [False, True])
@pytest.mark.parametrize("scaler", ["standard", "mean"])
@pytest.mark.parametrize("loss", DISTRIBUTIONS)
def test_parameters_are_those_of_the_series(loss, scaler, per_step):
    problem = make(loss, scaler, per_step=per_step)
    n_numbers = len(problem.param)
    P = LOSSES[loss].n_outputs(n_numbers)
    o, shift, scale, _, _ = naive_outputs(problem, problem.theta[0])
    o, shift, scale = o.reshape(*o.shape[:-1], 2, P), shift[..., None], scale[..., None]
    mu, shift, scale = o[..., :1], shift[..., :1], scale[..., :1]
    expected = {
        "gaussian": lambda: [mu * scale + shift, (naive.softplus(o[..., 1:2]) + 1e-4) * scale],
        "student_t": lambda: [
            mu * scale + shift, (naive.softplus(o[..., 1:2]) + 1e-4) * scale, 2 + naive.softplus(o[..., 2:])
        ],
        "negative_binomial": lambda: [np.exp(mu * scale + shift), naive.softplus(o[..., 1:]) + 1e-6],
        "noncrossing_quantile": lambda: [naive.noncrossing_quantiles(o) * scale + shift],
        "quantile": lambda: [o * scale + shift],
        "squared_error": lambda: [o * scale + shift],
    }.get(loss, lambda: [np.exp(mu * scale + shift)])()  # fmt: skip
    expected = np.concatenate(expected, axis=-1)
    for backend in ("auto", "numpy"):
        ours = predict_parameters(
            problem.network, problem.theta, problem.windows, LOSSES[loss], n_numbers, backend=backend
        )
        assert ours.shape == (11, 5 if per_step else 1, 2, P)
        assert_allclose(ours if per_step else ours[:, 0], expected, rtol=1e-9, atol=1e-12)


@pytest.mark.nojit
@pytest.mark.parametrize("scaler", [None, *SCALERS])
@pytest.mark.parametrize("backend", ["auto", "numpy"])
def test_measures_bring_outputs_to_the_scale_of_the_series(backend, scaler):
    problem = with_scaler(make_problem("elman", n_networks=2), scaler)
    samples = np.array([3, 0, 7, 10, 2])
    options = {"samples": samples, "spans": np.array([[0, 3], [3, 5]]), "backend": backend}
    outputs, _ = predict(problem.network, problem.theta, problem.windows, **options)
    own, final, measures = predict(
        problem.network, problem.theta, problem.windows, return_scale=True, return_state=True, **options
    )
    assert final.shape == (5, problem.network.state_size)
    if scaler is None:
        assert_array_equal(measures, np.tile([0.0, 1.0], (5, 1)))
    else:
        shift, scale = naive_data(problem)[2]
        assert_allclose(measures, np.stack([shift[samples, 0], scale[samples, 0]], axis=1), rtol=1e-12)
    assert_allclose(own * measures[:, 1, None, None] + measures[:, 0, None, None], outputs, rtol=1e-12)


@pytest.mark.nojit
def test_no_windows():
    problem = make("gaussian", "mean")
    none = predict_parameters(
        problem.network, problem.theta, problem.windows, LOSSES["gaussian"], samples=np.arange(0), backend="numpy"
    )
    assert none.shape == (0, 1, 2, 2)


@pytest.mark.nojit
def test_the_outputs_handed_in_are_left_alone(rng):
    o, measures = rng.normal(size=(3, 2, 4)), np.array([[1.0, 2.0]] * 3)
    before = o.copy()
    for loss, P in [("squared_error", 4), ("noncrossing_quantile", 4), ("negative_binomial", 2), ("student_t", 3)]:
        to_series(LOSSES[loss], o[..., :P], measures)
        assert_array_equal(o, before)
