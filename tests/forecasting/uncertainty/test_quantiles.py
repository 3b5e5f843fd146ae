import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.stats import norm

from rnnforecast.forecasting.uncertainty import nest_intervals, quantiles_at, sort_quantiles

KNOWN = (0.1, 0.3, 0.5, 0.9)


def test_between_known_quantiles_matches_naive(rng):
    values = np.sort(rng.normal(size=(3, 2, 4)), axis=-1)
    wanted = np.linspace(0.1, 0.9, 17)
    expected = [[np.interp(norm.ppf(wanted), norm.ppf(KNOWN), row) for row in series] for series in values]
    assert_allclose(quantiles_at(KNOWN, values, wanted), expected)


def test_normal_quantiles_are_exact_also_in_the_tails():
    wanted = [1e-6, 0.01, 0.2, 0.5, 0.77, 0.99, 1 - 1e-6]
    assert_allclose(quantiles_at(KNOWN, 3 + 2 * norm.ppf(KNOWN), wanted), 3 + 2 * norm.ppf(wanted), rtol=1e-9)


def test_beyond_the_outermost_the_line_goes_on(rng):
    values = np.sort(rng.normal(size=4))
    low, high = quantiles_at(KNOWN, values, [0.02, 0.97])
    z, ends = norm.ppf(KNOWN), norm.ppf([0.02, 0.97])
    assert_allclose(low, values[0] + (ends[0] - z[0]) * (values[1] - values[0]) / (z[1] - z[0]))
    assert_allclose(high, values[3] + (ends[1] - z[3]) * (values[3] - values[2]) / (z[3] - z[2]))


def test_known_quantiles_stay_as_they_are(rng):
    values = np.sort(rng.lognormal(sigma=5, size=(1000, 4)), axis=-1)
    assert_array_equal(quantiles_at(KNOWN, values, KNOWN), values)
    assert_array_equal(quantiles_at(KNOWN, values, [0.9, 0.1]), values[:, [0, 3]])


def test_nothing_crosses(rng):
    values = rng.lognormal(sigma=5, size=(500, 4))  # crossing, and of very different size
    values[::3, 1] = values[::3, 2]
    fine = quantiles_at(KNOWN, values, np.r_[np.linspace(0.001, 0.999, 400), KNOWN])
    assert (np.diff(fine, axis=-1) >= 0).all()
    assert_array_equal(quantiles_at(KNOWN, values, KNOWN), np.sort(values, axis=-1))


def test_float32_stays_a_known_value():
    values = np.array([1.5, 2.5], dtype=np.float32)
    assert_array_equal(quantiles_at((0.25, 0.75), values, (0.25, 0.75)), values)


def test_a_single_known_quantile():
    assert_array_equal(quantiles_at((0.5,), np.array([[1.0], [2.0]]), 0.5), [[1.0], [2.0]])
    assert quantiles_at((0.5,), np.array([[1.0], [2.0]]), ()).shape == (2, 0)
    with pytest.raises(ValueError, match=r"wanted=\[0.1\] needs two known quantiles; known=\[0.5\] is a single one"):
        quantiles_at((0.5,), np.array([[1.0], [2.0]]), 0.1)


@pytest.mark.parametrize("known", [(), (0.5, 0.1), (0.1, 0.1)])
def test_known_quantiles_must_rise(known):
    with pytest.raises(ValueError, match=r"known=.* must hold each quantile once, rising, and at least one"):
        quantiles_at(known, np.zeros((2, len(known))), 0.5)


def test_bad_input():
    with pytest.raises(ValueError, match="values has 3 quantiles on its last axis; known has 4"):
        quantiles_at(KNOWN, np.zeros((2, 3)), 0.5)
    with pytest.raises(ValueError, match=r"known=1\.2 must lie between 0 and 1"):
        quantiles_at((0.1, 1.2), np.zeros((2, 2)), 0.5)
    with pytest.raises(ValueError, match=r"wanted=5 must lie between 0 and 1, both left out: 0.05 for 5"):
        quantiles_at(KNOWN, np.zeros((2, 4)), 5)


def test_sorting_makes_a_copy():
    values = np.array([[2.0, 1.0], [3.0, 4.0]])
    assert_array_equal(sort_quantiles(values), [[1.0, 2.0], [3.0, 4.0]])
    assert_array_equal(sort_quantiles([[2.0, 4.0], [3.0, 1.0]], axis=0), [[2.0, 1.0], [3.0, 4.0]])
    assert_array_equal(values, [[2.0, 1.0], [3.0, 4.0]])


def test_nested_intervals_only_widen(rng):
    lower, upper = -rng.exponential(size=(3, 4, 5)), rng.exponential(size=(3, 4, 5))
    low, high = nest_intervals(lower, upper)
    assert (low <= lower).all()
    assert (high >= upper).all()
    for level in range(3):
        assert_array_equal(low[level], lower[: level + 1].min(axis=0))
        assert_array_equal(high[level], upper[: level + 1].max(axis=0))
