"""Explanations against central differences of the networks' own forecasts, on the rows as they read them."""

from dataclasses import replace

import numpy as np
import pytest
from covariates_support import KNOWN, H, sales, small
from numpy.testing import assert_allclose, assert_array_equal

from rnnforecast.forecasting.networks.learner import forecast
from rnnforecast.forecasting.rnn import plan as planning

SETTINGS = {
    "mimo": {"future_covariates": ["promo"]},
    "segment": {"future_covariates": ["promo"], "strategy": "segment", "past_covariates": ["temp"]},
    "direct": {"future_covariates": ["promo"], "strategy": "direct"},
    "recursive": {"future_covariates": ["promo"], "strategy": "recursive"},
    "lags": {"future_covariates": ["promo"], "lags": [2, 5], "static_covariates": ["size"]},
    "target alone": {"n_init": 3},
    "local": {"scope": "local", "n_init": 2, "future_covariates": ["promo"]},
    "local, direct": {"scope": "local", "strategy": "direct"},
    "sizes": {"input_size": [4, 8], "future_covariates": ["promo"]},
    "gaussian": {"loss": "gaussian", "future_covariates": ["promo"], "strategy": "segment"},
    "quantiles": {"loss": "quantile", "quantiles": [0.1, 0.5, 0.9], "strategy": "direct"},
}


def nudged(model, data, ahead, step, monkeypatch):
    """A function of (series, lag, column, change): what networks say of a step, where one number that is read differs.

    The scaler's measures are those of the window: the gradient counts them as constants.
    """
    said = {}

    def answer(series, lag, column, change):
        def moved(network, theta, rows, ends, h, reach, scaler, head, **words):
            table = rows.values.reshape(-1, rows.n_columns).copy()
            row = ends[series] - lag
            if -lag >= 0 or lag <= reach.n_inputs:
                table[row, column] += change
            numbers = forecast(
                network, theta.astype(np.float64), replace(rows, values=table.reshape(-1).astype(np.float64)), ends, h,
                reach, scaler, head, **words,
            )  # fmt: skip
            said.setdefault("all", []).append(head_location(head, numbers)[:, series, step - 1])
            return numbers

        said.clear()
        monkeypatch.setattr(planning, "forecast", moved)
        model.predict(X_df=ahead)
        monkeypatch.undo()
        return np.concatenate(said["all"]).mean()

    return answer


def head_location(head, numbers):
    return numbers[..., head.location]


@pytest.mark.parametrize("name", SETTINGS)
@pytest.mark.parametrize("step", [1, 3])
def test_gradients_match_central_differences(name, step, monkeypatch):
    words = SETTINGS[name]
    if step > 1 and words.get("strategy") == "recursive":
        return
    data, ahead = sales((30, 34))
    # not the last value: it is the centre, of which the forecast is no function when it counts as a constant
    model = small(**words, window_scaler=None, intervals=None, max_iter=10).fit(data)
    ahead = ahead if "future_covariates" in words else None
    table = model.explain(step, X_df=ahead)
    answer = nudged(model, data, ahead, step, monkeypatch)
    columns = [name for name in table.columns if name not in ("unique_id", "ds", "lag")]
    numbers = [name for name in columns if name not in ("shop",)]
    checked = [(0, 1, "y"), (1, 4, "y"), (1, 8, "y")]
    if ahead is not None:
        checked += [(0, -step + 1, "promo"), (1, 2, "promo"), (0, -H + 1, "promo")]
    checked += [(1, 3, own) for own in ("temp", "y-lag-2", "y-lag-5", "size") if own in columns]
    for series, lag, column in checked:
        found = table[(table.unique_id == f"s{series}") & (table.lag == lag)][column].item()
        eps, place = 1e-3, numbers.index(column)
        difference = (answer(series, lag, place, eps) - answer(series, lag, place, -eps)) / (2 * eps)
        assert_allclose(found, difference, rtol=2e-3, atol=1e-5, err_msg=f"{series} {lag} {column}")
    assert np.abs(table["y"]).max() > 0
    if ahead is not None:
        assert np.abs(table[table.lag == -step + 1]["promo"]).min() > 0


def test_rows_and_columns():
    data, ahead = sales((30, 5))
    model = small(future_covariates=KNOWN, calendar=["dayofweek"], static_covariates=["shop"]).fit(data)
    table = model.explain(2, X_df=ahead)
    own = table[table.unique_id == "s0"]
    assert own.lag.tolist() == list(range(8, -H, -1))
    assert own.ds.is_monotonic_increasing
    assert own[own.lag == 1].ds.item() == data[data.unique_id == "s0"].ds.max()
    assert {"y", "promo", "kind", "shop"} <= set(table.columns)
    assert (table[["kind", "shop"]] >= 0).all(axis=None)
    assert_array_equal(table[table.lag <= 0]["y"], 0)
    short = table[table.unique_id == "s1"]
    assert short.lag.tolist() == list(range(5, -H, -1))
    assert np.isfinite(table.drop(columns=["unique_id", "ds"]).to_numpy()).all()


def test_a_single_series_and_steps():
    data, _ = sales((30,))
    y = data.set_index("ds").y
    model = small().fit(y)
    assert model.explain(1).columns.tolist() == ["ds", "lag", "y"]
    for bad in (0, H + 1, 1.0, True, None):
        with pytest.raises(ValueError, match=f"must be an int from 1 to h={H}"):
            model.explain(bad)
    with pytest.raises(ValueError, match="step=2 must be 1 with strategy='recursive'"):
        small(strategy="recursive").fit(y).explain(2)
    with pytest.raises(ValueError, match="explain needs another strategy than 'seq2seq'"):
        small(strategy="seq2seq").fit(y).explain()
