"""One tiny fit and prediction of everything public: what runs at both ends of the version ranges."""

import pickle
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

import rnnforecast

CELLS = ["lstm", "gru", "elman"]
TINY = {"hidden_size": 4, "max_iter": 3, "tol": 0.0, "random_state": 0}


@pytest.fixture
def windows():
    return np.random.default_rng(0).normal(size=(24, 5, 2))


def test_importing_the_package_is_light():
    code = "import rnnforecast, sys; print(*sorted({'numba', 'pandas', 'sklearn', 'matplotlib'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""


def test_every_public_name_is_there():
    for name in rnnforecast.__all__:
        assert getattr(rnnforecast, name) is not None
    assert set(rnnforecast.__all__) <= set(dir(rnnforecast))


@pytest.mark.parametrize("cell_type", CELLS)
def test_regressor(cell_type, windows):
    X = windows
    y = X[:, -1, 0]
    model = rnnforecast.RNNRegressor(cell_type=cell_type, **TINY).fit(X, y)
    predicted = model.predict(X)
    assert predicted.shape == (24,)
    assert np.isfinite(predicted).all()
    assert model.loss_curve_[-1] < model.loss_curve_[0]
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(model)).predict(X), predicted)


@pytest.mark.parametrize("cell_type", CELLS)
def test_classifier(cell_type, windows):
    X = windows
    y = np.where(X[:, -1, 0] > 0, "up", "down")
    model = rnnforecast.RNNClassifier(cell_type=cell_type, **TINY).fit(X, y)
    assert set(model.predict(X)) <= {"up", "down"}
    np.testing.assert_allclose(model.predict_proba(X).sum(axis=1), 1, rtol=1e-5)


@pytest.mark.parametrize("strategy", ["mimo", "recursive"])
def test_forecaster(strategy):
    y = pd.Series(
        10 + np.sin(np.arange(80) * np.pi / 6), index=pd.date_range("2020-01-01", periods=80, freq="MS"), name="sales"
    )
    model = rnnforecast.RNNForecaster(3, input_size=12, strategy=strategy, hidden_size=4, max_iter=3, random_state=0)
    forecast = model.fit(y).predict(level=80)
    assert list(forecast.columns) == ["RNN", "RNN-lo-80", "RNN-hi-80"]
    assert forecast.index.equals(pd.date_range("2026-09-01", periods=3, freq="MS"))
    assert np.isfinite(forecast.to_numpy()).all()
    assert (forecast["RNN-lo-80"] <= forecast["RNN-hi-80"]).all()


def test_forecaster_of_a_panel_and_a_backtest():
    panel = rnnforecast.datasets.make_series_panel(n_series=3, n_timesteps=60, random_state=0)
    model = rnnforecast.RNNForecaster(4, input_size=12, hidden_size=4, max_iter=3, random_state=0)
    naive = rnnforecast.NaiveForecaster(4, method="seasonal")
    table = rnnforecast.backtest([model, naive], panel, n_windows=2)
    assert table.shape[0] == 3 * 2 * 4
    scores = rnnforecast.metrics.evaluate(table, metrics=["mase", "smape"], train=panel, season_length=12)
    assert np.isfinite(scores.to_numpy()).all()
