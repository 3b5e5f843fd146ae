"""The scalar functions against NumPy in the next wider type, from the smallest number to the largest."""

import re

import numba
import numpy as np
import pytest
from llvmlite.binding import get_host_cpu_features
from numpy.testing import assert_array_equal

from rnnforecast._jit import kernel
from rnnforecast.kernels.maths import EXP_RANGE, exp, sigmoid, softplus, tanh

WIDER = {np.float32: np.float64, np.float64: np.longdouble}
ULP = {"exp": (2, 2), "tanh": (7, 2), "sigmoid": (3, 3), "softplus": (3, 3)}  # float32, float64
BOUNDS = {"exp": (0, np.inf), "tanh": (-1, 1), "sigmoid": (0, 1), "softplus": (0, np.inf)}
REFERENCE = {
    "exp": np.exp,
    "tanh": np.tanh,
    "sigmoid": lambda x: 1 / (1 + np.exp(-x)),
    "softplus": lambda x: np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x))),
}


@kernel
def exp_loop(x, y):
    for j in range(x.shape[0]):
        y[j] = exp(x[j])


@kernel
def tanh_loop(x, y):
    for j in range(x.shape[0]):
        y[j] = tanh(x[j])


@kernel
def sigmoid_loop(x, y):
    for j in range(x.shape[0]):
        y[j] = sigmoid(x[j])


@kernel
def softplus_loop(x, y):
    for j in range(x.shape[0]):
        y[j] = softplus(x[j])


LOOPS = {"exp": exp_loop, "tanh": tanh_loop, "sigmoid": sigmoid_loop, "softplus": softplus_loop}

WIDE_VECTORS = get_host_cpu_features().get("avx2") and not numba.config.CPU_NAME

names = pytest.mark.parametrize("name", LOOPS)
dtypes = pytest.mark.parametrize("dtype", [np.float32, np.float64])


def compute(name, x):
    y = np.full_like(x, 7)
    LOOPS[name](x, y)
    return y


def branch_points(dtype):
    """Where a formula, a rounding or a limit changes, with the 2000 numbers on either side of each."""
    lowest, highest = EXP_RANGE[numba.from_dtype(np.dtype(dtype))]
    halves = (np.arange(-20, 20) + 0.5) * np.log(2)
    centres = np.concatenate([[lowest, highest, 0.625, 1, 9.02, 20, 40], halves, halves / 2])
    centres = np.abs(centres).astype(dtype)
    word = np.int32 if dtype == np.float32 else np.int64
    points = (centres.view(word)[:, None] + np.arange(-2000, 2001, dtype=word)).view(dtype).ravel()
    return np.concatenate([points, -points])


def all_exponents(dtype, rng):
    """Random bit patterns: every exponent, subnormal numbers and NaNs with any payload."""
    word = np.uint32 if dtype == np.float32 else np.uint64
    return rng.integers(0, np.iinfo(word).max, 400_000, dtype=word, endpoint=True).view(dtype)


def points(dtype):
    rng = np.random.default_rng(0)
    wide = 110 if dtype == np.float32 else 760
    uniform = [rng.uniform(-width, width, 200_000).astype(dtype) for width in (1, 10, 50, wide)]
    return np.concatenate([all_exponents(dtype, rng), branch_points(dtype), *uniform])


def assert_close(name, x, y):
    dtype = x.dtype.type
    if np.finfo(WIDER[dtype]).eps == np.finfo(dtype).eps:
        pytest.skip("no type wider than float64 here")
    with np.errstate(all="ignore"):
        expected = REFERENCE[name](x.astype(WIDER[dtype]))
        size = np.abs(expected)
        normal = (size >= np.finfo(dtype).tiny) & (size <= np.finfo(dtype).max)
        ulps = np.abs(y[normal] - expected[normal]) / np.spacing(size[normal].astype(dtype))
        small = size < np.finfo(dtype).tiny
        large = size > np.finfo(dtype).max
    worst = ulps.argmax()
    assert ulps[worst] <= ULP[name][dtype == np.float64], f"{ulps[worst]} ulp at {x[normal][worst]!r}"
    assert np.all(np.abs(y[small] - expected[small]) <= np.finfo(dtype).tiny)
    assert np.all(np.isposinf(y[large]))
    assert_array_equal(np.isnan(y), np.isnan(x))


