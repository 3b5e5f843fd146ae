"""What Inputs say of columns, the parameters that they bring, and prediction in NumPy."""

from dataclasses import replace

import numpy as np
import pytest
from inputs_support import FUTURE, KINDS, ROWWISE, SEQUENTIAL, STATIC, as_dtype, make_inputs_problem, naive_outputs
from kernels_support import run_predict
from numpy.testing import assert_allclose, assert_array_equal

from rnnforecast.kernels.cells import CELLS
from rnnforecast.kernels.losses import LOSSES
from rnnforecast.kernels.optimisers import OPTIMISERS
from rnnforecast.kernels.scalers import SCALERS
from rnnforecast.network import numpy_backend
from rnnforecast.network.explanation import input_gradients
from rnnforecast.network.initialisers import INITIALISERS
from rnnforecast.network.inputs import Category, Inputs
from rnnforecast.network.network import Network
from rnnforecast.network.objective import Objective
from rnnforecast.network.prediction import predict
from rnnforecast.network.training import Progress, Settings, train
from rnnforecast.network.windows import Windows
from rnnforecast.network.workspace import make_workspace

EVERYTHING = Inputs(2, 4, (1, 3), 2, (STATIC, ROWWISE, FUTURE), rows_per_step=3)
HYPER = {"beta_1": 0.9, "beta_2": 0.999, "epsilon": 1e-8}


def test_sizes():
    assert EVERYTHING.n_columns == 4 + 2 + 3
    assert EVERYTHING.n_features == 3 * 4 + 2 + 2 + 3 * 1 + 3 * 2
    assert EVERYTHING.n_future(5) == 5 * 2 + 5 * 2
    assert EVERYTHING.n_linear_features == 6
    assert Inputs(1, 1).n_features == Inputs(1, 1).n_columns == 1
    assert [Inputs(1, 1).has_future, Inputs(1, 2, (1, 2)).has_future, EVERYTHING.has_future] == [False, True, True]
    assert Inputs(1, 1, categories=(FUTURE,)).has_future


@pytest.mark.parametrize(
    "arguments, message",
    [
        ((0, 1), "n_scaled=0"),
        ((3, 2), "n_scaled=3"),
        ((1, 3, (0, 2)), "future=\\(0, 2\\)"),
        ((1, 3, (2, 4)), "future=\\(2, 4\\)"),
        ((1, 3, (2, 2)), "future=\\(2, 2\\)"),
        ((1, 3, (0, 0), -1), "n_static=-1"),
        ((1, 3, (0, 0), 0, (), 0), "rows_per_step=0"),
        ((1, 3, (0, 0), 0, (), 1, ((3, 1),)), "the pair \\(3, 1\\)"),
        ((1, 3, (0, 0), 0, (), 1, ((1, 0),)), "the pair \\(1, 0\\)"),
        ((1, 3, (0, 0), 0, (), 1, ((0, 3),)), "the pair \\(0, 3\\)"),
        ((1, 3, (0, 0), 0, (), 1, ((0, 1), (1, 2))), "the pair \\(0, 1\\)"),
        ((1, 3, (0, 0), 0, (), 1, ((0, 1), (0, 2))), "twice"),
    ],
)
def test_bad_columns(arguments, message):
    with pytest.raises(ValueError, match=message):
        Inputs(*arguments)


def test_bad_categories():
    with pytest.raises(ValueError, match="n_levels=0"):
        Category(0, 1)
    with pytest.raises(ValueError, match="dim=0"):
        Category(2, 0)
    with pytest.raises(ValueError, match="static"):
        Category(2, 1, is_static=True, is_future=True)


def test_bad_networks():
    with pytest.raises(ValueError, match="n_features=7 must be the 25"):
        Network(CELLS["gru"], 7, (4,), 2, inputs=EVERYTHING, n_segments=1)
    with pytest.raises(ValueError, match="n_segments"):
        Network(CELLS["gru"], 25, (4,), 2, inputs=EVERYTHING)


def test_bad_windows():
    problem = make_inputs_problem("everything")
    network, w = problem.network, problem.windows
    values = w.values.copy()
    values[w.n_columns - 1] = 0.5
    few = replace(network, n_targets=1)
    for bad, net, message in [
        (replace(w, n_scaled=1), network, "n_scaled"),
        (replace(w, n_columns=3), network, "n_columns"),
        (replace(w, futures=None), network, "futures"),
        (replace(w, values=values), network, "category 3 has the code 0.5"),
        (replace(w, values=np.where(w.values == 2, np.nan, w.values)), network, "the code nan"),
        (replace(w, values=np.where(w.values == 2, 4, w.values)), network, "the code 4"),
        (replace(w, values=np.where(w.values == 2, -1, w.values)), network, "the code -1"),
        (w, few, "answers for 1 rows; the windows have 2"),
    ]:
        with pytest.raises(ValueError, match=message):
            predict(net, np.zeros(net.layout.size), bad, backend="numba")


