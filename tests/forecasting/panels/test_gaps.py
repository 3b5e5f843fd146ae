import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_array_equal
from pandas.testing import assert_frame_equal, assert_series_equal
from panels_support import INDEXES

from rnnforecast.forecasting import fill_gaps


@pytest.mark.parametrize("index", INDEXES)
def test_a_series_without_its_gaps(index):
    full = pd.Series(np.arange(12.0), index=index, name="sales")
    holes = full.drop(index[[2, 3, 7]])
    expected = full.copy()
    expected.iloc[[2, 3, 7]] = np.nan
    assert_series_equal(fill_gaps(holes), expected, check_freq=False, check_index_type="equiv")
    assert_array_equal(fill_gaps(holes, fill="linear"), full)
    assert_array_equal(fill_gaps(holes, fill="last"), expected.ffill())
    assert_array_equal(fill_gaps(holes, fill=-1), expected.fillna(-1))
    assert len(holes) == 9


def test_a_frame_without_its_gaps():
    days = pd.date_range("2024-01-01", periods=6, freq="D")
    full = pd.concat(
        [
            pd.DataFrame({"unique_id": "a", "price": 1.5, "ds": days, "y": np.arange(6.0)}),
            pd.DataFrame({"unique_id": "b", "price": 2.5, "ds": days[1:], "y": np.arange(5.0) * 10}),
        ],
        ignore_index=True,
    )
    holes = full.drop(index=[2, 8]).sample(frac=1, random_state=0)
    before = holes.copy()
    filled = fill_gaps(holes, fill="linear")
    expected = full.copy()
    expected.loc[[2, 8], "price"] = np.nan
    assert_frame_equal(filled, expected)
    assert_frame_equal(holes, before)


def test_the_frequency_decides_what_is_missing():
    days = pd.date_range("2024-01-01", periods=10, freq="B")
    series = pd.Series(np.arange(10.0), index=days)
    assert len(fill_gaps(series)) == 10
    assert len(fill_gaps(series, freq="D")) == 12


def test_values_that_are_missing_stay_so():
    series = pd.Series([1.0, np.nan, 3.0, 5.0], index=[0, 1, 2, 4])
    assert_array_equal(fill_gaps(series, fill="linear"), [1.0, np.nan, 3.0, 4.0, 5.0])


def test_nothing_to_fill():
    series = pd.Series([1.0, 2.0], index=pd.date_range("2024-01-01", periods=2, freq="D"))
    assert_series_equal(fill_gaps(series), series)


def test_bad_arguments():
    series = pd.Series([1.0, 2.0, 3.0])
    for fill in ("cubic", True, [1]):
        with pytest.raises(ValueError, match="must be 'linear', 'last', a number or None"):
            fill_gaps(series, fill=fill)
    with pytest.raises(ValueError, match="more than once"):
        fill_gaps(pd.Series([1.0, 2.0], index=[1, 1]))


def test_a_frame_of_three_columns():
    holes = pd.DataFrame({"unique_id": "a", "ds": [1, 2, 4], "y": [1.0, 2.0, 4.0]})
    expected = pd.DataFrame({"unique_id": "a", "ds": [1, 2, 3, 4], "y": [1.0, 2.0, 3.0, 4.0]})
    assert_frame_equal(fill_gaps(holes, fill="linear"), expected)
