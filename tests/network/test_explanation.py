"""Gradients of outputs with respect to the inputs, against central differences of the naive network."""

import naive
import numpy as np
import pytest
from inputs_support import KINDS, as_dtype, make_inputs_problem, naive_features
from kernels_support import make_problem, naive_arguments, naive_data, with_scaler
from numpy.testing import assert_allclose, assert_array_equal

from rnnforecast.network.explanation import input_gradients
from rnnforecast.network.windows import Windows


def outputs_of(problem, x, future, scale):
    """(n, steps, O) of the naive network, from features that were scaled, before their decay."""
    params, inputs = problem.network.layout.views(problem.theta[0]), problem.network.inputs
    if inputs is not None:
        x = naive.decayed(x, params, inputs.decay, inputs.rows_per_step)
    o, _, _ = naive.forward(params, x, future=future, **naive_arguments(problem))
    return (o if o.ndim == 3 else o[:, None]) * scale[:, None, None]


def check(problem, x, future, scale, is_scaled, is_scaled_future, out_step, output):
    """Windows do not meet each other, so that one difference of their sum tells the gradient of each."""
    dx, df = input_gradients(problem.network, problem.theta[0], problem.windows, out_step=out_step, output=output)
    factor = np.where(is_scaled, scale[:, None, None], 1)  # from the scale of the series to that of the network

    def value(a):
        return outputs_of(problem, x + a / factor, future, scale)[:, out_step, output].sum()

    smooth = x != 0  # a time of 0 says that the value was observed: a kink of the decay
    numerical = naive.numerical_gradient(value, np.zeros_like(x))
    assert naive.relative_error(dx * smooth, numerical * smooth) < 1e-6
    if future is None:
        assert df is None
        return
    factor = np.where(is_scaled_future, scale[:, None, None], 1)

    def value_of_future(a):
        return outputs_of(problem, x, future + a / factor, scale)[:, out_step, output].sum()

    assert naive.relative_error(df, naive.numerical_gradient(value_of_future, np.zeros_like(future))) < 1e-6


@pytest.mark.parametrize("scaler", [None, "standard"])
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("cell", ["lstm", "gru"])
def test_matches_differences(cell, kind, scaler):
    problem = make_inputs_problem(kind, cell, scaler=scaler, n=3, hidden_sizes=(4, 3))
    inputs, network = problem.network.inputs, problem.network
    x, future, scaling = naive_features(problem, network.layout.views(problem.theta[0]))
    scale = scaling[1][:, 0] if scaling else np.ones(len(x))
    is_scaled = np.arange(network.n_features) < inputs.n_scaled * inputs.rows_per_step
    columns = np.repeat(np.arange(*inputs.future), network.rows_per_answer)
    is_scaled_future = np.zeros(network.n_future, bool)
    is_scaled_future[: len(columns)] = columns < inputs.n_scaled
    last = network.n_out_steps(problem.windows.n_timesteps) - 1
    check(problem, x, future, scale, is_scaled, is_scaled_future, last, 1)


@pytest.mark.parametrize("scaler", [None, "mean"])
@pytest.mark.parametrize("options", [{"per_step": True}, {"hidden_sizes": (4, 3)}, {"n_segments": 2, "n_linear": 5}])
def test_plain_features_match_differences(options, scaler):
    problem = make_problem("gru", n=3, **options)
    is_scaled = np.zeros(3, bool)
    if scaler:
        problem, is_scaled = with_scaler(problem, scaler), np.array([True, False, False])
    x, _, scaling = naive_data(problem)
    check(problem, x, None, scaling[1][:, 0] if scaling else np.ones(len(x)), is_scaled, None, 0, 1)


def test_samples_dtypes_and_threads():
    problem = make_inputs_problem("everything", "lstm", scaler="mean", n=70)
    network, theta, windows = problem.network, problem.theta[0], problem.windows
    dx, df = input_gradients(network, theta, windows, out_step=1)
    samples = np.array([60, 3, 3])
    for whole, part in zip(
        (dx, df), input_gradients(network, theta, windows, samples=samples, out_step=1), strict=True
    ):
        assert_allclose(part, whole[samples], rtol=1e-12, atol=1e-14)
    for one, two in zip((dx, df), input_gradients(network, theta, windows, out_step=1, n_jobs=2), strict=True):
        assert_array_equal(one, two)
    single = as_dtype(problem, np.float32)
    for a, b in zip((dx, df), input_gradients(network, single.theta[0], single.windows, out_step=1), strict=True):
        assert b.dtype == np.float32
        assert naive.relative_error(a, b) < 1e-4


@pytest.mark.parametrize("words", [{"out_step": 1}, {"output": 2}, {"out_step": -1}])
def test_no_such_output(words):
    problem = make_problem("elman", n=2)
    (name,) = words
    with pytest.raises(ValueError, match=f"{name}={words[name]} must be in 0"):
        input_gradients(problem.network, problem.theta[0], problem.windows, **words)


def test_no_windows():
    problem = make_problem("elman")
    dx, df = input_gradients(problem.network, problem.theta[0], Windows.from_arrays(np.empty((0, 5, 3))))
    assert dx.shape == (0, 5, 3)
    assert df is None
