import naive
import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from rnnforecast.kernels.gather import gather_inputs, gather_targets
from rnnforecast.kernels.scalers import SCALERS
from rnnforecast.kernels.scalers.scaler import scaler_address

pytestmark = pytest.mark.nojit

scalers = pytest.mark.parametrize("scaler", [None, *SCALERS])
SAMPLES = np.array([4, 0, 4, 2])


def address(scaler):
    return scaler_address(SCALERS.get(scaler), np.dtype(np.float64))


def gather(values, scaler, T, F, n_columns, n_scaled):
    starts = np.arange(6, dtype=np.int64) * n_columns
    x = np.full((T, len(SAMPLES), F), np.nan)
    centre, scale = np.full((2, len(SAMPLES)), np.nan)
    gather_inputs(values.reshape(-1), starts, SAMPLES, address(scaler), n_columns, n_scaled, x, centre, scale)
    return x.swapaxes(0, 1), centre, scale


@scalers
@pytest.mark.parametrize("n_scaled", [1, 2, 3])
def test_inputs_match_naive(scaler, n_scaled, rng):
    values = 3 + rng.normal(size=(12, 3))
    x, centre, scale = gather(values, scaler, 5, 3, 3, n_scaled)
    windows = naive.gather_inputs(values, SAMPLES, 5)
    if scaler is None:
        assert_array_equal(x, windows)
        return
    shift, width = naive.window_scale(windows, scaler)
    assert_allclose(centre, shift[:, 0], rtol=1e-14)
    assert_allclose(scale, width[:, 0], rtol=1e-14)
    assert_allclose(x, naive.scale_windows(windows, shift, width, n_scaled), rtol=1e-12, atol=1e-14)


@scalers
def test_segments_are_scaled_as_rows(scaler, rng):
    """Steps of two rows of two columns see the numbers of their window of six rows."""
    values = 3 + rng.normal(size=(12, 2))
    x, _, _ = gather(values, scaler, 3, 4, 2, 1)
    by_row, _, _ = gather(values, scaler, 6, 2, 2, 1)
    assert_array_equal(x.reshape(by_row.shape), by_row)


@pytest.mark.parametrize("scaler", SCALERS)
@pytest.mark.parametrize("value", [0.0, 0.1, -7.3, 1e8 / 3])
def test_constant_windows(scaler, value):
    values = np.full((12, 1), value)
    x, centre, scale = gather(values, scaler, 7, 1, 1, 1)
    expected = {"mean": np.sign(value)}.get(scaler, 0)
    assert_allclose(x, expected, atol=1e-15 * max(1, abs(value)))
    assert_allclose(centre + scale * x[:, 0, 0], value, rtol=1e-14)


@pytest.mark.parametrize("stride", [1, 2, 3])
@scalers
def test_targets_match_naive(scaler, stride, rng):
    targets, offsets = rng.normal(size=60), np.array([3, 9, 1, 30, 17, 2])
    centre, scale = rng.normal(size=4), rng.uniform(1, 2, size=4)
    y = np.full((5, 4, 2), np.nan)
    gather_targets(targets, offsets, SAMPLES, stride, address(scaler), centre, scale, y)
    expected = naive.gather_targets(targets, offsets[SAMPLES], 5, 2, stride)
    if scaler is not None:
        expected = naive.scale_targets(expected, centre[:, None], scale[:, None])
    assert_allclose(y.swapaxes(0, 1), expected, rtol=1e-14)
    last = np.full((1, 4, 2), np.nan)
    gather_targets(targets, offsets, SAMPLES, 0, address(scaler), centre, scale, last)
    assert_array_equal(last[0], y[0])
