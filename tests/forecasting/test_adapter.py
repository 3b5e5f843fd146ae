import numpy as np
import pandas as pd
import pytest
from backtest_support import LastValue, Quantiles, two_series
from numpy.testing import assert_allclose, assert_array_equal

from rnnforecast.forecasting import NaiveForecaster, backtest


@pytest.fixture
def frame(rng):
    return two_series(rng)


@pytest.mark.parametrize("refit", [False, True])
def test_forecasters_of_others(frame, refit):
    other = LastValue()
    table = backtest([other, NaiveForecaster(h=2)], frame, h=2, n_windows=3, refit=refit)
    assert_array_equal(table.LastValue, table.Naive)
    series = pd.Series(np.arange(9.0), index=pd.date_range("2024-01-01", periods=9, freq="D"))
    table = backtest({"theirs": other, "ours": NaiveForecaster(h=2)}, series, h=2, n_windows=3, refit=refit)
    assert_array_equal(table.theirs, table.ours)
    assert not hasattr(other, "sizes")


def test_gaps_of_forecasters_of_others(frame):
    table = backtest([LastValue(), NaiveForecaster(h=2)], frame, h=2, n_windows=3, gap=2)
    assert_array_equal(table.LastValue, table.Naive)


def test_quantiles_of_other_forecasters(frame):
    table = backtest({"other": Quantiles()}, frame, h=2, quantiles=[0.1])
    assert_allclose(table["other-q0.1"], table["other"] + 0.1)
