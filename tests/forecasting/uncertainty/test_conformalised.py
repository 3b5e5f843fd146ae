import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from rnnforecast.forecasting.uncertainty import corrected_interval, quantile_correction


def rank_of(scores, share):
    """The ceil((n + 1) share)-th smallest score."""
    return sorted(scores)[int(np.ceil(round((len(scores) + 1) * share, 9))) - 1]


def test_corrections_match_naive(rng):
    actual = rng.normal(size=(59, 2))
    lower, upper = rng.normal(-0.5, 0.1, size=(59, 2)), rng.normal(0.5, 0.1, size=(59, 2))
    both = quantile_correction(lower, upper, actual, 90)
    sides = quantile_correction(lower, upper, actual, 90, symmetric=False)
    for k in range(2):
        outside = [max(lower[i, k] - actual[i, k], actual[i, k] - upper[i, k]) for i in range(59)]
        assert_array_equal(both[:, k], rank_of(outside, 0.9))
        below, above = lower[:, k] - actual[:, k], actual[:, k] - upper[:, k]
        assert_array_equal(sides[:, k], [rank_of(below, 0.95), rank_of(above, 0.95)])


def test_windows_that_do_not_exist(rng):
    actual = rng.normal(size=(10, 3, 2))
    lower, upper = np.full(actual.shape, -1.0), np.full(actual.shape, 1.0)
    actual[4:, 1], actual[:, 2] = np.nan, np.nan
    rows = np.concatenate([actual[:, 0], actual[:4, 1]])
    alone = quantile_correction(np.full(rows.shape, -1.0), np.full(rows.shape, 1.0), rows, 80)
    assert_array_equal(quantile_correction(lower, upper, actual, 80), alone)
    with pytest.raises(ValueError, match="level=80 needs an error for every step; step 1 has none"):
        quantile_correction(lower, upper, np.full(actual.shape, np.nan), 80)


@pytest.mark.parametrize("symmetric", [True, False])
@pytest.mark.parametrize("width", [0.3, 1.28, 4.0])
def test_intervals_cover_whatever_the_quantiles_said(symmetric, width, rng):
    """Noise that differs from window to window, and quantiles that know it up to a factor."""
    size = rng.uniform(0.5, 3.0, size=(500, 40))
    actual = size * rng.normal(size=(500, 40))
    inside = []
    for s, y in zip(size, actual, strict=True):
        bound = (width * s)[:, None]
        correction = quantile_correction(-bound[:-1], bound[:-1], y[:-1, None], 80, symmetric=symmetric)
        low, high = corrected_interval(-bound[-1:], bound[-1:], correction)
        assert low <= high
        inside.append(low[0, 0] <= y[-1] <= high[0, 0])
    assert abs(np.mean(inside) - 0.8) < 0.05


@pytest.mark.parametrize("symmetric", [True, False])
def test_scale(symmetric, rng):
    """Series in another unit get the same correction in their unit."""
    unit = np.array([1.0, 100.0])
    actual = rng.normal(size=(30, 2, 3)) * unit[:, None]
    bound = np.broadcast_to(unit[:, None], (30, 2, 3))
    correction = quantile_correction(
        -bound, bound, actual, 80, scale=np.broadcast_to(unit, (30, 2)), symmetric=symmetric
    )
    plain = quantile_correction(
        -np.ones((30, 2, 3)), np.ones((30, 2, 3)), actual / unit[:, None], 80, symmetric=symmetric
    )
    assert_allclose(correction, plain)
    low, high = corrected_interval(-bound[0], bound[0], correction, scale=unit)
    assert_allclose(low, unit[:, None] * (-1 - plain[0]))
    assert_allclose(high, unit[:, None] * (1 + plain[1]))


def test_intervals_do_not_turn_inside_out():
    lower, upper = np.array([[0.0, 3.0, 1.0]]), np.array([[2.0, 1.0, 2.0]])
    low, high = corrected_interval(lower, upper, np.array([[-1.5, -0.5, 0.5], [-1.5, 0.0, -2.0]]))
    assert_array_equal(low, [[1.0, 1.5, 0.25]])
    assert_array_equal(high, [[1.0, 3.0, 0.25]])


def test_too_few_windows(rng):
    actual = rng.normal(size=(8, 1))
    with pytest.warns(UserWarning, match="8 calibration windows are too few for level=80, which needs 9;") as seen:
        quantile_correction(-np.ones((8, 1)), np.ones((8, 1)), actual, 80, symmetric=False)
    assert seen[0].filename == __file__
    with pytest.warns(UserWarning, match="8 calibration windows are too few for level=95, which needs 19;") as seen:
        quantile_correction(-np.ones((8, 1)), np.ones((8, 1)), actual, 95)
    assert seen[0].filename == __file__


def test_bad_input():
    zeros = np.zeros((9, 2))
    with pytest.raises(ValueError, match=r"upper has shape \(9, 3\); actual has \(9, 2\)"):
        quantile_correction(zeros, np.zeros((9, 3)), zeros, 80)
    with pytest.raises(ValueError, match=r"lower has shape \(8, 2\); actual has \(9, 2\)"):
        quantile_correction(zeros[1:], zeros, zeros, 80)
    with pytest.raises(ValueError, match=r"scale has shape \(2,\); \(9,\) is needed"):
        quantile_correction(zeros, zeros, zeros, 80, scale=np.ones(2))
    for bad in (0.0, -1.0, np.nan):
        with pytest.raises(ValueError, match="scale has 9 values that are not above 0"):
            corrected_interval(zeros, zeros, np.zeros((2, 2)), scale=np.full(9, bad))
    with pytest.raises(ValueError, match=r"upper has shape \(9, 3\); lower has \(9, 2\)"):
        corrected_interval(zeros, np.zeros((9, 3)), np.zeros((2, 2)))
    with pytest.raises(ValueError, match=r"correction has shape \(2,\); \(2, 2\) is needed"):
        corrected_interval(zeros, zeros, np.zeros(2))
