import numpy as np
import pytest
from numpy.testing import assert_array_equal

from rnnforecast.estimators.sequences import TabularToSequence, fold


@pytest.mark.parametrize("n_features", [1, 2, 3, 6])
def test_fold_matches_naive(n_features, rng):
    X = rng.normal(size=(5, 6))
    n_steps = 6 // n_features
    oldest, newest = fold(X, n_features), fold(X, n_features, "newest_first")
    for i in range(5):
        for t in range(n_steps):
            for f in range(n_features):
                assert oldest[i, t, f] == X[i, t * n_features + f]
                assert newest[i, n_steps - 1 - t, f] == X[i, t * n_features + f]
    assert np.shares_memory(oldest, X)
    assert np.shares_memory(newest, X)


@pytest.mark.parametrize("time_order", ["oldest_first", "newest_first"])
def test_folding_and_back(time_order, rng):
    X = rng.normal(size=(5, 6))
    folder = TabularToSequence(n_features=2, time_order=time_order).fit(X)
    assert folder.n_timesteps_ == 3
    assert folder.n_features_in_ == 6
    assert_array_equal(folder.transform(X), fold(X, 2, time_order))
    assert_array_equal(folder.inverse_transform(folder.transform(X)), X)
    with pytest.raises(ValueError, match=r"windows of shape \(n_samples, 3, 2\) are needed"):
        folder.inverse_transform(X)


@pytest.mark.parametrize(
    "shape, n_features, time_order, message",
    [
        ((5, 7), 2, "oldest_first", "X has 7 columns, which n_features=2 does not divide"),
        ((5, 2), 3, "oldest_first", "X has 2 columns, which n_features=3 does not divide"),
        ((5, 7, 1), 1, "oldest_first", r"X has shape \(5, 7, 1\)"),
        ((5, 6), 0, "oldest_first", "n_features=0 must be a positive int"),
        ((5, 6), True, "oldest_first", "n_features=True"),
        ((5, 6), 2.0, "oldest_first", "n_features=2.0"),
        ((5, 6), 2, "forward", "time_order='forward'"),
    ],
)
def test_what_cannot_be_folded(shape, n_features, time_order, message):
    with pytest.raises(ValueError, match=message):
        fold(np.zeros(shape), n_features, time_order)


def test_fit_says_what_does_not_divide():
    with pytest.raises(ValueError, match="7 columns, which n_features=2 does not divide"):
        TabularToSequence(n_features=2).fit(np.zeros((5, 7)))
