import numpy as np
import pandas as pd
import pytest

from rnnforecast.forecasting import NaiveForecaster
from rnnforecast.forecasting.panels.date_numbers import date_format, date_hint


@pytest.mark.parametrize(
    "numbers, form",
    [
        ([20200131, 20200229], "%Y%m%d"),
        ([20200131, 20200230], None),
        ([200112, 200101, 200101], "%Y%m"),
        ([200112, 200113], None),
        ([2020, 2024], "%Y"),
        ([1900, 2099], "%Y"),
        ([1899, 2000], None),
        ([2099, 2100], None),
        ([2020, 202001], None),
        ([0, 1], None),
        ([-2020, 2020], None),
    ],
)
@pytest.mark.parametrize("dtype", [np.int32, np.int64])
def test_formats(numbers, form, dtype):
    times = pd.Index(numbers, dtype=dtype)
    assert date_format(times) == form
    assert (date_hint(times) == "") == (form is None)


def test_dates_and_periods_need_no_hint():
    assert date_hint(pd.date_range("2020-01-01", periods=3)) == ""
    assert date_hint(pd.period_range("2020-01", periods=3, freq="M")) == ""


def test_years_with_a_gap():
    index = [2015, 2016, 2017, 2019]
    with pytest.raises(ValueError, match=r"no row for 2018 .*look like years.*format='%Y'"):
        NaiveForecaster(1).fit(pd.Series(1.0, index=index))
    with pytest.raises(ValueError, match=r"no row for 18 [^%]*$"):
        NaiveForecaster(1).fit(pd.Series(1.0, index=np.array(index) - 2000))