@pytest.mark.parametrize("n_segments, n_linear", [(1, 0), (3, 5)])
@pytest.mark.parametrize("cell", CELLS.values(), ids=CELLS)
def test_parameters(cell, n_segments, n_linear):
    network = Network(
        cell, EVERYTHING.n_features, (4, 3), 2, n_segments=n_segments, n_linear=n_linear, inputs=EVERYTHING
    )
    expected = {
        "decoder.P": (cell.n_input, n_segments, 3), "decoder.W": (cell.n_input, 8, 3), "embedding0.E": (3, 2),
        "embedding1.E": (4, 1), "embedding2.E": (3, 2),
    }  # fmt: skip
    if n_linear:
        expected |= {"head.L": (5, 6, n_segments * 2), "decoder.S": (8, 2)}
    names = {"head.V", "head.b"} | {f"layer{i}.{name}" for i in range(2) for name in "WUb"} | expected.keys()
    assert network.layout.shapes.keys() == names
    assert {name: network.layout.shapes[name] for name in expected} == expected
    assert network.layout.shapes["layer0.W"] == (cell.n_input, 25, 4)


def test_targets_and_outputs_may_differ():
    """Three quantiles of each of two rows."""
    network = Network(CELLS["gru"], 25, (4,), 6, n_segments=2, n_linear=1, inputs=EVERYTHING, n_targets=2)
    assert network.n_future == 8
    assert network.layout.shapes["decoder.S"] == (8, 6)


@pytest.mark.parametrize("init", INITIALISERS)
def test_first_values(init, rng):
    inputs = Inputs(1, 2, (1, 2), categories=(Category(50, 20),), decay=((0, 1),))
    network = Network(CELLS["lstm"], inputs.n_features, (4,), 2, n_segments=2, n_linear=3, inputs=inputs)
    views = network.layout.views(network.initial_theta(rng, np.float64, init=init))
    assert_allclose(views["embedding0.E"].std(), 0.1, rtol=0.1)
    assert abs(views["embedding0.E"].mean()) < 0.02
    assert_array_equal(views["decoder.S"], 0)
    assert_array_equal(views["head.L"], 0)
    assert (views["decoder.W"] != 0).all()
    assert_array_equal(views["decay.w"], 0.1)
    assert_array_equal(views["decay.b"], 0)


def test_vectors_and_rates_are_not_penalised():
    inputs = Inputs(1, 2, (1, 2), categories=(Category(5, 2),), decay=((0, 1),))
    network = Network(CELLS["lstm"], inputs.n_features, (4,), 2, n_segments=2, n_linear=3, inputs=inputs)
    views = network.layout.views(network.layout.is_weight())
    assert not views["embedding0.E"].any()
    assert not views["decay.w"].any()
    assert not views["decay.b"].any()
    assert views["decoder.W"].all()
    assert views["decoder.S"].all()


@pytest.mark.parametrize("scaler", [None, "standard", "last"])
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("dtype, tolerance", [(np.float64, 1e-12), (np.float32, 1e-4)])
def test_numpy_agrees_with_the_kernel(kind, scaler, dtype, tolerance):
    problem = as_dtype(make_inputs_problem(kind, "lstm", scaler=scaler), dtype)
    samples = np.array([4, 0, 7, 4])
    before = problem.windows.values.copy()
    outputs, final = numpy_backend.predict(problem.network, problem.theta[0], problem.windows, samples, None, True)
    expected, expected_final = run_predict(problem)
    assert outputs.dtype == dtype
    assert_allclose(outputs, expected[samples], rtol=tolerance, atol=tolerance)
    assert_allclose(final, expected_final[samples], rtol=tolerance, atol=tolerance)
    assert_array_equal(problem.windows.values, before)


@pytest.mark.parametrize("kind", ["everything", "categories"])
def test_prediction_of_parts(kind):
    """Both ways through the public function, and windows that are a part of others."""
    problem = make_inputs_problem(kind, scaler="mean", n=70)
    expected = naive_outputs(problem)[20:60]
    for backend in ("numba", "numpy"):
        part = problem.windows.part(slice(20, 60))
        outputs, _ = predict(problem.network, problem.theta, part, backend=backend)
        assert_allclose(outputs, expected, rtol=1e-11, atol=1e-11)
    empty, _ = predict(problem.network, problem.theta, problem.windows, samples=np.arange(0), backend="numpy")
    assert empty.shape == (0, *expected.shape[1:])


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_training_reduces_the_loss(n_jobs):
    problem = make_inputs_problem("everything", "gru", scaler="standard", n=300)
    network = problem.network
    objective = Objective(
        network, problem.windows, LOSSES["squared_error"], OPTIMISERS["adam"], loss_parameters=(1.0,), batch_size=64
    )
    progress = Progress.start(network.initial_theta(np.random.default_rng(0), np.float64))
    before = network.layout.views(progress.theta.copy())
    train(objective, [progress], Settings(max_iter=15, hyper=HYPER, n_jobs=n_jobs), [np.random.default_rng(1)])
    assert progress.loss_curve[-1] < 0.9 * progress.loss_curve[0]
    for name, after in network.layout.views(progress.theta).items():
        assert (after != before[name]).any(), name


