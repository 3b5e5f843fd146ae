"""Files that are refused, and why."""

import pandas as pd
import pytest
from cli_support import refused, write


@pytest.mark.parametrize(
    "form, freq, what",
    [("%Y%m", "MS", "months"), ("%Y%m%d", "D", "days"), ("%Y%m%d", "ME", "days"), ("%Y%m%d", "W", "days")],
)
def test_dates_that_are_written_as_integers(form, freq, what, tmp_path, capsys):
    dates = pd.date_range("2019-11-01", periods=40, freq=freq).strftime(form)
    path = write(tmp_path, "ds,y\n" + "".join(f"{date},1\n" for date in dates))
    words = f"look like {what}", f"pd.to_datetime(stamps.astype(str), format='{form}')"
    for option in ([], ["--freq", freq]):
        line = refused(capsys, "forecast", path, "--h", 2, *option)
        assert all(word in line for word in words), line


@pytest.mark.parametrize(
    "text, words",
    [
        ("", ["not a readable CSV"]),
        ("ds,y\n", ["no rows"]),
        ("when,y\n2020-01-01,1\n", ["'ds'", "--time", "'when'"]),
        ("ds,z\n2020-01-01,1\n", ["'y'", "--target"]),
        ("ds,y\n2020-01-01,1\nsoon,2\n", ["'ds'", "'soon'", "line 3"]),
        ("ds,y\n2020-01-01,1\n2020-01-02,two\n", ["'y'", "'two'", "line 3"]),
        ("ds,y\n2020-01-01,1\n2020-01-02,\n", ["'y'", "line 3 is empty"]),
        ("unique_id,ds,y\na,2020-01-01,1\n,2020-01-02,1\n", ["'unique_id'", "line 3 is empty"]),
        ("ds,y\n2020-01-01,1\n2020-01-02,NaN\n", ["'y'", "line 3 is empty"]),
        ("ds,y\n2020-01-01,1\n,2\n", ["'ds'", "line 3 is empty"]),
        ("ds,y\n2020-01-01,1\n2020-01-02,inf\n2020-01-03,3\n", ["'y'", "infinite"]),
        ("ds,y\n2020-01-01,1\n2020-01-01,2\n2020-01-02,2\n", ["more than once"]),
        ("ds,y\n2020-01-01,1\n2020-01-02,2\n2020-01-03,3\n2020-01-05,2\n", ["2020-01-04"]),
        ("ds,y\n2020-01-01,1\n2020-01-02,2\n", ["input_size"]),
    ],
)
def test_bad_files(text, words, tmp_path, capsys):
    line = refused(capsys, "forecast", write(tmp_path, text), "--h", 2)
    assert all(word in line for word in [*words, "data.csv"]), line
