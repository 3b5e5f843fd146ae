import naive
import numba
import numpy as np
import pytest
from llvm import assert_no_double
from numpy.testing import assert_allclose, assert_array_equal

from rnnforecast.kernels.optimisers import OPTIMISERS
from rnnforecast.kernels.optimisers.optimiser import N_SUMS, NORM, PENALTY, WEIGHT

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


def ten_steps(name, dtype, rng, *, penalty, max_norm, rate=0.1):
    """Ten steps on three slabs and on one in turn; returns all that changed, with what the naive twin says."""
    _, hyper, twin, options = CASES[name]
    optimiser = OPTIMISERS[CASES[name][0]]
    theta, moments, count = rng.normal(size=P).astype(dtype), np.zeros((2, P), dtype), np.zeros(1, np.int64)
    penalty, hyper = np.array(penalty, dtype), np.array([max_norm, *hyper], dtype)
    expected, state, told, expected_told = theta.astype(float), None, [], []
    for i in range(10):
        n = 3 if i % 2 else 1
        slabs, sums = rng.normal(size=(n, P)).astype(dtype), np.zeros((n, N_SUMS), dtype)
        sums[:, WEIGHT] = rng.uniform(1, 3, n)
        total = sums[:, WEIGHT].sum()
        g = slabs.astype(float).sum(axis=0) / total
        decay = {"weight_decay": penalty} if optimiser.decoupled_decay else {}
        value = 0.5 * (penalty * expected**2).sum()
        if not optimiser.decoupled_decay:
            g = g + penalty * expected / total
        expected_told.append((value, np.sqrt((g**2).sum())))
        g = naive.clip_global_norm(g, max_norm) if max_norm > 0 else g
        expected, state = twin(expected, g, state, rate, **options, **decay)
        optimiser.update(slabs, sums, theta, moments, count, np.array([rate], dtype), penalty, hyper)
        told.append((sums[0, PENALTY], sums[0, NORM]))
    return (theta, expected), (told, expected_told), count


@pytest.mark.nojit
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("max_norm", [0.0, 0.5])
@pytest.mark.parametrize("alpha", [0.0, 0.3])
@pytest.mark.parametrize("name", CASES)
def test_ten_steps_match_naive(name, alpha, max_norm, dtype, rng):
    penalty = alpha * np.array([1, 0, 1, 1, 0, 2, 1])
    (theta, expected), (told, expected_told), count = ten_steps(name, dtype, rng, penalty=penalty, max_norm=max_norm)
    assert_allclose(theta, expected, rtol=TOLERANCE[dtype], atol=TOLERANCE[dtype])
    assert_allclose(told, expected_told, rtol=TOLERANCE[dtype])
    assert count[0] == 10


@pytest.mark.nojit
@pytest.mark.parametrize("name", OPTIMISERS)
def test_nan_is_not_hidden(name):
    """A gradient that is NaN must show, in the norm and in the weight, clipped or not."""
    optimiser = OPTIMISERS[name]
    theta, sums = np.ones(3), np.ones((1, N_SUMS))
    optimiser.update(
        np.array([[1.0, np.nan, 2.0]]), sums, theta, np.zeros((2, 3)), np.zeros(1, np.int64), np.full(1, 0.1),
        np.zeros(3), np.array([1.0, *[0.5] * len(optimiser.hyper_names)]),
    )  # fmt: skip
    assert np.isnan(sums[0, NORM])
    assert np.isnan(theta[1])


@pytest.mark.nojit
def test_a_minibatch_without_weight_changes_nothing():
    theta, count, sums = np.ones(3), np.zeros(1, np.int64), np.zeros((1, N_SUMS))
    OPTIMISERS["adam"].update(
        np.ones((1, 3)), sums, theta, np.zeros((2, 3)), count, np.ones(1), np.ones(3), np.array([0, 0.9, 0.99, 1e-8])
    )
    assert_array_equal(theta, np.ones(3))
    assert count[0] == 0
    assert sums[0, PENALTY] == 1.5


@pytest.mark.parametrize("name", OPTIMISERS)
def test_float32_stays_float32(name):
    row, table = numba.float32[::1], numba.float32[:, ::1]
    assert_no_double(OPTIMISERS[name].update, (table, table, row, table, numba.int64[::1], row, row, row))
