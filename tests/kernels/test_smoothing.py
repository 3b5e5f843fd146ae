"""Simple exponential smoothing beside a naive one, and a finer search for its parameter."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from rnnforecast.kernels.smoothing import smooth, smoothed_levels

pytestmark = pytest.mark.nojit


def naive_smoothing(values, alpha):
    """The errors and the last level from the first level of the least squared error."""
    X = []
    for first in (0.0, 1.0):
        level, errors = first, []
        for value in values:
            errors.append(value - level)
            level += alpha * errors[-1]
        X.append((np.array(errors), level))
    (e0, l0), (e1, l1) = X
    slope = e1 - e0
    first = -(slope @ e0) / (slope @ slope)
    return np.sum((e0 + first * slope) ** 2), l0 + first * (l1 - l0)


def test_smoothing_matches_naive(rng):
    values, alpha, work = rng.normal(size=15).cumsum(), np.array([0.05, 0.3, 0.9]), np.full((6, 3), np.nan)
    best = smooth(np.append(values, 99.0), 15, alpha, work)
    losses, levels = zip(*(naive_smoothing(values, own) for own in alpha), strict=True)
    assert best == np.argmin(losses)
    assert_allclose(work[0], levels)
    assert_allclose(work[2], losses)


def test_the_parameter_of_the_least_error(rng):
    """Walks, noise and both, each of its own length, beside a grid of 2,000 parameters."""
    lengths = np.array([20, 31, 40, 17])
    table = rng.normal(size=(4, 40))
    table[1:] += 0.5 * rng.normal(size=(3, 40)).cumsum(axis=1)
    before, levels = table.copy(), smoothed_levels(table, lengths)
    for row, length, level in zip(table, lengths, levels, strict=True):
        tried = [naive_smoothing(row[:length], alpha) for alpha in np.linspace(1e-4, 0.9999, 2000)]
        assert_allclose(level, min(tried)[1], atol=2e-3)
    assert (table == before).all()


def test_constant_and_single_values():
    assert_allclose(smoothed_levels(np.array([[3.0, 3.0, 3.0], [7.0, 0.0, 0.0]]), np.array([3, 1])), [3.0, 7.0])
