import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy import integrate, stats

from rnnforecast import metrics


def naive_crps(y, samples):
    """E|X - y| - E|X - X'| / 2, over all samples and all pairs of them."""
    n = len(samples)
    far = sum(abs(x - y) for x in samples) / n
    apart = sum(abs(a - b) for a in samples for b in samples) / n**2
    return far - apart / 2


def crps_by_integral(y, distribution):
    """∫ (F(x) - 1{x >= y})² dx, the definition."""
    below = integrate.quad(lambda x: distribution.cdf(x) ** 2, -np.inf, y)[0]
    return below + integrate.quad(lambda x: distribution.sf(x) ** 2, y, np.inf)[0]


def test_crps_by_hand():
    # samples 1 and 3, y = 0: mean distance 2, and half the mean distance of pairs is 2 * 2 / 4 / 2
    assert metrics.crps([0.0], [[1.0, 3.0]]) == 1.5
    assert metrics.crps(0.0, [1.0, 3.0]) == 1.5
    assert metrics.crps([0.0, 5.0], [[3.0], [4.0]]) == metrics.mae([0.0, 5.0], [3.0, 4.0])


@pytest.mark.parametrize("n_samples", [1, 2, 7])
def test_crps_matches_naive(n_samples, rng):
    actual, samples = rng.normal(size=(3, 4)), rng.normal(1e6, size=(3, 4, n_samples))
    actual += 1e6
    twin = np.mean([naive_crps(actual[i], samples[i]) for i in np.ndindex(3, 4)])
    assert_allclose(metrics.crps(actual, samples), twin)
    mixed = rng.permuted(samples, axis=-1)
    assert_allclose(metrics.crps(actual, mixed), twin)


@pytest.mark.parametrize("y, mean, std", [(0.3, 0.0, 1.0), (-4.0, 1.0, 2.0), (2.0, 2.0, 0.1)])
def test_gaussian_crps_is_the_integral(y, mean, std):
    assert_allclose(metrics.crps_gaussian(y, mean, std), crps_by_integral(y, stats.norm(mean, std)), rtol=1e-6)


def test_gaussian_crps_is_the_limit_of_many_samples(rng):
    actual = np.array([-1.0, 0.0, 2.5])
    samples = stats.norm.ppf((np.arange(2000) + 0.5) / 2000) * 2.0 + 0.5
    expected = metrics.crps(actual, np.tile(samples, (3, 1)))
    assert_allclose(metrics.crps_gaussian(actual, np.full(3, 0.5), 2.0), expected, rtol=1e-3)


@pytest.mark.parametrize("std", [0.0, 1e-300, [0.0, 1e-12]])
def test_gaussian_crps_without_spread_is_the_absolute_error(std):
    assert_allclose(metrics.crps_gaussian([1.0, 2.0], [1.5, -2.0], std), 2.25)


def test_bad_arguments_are_refused():
    with pytest.raises(ValueError, match=r"samples has shape .* one axis more, last"):
        metrics.crps([1.0, 2.0], [1.0, 2.0])
    with pytest.raises(ValueError, match="samples has shape"):
        metrics.crps([1.0, 2.0], np.ones((3, 2)))
    with pytest.raises(ValueError, match="samples has 1 values that are NaN"):
        metrics.crps([1.0], [[1.0, np.nan]])
    with pytest.raises(ValueError, match="samples is empty"):
        metrics.crps([1.0], np.ones((1, 0)))
    with pytest.raises(ValueError, match="y_true has 1 values"):
        metrics.crps([np.inf], [[1.0]])
    with pytest.raises(ValueError, match="mean has shape"):
        metrics.crps_gaussian([1.0], [1.0, 2.0], 1.0)
    with pytest.raises(ValueError, match="std has shape"):
        metrics.crps_gaussian([1.0], [1.0], [1.0, 2.0])
    with pytest.raises(ValueError, match="std has 1 values below 0"):
        metrics.crps_gaussian([1.0], [1.0], -1.0)