# ---- the sequential decoder ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("cell", CELLS.values(), ids=CELLS)
def test_parameters_of_a_sequential_decoder(cell):
    network = Network(cell, 25, (4, 3), 2, n_segments=3, n_linear=5, inputs=EVERYTHING, decoder="sequential")
    expected = {
        "decoder.W": (cell.n_input, 2 + 8, 3), "decoder.U": (cell.n_recurrent, 3, 3), "decoder.b": (cell.n_slots, 3),
        "decoder.S": (8, 2),
    }  # fmt: skip
    found = {name: shape for name, shape in network.layout.shapes.items() if name.startswith("decoder")}
    assert found == expected
    theta = network.initial_theta(np.random.default_rng(0), np.float64, forget_bias=1.0)
    views = network.layout.views(theta)
    if cell.forget_slot is not None:
        assert_array_equal(views["decoder.b"][cell.forget_slot], 1)
    assert_allclose(views["decoder.U"][0] @ views["decoder.U"][0].T, np.eye(3), atol=1e-12)


def test_bad_sequential_decoders():
    for words in ({}, {"n_segments": 2, "n_targets": 1}):
        with pytest.raises(ValueError, match="decoder='sequential' needs n_segments"):
            Network(CELLS["gru"], 1, (4,), 2, decoder="sequential", **words)
    with pytest.raises(ValueError, match="decoder='both'"):
        Network(CELLS["gru"], 1, (4,), 2, decoder="both")
    problem = make_inputs_problem("in_turn")
    network, windows = problem.network, problem.windows
    with pytest.raises(ValueError, match="the identity, not 'exp' of 'poisson'"):
        make_workspace(network, windows, LOSSES["poisson"])
    with pytest.raises(ValueError, match="2 targets of a segment, not 1"):
        make_workspace(network, replace(windows, n_targets=1), LOSSES["squared_error"])
    with pytest.raises(ValueError, match="decoder='parallel'"):
        input_gradients(network, problem.theta[0], windows)
    with pytest.raises(ValueError, match="n_columns=0"):
        make_workspace(replace(network, inputs=None), replace(windows, n_columns=0))


@pytest.mark.parametrize("scaler", [None, "standard"])
@pytest.mark.parametrize("kind", SEQUENTIAL)
@pytest.mark.parametrize("dtype, tolerance", [(np.float64, 1e-12), (np.float32, 1e-4)])
def test_numpy_agrees_with_the_sequential_kernel(kind, scaler, dtype, tolerance):
    problem = as_dtype(make_inputs_problem(kind, "gru", scaler=scaler), dtype)
    samples = np.array([4, 0, 7, 4])
    outputs, final = numpy_backend.predict(problem.network, problem.theta[0], problem.windows, samples, None, True)
    expected, expected_final = run_predict(problem)
    assert outputs.dtype == dtype
    assert_allclose(outputs, expected[samples], rtol=tolerance, atol=tolerance)
    assert_allclose(final, expected_final[samples], rtol=tolerance, atol=tolerance)


def test_a_sequential_decoder_learns():
    """A sine of two periods to come, in segments of four values."""
    series = np.sin(2 * np.pi * np.arange(400) / 16) + 2
    starts = np.arange(400 - 48 + 1)
    windows = Windows(
        values=series, starts=starts, n_timesteps=4, n_features=4, targets=series, offsets=starts + 16, n_targets=4,
        stride=4, scaler=SCALERS["standard"], n_columns=1, n_scaled=1,
    )  # fmt: skip
    inputs = Inputs(1, 1, rows_per_step=4)
    network = Network(CELLS["gru"], 4, (8,), 4, n_segments=8, inputs=inputs, decoder="sequential")
    objective = Objective(
        network, windows, LOSSES["squared_error"], OPTIMISERS["adam"], loss_parameters=(1.0,), batch_size=32
    )
    progress = Progress.start(network.initial_theta(np.random.default_rng(0), np.float64))
    settings = Settings(max_iter=60, learning_rate_init=0.01, hyper=HYPER, n_iter_no_change=60)
    train(objective, [progress], settings, [np.random.default_rng(1)])
    assert progress.loss_curve[-1] < 0.05 * progress.loss_curve[0]
    outputs, _ = predict(network, progress.theta, windows)
    expected = series[starts[:, None] + 16 + np.arange(32)].reshape(-1, 8, 4)
    assert np.abs(outputs - expected).mean() < 0.2  # of a sine whose mean absolute value is 0.64
