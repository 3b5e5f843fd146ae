import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn import config_context
from sklearn.compose import TransformedTargetRegressor
from sklearn.linear_model import LinearRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from rnnforecast.estimators.sequences import SequenceScaler, TabularToSequence, WindowTransformer


def flatten(X):
    return X.reshape(len(X), -1)


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


@pytest.mark.parametrize("scope", ["feature", "window"])
def test_layout_does_not_change_the_bits(scope, rng):
    windows = rng.normal(size=(60, 24, 3))
    expected = SequenceScaler(scope=scope).fit_transform(windows)
    for same in (np.asfortranarray(windows), windows[:, ::-1].copy()[:, ::-1], np.repeat(windows, 2, axis=2)[..., ::2]):
        assert_array_equal(SequenceScaler(scope=scope).fit_transform(same), expected)


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
