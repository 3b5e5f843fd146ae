"""Frames of polars and pyarrow wherever those of pandas are taken."""

import builtins
import datetime

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_array_equal
from pandas.testing import assert_frame_equal

from rnnforecast.forecasting import NaiveForecaster, backtest, fill_gaps
from rnnforecast.forecasting.covariates.future import as_future
from rnnforecast.forecasting.panels.reading import as_panel
from rnnforecast.libraries import as_pandas

N, H = 20, 3


@pytest.fixture(params=["polars", "pyarrow"])
def library(request):
    pytest.importorskip("narwhals")
    pytest.importorskip(request.param)
    return request.param


def make(library, columns):
    """A frame of a library from lists."""
    if library == "polars":
        import polars

        return polars.DataFrame(columns)
    import pyarrow

    return pyarrow.table(columns)


def columns_of(frame):
    """Lists from a frame of a library."""
    return frame.to_dict(as_series=False) if hasattr(frame, "to_dict") else frame.to_pydict()


def stamps(kind):
    if kind == "integers":
        return list(range(5, 5 + 2 * N, 2))
    if kind == "dates":
        return [datetime.date(2024, 2, 20) + datetime.timedelta(days=i) for i in range(N)]
    zone = datetime.UTC if kind == "in a time zone" else None
    return [datetime.datetime(2024, 2, 20, tzinfo=zone) + datetime.timedelta(hours=i) for i in range(N)]


def table(kind="dates"):
    n = N - H
    return {
        "unique_id": ["b"] * n + ["a"] * n,
        "ds": stamps(kind)[:n] * 2,
        "y": [float(i % 5) for i in range(n)] + list(range(n)),
        "price": [0.5 * i for i in range(2 * n)],
        "word": ["x", "y"] * n,
    }


@pytest.mark.parametrize("kind", ["integers", "dates", "times", "in a time zone"])
def test_forecasts_in_kind(library, kind):
    data = table(kind)
    model = NaiveForecaster(H).fit(make(library, data))
    answer = model.predict()
    assert type(answer).__module__.partition(".")[0] == library
    expected = NaiveForecaster(H).fit(pd.DataFrame(data).assign(ds=as_stamps(data["ds"]))).predict()
    got = columns_of(answer)
    assert list(got) == ["unique_id", "ds", "Naive"]
    assert got["unique_id"] == ["a"] * H + ["b"] * H
    assert got["ds"] == stamps(kind)[-H:] * 2
    assert_array_equal(got["Naive"], expected.Naive)
    assert columns_of(model.predict(new_df=make(library, data))) == got
    assert isinstance(model.predict(new_df=pd.DataFrame(data).assign(ds=as_stamps(data["ds"]))), pd.DataFrame)
    assert columns_of(model.stream("a").forecast())["Naive"] == got["Naive"][:H]


def as_stamps(values):
    return values if isinstance(values[0], int) else pd.to_datetime(values)


def test_update_and_backtest(library):
    data = table()
    rows = {name: [column[N - H - 1], column[-1]] for name, column in data.items()}
    kept = [i for i in range(2 * (N - H)) if i not in (N - H - 1, 2 * (N - H) - 1)]
    first = {name: [column[i] for i in kept] for name, column in data.items()}
    model = NaiveForecaster(H).fit(make(library, first)).update(make(library, rows))
    assert columns_of(model.predict()) == columns_of(NaiveForecaster(H).fit(make(library, data)).predict())
    result = backtest(NaiveForecaster(H), make(library, data), n_windows=2)
    expected = backtest(NaiveForecaster(H), pd.DataFrame(data).assign(ds=pd.to_datetime(data["ds"])), n_windows=2)
    assert_frame_equal(result, expected, check_dtype=False)


