import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.stats import norm, spearmanr

from rnnforecast.forecasting.uncertainty import bootstrap_paths, coherent_paths

GENERATORS = [np.random.default_rng, np.random.RandomState]


def walks(rng, n, h):
    """Errors that go on: neighbouring steps depend on each other strongly."""
    return np.cumsum(rng.normal(size=(n, h)), axis=1)


@pytest.mark.parametrize("generator", GENERATORS)
def test_bootstrap_takes_whole_vectors(generator, rng):
    point, residuals, scale = rng.normal(size=(3, 4)), rng.normal(size=(5, 2, 6)), np.array([1.0, 10.0, 0.0])
    paths = bootstrap_paths(point, residuals, scale, 50, generator(1))
    assert paths.shape == (3, 50, 4)
    rows = residuals.reshape(10, 6)[:, :4]
    for i in range(3):
        possible = point[i] + scale[i] * rows
        assert all(np.isclose(path, possible).all(axis=1).any() for path in paths[i])
    assert_array_equal(paths, bootstrap_paths(point, residuals, scale, 50, generator(1)))


def test_bootstrap_draws_all_alike_and_series_apart(rng):
    residuals = np.arange(4.0)[:, None] * np.ones(2)
    paths = bootstrap_paths(np.zeros((2, 2)), residuals, None, 4000, rng)
    assert_allclose([np.bincount(path[:, 0].astype(int)) for path in paths], 1000, atol=120)
    assert abs(np.corrcoef(paths[:, :, 0])[0, 1]) < 0.05


def test_bootstrap_leaves_out_windows_that_are_not_complete(rng):
    residuals = np.array([[1.0, 2.0, np.nan], [np.nan, 3.0, 4.0], [5.0, 6.0, 7.0]])
    paths = bootstrap_paths(np.zeros((1, 3)), residuals, None, 9, rng)
    assert_array_equal(paths, np.broadcast_to(residuals[2], (1, 9, 3)))
    paths = bootstrap_paths(np.zeros((1, 2)), residuals, None, 50, rng)  # the first is complete over two steps
    assert_array_equal(np.unique(paths[0], axis=0), [[1.0, 2.0], [5.0, 6.0]])


def marginals_of(scale):
    """Quantiles of exponential distributions: (n_paths, h) to (n_series, n_paths, h)."""
    return lambda u: -np.log1p(-u) * np.asarray(scale)[:, None, None]


@pytest.mark.parametrize("generator", GENERATORS)
@pytest.mark.parametrize("n", [500, 60])
def test_marginals_stay_and_dependence_comes_from_the_errors(n, generator, rng):
    """Above and below the number of paths: the errors' own ranks, and the Gaussian copula."""
    residuals = walks(rng, n, 5)
    paths = coherent_paths(marginals_of([1.0, 7.0]), residuals, 400, generator(2))
    assert paths.shape == (2, 400, 5)
    expected = spearmanr(residuals).statistic
    for scale, series in zip((1.0, 7.0), paths, strict=True):
        # Latin hypercube: one sample from each 400th part of the distribution
        assert_array_equal(np.sort(np.floor(400 * -np.expm1(-series / scale) + 1e-9), axis=0)[:, 0], np.arange(400))
        assert_allclose(spearmanr(series).statistic, expected, atol=0.15)
    assert abs(spearmanr(paths[0, :, 0], paths[1, :, 0]).statistic) < 0.15
    assert_array_equal(paths, coherent_paths(marginals_of([1.0, 7.0]), residuals, 400, generator(2)))


@pytest.mark.parametrize("n", [100, 20])
def test_samples_only_change_places(n, rng):
    samples = rng.normal(size=(3, 100, 4))
    paths = coherent_paths(samples, walks(rng, n, 6), 100, rng)
    assert_array_equal(np.sort(paths, axis=1), np.sort(samples, axis=1))


def test_as_many_paths_as_errors_are_the_schaake_shuffle(rng):
    """With all errors drawn, the ranks within paths are those within vectors of errors."""
    residuals, samples = walks(rng, 30, 4), rng.normal(size=(1, 30, 4))
    paths = coherent_paths(samples, residuals, 30, rng)
    ranks = [set(map(tuple, rows.argsort(axis=0).argsort(axis=0))) for rows in (paths[0], residuals)]
    assert ranks[0] == ranks[1]


def test_sums_are_as_wide_as_those_of_the_errors(rng):
    residuals = walks(rng, 300, 6)
    spread = np.sqrt(np.arange(1, 7))
    paths = coherent_paths(lambda u: (norm.ppf(u) * spread)[None], residuals, 200, rng)
    independent = np.sqrt(np.sum(spread**2))
    assert_allclose(paths.sum(axis=2).std(), residuals.sum(axis=1).std(), rtol=0.12)
    assert paths.sum(axis=2).std() > 1.6 * independent


def test_ties_of_counts_are_broken_at_random(rng):
    """Independent errors, mostly 0: breaking ties by row would tie the steps to each other."""
    residuals = (rng.random((400, 2)) < 0.05).astype(float)
    paths = coherent_paths(rng.normal(size=(1, 400, 2)), residuals, 400, rng)
    assert abs(spearmanr(paths[0]).statistic) < 0.15


def test_few_windows_give_weaker_dependence(rng):
    strong = np.mean([spearmanr(coherent_paths(rng.normal(size=(1, 500, 2)), walks(rng, 4, 2), 500, rng)[0]).statistic
                      for _ in range(40)])  # fmt: skip
    assert 0.05 < strong < 0.6  # 0.69 for many


@pytest.mark.parametrize("n", [1, 2])
def test_too_few_windows_give_independent_steps(n, rng):
    with pytest.warns(UserWarning, match=f"{n} complete calibration windows are too few to tell how steps") as seen:
        paths = coherent_paths(rng.normal(size=(1, 1000, 2)), walks(rng, n, 2), 1000, rng)
    assert seen[0].filename == __file__
    assert abs(spearmanr(paths[0]).statistic) < 0.1


def test_bad_input(rng):
    residuals, point = rng.normal(size=(5, 3)), np.zeros((2, 3))
    with pytest.raises(
        ValueError, match="residuals has no window without NaN in its first 3 steps; paths need at least"
    ):
        bootstrap_paths(point, np.full((5, 3), np.nan), None, 4, rng)
    with pytest.raises(ValueError, match="residuals has 2 steps; 3 are needed"):
        bootstrap_paths(point, residuals[:, :2], None, 4, rng)
    with pytest.raises(ValueError, match=r"scale has shape \(3,\); \(2,\) is needed"):
        bootstrap_paths(point, residuals, np.ones(3), 4, rng)
    for n_paths in (0, -1, 2.0, True, None):
        with pytest.raises(ValueError, match=f"n_paths={n_paths} must be a positive int"):
            bootstrap_paths(point, residuals, None, n_paths, rng)
        with pytest.raises(ValueError, match=f"n_paths={n_paths} must be a positive int"):
            coherent_paths(np.zeros((2, 4, 3)), residuals, n_paths, rng)
    with pytest.raises(ValueError, match="residuals has no window without NaN"):
        coherent_paths(np.zeros((2, 4, 3)), np.full((5, 3), np.nan), 4, rng)
    for wrong in ((2, 5, 3), (4, 3), (2, 4, 9)):
        with pytest.raises(ValueError, match=r"marginals has shape .*; \(n_series, 4, at most 3\) is needed"):
            coherent_paths(np.zeros(wrong), residuals, 4, rng)
