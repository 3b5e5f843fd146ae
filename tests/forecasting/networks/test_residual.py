"""Networks that begin at a simple forecast."""

import numpy as np
import pandas as pd
import pytest
from covariates_support import STRATEGIES, sales, small
from numpy.testing import assert_allclose
from sklearn.linear_model import Ridge

STILL = {
    "max_iter": 1,
    "learning_rate_init": 1e-12,
    "intervals": None,
    "window_scaler": "last",
    "target_transform": None,
}
HEADS = ["absolute_error", "quantile", "gaussian"]


def months(n=80, seed=0):
    index = pd.date_range("2015-01-01", periods=n, freq="MS")
    return pd.Series(np.random.default_rng(seed).normal(10, 2, n) + np.arange(n) / 7, index=index)


def with_segments(strategy):
    return {"strategy": strategy} | ({"segment_size": 4} if strategy == "segment" else {})


@pytest.mark.parametrize("strategy", STRATEGIES)
@pytest.mark.parametrize("loss", HEADS)
@pytest.mark.parametrize("h", [3, 6])
def test_the_last_value(strategy, loss, h):
    y = months()
    answer = small(h, **STILL, residual_on="last", loss=loss, **with_segments(strategy)).fit(y).predict()
    assert_allclose(answer, y.iloc[-1], rtol=1e-5)


@pytest.mark.parametrize("strategy", STRATEGIES)
@pytest.mark.parametrize("loss", HEADS)
@pytest.mark.parametrize("h", [3, 15])
def test_the_last_season(strategy, loss, h):
    y = months()
    model = small(h, input_size=16, **STILL, residual_on="seasonal_naive", loss=loss, **with_segments(strategy)).fit(y)
    assert_allclose(model.predict(), np.resize(y.iloc[-12:], h), rtol=1e-5)


@pytest.mark.parametrize("more", [{}, {"calendar": ["month"], "lags": [2]}, {"missing": "mask"}, {"missing": "decay"}])
def test_with_other_columns(more):
    y = months()
    answer = small(3, **STILL, residual_on="last", **more).fit(y).predict()
    assert_allclose(answer, y.iloc[-1], rtol=1e-5)


@pytest.mark.parametrize("strategy, several", [("mimo", False), ("direct", False), ("segment", True), ("mimo", True)])
def test_a_ridge_regression(strategy, several):
    """Of the next values less the last one, on windows that are standardised and less their last value."""
    y, h, n = months(), 6, 8
    more = {"segment_size": 2} if strategy == "segment" else {"lags": [6]} if several else {}
    answer = small(h, input_size=n, **STILL, residual_on="linear", strategy=strategy, **more).fit(y).predict()
    z = ((y - y.mean()) / y.std(ddof=0)).to_numpy()
    ends = np.arange(n, len(z) - h + 1)
    last = z[ends - 1][:, None]
    X, Y = z[ends[:, None] + np.arange(-n, 0)] - last, z[ends[:, None] + np.arange(h)] - last
    ridge = Ridge(alpha=0.01 * len(X), fit_intercept=not several).fit(X, Y)
    expected = ridge.predict(z[None, -n:] - z[-1])[0] + z[-1]
    assert_allclose(answer, expected * y.std(ddof=0) + y.mean(), rtol=1e-4)


def test_counts_begin_at_the_regression_of_their_logarithms():
    data, _ = sales()
    model = small(**STILL, residual_on="linear", loss="poisson").fit(data)
    means = data.groupby("unique_id").y.mean()
    assert_allclose(model.predict().groupby("unique_id").RNN.mean(), means, rtol=0.3)


def test_networks_learn_corrections():
    y = months(200)
    y[:] = np.sin(np.arange(200.0)) * 3
    errors = []
    for max_iter in (1, 60):
        model = small(2, residual_on="last", max_iter=max_iter, learning_rate_init=0.01, intervals=None).fit(y)
        errors.append(np.abs(model.predict() - np.sin([200, 201]) * 3).mean())
    assert errors[1] < errors[0] / 2


def test_what_cannot_begin_there(no_training):
    with pytest.raises(ValueError, match=r"residual_on='seasonal_naive' needs input_size of a season, 12 rows"):
        small(3, residual_on="seasonal_naive").fit(months())
    with pytest.raises(ValueError, match="residual_on='last' needs linear_skip=True"):
        small(3, residual_on="last", linear_skip=False).fit(months())
