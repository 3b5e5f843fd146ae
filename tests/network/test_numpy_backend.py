import numpy as np
import pytest
from naive import forward
from numpy.testing import assert_allclose, assert_array_equal

from rnnforecast.kernels import engine
from rnnforecast.kernels.cells import CELLS
from rnnforecast.kernels.scalers import SCALERS
from rnnforecast.network import numpy_backend
from rnnforecast.network.network import Network
from rnnforecast.network.windows import Windows
from rnnforecast.network.workspace import make_workspace

TOLERANCES = {"float64": 1e-12, "float32": 1e-5}
OPTIONS = [
    {},
    {"hidden_sizes": (4, 6, 3)},
    {"bidirectional": True},
    {"input_skip": True},
    {"per_step": True},
    {"n_linear": 7},
    {"hidden_sizes": (4, 6), "n_segments": 3, "n_linear": 7},
    {"hidden_sizes": (3, 5), "bidirectional": True, "input_skip": True},
    {"hidden_sizes": (3, 5), "bidirectional": True, "input_skip": True, "per_step": True},
]


def make_network(cell="lstm", hidden_sizes=(5,), n_features=2, n_outputs=3, **options):
    return Network(CELLS[cell], n_features, hidden_sizes, n_outputs, **options)


def make_theta(network, rng, dtype="float64"):
    return (0.5 * rng.normal(size=network.layout.size)).astype(dtype)


def compiled(network, theta, windows, samples, initial=None):
    """What the kernel gives, and the final states."""
    dtype, n = theta.dtype, len(samples)
    workspace = make_workspace(network, windows)
    steps = network.n_out_steps(windows.n_timesteps)
    outputs, final = np.empty((n, steps, network.n_outputs), dtype), np.empty((n, network.state_size), dtype)
    initial = np.empty((0, network.state_size), dtype) if initial is None else initial
    engine.predict(
        theta[None], workspace.plan, windows.values, windows.starts, windows.futures_or_none, samples,
        np.array([[0, 0, n]]), initial, np.empty((n, 0), np.uint8), np.ones(2, dtype),
        np.zeros(workspace.arena_size, dtype), outputs, final, np.empty((0, 2), dtype),
    )  # fmt: skip
    return outputs, final


@pytest.mark.parametrize("options", OPTIONS, ids=str)
@pytest.mark.parametrize("dtype", TOLERANCES)
@pytest.mark.parametrize("cell", CELLS)
def test_agrees_with_the_kernel(cell, dtype, options, rng):
    network = make_network(cell, **options)
    theta = make_theta(network, rng, dtype)
    windows = Windows.from_arrays(rng.normal(size=(13, 7, 2)).astype(dtype))
    samples = rng.permutation(13)[:11]
    for initial in (None, rng.normal(size=(11, network.state_size)).astype(dtype)):
        outputs, final = numpy_backend.predict(network, theta, windows, samples, initial, return_state=True)
        expected, expected_final = compiled(network, theta, windows, samples, initial)
        assert outputs.dtype == final.dtype == dtype
        assert_allclose(outputs, expected, rtol=TOLERANCES[dtype], atol=TOLERANCES[dtype])
        assert_allclose(final, expected_final, rtol=TOLERANCES[dtype], atol=TOLERANCES[dtype])


@pytest.mark.parametrize("n_scaled", [1, 2])
@pytest.mark.parametrize("scaler", [None, *SCALERS.values()], ids=["none", *SCALERS])
@pytest.mark.parametrize("dtype", TOLERANCES)
def test_window_scalers_agree_with_the_kernel(dtype, scaler, n_scaled, rng):
    series = (3 + rng.normal(size=(40, 3))).astype(dtype)
    series[:12] = 3, 0, 2  # some windows are constant, one column of them is zero
    windows = Windows(
        values=series.reshape(-1),
        starts=np.arange(0, 23, dtype=np.int64) * 3,
        n_timesteps=4,
        n_features=6,  # segments of two rows
        scaler=scaler,
        n_columns=3,
        n_scaled=n_scaled,
    )
    network = make_network("gru", n_features=6, per_step=True)
    theta, samples = make_theta(network, rng, dtype), np.arange(23)[::-1].copy()
    before = windows.values.copy()
    outputs, _ = numpy_backend.predict(network, theta, windows, samples, None, return_state=False)
    expected, _ = compiled(network, theta, windows, samples)
    assert np.isfinite(outputs).all()
    assert_allclose(outputs, expected, rtol=TOLERANCES[dtype], atol=10 * TOLERANCES[dtype])
    assert_array_equal(windows.values, before)


