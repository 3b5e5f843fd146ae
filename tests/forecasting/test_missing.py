"""Targets that are missing, and stamps that are."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_array_equal
from pandas.testing import assert_frame_equal, assert_series_equal

from rnnforecast.forecasting import fill_gaps
from rnnforecast.forecasting.answers import to_data
from rnnforecast.forecasting.reading import as_panel

INDEXES = [
    pd.date_range("2024-03-25", periods=12, freq="D", tz="Europe/Berlin"),
    pd.date_range("2024-03-30 20:00", periods=12, freq="h", tz="Europe/Berlin"),
    pd.date_range("2024-01-01", periods=12, freq="ME"),
    pd.date_range("2024-01-01", periods=12, freq="B"),
    pd.period_range("2024-01", periods=12, freq="M"),
    pd.RangeIndex(3, 27, 2),
]


@pytest.mark.parametrize("index", INDEXES)
def test_missing_targets_stay_and_missing_stamps_come(index):
    full = pd.Series(np.arange(12.0), index=index)
    expected = full.copy()
    expected.iloc[[0, 2, 3, 7, 11]] = np.nan
    holes = expected.drop(index[[2, 7]])
    panel = as_panel(holes, allow_missing=True)
    assert_series_equal(to_data(panel), expected, check_freq=False, check_index_type="equiv")
    assert_series_equal(to_data(panel), fill_gaps(holes), check_freq=False)
    assert holes.isna().sum() == 3
    assert_array_equal(as_panel(full, allow_missing=True).values, full)


def test_covariates_of_rows_that_are_inserted():
    days = pd.date_range("2024-01-01", periods=6, freq="D")
    full = pd.concat(
        [
            pd.DataFrame({"unique_id": name, "ds": days[first:], "y": np.arange(6.0 - first)})
            for name, first in {"a": 0, "b": 1}.items()
        ],
        ignore_index=True,
    )
    full = full.assign(
        count=np.arange(11),
        price=np.arange(11, dtype=np.float32),
        open=[True, False] * 5 + [True],
        word=list("abcdefghijk"),
    )
    full["kind"] = pd.Categorical(full.word)
    names = ["count", "price", "open", "word", "kind"]
    gaps = [2, 3, 8]
    panel = as_panel(full.drop(index=gaps).sample(frac=1, random_state=0), covariates=names, allow_missing=True)
    expected = full.astype({"count": float})
    expected.loc[gaps, ["count", "price", "y"]] = np.nan
    for row in gaps:
        expected.loc[row, ["open", "word", "kind"]] = expected.loc[row - 1, ["open", "word", "kind"]]
    assert_frame_equal(to_data(panel), expected)
    assert panel.columns.price.dtype == np.float32
    unharmed = as_panel(full, covariates=names, allow_missing=True)
    assert unharmed.columns["count"].dtype == full["count"].dtype


def test_a_series_that_is_missing_altogether():
    data = pd.DataFrame(
        {"unique_id": ["a"] * 3 + ["b"] * 3, "ds": [1, 2, 3] * 2, "y": [1.0, np.nan, 2.0] + [np.nan] * 3}
    )
    with pytest.raises(ValueError, match="series 'b' has no value in column 'y' of data, all are NaN"):
        as_panel(data, allow_missing=True)
    with pytest.raises(ValueError, match="the series has no value of new_df, all are NaN"):
        as_panel(pd.Series([np.nan, np.nan]), allow_missing=True, argument="new_df")


def test_infinite_targets_are_still_wrong():
    with pytest.raises(ValueError, match="data has 1 infinite values, the first in the series at 2"):
        as_panel(pd.Series([1.0, np.nan, -np.inf]), allow_missing=True)


def test_stamps_that_are_irregular_are_still_wrong():
    with pytest.raises(ValueError, match="goes from 4 to 5, which is not a whole number of steps of frequency '2'"):
        as_panel(pd.Series(np.arange(4.0), index=[0, 2, 4, 5]), allow_missing=True)
    with pytest.raises(ValueError, match="more than once"):
        as_panel(pd.Series(np.arange(2.0), index=[1, 1]), allow_missing=True)
