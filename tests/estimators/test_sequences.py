import pickle

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn import config_context
from sklearn.base import clone
from sklearn.compose import TransformedTargetRegressor
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LinearRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from sklearn.utils.estimator_checks import check_estimator

from rnnforecast.estimators.sequences import SequenceScaler, TabularToSequence, WindowTransformer, fold
from rnnforecast.windows import sliding_windows


def flatten(X):
    return X.reshape(len(X), -1)


@pytest.fixture
def windows(rng):
    return 5 + [1, 100, 0.01] * rng.normal(size=(6, 4, 3))


# ---- scikit-learn's own checks ---------------------------------------------------------------------------------------


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


# ---- SequenceScaler --------------------------------------------------------------------------------------------------


def test_feature_scope_is_standard_scaler_over_all_steps(windows):
    scaler = SequenceScaler().fit(windows)
    expected = StandardScaler().fit(windows.reshape(-1, 3))
    assert_allclose(scaler.mean_, expected.mean_)
    assert_allclose(scaler.scale_, expected.scale_)
    assert_allclose(scaler.transform(windows), expected.transform(windows.reshape(-1, 3)).reshape(6, 4, 3))
    assert_allclose(scaler.inverse_transform(scaler.transform(windows)), windows)
    assert scaler.n_features_in_ == 3
    assert scaler.transform(windows[:, :2]).shape == (6, 2, 3)


def test_window_scope_matches_naive(windows):
    out = SequenceScaler(scope="window").fit(windows[:1]).transform(windows)
    for window, scaled in zip(windows, out, strict=True):
        for f in range(3):
            assert_allclose(scaled[:, f], (window[:, f] - window[:, f].mean()) / window[:, f].std())
    flat = SequenceScaler(scope="window").fit_transform(windows[:, :, 0])
    assert_allclose(flat, out[:, :, 0])


def test_only_mean_or_only_deviation(windows):
    mean, std = windows.mean(axis=(0, 1)), windows.std(axis=(0, 1))
    assert_allclose(SequenceScaler(with_std=False).fit_transform(windows), windows - mean)
    assert_allclose(SequenceScaler(with_mean=False).fit_transform(windows), windows / std)
    neither = SequenceScaler(with_mean=False, with_std=False).fit(windows)
    assert neither.mean_ is None
    assert neither.scale_ is None
    assert_array_equal(neither.transform(windows), windows)
    assert_array_equal(neither.inverse_transform(windows), windows)


@pytest.mark.parametrize("scope", ["feature", "window"])
@pytest.mark.parametrize("value", [0.0, 0.1, 1e30, -1e300, 5e-324])
def test_constants_have_scale_one(scope, value):
    X = np.full((5, 7, 2), value)
    scaler = SequenceScaler(scope=scope).fit(X)
    assert_array_equal(scaler.transform(X), np.zeros_like(X))
    if scope == "feature":
        assert_array_equal(scaler.scale_, [1, 1])
        assert_array_equal(scaler.transform(X + 0), 0 * X)


@pytest.mark.parametrize("factor", [1e-300, 1e30, 1e300])
def test_extreme_numbers(windows, factor):
    expected = SequenceScaler().fit_transform(windows)
    assert_allclose(SequenceScaler().fit_transform(windows * factor), expected, rtol=1e-9)


def test_float32_stays(windows):
    single = windows.astype(np.float32)
    for scope in ("feature", "window"):
        out = SequenceScaler(scope=scope).fit_transform(single)
        assert out.dtype == np.float32
        assert_allclose(out, SequenceScaler(scope=scope).fit_transform(windows), rtol=1e-3, atol=1e-3)
    assert SequenceScaler().fit(single).inverse_transform(out).dtype == np.float32


def test_input_is_left_alone(windows):
    before = windows.copy()
    windows.setflags(write=False)
    scaler = SequenceScaler().fit(windows)
    scaler.inverse_transform(scaler.transform(windows))
    assert_array_equal(windows, before)


def test_window_scope_has_no_inverse(windows):
    scaler = SequenceScaler(scope="window").fit(windows)
    assert not hasattr(scaler, "inverse_transform")
    with pytest.raises(AttributeError, match="inverse_transform"):
        scaler.inverse_transform(windows)


@pytest.mark.parametrize(
    "X, message",
    [
        (np.zeros((6, 4)), "X has 2 dimensions, and 3 when"),
        (np.zeros((6, 4, 2)), "X has 2 features, but SequenceScaler is expecting 3 features"),
        (np.zeros(6), "Expected 2D array"),
        (np.zeros((6, 4, 3, 1)), "dim 4"),
        (np.zeros((0, 4, 3)), "0 sample"),
        (np.zeros((6, 0, 3)), "at least one step of one feature"),
        ([np.zeros((2, 3)), np.zeros((4, 3))], "X is ragged"),
    ],
)
def test_wrong_shapes(windows, X, message):
    scaler = SequenceScaler().fit(windows)
    with pytest.raises(ValueError, match=message):
        scaler.transform(X)


def test_wrong_shapes_for_the_inverse(windows):
    scaler = SequenceScaler().fit(windows)
    for X in (np.zeros((6, 3)), np.zeros((6, 4, 2))):
        with pytest.raises(ValueError, match="3 axes are needed, the last of length 3"):
            scaler.inverse_transform(X)


