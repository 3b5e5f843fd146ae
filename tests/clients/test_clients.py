"""Libraries that drive any scikit-learn estimator drive RNNRegressor and RNNClassifier: one workflow each.

Where a library builds a lag matrix, the same matrix is built here by hand, and the estimator itself must answer the
same: that shows that the lags arrive in the order that `time_order` names.
"""

import joblib
import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV, TimeSeriesSplit, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from rnnforecast import RNNClassifier, RNNRegressor
from rnnforecast.datasets import load_airline

pytestmark = pytest.mark.clients

SMALL = {"cell_type": "elman", "hidden_size": 4, "max_iter": 3, "random_state": 0}
LAGS = 12


@pytest.fixture
def series():
    """The airline series, logarithmic and scaled: 144 months."""
    y = np.log(load_airline().astype(float))
    return pd.Series(
        ((y - y.mean()) / y.std()).to_numpy(), pd.date_range("1949-01", periods=len(y), freq="MS"), name="y"
    )


@pytest.fixture
def long(series):
    """Two series, one below the other, in the columns unique_id, ds, y."""
    frames = [
        pd.DataFrame({"unique_id": name, "ds": series.index, "y": y}) for name, y in (("a", series), ("b", -series))
    ]
    return pd.concat(frames, ignore_index=True)


@pytest.fixture
def lags(series):
    """Windows of 12 months, oldest first, the month that follows each, and whether it rises."""
    return lag_matrix(series)


def lag_matrix(series):
    values = np.asarray(series)
    X = np.lib.stride_tricks.sliding_window_view(values, LAGS)[:-1].copy()
    return X, values[LAGS:], np.where(values[LAGS:] > X[:, -1], "up", "down")


def recursive(model, series, h):
    """Forecast h steps with a model of one step, each step fed back; the lags are oldest first."""
    values = list(np.asarray(series))
    for _ in range(h):
        values.append(model.predict(np.array([values[-LAGS:]]))[0])
    return np.array(values[-h:])


# Forecasting: lag matrices ------------------------------------------------------------------------------------------


def test_skforecast_recursive(series, lags):
    skforecast = pytest.importorskip("skforecast.recursive")
    model = RNNRegressor(**SMALL, time_order="newest_first")
    forecaster = skforecast.ForecasterRecursive(estimator=model, lags=LAGS)
    forecaster.fit(series, store_in_sample_residuals=True)
    forecast = forecaster.predict(steps=6)
    assert forecast.index[0] == pd.Timestamp("1961-01-01")
    direct = RNNRegressor(**SMALL).fit(*lags[:2])
    assert_allclose(forecast, recursive(direct, series, 6), rtol=1e-6)
    interval = forecaster.predict_interval(steps=6, method="conformal", interval=[0.1, 0.9])
    assert interval.shape == (6, 3)
    assert np.isfinite(interval).all(axis=None)


def test_skforecast_direct_and_backtesting(series, lags):
    pytest.importorskip("skforecast")
    from skforecast.direct import ForecasterDirect
    from skforecast.model_selection import TimeSeriesFold, backtesting_forecaster

    model = RNNRegressor(**SMALL, time_order="newest_first")
    forecaster = ForecasterDirect(estimator=model, lags=LAGS, steps=3)
    forecaster.fit(series)
    X, y, _ = lags
    expected = [RNNRegressor(**SMALL).fit(X[: len(X) - 2], y[k : len(y) - 2 + k]) for k in range(3)]
    window = series.to_numpy()[None, -LAGS:]
    assert_allclose(forecaster.predict(), [m.predict(window)[0] for m in expected], rtol=1e-6)

    folds = TimeSeriesFold(steps=3, initial_train_size=132, refit=False)
    score, predictions = backtesting_forecaster(
        forecaster, series, cv=folds, metric="mean_absolute_error", show_progress=False
    )
    assert len(predictions) == 12
    assert np.isfinite(score["mean_absolute_error"]).all()


def test_skforecast_many_series(series):
    skforecast = pytest.importorskip("skforecast.recursive")
    model = RNNRegressor(**SMALL, time_order="newest_first")
    forecaster = skforecast.ForecasterRecursiveMultiSeries(estimator=model, lags=LAGS, encoding=None)
    forecaster.fit({"a": series, "b": -series})
    forecast = forecaster.predict(steps=6)
    assert sorted(forecast["level"].unique()) == ["a", "b"]
    assert np.isfinite(forecast["pred"]).all()