def test_covariates(library):
    data, n = table(), N - H
    panel = as_panel(make(library, data), covariates=["price", "word"])
    assert_array_equal(panel.columns.price, data["price"][n:] + data["price"][:n])
    assert panel.columns.word.tolist() == data["word"][n:] + data["word"][:n]
    future = {"unique_id": ["a"] * N + ["b"] * N, "ds": stamps("dates") * 2, "price": list(range(2 * N))}
    got = as_future(make(library, future), panel, H, ["price"]).price
    assert_array_equal(got, [N - 3, N - 2, N - 1, 2 * N - 3, 2 * N - 2, 2 * N - 1])


def test_gaps(library):
    data = {"ds": [datetime.date(2024, 1, day) for day in (1, 2, 4)], "y": [1.0, 2.0, 4.0], "word": ["a", "b", "c"]}
    filled = columns_of(fill_gaps(make(library, data), fill="linear"))
    days = [datetime.date(2024, 1, day) for day in (1, 2, 3, 4)]
    assert filled == {"ds": days, "y": [1.0, 2.0, 3.0, 4.0], "word": ["a", "b", None, "c"]}


def test_missing_values(library):
    data = make(library, {"ds": [1, 2, 3, 4], "y": [1, None, None, 4]})
    assert_array_equal(as_panel(data, allow_missing=True).values, [1, np.nan, np.nan, 4])
    with pytest.raises(ValueError, match="data has 2 NaN values in column 'y', the first in the series at 2"):
        as_panel(data)
    with pytest.raises(ValueError, match="column 'ds' of data has 1 missing stamps"):
        as_panel(make(library, {"ds": [datetime.date(2024, 1, 1), None], "y": [1, 2]}))


def test_the_frame_is_left_as_it_is(library):
    data = make(library, table())
    before = columns_of(data)
    as_panel(data, covariates=["price"]).values[:] = 7
    assert columns_of(data) == before


def test_columns_of_many_types():
    polars = pytest.importorskip("polars")
    pytest.importorskip("narwhals")
    columns = {
        "enum": polars.Series(["x", "z"], dtype=polars.Enum(["z", "x", "w"])),
        "category": polars.Series(["x", "z"], dtype=polars.Categorical),
        "decimal": polars.Series(["1.5", None]).cast(polars.Decimal(10, 2)),
        "bool": [True, False],
        "holes": [True, None],
        "zone": polars.Series([datetime.datetime(2024, 7, 1)] * 2).dt.replace_time_zone("Europe/Berlin"),
        "small": polars.Series([1, 2], dtype=polars.Int8),
    }
    frame, library, dates = as_pandas(polars.DataFrame(columns), "data")
    assert (library, dates) == ("polars", [])
    assert frame["enum"].cat.categories.tolist() == ["z", "x", "w"]
    assert frame["category"].tolist() == ["x", "z"]
    assert_array_equal(frame["decimal"], [1.5, np.nan])
    assert frame["bool"].dtype == bool
    assert frame["holes"].isna().tolist() == [False, True]
    assert frame["zone"].tolist() == [pd.Timestamp("2024-07-01", tz="Europe/Berlin")] * 2
    assert frame["small"].dtype == np.int8


def test_what_is_no_frame():
    polars = pytest.importorskip("polars")
    pytest.importorskip("narwhals")
    with pytest.raises(TypeError, match=r"data must be a frame; got a polars LazyFrame; collect\(\) it first"):
        as_panel(polars.LazyFrame({"ds": [1], "y": [1.0]}))
    with pytest.raises(TypeError, match="data must be a frame; got a polars Series"):
        as_panel(polars.Series([1.0, 2.0]))


def test_without_narwhals(monkeypatch):
    kind = type("DataFrame", (), {"__module__": "polars.dataframe.frame"})
    original = builtins.__import__

    def refuse(name, *args):
        if name == "narwhals":
            raise ImportError(name)
        return original(name, *args)

    monkeypatch.setattr(builtins, "__import__", refuse)
    with pytest.raises(
        ImportError, match=r"data is a polars DataFrame, which needs .*: pip install rnnforecast\[frames\]"
    ):
        as_panel(kind())