@names
@dtypes
def test_accuracy_over_the_whole_range(name, dtype):
    x = points(dtype)
    assert_close(name, x, compute(name, x))


@names
@dtypes
def test_results_stay_within_bounds(name, dtype):
    x = points(dtype)
    y = compute(name, x[~np.isnan(x)])
    lowest, highest = BOUNDS[name]
    assert y.min() >= lowest
    assert y.max() <= highest


@names
@dtypes
def test_rises_up_to_rounding(name, dtype):
    x = np.sort(points(dtype))
    x = x[~np.isnan(x)]
    with np.errstate(invalid="ignore"):
        steps = np.diff(compute(name, x))
    y = np.abs(compute(name, x))[1:]
    finite = np.isfinite(y)
    # Two neighbours may each be wrong by the stated error, and no more.
    ulp = np.spacing(np.maximum(y[finite], np.finfo(dtype).tiny))
    assert np.all(steps[finite] >= -2 * ULP[name][dtype == np.float64] * ulp)


@pytest.mark.nojit
@names
@dtypes
def test_limits(name, dtype):
    x = np.array([-np.inf, -1e4, 0, 1e4, np.inf, np.nan], dtype)
    expected = {
        "exp": [0, 0, 1, np.inf, np.inf, np.nan],
        "tanh": [-1, -1, 0, 1, 1, np.nan],
        "sigmoid": [0, 0, 0.5, 1, 1, np.nan],
        "softplus": [0, 0, dtype(np.log(2)), 1e4, np.inf, np.nan],
    }
    assert_array_equal(compute(name, x), np.array(expected[name], dtype))


@pytest.mark.nojit
@names
@dtypes
def test_accuracy_at_a_few_points(name, dtype):
    x = np.linspace(-80, 80, 161).astype(dtype)
    assert_close(name, x, compute(name, x))


@pytest.mark.nojit
@names
@dtypes
def test_outside_a_kernel_they_are_numpy_functions(name, dtype):
    function = {"exp": exp, "tanh": tanh, "sigmoid": sigmoid, "softplus": softplus}[name]
    x = np.linspace(-100, 100, 301).astype(dtype)
    y = function(x)
    assert y.dtype == dtype
    assert_close(name, x, y)
    scalars = [function(value) for value in x]
    assert {type(value) for value in scalars} == {dtype}
    np.testing.assert_array_max_ulp(np.array(scalars), y, 2)
    assert function(0.5) == pytest.approx(float(REFERENCE[name](0.5)))


@names
@dtypes
def test_same_bits_at_any_place_in_an_array(name, dtype):
    """The vector body of a loop and its scalar tail agree."""
    x = points(dtype)[::97]
    whole = compute(name, x)
    pieces = np.concatenate([compute(name, piece) for piece in np.array_split(x, len(x) // 5)])
    assert_array_equal(pieces, whole)


@names
def test_float32_stays_float32_and_vectorises(name):
    loop = numba.njit(error_model="numpy")(LOOPS[name].py_func)  # compiled here: a cached kernel keeps no LLVM code
    x = np.zeros(4, np.float32)
    loop(x, x.copy())
    (code,) = loop.inspect_llvm().values()
    assert "double" not in code
    assert re.search(r"fdiv.* <\d+ x float>|fmul.* <\d+ x float>", code)


@names
@pytest.mark.skipif(not WIDE_VECTORS, reason="vectors of two float64 are not worth while to LLVM")
def test_float64_vectorises(name):
    loop = numba.njit(error_model="numpy")(LOOPS[name].py_func)
    x = np.zeros(4)
    loop(x, x.copy())
    (code,) = loop.inspect_llvm().values()
    assert re.search(r"fmul.* <\d+ x double>", code)


def test_other_types_are_refused():
    with pytest.raises(numba.TypingError):
        exp_loop(np.zeros(3, np.int64), np.zeros(3))
