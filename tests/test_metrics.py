import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose
from sklearn import metrics as sklearn_metrics

from rnnforecast import metrics
from rnnforecast.metrics import evaluate

POINT = ["mae", "mse", "rmse", "smape", "wape", "bias", "mean_pinball_loss"]


def naive_smape(actual, forecast):
    steps = [200 * abs(y - f) / (abs(y) + abs(f)) if y or f else 0.0 for y, f in zip(actual, forecast, strict=True)]
    return sum(steps) / len(steps)


def naive_scale(train, m, power):
    changes = [abs(train[t] - train[t - m]) ** power for t in range(m, len(train))]
    return sum(changes) / len(changes)


def test_metrics_by_hand():
    actual, forecast = [1.0, 2.0, 4.0, 0.0], [2.0, 2.0, 1.0, 0.0]
    assert metrics.mae(actual, forecast) == 1.0
    assert metrics.mse(actual, forecast) == 2.5
    assert metrics.rmse(actual, forecast) == 2.5**0.5
    assert metrics.bias(actual, forecast) == -0.5
    assert_allclose(metrics.wape(actual, forecast), 4 / 7)
    assert_allclose(metrics.smape(actual, forecast), (200 / 3 + 0 + 120 + 0) / 4)
    assert metrics.owa(10.0, 2.0, 20.0, 4.0) == 0.5
    assert metrics.coverage(actual, [0.0, 2.0, 5.0, 0.0], [1.0, 3.0, 6.0, 1.0]) == 0.75


def test_metrics_match_naive_and_scikit_learn(rng):
    actual, forecast = rng.normal(size=(2, 30))
    assert_allclose(metrics.smape(actual, forecast), naive_smape(actual, forecast))
    assert_allclose(metrics.mae(actual, forecast), sklearn_metrics.mean_absolute_error(actual, forecast))
    assert_allclose(metrics.rmse(actual, forecast), sklearn_metrics.root_mean_squared_error(actual, forecast))
    for quantile in (0.1, 0.5, 0.9):
        assert_allclose(
            metrics.mean_pinball_loss(actual, forecast, quantile=quantile),
            sklearn_metrics.mean_pinball_loss(actual, forecast, alpha=quantile),
        )


@pytest.mark.parametrize("m", [1, 4])
def test_scaled_errors_match_naive(m, rng):
    train, actual, forecast = rng.normal(size=20), rng.normal(size=5), rng.normal(size=5)
    scaled = metrics.mase(actual, forecast, y_train=train, season_length=m)
    assert_allclose(scaled, np.mean(np.abs(actual - forecast)) / naive_scale(train, m, 1))
    scaled = metrics.rmsse(actual, forecast, y_train=train, season_length=m)
    assert_allclose(scaled, (np.mean((actual - forecast) ** 2) / naive_scale(train, m, 2)) ** 0.5)


@pytest.mark.parametrize("train", [[3.0, 3.0, 3.0, 3.0], [1.0, 2.0], [1.0, np.nan, 2.0], []])
def test_scaled_errors_without_a_scale_are_nan(train):
    assert np.isnan(metrics.mase([1.0], [2.0], y_train=train, season_length=2))
    assert np.isnan(metrics.rmsse([1.0], [2.0], y_train=train, season_length=2))


def test_wape_without_actual_values_is_nan():
    assert np.isnan(metrics.wape([0.0, 0.0], [1.0, 0.0]))


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


def test_bad_arguments_are_refused():
    with pytest.raises(ValueError, match="lower has shape"):
        metrics.coverage([1.0], [1.0, 2.0], [1.0])
    with pytest.raises(ValueError, match="quantile=1"):
        metrics.mean_pinball_loss([1.0], [1.0], quantile=1)
    for season in (0, 1.5, True):
        with pytest.raises(ValueError, match="season_length"):
            metrics.mase([1.0], [1.0], y_train=[1.0, 2.0], season_length=season)
    with pytest.raises(ValueError, match="y_train must have shape"):
        metrics.mase([1.0], [1.0], y_train=[[1.0, 2.0]])


@pytest.fixture
def scores(rng):
    """Two series of different scale, two origins, two models of which one has intervals."""
    y, a, b = rng.normal(size=(3, 12))
    y[6:] *= 10
    frame = pd.DataFrame(
        {
            "unique_id": np.repeat(["s", "t"], 6),
            "cutoff": np.tile([10, 10, 10, 11, 11, 11], 2),
            "ds": np.tile([11, 12, 13, 12, 13, 14], 2),
            "y": y,
        }
    )
    return frame.assign(**{"A": a, "A-lo-80": a - 1, "A-hi-80": a + 1, "A-q0.3": a - 0.5, "B": b})


@pytest.fixture
def train(rng):
    stamps = np.arange(20)
    parts = [pd.DataFrame({"unique_id": name, "ds": stamps, "y": rng.normal(size=20)}) for name in ("t", "s")]
    return pd.concat(parts).sample(frac=1, random_state=0)


