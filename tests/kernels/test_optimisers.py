import naive
import numba
import numpy as np
import pytest
from llvm import assert_no_double
from numpy.testing import assert_allclose, assert_array_equal

from rnnforecast.kernels.optimisers import OPTIMISERS

P = 7
# name of the case: (optimiser, hyper, naive step taking the state and the learning rate)
CASES = {
    "sgd": ("sgd", (0.0, 0.0), naive.sgd, {}),
    "momentum": ("sgd", (0.9, 0.0), naive.sgd, {"momentum": 0.9}),
    "nesterov": ("sgd", (0.9, 1.0), naive.sgd, {"momentum": 0.9, "nesterov": True}),
    "rmsprop": ("rmsprop", (0.95, 1e-8), naive.rmsprop, {"rho": 0.95, "epsilon": 1e-8}),
    "adam": ("adam", (0.9, 0.99, 1e-8), naive.adam, {"beta_1": 0.9, "beta_2": 0.99, "epsilon": 1e-8}),
    "adamw": ("adamw", (0.9, 0.99, 1e-8), naive.adamw, {"beta_1": 0.9, "beta_2": 0.99, "epsilon": 1e-8}),
}
TOLERANCE = {np.float32: 2e-5, np.float64: 1e-13}


def ten_steps(name, dtype, rng, *, penalty, max_norm, rates=(0.1, 0.2, 0.05)):
    """Three networks of which the last and the first train, on three slabs and one; returns all that changed."""
    _, hyper, twin, options = CASES[name]
    decoupled = OPTIMISERS[CASES[name][0]].decoupled_decay
    theta, moments = rng.normal(size=(3, P)).astype(dtype), np.zeros((3, 2, P), dtype)
    counts, norms = np.zeros(3, np.int64), np.full(3, np.nan, dtype)
    networks, slab_starts = np.array([2, 0]), np.array([1, 4, 5])
    rates, penalty, hyper = (np.array(a, dtype) for a in (rates, penalty, hyper))
    expected, states, expected_norms = theta.astype(float), [None] * 3, np.full(3, np.nan)
    for _ in range(10):
        slabs, totals = rng.normal(size=(6, P)).astype(dtype), rng.uniform(1, 3, 2).astype(dtype)
        for i, k in enumerate(networks):
            g = slabs[slab_starts[i] : slab_starts[i + 1]].astype(float).sum(axis=0) / totals[i]
            decay = {"weight_decay": penalty} if decoupled else {}
            if not decoupled:
                g = g + penalty * expected[k] / totals[i]
            expected_norms[k] = np.sqrt((g**2).sum())
            g = naive.clip_global_norm(g, max_norm) if max_norm > 0 else g
            expected[k], states[k] = twin(expected[k], g, states[k], rates[k].astype(float), **options, **decay)
        OPTIMISERS[CASES[name][0]].update(
            networks, slab_starts, slabs, totals, theta, moments, counts, rates, penalty, dtype(max_norm), hyper, norms
        )
    return (theta, expected), (norms, expected_norms), counts


@pytest.mark.nojit
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("max_norm", [0.0, 0.5])
@pytest.mark.parametrize("alpha", [0.0, 0.3])
@pytest.mark.parametrize("name", CASES)
def test_ten_steps_match_naive(name, alpha, max_norm, dtype, rng):
    penalty = alpha * np.array([1, 0, 1, 1, 0, 2, 1])
    (theta, expected), (norms, expected_norms), counts = ten_steps(name, dtype, rng, penalty=penalty, max_norm=max_norm)
    assert_allclose(theta, expected, rtol=TOLERANCE[dtype], atol=TOLERANCE[dtype])
    assert_allclose(norms, expected_norms, rtol=TOLERANCE[dtype])
    assert_array_equal(counts, [10, 0, 10])


@pytest.mark.nojit
@pytest.mark.parametrize("name", OPTIMISERS)
def test_nan_is_not_hidden(name):
    """A gradient that is NaN must show, in the norm and in the weight, clipped or not."""
    optimiser = OPTIMISERS[name]
    theta, norms = np.ones((1, 3)), np.zeros(1)
    optimiser.update(
        np.array([0]), np.array([0, 1]), np.array([[1.0, np.nan, 2.0]]), np.ones(1), theta, np.zeros((1, 2, 3)),
        np.zeros(1, np.int64), np.full(1, 0.1), np.zeros(3), 1.0, np.full(len(optimiser.hyper_names), 0.5), norms,
    )  # fmt: skip
    assert np.isnan(norms[0])
    assert np.isnan(theta[0, 1])


@pytest.mark.parametrize("name", OPTIMISERS)
def test_float32_stays_float32(name):
    row, table, cube = numba.float32[::1], numba.float32[:, ::1], numba.float32[:, :, ::1]
    i = numba.int64[::1]
    assert_no_double(OPTIMISERS[name].update, (i, i, table, row, table, cube, i, row, row, numba.float32, row, row))
