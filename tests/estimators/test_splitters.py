import numpy as np
import pytest
from numpy.testing import assert_array_equal
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV, TimeSeriesSplit, cross_val_score

from rnnforecast import ExpandingWindowSplitter, RNNRegressor, SlidingWindowSplitter
from rnnforecast.windows import sliding_windows

CLASSES = [ExpandingWindowSplitter, SlidingWindowSplitter]


def naive_splits(n, n_splits, test_size, gap, longest):
    """Walk back from the last row, one test part at a time."""
    splits = []
    for back in range(n_splits, 0, -1):
        test = list(range(n))[n - back * test_size :][:test_size]
        train = [row for row in range(n) if row < test[0] - gap]
        splits.append((train[max(len(train) - longest, 0) :], test))
    return splits


@pytest.mark.parametrize("n, n_splits, test_size, gap", [(20, 1, 4, 0), (20, 3, 4, 2), (21, 5, 1, 0), (12, 2, 5, 1)])
@pytest.mark.parametrize("longest", [None, 1, 6])
def test_splits_match_naive(n, n_splits, test_size, gap, longest):
    options = {"test_size": test_size, "gap": gap}
    room = n - n_splits * test_size - gap
    expanding = ExpandingWindowSplitter(n_splits, max_train_size=longest, **options)
    splitters = [(expanding, longest or n)]
    if longest is None or longest <= room:
        splitters.append((SlidingWindowSplitter(n_splits, window=longest, **options), longest or room))
    for splitter, most in splitters:
        found = list(splitter.split(np.zeros((n, 3, 1))))
        expected = naive_splits(n, n_splits, test_size, gap, most)
        assert splitter.get_n_splits() == len(found) == len(expected)
        for (train, test), (naive_train, naive_test) in zip(found, expected, strict=True):
            assert_array_equal(train, naive_train)
            assert_array_equal(test, naive_test)


@pytest.mark.parametrize("n", [13, 24])
@pytest.mark.parametrize("options", [{}, {"gap": 2}, {"test_size": 2}, {"max_train_size": 3}])
def test_expanding_windows_are_those_of_scikit_learn(n, options):
    ours = ExpandingWindowSplitter(4, **options).split(np.zeros(n))
    theirs = TimeSeriesSplit(4, **options).split(np.zeros(n))
    for our, their in zip(ours, theirs, strict=True):
        for part in (0, 1):
            assert_array_equal(our[part], their[part])


@pytest.mark.parametrize("window", [None, 5])
def test_sliding_training_parts_have_one_length(window):
    sizes = {len(train) for train, _ in SlidingWindowSplitter(3, window=window, gap=2).split(np.zeros(40))}
    assert sizes == {40 - 3 * 10 - 2 if window is None else window}


@pytest.mark.parametrize("splitter", CLASSES)
def test_gaps_keep_overlapping_windows_apart(splitter):
    n_steps, horizon = 6, 4
    X, Y = sliding_windows(np.arange(60), n_steps=n_steps, horizon=horizon)  # each value is the number of its row

    def shared(gap):
        for train, test in splitter(3, test_size=8, gap=gap).split(X, Y):
            read = np.concatenate([X[test].ravel(), Y[test].ravel()])
            yield np.intersect1d(Y[train], Y[test]).size, np.intersect1d(Y[train], read).size

    assert all(targets > 0 for targets, _ in shared(horizon - 2))
    assert all(targets == 0 for targets, _ in shared(horizon - 1))
    assert all(rows > 0 for _, rows in shared(n_steps + horizon - 2))
    assert all(rows == 0 for _, rows in shared(n_steps + horizon - 1))


@pytest.mark.parametrize("splitter", CLASSES)
def test_grid_search_over_windows(splitter, rng):
    X, Y = sliding_windows(np.sin(np.arange(60) / 3) + 0.1 * rng.normal(size=60), n_steps=5, horizon=2)
    model = RNNRegressor(cell_type="elman", hidden_size=2, max_iter=2, random_state=0)
    cv = splitter(2, test_size=6, gap=1)
    search = GridSearchCV(model, {"hidden_size": [2, 3]}, cv=cv).fit(X, Y)
    assert search.n_splits_ == 2
    expected = cross_val_score(clone(model).set_params(hidden_size=3), X, Y, cv=list(cv.split(X)))
    assert search.cv_results_["mean_test_score"][1] == expected.mean()


def test_repr_and_clone():
    assert repr(ExpandingWindowSplitter()) == "ExpandingWindowSplitter()"
    splitter = SlidingWindowSplitter(3, window=8, gap=1)
    assert repr(splitter) == "SlidingWindowSplitter(gap=1, n_splits=3, window=8)"
    assert clone(splitter).get_params() == splitter.get_params()


@pytest.mark.parametrize(
    "splitter, name",
    [
        *((splitter, name) for splitter in CLASSES for name in ("n_splits", "test_size", "gap")),
        (ExpandingWindowSplitter, "max_train_size"),
        (SlidingWindowSplitter, "window"),
    ],
)
def test_bad_parameters_are_named(splitter, name):
    least = 0 if name == "gap" else 1
    with pytest.raises(ValueError, match=f"{name}={least - 1} must be at least {least}"):
        next(splitter(**{name: least - 1}).split(np.zeros(30)))
    for wrong in (1.5, True, "2"):
        with pytest.raises(TypeError, match=f"{name} must be an int of at least {least}; got {wrong!r}"):
            next(splitter(**{name: wrong}).split(np.zeros(30)))


@pytest.mark.parametrize(
    "splitter, need, least",
    [
        (ExpandingWindowSplitter(5), 6, 1),
        (ExpandingWindowSplitter(2, test_size=2), 5, 1),
        (ExpandingWindowSplitter(1, test_size=1, gap=4, max_train_size=9), 6, 1),
        (SlidingWindowSplitter(5), 6, 1),
        (SlidingWindowSplitter(1, window=3, test_size=2), 5, 3),
        (SlidingWindowSplitter(2, window=2, test_size=1, gap=1), 5, 2),
    ],
)
def test_too_few_samples(splitter, need, least):
    message = (
        rf"{need - 1} samples are too few for \w+\(.*\): .* leave {least - 1} for training, which needs {least} at"
    )
    with pytest.raises(ValueError, match=message):
        list(splitter.split(np.zeros(need - 1)))
    assert list(splitter.split(np.zeros(need)))