def test_frames_in_and_out(windows):
    frame = pd.DataFrame(windows[:, 0], columns=["a", "b", "c"])
    scaler = SequenceScaler().set_output(transform="pandas").fit(frame)
    out = scaler.transform(frame)
    assert isinstance(out, pd.DataFrame)
    assert list(out.columns) == list(scaler.get_feature_names_out()) == ["a", "b", "c"]
    with pytest.raises(ValueError, match="feature names"):
        scaler.transform(frame.rename(columns={"a": "z"}))
    scaler.fit(windows)
    assert not hasattr(scaler, "feature_names_in_")
    assert not hasattr(scaler, "get_feature_names_out")


def test_windows_stay_arrays_whatever_the_container(windows):
    assert isinstance(SequenceScaler().set_output(transform="pandas").fit_transform(windows), np.ndarray)
    pipeline = make_pipeline(TabularToSequence(n_features=3), SequenceScaler()).set_output(transform="pandas")
    assert isinstance(pipeline.fit_transform(flatten(windows)), np.ndarray)
    pipeline.set_output(transform="default")
    with config_context(transform_output="pandas"):
        assert isinstance(pipeline.fit_transform(flatten(windows)), np.ndarray)
        assert isinstance(WindowTransformer(n_steps=2).fit_transform(windows[0]), np.ndarray)


def test_pipeline_and_transformed_target(windows, rng):
    y = rng.normal(size=(6, 2))
    model = make_pipeline(
        TabularToSequence(n_features=3),
        SequenceScaler(scope="window"),
        FunctionTransformer(flatten),
        LinearRegression(),
    )
    assert model.fit(flatten(windows), y).predict(flatten(windows)).shape == (6, 2)
    target = TransformedTargetRegressor(LinearRegression(), transformer=SequenceScaler())
    assert_allclose(target.fit(windows[:, 0], y).predict(windows[:, 0]), LinearRegression().fit(
        windows[:, 0], y).predict(windows[:, 0]))  # fmt: skip


# ---- TabularToSequence and fold --------------------------------------------------------------------------------------


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


# ---- WindowTransformer -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("n_steps, horizon", [(1, 1), (5, 2), (12, 8), (19, 1)])
def test_windows_and_targets_are_sliding_windows(n_steps, horizon, rng):
    series = rng.normal(size=(20, 2))
    cutter = WindowTransformer(n_steps=n_steps, horizon=horizon)
    X, y = sliding_windows(series, n_steps=n_steps, horizon=horizon)
    out = cutter.fit_transform(series)
    assert_array_equal(out, X)
    assert_array_equal(cutter.targets(series[:, 0]), y)
    assert_array_equal(cutter.targets(series)[:, :, 0], y)
    assert cutter.targets(series).shape == (len(X), horizon, 2)
    assert np.shares_memory(out, series)
    assert not out.flags.writeable


@pytest.mark.parametrize("n_steps", [1, 4, 20])
def test_without_a_horizon_the_target_is_that_of_the_last_row(n_steps, rng):
    series, y = rng.normal(size=(20, 2)), np.arange(20)
    cutter = WindowTransformer(n_steps=n_steps).fit(series)
    X, targets = cutter.transform(series), cutter.targets(y)
    assert len(X) == len(targets) == 20 - n_steps + 1
    for window, target in zip(X, targets, strict=True):
        assert_array_equal(window, series[target - n_steps + 1 : target + 1])
    assert cutter.targets(series).shape == (len(X), 2)
    assert_array_equal(cutter.last_window(series), X[-1:])


def test_the_last_window_ends_the_series(rng):
    series = rng.normal(size=(20, 2))
    cutter = WindowTransformer(n_steps=5, horizon=3).fit(series)
    assert_array_equal(cutter.last_window(series), series[None, -5:])
    assert_array_equal(cutter.last_window(series[:5]), series[None, :5])
    with pytest.raises(ValueError, match="X has 4 rows; n_steps=5 are needed"):
        cutter.last_window(series[:4])


def test_labels_and_frames(rng):
    frame = pd.DataFrame(rng.normal(size=(6, 2)), columns=["a", "b"])
    cutter = WindowTransformer(n_steps=3).fit(frame)
    assert list(cutter.feature_names_in_) == ["a", "b"]
    assert_array_equal(cutter.transform(frame), WindowTransformer(n_steps=3).fit_transform(frame.to_numpy()))
    labels = pd.Series(list("uvwxyz"))
    assert list(cutter.targets(labels)) == list("wxyz")


def test_series_that_are_too_short(rng):
    series = rng.normal(size=(20, 2))
    cutter = WindowTransformer(n_steps=5, horizon=3).fit(series)
    message = "has 7 rows .*too few; n_steps=5 and horizon=3 need 8"
    for method, rows in ((cutter.fit, series), (cutter.transform, series), (cutter.targets, series[:, 0])):
        with pytest.raises(ValueError, match=message):
            method(rows[:7])
    with pytest.raises(ValueError, match="y contains NaN"):
        cutter.targets(np.full(20, np.nan))
