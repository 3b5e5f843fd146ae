import numpy as np
import pandas as pd
import pytest
from covariates_support import KNOWN, H, sales, until
from numpy.testing import assert_array_equal
from pandas.testing import assert_frame_equal, assert_index_equal

from rnnforecast.forecasting.covariates.extension import extended
from rnnforecast.forecasting.covariates.future import as_future
from rnnforecast.forecasting.panels.reading import as_panel

COVARIATES = [*KNOWN, "temp", "shop"]


def test_rows_go_under_each_series():
    data, _ = sales((12, 9, 10))
    panel, past = as_panel(data, covariates=COVARIATES), as_panel(until(data, H), covariates=COVARIATES)
    longer, ends = extended(past, H, as_future(data, past, H, KNOWN))
    assert_array_equal(ends, [8, 17, 27])
    assert_array_equal(longer.indptr, panel.indptr)
    assert_index_equal(longer.times, panel.times)
    assert_frame_equal(longer.columns[KNOWN], panel.columns[KNOWN])
    new = data.groupby("unique_id").cumcount(ascending=False).to_numpy() < H
    assert_array_equal(longer.values[~new], panel.values[~new])
    for name in ("temp", "shop"):  # what is not known ahead repeats its last row
        expected = panel.columns[name].where(~new).groupby(data.unique_id).ffill()
        assert_array_equal(longer.columns[name], expected)
    assert np.isfinite(longer.values).all()


@pytest.mark.parametrize(
    "index",
    [
        pd.date_range("2024-03-30", periods=6, freq="h", tz="Europe/Berlin"),
        pd.period_range("2024-01", periods=6, freq="M"),
        pd.RangeIndex(3, 15, 2),
    ],
)
def test_stamps_of_every_kind(index):
    panel = as_panel(pd.Series(np.arange(6.0), index=index))
    longer, ends = extended(panel, 2)
    assert_array_equal(ends, [6])
    assert_array_equal(longer.times[:6], panel.times)
    assert_array_equal(longer.times[6:], panel.future_times(2))
    assert_array_equal(longer.values, [0, 1, 2, 3, 4, 5, 5, 5])
    assert longer.columns is None