def test_skforecast_classifier(series):
    skforecast = pytest.importorskip("skforecast.recursive")
    rises = pd.Series(np.where(series.diff() > 0, "up", "down"), series.index)
    model = RNNClassifier(**SMALL, time_order="newest_first")
    forecaster = skforecast.ForecasterRecursiveClassifier(estimator=model, lags=LAGS, features_encoding="ordinal")
    forecaster.fit(rises)
    assert set(forecaster.predict(steps=6)) <= {"up", "down"}
    assert_allclose(forecaster.predict_proba(steps=6).sum(axis=1), 1)


def test_mlforecast(series, long):
    mlforecast = pytest.importorskip("mlforecast")
    model = RNNRegressor(**SMALL, time_order="newest_first")
    forecaster = mlforecast.MLForecast({"rnn": model}, freq="MS", lags=range(1, LAGS + 1))
    forecast = forecaster.fit(long).predict(6)
    (X, y, _), (X2, y2, _) = lag_matrix(series), lag_matrix(-series)
    direct = RNNRegressor(**SMALL).fit(np.concatenate([X, X2]), np.concatenate([y, y2]))
    assert_allclose(forecast["rnn"][:6], recursive(direct, series, 6), rtol=1e-5)
    assert_allclose(forecast["rnn"][6:], recursive(direct, -series, 6), rtol=1e-5)


def test_mlforecast_cross_validation_and_intervals(long):
    mlforecast = pytest.importorskip("mlforecast")
    from mlforecast.target_transforms import Differences
    from mlforecast.utils import PredictionIntervals

    model = RNNRegressor(**SMALL, time_order="newest_first")
    forecaster = mlforecast.MLForecast(
        {"rnn": model}, freq="MS", lags=range(1, LAGS + 1), target_transforms=[Differences([12])]
    )
    scores = forecaster.cross_validation(long, n_windows=2, h=6)
    assert len(scores) == 2 * 2 * 6
    assert np.isfinite(scores["rnn"]).all()
    forecaster.fit(long, prediction_intervals=PredictionIntervals(n_windows=2, h=6), max_horizon=6)
    forecast = forecaster.predict(6, level=[80])
    assert (forecast["rnn-lo-80"] <= forecast["rnn-hi-80"]).all()


@pytest.mark.filterwarnings("ignore:The default of config:FutureWarning")  # sktime, of a default to come
@pytest.mark.parametrize("strategy", ["recursive", "direct", "multioutput"])
def test_sktime_make_reduction(series, lags, strategy):
    compose = pytest.importorskip("sktime.forecasting.compose")
    model = RNNRegressor(**SMALL)
    forecaster = compose.make_reduction(model, window_length=LAGS, strategy=strategy)
    forecast = forecaster.fit(series, fh=[1, 2, 3]).predict()
    assert forecast.index[0] == pd.Timestamp("1961-01-01")
    X, y, _ = lags
    if strategy == "recursive":
        expected = recursive(model.fit(X, y), series, 3)
    else:
        Y = np.lib.stride_tricks.sliding_window_view(y, 3)
        window, X = series.to_numpy()[None, -LAGS:], X[: len(Y)]
        if strategy == "multioutput":
            expected = model.fit(X, Y).predict(window)[0]
        else:
            expected = [clone(model).fit(X, Y[:, k]).predict(window)[0] for k in range(3)]
    assert_allclose(forecast, expected, rtol=1e-6)


@pytest.mark.filterwarnings("ignore:The default of config:FutureWarning")  # sktime, of a default to come
def test_sktime_evaluate_pipeline(series):
    compose = pytest.importorskip("sktime.forecasting.compose")
    from sktime.forecasting.model_evaluation import evaluate
    from sktime.split import ExpandingWindowSplitter

    model = make_pipeline(StandardScaler(), RNNRegressor(**SMALL))
    forecaster = compose.make_reduction(model, window_length=LAGS, scitype="tabular-regressor")
    result = evaluate(
        forecaster,
        ExpandingWindowSplitter(fh=range(1, 7), initial_window=120, step_length=6),
        series,
        error_score="raise",
    )
    assert len(result) == 4
    assert np.isfinite(result["test_MeanAbsolutePercentageError"]).all()


