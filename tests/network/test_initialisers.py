import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from rnnforecast.kernels.cells import CELLS
from rnnforecast.network.initialisers import INITIALISERS
from rnnforecast.network.network import Network

NETWORK = Network(CELLS["lstm"], 3, (24, 16), 2, bidirectional=True, input_skip=True)

inits = pytest.mark.parametrize("init", INITIALISERS)
dtypes = pytest.mark.parametrize("dtype", [np.float32, np.float64])


def parts(rng, network=NETWORK, dtype=np.float64, **options):
    return network.layout.views(network.initial_theta(rng, dtype, **options))


@dtypes
@inits
def test_seed_decides(init, dtype):
    thetas = [NETWORK.initial_theta(np.random.default_rng(s), dtype, init=init) for s in (1, 1, 2)]
    assert thetas[0].dtype == dtype
    assert_array_equal(thetas[0], thetas[1])
    assert (thetas[0] != thetas[2]).any()


def test_dtypes_draw_the_same_numbers():
    single, double = (NETWORK.initial_theta(np.random.default_rng(1), dtype) for dtype in (np.float32, np.float64))
    assert_array_equal(single, double.astype(np.float32))


def test_glorot_orthogonal(rng):
    for name, part in parts(rng).items():
        kind = name.rsplit(".", 1)[1]
        if kind == "b":
            assert_array_equal(part, np.zeros_like(part))
        elif kind == "U":
            for U in part:
                assert_allclose(U @ U.T, np.eye(len(U)), atol=1e-12)
        else:
            bound = np.sqrt(6 / (part.shape[-2] + part.shape[-1]))
            assert 0.6 * bound < np.abs(part).max() <= bound  # the smallest part has six numbers


def test_orthogonal_matrices_are_uniform(rng):
    """QR alone would leave the sign of the diagonal of R in them; their mean is zero and each slot has its own."""
    network = Network(CELLS["gru"], 1, (4,), 1)
    U = np.stack([parts(rng, network)["layer0.U"] for _ in range(400)])
    assert np.abs(U.mean(axis=0)).max() < 0.15
    assert (U[:, 0] != U[:, 1]).all()


def test_torch_bounds(rng):
    fans = {"layer0": 24, "layer0.reverse": 24, "layer1": 16, "layer1.reverse": 16, "head": 32}
    for name, part in parts(rng, init="torch").items():
        bound = 1 / np.sqrt(3 if name == "head.S" else fans[name.rsplit(".", 1)[0]])
        assert np.abs(part).max() <= bound
        if part.size > 30:
            assert np.abs(part).max() > 0.8 * bound
            assert abs(part.mean()) < 0.3 * bound


@inits
def test_forget_bias(init):
    plain = parts(np.random.default_rng(3), init=init)
    biased = parts(np.random.default_rng(3), init=init, forget_bias=1.0)
    for name, part in biased.items():
        if name.startswith("layer") and name.endswith(".b"):
            assert_array_equal(part[1], np.ones(part.shape[1]))
            assert_array_equal(np.delete(part, 1, axis=0), np.delete(plain[name], 1, axis=0))
        else:
            assert_array_equal(part, plain[name])


def test_forget_bias_without_forget_gate():
    network = Network(CELLS["gru"], 3, (4,), 1)
    with_bias, without = (network.initial_theta(np.random.default_rng(0), float, forget_bias=b) for b in (1.0, None))
    assert_array_equal(with_bias, without)
