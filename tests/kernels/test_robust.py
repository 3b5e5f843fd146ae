"""The robust window scaler, beside what test_gather.py asks of all of them."""

import numpy as np
import pytest
from naive import quantile_of
from numpy.testing import assert_allclose, assert_array_equal

from rnnforecast.kernels.scalers.robust import SCALER, equations, measure, quantile, select

pytestmark = pytest.mark.nojit


def windows(rng):
    """Columns that are hard to bisect: ties, outliers, every exponent, signed zeros, few numbers, extremes."""
    yield from (rng.normal(size=n) for n in range(1, 14))
    yield from (rng.integers(0, 3, size=n).astype(float) for n in (4, 9, 30))
    yield np.append(rng.normal(size=20), [1e300, -1e300])
    yield rng.permutation(2.0 ** np.arange(-500, 500, 20)) * rng.choice([-1, 1], 50)
    yield np.array([0.0, -0.0, 0.0, 5e-324, -5e-324])
    yield np.array([1.0, np.nextafter(1, 2), np.nextafter(1, 0), 1.0])
    yield np.array([1e308, 1.5e308, 1.7e308, 1.2e308])


def test_order_statistics_are_exact(rng):
    for column in windows(rng):
        assert_array_equal([select(column, 1, 0, k) for k in range(len(column))], np.sort(column))


@pytest.mark.parametrize("fraction", [0.0, 0.25, 0.5, 0.75, 1.0])
def test_quantiles_match_naive(fraction, rng):
    for column in windows(rng):
        assert_allclose(quantile(column, 1, 0, fraction), quantile_of(column, fraction), rtol=1e-14)


@pytest.mark.parametrize("dtype, rtol", [(np.float32, 1e-5), (np.float64, 1e-12)])
def test_one_column_of_many(dtype, rtol, rng):
    window = rng.normal(size=(31, 3)).astype(dtype)
    centre, scale = equations(window[None])
    assert centre.dtype == scale.dtype == dtype
    for c in range(3):
        assert_allclose(measure(window.reshape(-1), 3, c), [centre[0, c], scale[0, c]], rtol=rtol)


def test_an_outlier_moves_nothing(rng):
    window = rng.normal(size=41)
    before = measure(window, 1, 0)
    window[window.argmax()] = 1e30
    assert measure(window, 1, 0) == before


def test_the_middle_half_is_one_value():
    window = np.array([3.0, 7.0, 7.0, 7.0, 9.0])
    assert measure(window, 1, 0) == (7.0, 0.0)
    assert_array_equal(np.ravel(SCALER.equations(window[None, :, None])), [7.0, 0.0])


def test_a_missing_number_does_not_hang():
    for at in range(5):
        window = np.arange(5.0)
        window[at] = np.nan
        measure(window, 1, 0)
