"""What scikit-learn asks of every transformer: its own checks, parameters, clones, and refusals."""

import pickle

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.utils.estimator_checks import check_estimator

from rnnforecast.estimators.sequences import SequenceScaler, TabularToSequence, WindowTransformer


@pytest.mark.parametrize(
    "estimator",
    [
        SequenceScaler(),
        SequenceScaler(scope="window"),
        SequenceScaler(with_mean=False),
        SequenceScaler(with_std=False),
        TabularToSequence(),
        TabularToSequence(time_order="newest_first"),
    ],
    ids=repr,
)
def test_check_estimator(estimator):
    results = check_estimator(estimator, on_skip=None)
    assert not [result for result in results if result["status"] not in ("passed", "skipped")]


def test_check_estimator_of_windows():
    """One window per row, as the checks ask that rows are kept; `n_steps` has no sensible default."""
    reasons = {"check_parameters_default_constructible": "n_steps must be given"}
    check_estimator(WindowTransformer(n_steps=1), on_skip=None, expected_failed_checks=reasons)


@pytest.mark.parametrize(
    "estimator, message",
    [
        (SequenceScaler(scope="sample"), "'scope' parameter"),
        (SequenceScaler(with_mean=1.5), "'with_mean' parameter"),
        (SequenceScaler(with_std="yes"), "'with_std' parameter"),
        (TabularToSequence(n_features=0), "'n_features' parameter"),
        (TabularToSequence(time_order="forward"), "'time_order' parameter"),
        (WindowTransformer(n_steps=0), "'n_steps' parameter"),
        (WindowTransformer(n_steps=2.0), "'n_steps' parameter"),
        (WindowTransformer(n_steps=2, horizon=-1), "'horizon' parameter"),
    ],
)
def test_parameters_are_checked_in_fit(estimator, message):
    with pytest.raises(ValueError, match=message):
        estimator.fit(np.zeros((6, 4)))


@pytest.mark.parametrize(
    "estimator", [SequenceScaler(), SequenceScaler(scope="window"), TabularToSequence(), WindowTransformer(n_steps=2)]
)
def test_clone_pickle_and_use_before_fit(estimator, rng):
    X = rng.normal(size=(6, 4))
    with pytest.raises(NotFittedError):
        estimator.transform(X)
    fitted = clone(estimator).fit(X)
    assert clone(fitted).get_params() == estimator.get_params()
    assert_array_equal(pickle.loads(pickle.dumps(fitted)).transform(X), fitted.transform(X))
    with pytest.raises(NotFittedError):
        clone(fitted).transform(X)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
@pytest.mark.parametrize("estimator", [SequenceScaler(), TabularToSequence(), WindowTransformer(n_steps=2)])
def test_bad_numbers_are_refused(estimator, bad):
    X = np.ones((6, 4))
    estimator.fit(X)
    X[3, 2] = bad
    for method in (estimator.fit, estimator.transform):
        with pytest.raises(ValueError, match="X contains"):
            method(X)


def test_bad_numbers_in_windows_are_refused(windows):
    windows[0, 0, 0] = np.nan
    with pytest.raises(ValueError, match="X contains NaN"):
        SequenceScaler().fit(windows)
