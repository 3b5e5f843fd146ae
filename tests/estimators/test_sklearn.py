"""The estimators keep scikit-learn's contract, and live in its tools."""

import pickle

import joblib
import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import TransformedTargetRegressor
from sklearn.ensemble import BaggingRegressor, StackingRegressor
from sklearn.exceptions import NotFittedError
from sklearn.inspection import permutation_importance
from sklearn.linear_model import Ridge
from sklearn.model_selection import GridSearchCV, TimeSeriesSplit, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import check_estimator

from rnnforecast import RNNClassifier, RNNRegressor, SequenceScaler

SMALL = {"cell_type": "elman", "hidden_size": 4, "max_iter": 5, "random_state": 0}


@pytest.fixture
def lags(rng):
    """A sine wave with noise: 80 windows of 6 lags, the next value, and whether it rises."""
    wave = np.sin(np.arange(86) / 3) + 0.1 * rng.normal(size=86)
    X = np.lib.stride_tricks.sliding_window_view(wave, 6)[:80].copy()
    y = wave[6:]
    return X, y, np.where(y > X[:, -1], "up", "down")


@pytest.mark.parametrize("cell_type", ["elman", "gru", "lstm"])
@pytest.mark.parametrize("estimator", [RNNRegressor, RNNClassifier])
@pytest.mark.filterwarnings("ignore")  # the checks themselves warn, about one column of y for example
def test_check_estimator(estimator, cell_type):
    results = check_estimator(estimator(cell_type=cell_type), on_fail=None, on_skip=None)
    assert [r for r in results if r["status"] not in ("passed", "skipped")] == []
    assert {r["check_name"] for r in results if r["status"] == "skipped"} <= {"check_array_api_input"}


def test_pipeline_and_grid_search(lags):
    X, y, _ = lags
    model = make_pipeline(StandardScaler(), RNNRegressor(**SMALL))
    grid = {"rnnregressor__hidden_size": [2, 4]}
    search = GridSearchCV(model, grid, cv=TimeSeriesSplit(3), n_jobs=2).fit(X, y)
    assert search.best_params_["rnnregressor__hidden_size"] in (2, 4)
    assert np.isfinite(search.predict(X)).all()


def test_three_dimensions_in_pipeline_and_cross_validation(lags):
    X, y, _ = lags
    model = make_pipeline(SequenceScaler(), RNNRegressor(**SMALL))
    scores = cross_val_score(model, X[:, :, None], y, cv=TimeSeriesSplit(3), error_score="raise")
    assert scores.shape == (3,)


def test_clone_pickle_joblib(lags, tmp_path):
    X, y, _ = lags
    model = RNNRegressor(**SMALL).fit(X, y)
    assert clone(model).get_params() == model.get_params()
    joblib.dump(model, tmp_path / "model.joblib")
    for copy in (pickle.loads(pickle.dumps(model)), joblib.load(tmp_path / "model.joblib", mmap_mode="r")):
        assert_array_equal(copy.predict(X), model.predict(X))
        copy.set_params(warm_start=True).fit(X, y)
    assert all(isinstance(v, np.ndarray | list | int | float | bool | None) for v in fitted(model).values())


def fitted(model):
    """The learned attributes of an estimator."""
    return {k: v for k, v in vars(model).items() if k.endswith("_")}


@pytest.mark.parametrize(
    "wrap",
    [
        lambda model: TransformedTargetRegressor(model, transformer=StandardScaler()),
        lambda model: StackingRegressor([("rnn", model)], final_estimator=Ridge(), cv=3),
        lambda model: BaggingRegressor(model, n_estimators=2, random_state=0),
    ],
)
def test_meta_regressors(wrap, lags):
    X, y, _ = lags
    assert np.isfinite(wrap(RNNRegressor(**SMALL)).fit(X, y).predict(X)).all()


def test_calibration_and_importance(lags):
    X, y, labels = lags
    calibrated = CalibratedClassifierCV(RNNClassifier(**SMALL), cv=3).fit(X, labels)
    assert_allclose(calibrated.predict_proba(X).sum(axis=1), 1)
    importance = permutation_importance(RNNRegressor(**SMALL).fit(X, y), X, y, n_repeats=2, random_state=0)
    assert importance.importances_mean.shape == (6,)


def test_feature_names(lags):
    X, y, _ = lags
    frame = pd.DataFrame(X, columns=[f"lag{i}" for i in range(6)])
    model = RNNRegressor(**SMALL).fit(frame, y)
    assert model.feature_names_in_.tolist() == frame.columns.tolist()
    with pytest.raises(ValueError, match="feature names"):
        model.predict(frame[frame.columns[::-1]])


def test_two_and_three_dimensions_agree(lags):
    X, y, _ = lags
    oldest = RNNRegressor(**SMALL).fit(X, y)
    newest = RNNRegressor(**SMALL, time_order="newest_first").fit(X[:, ::-1], y)
    windows = RNNRegressor(**SMALL).fit(X[:, :, None], y)
    pairs = RNNRegressor(**SMALL, n_features=2).fit(X, y)
    assert_array_equal(oldest.theta_, windows.theta_)
    assert_array_equal(oldest.theta_, newest.theta_)
    assert pairs.get_weights()["layer0.W"].shape == (1, 2, 4)


