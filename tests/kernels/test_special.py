"""The rising factorial against sums over whole steps, and against scipy.special where that keeps its digits."""

import math

import numba
import numpy as np
import pytest
from llvm import assert_no_double
from numpy.testing import assert_allclose
from scipy import special

from rnnforecast._jit import kernel
from rnnforecast.kernels.special import log_rising

dtypes = pytest.mark.parametrize("dtype", [np.float32, np.float64])


@kernel
def loop(x, a, values, slopes):
    for i in range(x.shape[0]):
        values[i], slopes[i] = log_rising(x[i], a[i])


def compute(x, a, dtype):
    """The arguments as the kernel has them, and both results, in float64."""
    x, a = x.astype(dtype), a.astype(dtype)
    values, slopes = np.empty_like(x), np.empty_like(x)
    loop(x, a, values, slopes)
    return tuple(array.astype(np.float64) for array in (x, a, values, slopes))


@pytest.mark.nojit
@dtypes
def test_whole_steps_are_a_product(dtype):
    """Gamma(x + n) / Gamma(x) = x (x + 1) ... (x + n - 1): dispersions from 1e-6 to 1e5, counts up to 3000."""
    rng, eps = np.random.default_rng(0), np.finfo(dtype).eps
    x, n, values, slopes = compute(10 ** rng.uniform(-5, 6, 300), np.floor(10 ** rng.uniform(0, 3.5, 300)), dtype)
    steps = [start + np.arange(int(count)) for start, count in zip(x, n, strict=True)]
    expected = np.array([math.fsum(np.log(part)) for part in steps])
    assert np.all(np.abs(values - expected) <= 20 * eps * np.maximum(np.abs(expected), n))
    assert_allclose(slopes, [math.fsum(1 / part) for part in steps], rtol=50 * eps)


@pytest.mark.nojit
@dtypes
def test_half_a_step_of_degrees_of_freedom(dtype):
    """What Student's t asks for; from 100 on SciPy's differences lose more digits than float64 can spare."""
    rng, eps = np.random.default_rng(1), np.finfo(dtype).eps
    x, a, values, slopes = compute(10 ** rng.uniform(-3, 2, 300), np.full(300, 0.5), dtype)
    assert_allclose(values, special.gammaln(x + a) - special.gammaln(x), rtol=10 * eps, atol=600 * 2e-16 + 10 * eps)
    assert_allclose(slopes, special.digamma(x + a) - special.digamma(x), rtol=10 * eps, atol=10 * 2e-16 + eps / 100)


@pytest.mark.nojit
@dtypes
def test_small_steps_from_large_numbers_keep_their_digits(dtype):
    x = np.array([1e4, 1e5, 1e6])
    _, _, values, slopes = compute(x, np.full(3, 0.5), dtype)
    assert_allclose(values, 0.5 * np.log(x) - 1 / (8 * x), rtol=max(4 * np.finfo(dtype).eps, 1e-14))
    assert_allclose(slopes, 1 / (2 * x) + 1 / (8 * x**2), rtol=max(10 * np.finfo(dtype).eps, 1e-12))


@pytest.mark.nojit
@dtypes
def test_edges(dtype):
    _, _, values, slopes = compute(np.array([3.0, 1e-6, np.nan, 2.0]), np.array([0.0, 1e12, 1.0, np.nan]), dtype)
    assert values[0] == slopes[0] == 0
    assert_allclose(values[1], special.gammaln(1e12) + np.log(1e-6), rtol=1e-5)
    assert np.isnan(values[2:]).all()
    assert np.isnan(slopes[2:]).all()


def test_float32_stays_float32():
    row = numba.float32[::1]
    assert_no_double(loop, (row, row, row, row))