def darts_series(pd_series):
    darts = pytest.importorskip("darts")
    return darts.TimeSeries.from_series(pd_series)


def test_darts_one_head_for_all_steps(series, lags):
    models = pytest.importorskip("darts.models")
    model = models.SKLearnModel(lags=LAGS, output_chunk_length=3, model=RNNRegressor(**SMALL))
    forecast = model.fit(darts_series(series)).predict(3)
    assert isinstance(model.model, RNNRegressor)  # not one copy per step
    X, y, _ = lags
    Y = np.lib.stride_tricks.sliding_window_view(y, 3)
    expected = RNNRegressor(**SMALL).fit(X[: len(Y)], Y).predict(series.to_numpy()[None, -LAGS:])[0]
    assert_allclose(forecast.values()[:, 0], expected, rtol=1e-6)
    backtest = model.historical_forecasts(darts_series(series), forecast_horizon=3, start=-6, retrain=False)
    assert np.isfinite(backtest.values()).all()


def test_darts_two_components_are_two_features(series):
    models = pytest.importorskip("darts.models")
    two = darts_series(series).stack(darts_series(-(series.rename("z") ** 2)))
    estimator = RNNRegressor(**SMALL, n_features=2)
    model = models.SKLearnModel(lags=LAGS, output_chunk_length=1, model=estimator)
    forecast = model.fit(two).predict(1)
    values = two.values()
    X = np.lib.stride_tricks.sliding_window_view(values, LAGS, axis=0).transpose(0, 2, 1)  # windows, steps, features
    expected = RNNRegressor(**SMALL).fit(X[:-1], values[LAGS:]).predict(X[-1:])
    assert_allclose(forecast.values(), expected, rtol=1e-6)


def test_darts_classifier(series):
    models = pytest.importorskip("darts.models")
    rises = darts_series((series.diff() > 0).astype(float))
    model = models.SKLearnClassifierModel(lags=LAGS, output_chunk_length=1, model=RNNClassifier(**SMALL))
    assert set(model.fit(rises).predict(6).values().ravel()) <= {0.0, 1.0}


# Resampling, explanation, search ------------------------------------------------------------------------------------


def test_imbalanced_learn_pipeline(lags):
    imblearn = pytest.importorskip("imblearn")
    from imblearn.over_sampling import SMOTE

    X, _, rises = lags
    rises = np.where(np.arange(len(X)) < 100, "down", rises)
    model = imblearn.pipeline.make_pipeline(SMOTE(random_state=0), RNNClassifier(**SMALL)).fit(X, rises)
    X2, rises2 = SMOTE(random_state=0).fit_resample(X, rises)
    direct = RNNClassifier(**SMALL).fit(X2, rises2)
    assert_array_equal(model.predict_proba(X), direct.predict_proba(X))
    assert (cross_val_score(model, X, rises, scoring="balanced_accuracy") >= 0).all()


def test_imbalanced_learn_bagging(lags):
    imblearn = pytest.importorskip("imblearn.ensemble")
    X, _, rises = lags
    model = imblearn.BalancedBaggingClassifier(RNNClassifier(**SMALL), n_estimators=3, n_jobs=2, random_state=0)
    assert_allclose(model.fit(X, rises).predict_proba(X).sum(axis=1), 1)


@pytest.mark.parametrize("explainer", ["PermutationExplainer", "KernelExplainer"])
def test_shap_values_add_up(lags, explainer):
    shap = pytest.importorskip("shap")
    X, y, rises = lags
    regressor, classifier = RNNRegressor(**SMALL).fit(X, y), RNNClassifier(**SMALL).fit(X, rises)
    for predict in (regressor.predict, classifier.predict_proba):
        values = getattr(shap, explainer)(predict, X[:20], seed=0)(X[:3])
        assert values.shape[:2] == (3, LAGS)
        assert_allclose(values.base_values + values.values.sum(axis=1), predict(X[:3]), atol=1e-6)


