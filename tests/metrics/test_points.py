"""Errors of point forecasts, plain and scaled, against the formulas of the M4 organisers' script."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from sklearn import metrics as sklearn_metrics

from rnnforecast import metrics

POINT = ["mae", "mse", "rmse", "mape", "smape", "wape", "bias", "mean_pinball_loss"]

# M4, Hourly, as the organisers published it: sMAPE, MASE and OWA of a forecast, to the three decimals of the table.
NAIVE2_HOURLY = (18.383, 2.395)
M4_HOURLY = {
    "Naive": (43.003, 11.608, 3.593),
    "sNaive": (13.912, 1.193, 0.628),
    "Smyl": (9.328, 0.893, 0.440),
    "Montero-Manso": (11.506, 0.819, 0.484),
}


def naive_smape(actual, forecast):
    steps = [200 * abs(y - f) / (abs(y) + abs(f)) if y or f else 0.0 for y, f in zip(actual, forecast, strict=True)]
    return sum(steps) / len(steps)


def naive_scale(train, m, power):
    changes = [abs(train[t] - train[t - m]) ** power for t in range(m, len(train))]
    changes = [change for change in changes if change == change]
    return sum(changes) / len(changes)


def test_metrics_by_hand():
    actual, forecast = [1.0, 2.0, 4.0, 0.0], [2.0, 2.0, 1.0, 0.0]
    assert metrics.mae(actual, forecast) == 1.0
    assert metrics.mse(actual, forecast) == 2.5
    assert metrics.rmse(actual, forecast) == 2.5**0.5
    assert metrics.bias(actual, forecast) == -0.5
    assert_allclose(metrics.wape(actual, forecast), 4 / 7)
    assert_allclose(metrics.smape(actual, forecast), (200 / 3 + 0 + 120 + 0) / 4)
    assert_allclose(metrics.mape([1.0, -2.0, 4.0], [2.0, -2.0, 1.0]), (100 + 0 + 75) / 3)
    assert metrics.owa(10.0, 2.0, 20.0, 4.0) == 0.5


def test_metrics_match_naive_and_scikit_learn(rng):
    actual, forecast = rng.normal(size=(2, 30))
    assert_allclose(metrics.smape(actual, forecast), naive_smape(actual, forecast))
    assert_allclose(metrics.mae(actual, forecast), sklearn_metrics.mean_absolute_error(actual, forecast))
    assert_allclose(metrics.rmse(actual, forecast), sklearn_metrics.root_mean_squared_error(actual, forecast))
    percent = 100 * sklearn_metrics.mean_absolute_percentage_error(actual, forecast)
    assert_allclose(metrics.mape(actual, forecast), percent)


@pytest.mark.parametrize("m", [1, 4])
def test_scaled_errors_match_naive(m, rng):
    train, actual, forecast = rng.normal(size=20), rng.normal(size=5), rng.normal(size=5)
    train[[3, 7]] = np.nan
    scaled = metrics.mase(actual, forecast, y_train=train, season_length=m)
    assert_allclose(scaled, np.mean(np.abs(actual - forecast)) / naive_scale(train, m, 1))
    scaled = metrics.rmsse(actual, forecast, y_train=train, season_length=m)
    assert_allclose(scaled, (np.mean((actual - forecast) ** 2) / naive_scale(train, m, 2)) ** 0.5)


@pytest.mark.parametrize("name", M4_HOURLY)
def test_owa_gives_the_published_table(name):
    smape, mase, published = M4_HOURLY[name]
    assert_allclose(metrics.owa(smape, mase, *NAIVE2_HOURLY), published, atol=0.0006)
    assert metrics.owa(*NAIVE2_HOURLY, *NAIVE2_HOURLY) == 1.0


@pytest.mark.parametrize("train", [[3.0, 3.0, 3.0, 3.0], [1.0, 2.0], [1.0, 2.0, np.nan], []])
def test_scaled_errors_without_a_scale_are_nan(train):
    assert np.isnan(metrics.mase([1.0], [2.0], y_train=train, season_length=2))
    assert np.isnan(metrics.rmsse([1.0], [2.0], y_train=train, season_length=2))


def test_ratios_to_zero_are_nan():
    assert np.isnan(metrics.wape([0.0, 0.0], [1.0, 0.0]))
    assert np.isnan(metrics.mape([1.0, 0.0], [1.0, 0.0]))
    assert np.isnan(metrics.owa(1.0, 1.0, 0.0, 1.0))


@pytest.mark.parametrize("name", POINT)
def test_bad_arrays_are_refused(name):
    metric = getattr(metrics, name)
    with pytest.raises(ValueError, match=r"y_pred has shape \(3,\); y_true has \(2,\)"):
        metric([1.0, 2.0], [1.0, 2.0, 3.0])
    with pytest.raises(ValueError, match="y_pred has shape"):
        metric([[1.0], [2.0]], [1.0, 2.0])
    with pytest.raises(ValueError, match="y_true has 1 values that are NaN"):
        metric([1.0, np.nan], [1.0, 2.0])
    with pytest.raises(ValueError, match="y_pred has 1 values that are NaN or infinite"):
        metric([1.0, 2.0], [1.0, np.inf])
    with pytest.raises(ValueError, match="y_true is empty"):
        metric([], [])
    with pytest.raises(ValueError, match="y_pred must be an array of numbers"):
        metric([1.0], ["a"])


def test_bad_arguments_are_refused():
    for season in (0, 1.5, True):
        with pytest.raises(ValueError, match="season_length"):
            metrics.mase([1.0], [1.0], y_train=[1.0, 2.0], season_length=season)
    with pytest.raises(ValueError, match="y_train must have shape"):
        metrics.mase([1.0], [1.0], y_train=[[1.0, 2.0]])
    with pytest.raises(ValueError, match="y_train has 1 values that are infinite"):
        metrics.rmsse([1.0], [1.0], y_train=[1.0, np.inf])
    with pytest.raises(ValueError, match=r"mase_model=\[1.0\] must be a number"):
        metrics.owa(1.0, [1.0], 1.0, 1.0)
    with pytest.raises(ValueError, match="smape_naive2=-1"):
        metrics.owa(1.0, 1.0, -1.0, 1.0)
