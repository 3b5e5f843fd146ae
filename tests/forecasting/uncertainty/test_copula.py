import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from rnnforecast.forecasting.uncertainty.copula import copula_ranks, normal_scores, shrinkage


def naive_shrinkage(x):
    """Schäfer and Strimmer's sums, pair by pair."""
    n, h = x.shape
    above, below = 0.0, 0.0
    for i in range(h):
        for j in range(h):
            if i != j:
                w = [x[k, i] * x[k, j] for k in range(n)]
                above += np.var(w) / (n - 1)
                below += np.mean(w) ** 2
    return min(1.0, above / below)


@pytest.mark.parametrize("n, h", [(5, 3), (30, 4), (4, 8)])
def test_shrinkage_matches_naive(n, h, rng):
    scores = normal_scores(np.cumsum(rng.normal(size=(n, h)), axis=1))
    assert_allclose(shrinkage(scores), naive_shrinkage(scores))


def test_shrinkage_of_much_and_of_nothing(rng):
    same = rng.normal(size=(1000, 1)) * np.ones(3) + 0.1 * rng.normal(size=(1000, 3))
    assert shrinkage(normal_scores(same)) < 0.01
    assert shrinkage(normal_scores(rng.normal(size=(20, 3)))) > 0.5
    assert shrinkage(normal_scores(rng.normal(size=(20, 1)))) == 1
    assert shrinkage(normal_scores(same[:2])) == 1


def test_normal_scores(rng):
    scores = normal_scores(rng.exponential(size=(200, 2)))
    assert_allclose(scores.mean(axis=0), 0, atol=1e-12)
    assert_allclose(np.mean(scores**2, axis=0), 1)
    assert_array_equal(normal_scores(np.ones((7, 2))), np.zeros((7, 2)))


@pytest.mark.parametrize("n", [1, 2, 3, 8, 50])
@pytest.mark.parametrize("n_paths", [1, 2, 8, 40])
def test_ranks_are_permutations(n, n_paths, rng):
    ranks = copula_ranks(rng.normal(size=(n, 3)), 4, n_paths, rng)
    expected = np.broadcast_to(np.arange(n_paths)[:, None], (4, n_paths, 3))
    assert_array_equal(np.sort(ranks, axis=1), expected)


def test_a_step_without_spread_stands_alone(rng):
    rows = np.cumsum(rng.normal(size=(50, 3)), axis=1)
    rows[:, 1] = 0.0
    ranks = copula_ranks(rows, 1, 2000, rng)[0]
    correlation = np.corrcoef(ranks.T)
    assert abs(correlation[0, 1]) < 0.08
    assert correlation[0, 2] > 0.3