def test_optuna_search(lags):
    optuna = pytest.importorskip("optuna")
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    X, y, _ = lags

    def objective(trial):
        size = trial.suggest_int("hidden_size", 2, 4)
        rate = trial.suggest_float("learning_rate_init", 1e-3, 1e-1, log=True)
        model = RNNRegressor(**{**SMALL, "hidden_size": size}, learning_rate_init=rate)
        return cross_val_score(model, X, y, cv=TimeSeriesSplit(2)).mean()

    study = optuna.create_study(direction="maximize", sampler=optuna.samplers.TPESampler(seed=0))
    study.optimize(objective, n_trials=4, n_jobs=2)
    model = RNNRegressor(**{**SMALL, **study.best_params})
    assert cross_val_score(model, X, y, cv=TimeSeriesSplit(2)).mean() == study.best_value


def test_optuna_prunes_between_epochs(lags):
    optuna = pytest.importorskip("optuna")
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    X, y, _ = lags

    def objective(trial):
        model = RNNRegressor(**SMALL, learning_rate_init=(0.03, 1e-6, 1e-6)[trial.number])
        for epoch in range(5):
            trial.report(model.partial_fit(X, y).loss_, epoch)
            if trial.should_prune():
                raise optuna.TrialPruned
        return model.loss_

    study = optuna.create_study(pruner=optuna.pruners.MedianPruner(n_startup_trials=1, n_warmup_steps=2))
    study.optimize(objective, n_trials=3)
    assert study.best_trial.number == 0
    assert len(study.get_trials(states=[optuna.trial.TrialState.PRUNED])) == 2


# Keeping models -----------------------------------------------------------------------------------------------------


@pytest.mark.filterwarnings("ignore:.*Any type hint:UserWarning")  # mlflow, of its own functions
@pytest.mark.parametrize("serialization_format", ["skops", "cloudpickle"])
def test_mlflow_model(lags, tmp_path, serialization_format):
    mlflow = pytest.importorskip("mlflow")
    pytest.importorskip("mlflow.sklearn")
    from mlflow.models import infer_signature

    X, y, _ = lags
    model = RNNRegressor(**SMALL).fit(X, y)
    mlflow.sklearn.save_model(
        model,
        tmp_path / "model",
        signature=infer_signature(X, model.predict(X)),
        serialization_format=serialization_format,
        skops_trusted_types=["rnnforecast.estimators.regressor.RNNRegressor"],
        pip_requirements=["rnnforecast"],
    )
    for flavour in (mlflow.sklearn, mlflow.pyfunc):
        assert_array_equal(flavour.load_model(str(tmp_path / "model")).predict(X), model.predict(X))


def test_skops_file(lags, tmp_path):
    io = pytest.importorskip("skops.io")
    X, _, rises = lags
    model = make_pipeline(StandardScaler(), RNNClassifier(**SMALL)).fit(X, rises)
    io.dump(model, tmp_path / "model.skops")
    untrusted = io.get_untrusted_types(file=tmp_path / "model.skops")
    assert untrusted == ["rnnforecast.estimators.classifier.RNNClassifier"]
    restored = io.load(tmp_path / "model.skops", trusted=untrusted)
    assert_array_equal(restored.predict_proba(X), model.predict_proba(X))


# Clusters -----------------------------------------------------------------------------------------------------------


def grid_search(lags):
    X, y, _ = lags
    return GridSearchCV(RNNRegressor(**SMALL), {"hidden_size": [2, 3]}, cv=TimeSeriesSplit(2)).fit(X, y)


def test_joblib_on_dask(lags, tmp_path):
    distributed = pytest.importorskip("distributed")
    here = grid_search(lags)
    with (
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, dashboard_address=None, local_directory=tmp_path
        ) as cluster,
        distributed.Client(cluster),
        joblib.parallel_config("dask"),
    ):
        there = grid_search(lags)
    assert_array_equal(there.cv_results_["mean_test_score"], here.cv_results_["mean_test_score"])
    assert_array_equal(there.predict(lags[0]), here.predict(lags[0]))


def test_joblib_on_ray(lags):
    ray = pytest.importorskip("ray")
    from ray.util.joblib import register_ray

    here = grid_search(lags)
    register_ray()
    ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False, configure_logging=False)
    try:
        with joblib.parallel_config("ray"):
            there = grid_search(lags)
    finally:
        ray.shutdown()
    assert_array_equal(there.cv_results_["mean_test_score"], here.cv_results_["mean_test_score"])
    assert_array_equal(there.predict(lags[0]), here.predict(lags[0]))
