import naive
import numba
import numpy as np
import pytest
from llvm import assert_no_double
from numpy.testing import assert_allclose, assert_array_equal

from rnnforecast.kernels.losses import LOSSES

OPTIONS = {"huber": ({"delta": 0.8}, (0.8,)), "quantile": ({"quantiles": (0.1, 0.5, 0.9)}, (0.1, 0.5, 0.9))}
TOLERANCE = {np.float32: 2e-6, np.float64: 1e-13}

losses = pytest.mark.parametrize("name", LOSSES)
dtypes = pytest.mark.parametrize("dtype", [np.float32, np.float64])


def draw(name, dtype, rng, T=3, B=4):
    """o (T * B, O), y, weight (B,) and param of a loss."""
    n_targets, O = {"quantile": (2, 6), "log_loss": (1, 5)}.get(name, (3, 3))
    o = rng.normal(size=(T * B, O))
    y = (
        rng.integers(0, 5, (T * B, n_targets))
        if name in ("log_loss", "poisson")
        else rng.normal(size=(T * B, n_targets))
    )
    weight, param = rng.uniform(0.5, 2, B), np.array(OPTIONS.get(name, ({}, (0.5,)))[1])
    return tuple(a.astype(dtype) for a in (o, y, weight, param))


def compute(name, o, y, weight, param):
    do = np.full_like(o, np.nan)
    return LOSSES[name].rows(o, y, weight, param, do), do


@pytest.mark.nojit
@dtypes
@losses
def test_rows_match_naive(name, dtype, rng):
    o, y, weight, param = draw(name, dtype, rng)
    value, do = compute(name, o, y, weight, param)
    o, y, weight = (a.astype(float) for a in (o, y, np.tile(weight, 3)))
    y = y[:, 0] if name == "log_loss" else y
    options = {
        k: tuple(param.astype(float)) if k == "quantiles" else float(param[0]) for k in OPTIONS.get(name, [{}])[0]
    }
    expected = (weight * naive.sample_losses(name, o, y, **options)).sum()
    gradient = weight[:, None] * naive.sample_loss_gradients(name, o, y, **options)
    assert_allclose(value, expected, rtol=10 * TOLERANCE[dtype])
    assert_allclose(do, gradient, rtol=TOLERANCE[dtype], atol=TOLERANCE[dtype])


@pytest.mark.nojit
@losses
def test_gradient_is_the_slope_of_the_value(name, rng):
    o, y, weight, param = draw(name, np.float64, rng)
    _, do = compute(name, o, y, weight, param)
    numerical = naive.numerical_gradient(lambda o: compute(name, o, y, weight, param)[0], o)
    assert naive.relative_error(do, numerical) < 1e-6


@pytest.mark.nojit
@pytest.mark.parametrize("name", ["absolute_error", "huber", "quantile", "squared_error"])
def test_no_slope_where_output_meets_target(name):
    one = np.ones((2, 1))
    value, do = compute(name, one, one, np.ones(2), np.array([0.3]))
    assert value == 0
    assert_array_equal(do, np.zeros((2, 1)))


@pytest.mark.nojit
@losses
def test_nan_reaches_value_and_gradient(name, rng):
    o, y, weight, param = draw(name, np.float64, rng)
    o[1, 0] = np.nan
    value, do = compute(name, o, y, weight, param)
    assert np.isnan(value)
    assert np.isnan(do[1, 0])
    assert np.isfinite(np.delete(do, 1, axis=0)).all()


@pytest.mark.nojit
@losses
def test_missing_targets_are_left_out(name, rng):
    o, y, weight, param = draw(name, np.float64, rng)
    y = y.astype(float)
    whole, slopes = compute(name, o, y, weight, param)
    y[[1, 4], 0] = np.nan
    value, do = compute(name, o, y, weight, param)
    n_repeats = o.shape[1] // y.shape[1]
    assert_array_equal(do[[1, 4], :n_repeats], 0)
    kept = np.full(o.shape, True)
    kept[[1, 4], :n_repeats] = False
    assert_array_equal(do[kept], slopes[kept])
    alone = y.copy()  # only those that are left out above
    alone[...] = np.nan
    alone[[1, 4], 0] = draw(name, np.float64, np.random.default_rng(0))[1][[1, 4], 0]
    rest, _ = compute(name, o, alone, weight, param)
    assert_allclose(value + rest, whole, rtol=1e-12)
    nothing, do = compute(name, o, np.full_like(y, np.nan), weight, param)
    assert nothing == 0
    assert_array_equal(do, 0)


@pytest.mark.nojit
@pytest.mark.parametrize("name", ["squared_error", "log_loss"])
def test_nan_of_other_rows_is_not_hidden(name, rng):
    o, y, weight, param = draw(name, np.float64, rng)
    o[2, 0] = y[1, 0] = np.nan
    value, do = compute(name, o, y, weight, param)
    assert np.isnan(value)
    assert np.isnan(do[2, 0])


@pytest.mark.nojit
@dtypes
def test_log_loss_of_large_outputs(dtype):
    o, y = np.array([[1e4, 0, -1e4], [-1e4, 1e4, 0]], dtype), np.array([[0], [2]], dtype)
    value, do = compute("log_loss", o, y, np.ones(2, dtype), np.ones(1, dtype))
    assert value == 1e4
    assert_array_equal(do, np.array([[0, 0, 0], [0, 1, -1]], dtype))


@losses
def test_float32_stays_float32(name):
    row, table = numba.float32[::1], numba.float32[:, ::1]
    assert_no_double(LOSSES[name].rows, (table, table, row, row, table))
