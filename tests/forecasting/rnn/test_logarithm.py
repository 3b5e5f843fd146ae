"""Logarithms that are chosen by the data."""

import numpy as np
import pandas as pd
import pytest
from covariates_support import small

from rnnforecast import RNNForecaster
from rnnforecast.forecasting import Chain, LinLog, Log, Standardize
from rnnforecast.forecasting.networks.reach import Reach
from rnnforecast.forecasting.rnn.logarithm import wants_logarithm

LOGS = Chain((LinLog(), Standardize()))
NONE = Chain((Chain(), Standardize()))


@pytest.fixture
def sales(rng):
    return pd.Series(np.exp(0.1 * rng.normal(size=60).cumsum()), index=pd.date_range("2024", periods=60), name="sales")


def chain(data, **words):
    return small(max_iter=1, target_transform="auto", **words).fit(data).transform_


def test_positive_data_have_logarithms(sales):
    assert chain(sales) == chain(sales, loss="quantile") == LOGS
    assert chain(sales.where(sales.index.day != 7), missing="mask") == LOGS
    assert chain(sales, series_scaler=None) == Chain((LinLog(),))


def test_others_have_none(sales):
    with_zero = sales.copy()
    with_zero.iloc[5] = 0.0
    assert chain(with_zero) == NONE
    assert chain(sales, loss="squared_error") == chain(sales, loss="gaussian") == NONE
    assert chain(sales.round(), loss="poisson") == Chain((Log(offset=1.0),))


def test_one_series_decides_for_all(sales):
    frame = pd.DataFrame({"ds": sales.index, "y": sales.to_numpy()})
    two = pd.concat([frame.assign(unique_id="a"), frame.assign(unique_id="b", y=frame["y"] - 100)])
    forecaster = RNNForecaster(3)
    assert not wants_logarithm(forecaster, forecaster._as_panel(two), [Reach(8, 3)])
    assert wants_logarithm(forecaster, forecaster._as_panel(frame), [Reach(8, 3)])


def test_noise_around_a_level_has_none(sales, rng):
    noise = pd.Series(10 + rng.normal(size=80), index=pd.date_range("2024", periods=80))
    assert chain(noise) == NONE
    assert chain(noise.cumsum()) == chain(noise.cumsum() * 1e305) == LOGS


def test_a_forecaster_keeps_what_it_chose(sales, tmp_path):
    by_data, told = small(target_transform="auto").fit(sales), small(target_transform=LinLog()).fit(sales)
    pd.testing.assert_series_equal(by_data.predict(), told.predict())
    by_data.save(tmp_path / "model.npz")
    again = RNNForecaster.load(tmp_path / "model.npz")
    assert again.transform_ == LOGS
    later = pd.Series([0.0, -1.0], index=sales.index[-1] + pd.to_timedelta([1, 2], "D"), name="sales")
    for forecaster in (by_data, again):
        assert forecaster.update(later).predict().notna().all()  # zeros and less are no error later
        assert forecaster.transform_ == LOGS
    assert by_data.fit(-sales).transform_ == NONE