@pytest.mark.parametrize("options", OPTIONS, ids=str)
@pytest.mark.parametrize("cell", CELLS)
def test_agrees_with_the_naive_network(cell, options, rng):
    network = make_network(cell, **options)
    theta = make_theta(network, rng)
    x, initial = rng.normal(size=(4, 7, 2)), rng.normal(size=(4, network.state_size))
    outputs, final = numpy_backend.predict(network, theta, Windows.from_arrays(x), np.arange(4), initial, True)

    S, nested, at = network.cell.n_states, [], 0
    for H in network.hidden_sizes:
        nested.append([])
        for _ in range(network.n_directions):
            nested[-1].append(np.stack([initial[:, at + s * H : at + (s + 1) * H] for s in range(S)]))
            at += S * H
    name, _, activation = cell.partition("_")
    expected, expected_final, _ = forward(
        network.layout.views(theta),
        x,
        cell=name,
        activation=activation or "tanh",
        steps="all" if network.per_step else "segments" if network.n_segments else "last",
        initial=nested,
    )
    many = network.per_step or network.n_segments
    assert_allclose(outputs if many else outputs[:, 0], expected, rtol=1e-12, atol=1e-12)
    flat = [state for layer in expected_final for direction in layer for state in direction]
    assert_allclose(final, np.concatenate(flat, axis=1), rtol=1e-12, atol=1e-12)


def test_blocks_of_rows_give_the_same(rng, monkeypatch):
    network = make_network(hidden_sizes=(3, 4), bidirectional=True)
    theta, windows = make_theta(network, rng), Windows.from_arrays(rng.normal(size=(10, 5, 2)))
    initial = rng.normal(size=(10, network.state_size))
    whole = numpy_backend.predict(network, theta, windows, np.arange(10), initial, return_state=True)
    monkeypatch.setattr(numpy_backend, "BLOCK_NUMBERS", 3 * 5 * 8)  # three rows at a time
    parts = numpy_backend.predict(network, theta, windows, np.arange(10), initial, return_state=True)
    for one, other in zip(whole, parts, strict=True):
        assert_allclose(one, other, rtol=1e-13, atol=1e-13)


def test_a_stream_in_two_halves_ends_as_in_one_go(rng):
    network = make_network("lstm", hidden_sizes=(3, 4))
    theta, x, rows = make_theta(network, rng), rng.normal(size=(5, 8, 2)), np.arange(5)
    outputs, final = numpy_backend.predict(network, theta, Windows.from_arrays(x), rows, return_state=True)
    _, middle = numpy_backend.predict(network, theta, Windows.from_arrays(x[:, :3]), rows, return_state=True)
    again, end = numpy_backend.predict(network, theta, Windows.from_arrays(x[:, 3:]), rows, middle, return_state=True)
    assert_allclose(again, outputs, rtol=1e-13, atol=1e-13)
    assert_allclose(end, final, rtol=1e-13, atol=1e-13)


def test_nothing_compiles_and_read_only_input_is_taken(rng):
    event = pytest.importorskip("numba.core.event")
    network = make_network("gru", per_step=True)
    theta, X = make_theta(network, rng), rng.normal(size=(3, 4, 2))
    theta.setflags(write=False)
    X.setflags(write=False)
    with event.install_recorder("numba:compile") as recorder:
        numpy_backend.predict(network, theta, Windows.from_arrays(X), np.arange(3), None, return_state=True)
    assert not recorder.buffer


def test_no_rows_and_overflow_are_quiet(rng):
    network = make_network("elman_relu")
    theta = make_theta(network, rng)
    outputs, final = numpy_backend.predict(
        network, theta, Windows.from_arrays(np.empty((0, 4, 2))), np.arange(0), None, return_state=True
    )
    assert outputs.shape == (0, 1, 3)
    assert final.shape == (0, network.state_size)
    outputs, final = numpy_backend.predict(
        network, 1e200 * theta, Windows.from_arrays(np.ones((2, 4, 2))), np.arange(2), None, return_state=False
    )
    assert final is None
    assert not np.isfinite(outputs).all()