@pytest.mark.parametrize(
    "change, error, words",
    [
        ({"hidden_size": 0}, ValueError, "hidden_size"),
        ({"hidden_size": (4, -1)}, ValueError, "hidden_size"),
        ({"hidden_size": (4, 4), "num_layers": 3}, ValueError, "num_layers"),
        ({"learning_rate_init": -1.0}, ValueError, "learning_rate_init"),
        ({"alpha": -0.1}, ValueError, "alpha"),
        ({"max_iter": 0}, ValueError, "max_iter"),
        ({"batch_size": 0}, ValueError, "batch_size"),
        ({"n_jobs": 0}, ValueError, "n_jobs"),
        ({"solver": "lbfgs", "dropout": 0.1}, ValueError, "dropout=0.1 needs a stochastic solver"),
        ({"solver": "lbfgs", "early_stopping": True}, ValueError, "early_stopping=True needs a stochastic solver"),
        ({"dropout": 1.0}, ValueError, "dropout"),
        ({"cell_type": "vanilla"}, ValueError, "cell_type"),
        ({"loss": "mse"}, ValueError, "loss"),
        ({"loss": "quantile", "quantiles": (1.5,)}, ValueError, "quantiles"),
        ({"loss": "poisson"}, ValueError, "loss='poisson' needs targets that are not negative"),
        ({"loss": "tweedie"}, ValueError, "loss='tweedie' needs targets that are not negative"),
        ({"loss": "gamma"}, ValueError, "loss='gamma' needs targets that are positive"),
        ({"loss": "gaussian"}, ValueError, "loss"),
        ({"loss": "tweedie", "power": 2.0}, ValueError, "power"),
        ({"n_features": 4}, ValueError, "n_features"),
        ({"early_stopping": True, "validation_fraction": 0.999}, ValueError, "validation_fraction"),
    ],
)
def test_bad_parameters(change, error, words, lags):
    X, y, _ = lags
    with pytest.raises(error, match=words):
        RNNRegressor(**{**SMALL, **change}).fit(X, y)


def test_bad_data(lags):
    X, y, labels = lags
    model = RNNRegressor(**SMALL)
    with pytest.raises(ValueError, match="lengths"):
        model.fit([np.zeros((3, 1)), np.zeros((4, 1))], [0, 1])
    with pytest.raises(ValueError, match="X is ragged; samples of one shape"):
        model.fit([[1.0, 2.0], [1.0]], [0.0, 1.0])
    with pytest.raises(ValueError, match="NaN"):
        model.fit(np.where(X > 0.5, np.nan, X), y)
    with pytest.raises(ValueError, match="infinity"):
        model.fit(X, np.where(y > 0.5, np.inf, y))
    with pytest.raises(ValueError, match="inconsistent"):
        model.fit(X, y[:-1])
    with pytest.raises(ValueError, match="could not convert"):
        model.fit(X, labels)
    with pytest.raises(ValueError, match="minimum of 1"):
        model.fit(X[:0], y[:0])
    with pytest.raises(ValueError, match="dimensions"):
        model.fit(X[:, :, None, None], y)
    with pytest.raises(ValueError, match="too large for float32"):
        RNNRegressor(**SMALL, dtype="float32").fit(X * 1e200, y)
    with pytest.raises(ValueError, match=r"(?i)sample.weight"):
        model.fit(X, y, sample_weight=np.zeros(len(y)))
    with pytest.raises(NotFittedError):
        model.predict(X)
    model.fit(X, y)
    with pytest.raises(ValueError, match="features"):
        model.predict(X[:, :4])
    with pytest.raises(ValueError, match="2 features, but RNNRegressor is expecting 1"):
        model.predict(np.zeros((3, 5, 2)))


def test_rows_are_folded_as_in_the_fit(lags):
    """Rows of as many columns as a step had features, or folded otherwise now, would be read beyond their end."""
    X, y, _ = lags
    wide = RNNRegressor(**SMALL).fit(np.repeat(X[:, :, None], 6, axis=2), y)
    narrow = RNNRegressor(**SMALL).fit(X, y).set_params(n_features=2)
    for model, n_now, n_then in ((wide, 1, 6), (narrow, 2, 1)):
        for rows in (X, X.tolist()):
            with pytest.raises(ValueError, match=f"n_features={n_now} makes .* fitted on steps of {n_then}"):
                model.predict(rows)
        with pytest.raises(ValueError, match=f"n_features={n_now} makes .* fitted on steps of {n_then}"):
            model.partial_fit(X, y)
    assert_array_equal(wide.set_params(n_features=6).predict(X), wide.predict(X[:, None]))


@pytest.mark.parametrize(
    "before, after",
    [
        ({"loss": "quantile", "quantiles": (0.1, 0.5, 0.9)}, {"loss": "squared_error"}),
        ({"loss": "quantile", "quantiles": (0.1, 0.5, 0.9)}, {"quantiles": (0.5,)}),
        ({"loss": "squared_error"}, {"loss": "quantile", "quantiles": [0.1, 0.9]}),
    ],
)
def test_training_goes_on_with_as_many_outputs(before, after, lags):
    X, y, _ = lags
    model = RNNRegressor(**SMALL, **before, warm_start=True).fit(X, y).set_params(**after)
    for go_on in (model.fit, model.partial_fit):
        with pytest.raises(ValueError, match=r"needs a network of \d outputs?, and the fitted one has \d"):
            go_on(X, y)
    assert model.set_params(warm_start=False).fit(X, y).n_outputs_ == 1


def test_one_row_and_constant_target(lags):
    X, y, _ = lags
    assert np.isfinite(RNNRegressor(**SMALL).fit(X[:1], y[:1]).predict(X)).all()
    constant = RNNRegressor(**{**SMALL, "max_iter": 200}).fit(X, np.full(80, 7.0))
    assert_allclose(constant.predict(X), 7.0, atol=0.5)