def test_evaluate_gives_a_row_per_model_and_a_column_per_metric(scores):
    table = evaluate(scores, metrics=["mae", "rmse", metrics.bias])
    assert list(table.index) == ["A", "B"]
    assert list(table.columns) == ["mae", "rmse", "bias"]
    for model in ("A", "B"):
        assert_allclose(table.loc[model, "mae"], metrics.mae(scores.y, scores[model]))
        assert_allclose(table.loc[model, "bias"], metrics.bias(scores.y, scores[model]))


def test_evaluate_scores_intervals(scores):
    table = evaluate(scores, metrics=["coverage", "mean_pinball_loss"])
    assert_allclose(table.loc["A", "coverage-80"], np.mean(np.abs(scores.y - scores.A) <= 1))
    assert np.isnan(table.loc["B", "coverage-80"])
    quantiles = {"A": 0.5, "A-lo-80": 0.1, "A-hi-80": 0.9, "A-q0.3": 0.3}
    losses = [metrics.mean_pinball_loss(scores.y, scores[name], quantile=q) for name, q in quantiles.items()]
    assert_allclose(table.loc["A", "mean_pinball_loss"], np.mean(losses))
    assert_allclose(table.loc["B", "mean_pinball_loss"], metrics.mae(scores.y, scores.B) / 2)


@pytest.mark.parametrize("m", [1, 3])
def test_evaluate_scales_by_what_came_before(scores, train, m):
    table = evaluate(scores, metrics=["mase", "rmsse"], train=train, season_length=m)
    mase, rmsse = [], []
    for name in ("s", "t"):
        past = train[(train.unique_id == name) & (train.ds < 11)].sort_values("ds").y.to_numpy()
        part = scores[scores.unique_id == name]
        mase.append(metrics.mase(part.y, part.B, y_train=past, season_length=m))
        rmsse.append(metrics.rmsse(part.y, part.B, y_train=past, season_length=m))
    assert_allclose(table.loc["B"], [np.mean(mase), np.mean(rmsse)])


def test_evaluate_by_group(scores, train):
    table = evaluate(scores, metrics=["mae", "mase"], train=train, by=["unique_id", "cutoff"])
    assert table.index.names == ["unique_id", "cutoff", "model"]
    part = scores[(scores.unique_id == "t") & (scores.cutoff == 11)]
    assert_allclose(table.loc[("t", 11, "A"), "mae"], metrics.mae(part.y, part.A))
    assert len(evaluate(scores, metrics="mae", by="cutoff")) == 4


def test_evaluate_of_a_single_series_takes_the_series():
    y = pd.Series(np.arange(30.0) ** 2, index=pd.period_range("2020-01", periods=30, freq="M"))
    frame = pd.DataFrame({"cutoff": y.index[19], "ds": y.index[20:], "y": y.to_numpy()[20:], "A": 0.0})
    table = evaluate(frame, metrics=["mase"], train=y, season_length=2)
    assert_allclose(table.loc["A", "mase"], metrics.mase(y[20:], np.zeros(10), y_train=y[:20], season_length=2))


def test_evaluate_says_which_series_have_no_scale(scores, train):
    train.loc[train.unique_id == "s", "y"] = 1.0
    with pytest.warns(UserWarning, match="1 of 2 series are left out of mase and rmsse.*: s"):
        table = evaluate(scores, metrics=["mase"], train=train)
    with pytest.warns(UserWarning, match="left out"):
        alone = evaluate(scores[scores.unique_id == "t"], metrics=["mase"], train=train.assign(y=1.0))
    assert np.isfinite(table.loc["A", "mase"])
    assert np.isnan(alone.loc["A", "mase"])


def test_evaluate_refuses_bad_frames(scores, train):
    with pytest.raises(ValueError, match="column 'B'"):
        evaluate(scores.assign(B=np.nan))
    with pytest.raises(ValueError, match="column 'y'"):
        evaluate(scores.assign(y=np.inf))
    with pytest.raises(ValueError, match="frame has no column 'ds'"):
        evaluate(scores.drop(columns="ds"))
    with pytest.raises(ValueError, match="frame is empty"):
        evaluate(scores[:0])
    with pytest.raises(TypeError, match="frame must be a DataFrame"):
        evaluate(scores.y)
    with pytest.raises(ValueError, match="column of numbers for each model"):
        evaluate(scores.assign(B="x"))
    with pytest.raises(ValueError, match="column of numbers for each model"):
        evaluate(scores[["unique_id", "ds", "y"]])
    with pytest.raises(ValueError, match="metrics holds 'mea'"):
        evaluate(scores, metrics=["mea"])
    with pytest.raises(ValueError, match="train=None"):
        evaluate(scores, metrics=["mase"])
    with pytest.raises(ValueError, match="season_length=0"):
        evaluate(scores, metrics=["mase"], train=train, season_length=0)
    with pytest.raises(ValueError, match="both have a column 'unique_id'"):
        evaluate(scores, metrics=["mase"], train=train.drop(columns="unique_id"))
