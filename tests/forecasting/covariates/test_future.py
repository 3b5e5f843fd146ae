"""Future values of covariates: exactly the rows that a forecast needs."""

import numpy as np
import pandas as pd
import pytest
from covariates_support import sales, small
from numpy.testing import assert_array_equal
from pandas.testing import assert_frame_equal

from rnnforecast.forecasting.covariates.future import as_future
from rnnforecast.forecasting.panels.reading import as_panel

H = 3
INDEXES = {
    "hours": pd.date_range("2024-03-30 12:00", periods=30, freq="h", tz="Europe/Berlin"),
    "days": pd.date_range("2024-03-20", periods=30, freq="D", tz="Europe/Berlin"),
    "months": pd.date_range("2024-01-31", periods=30, freq="ME"),
    "business days": pd.date_range("2024-01-01", periods=30, freq="B"),
    "periods": pd.period_range("2024-01", periods=30, freq="M"),
    "integers": pd.RangeIndex(5, 65, 2),
}
ENDS = {"a": 12, "b": 20, "c": 27}


def history(index):
    return pd.concat(
        [pd.DataFrame({"unique_id": name, "ds": index[4:end], "y": 1.0}) for name, end in ENDS.items()],
        ignore_index=True,
    )


def covariates(index, rng):
    """All rows of all series, and of one that is not in the history."""
    parts = [pd.DataFrame({"unique_id": name, "ds": index}) for name in [*ENDS, "other"]]
    frame = pd.concat(parts, ignore_index=True)
    return frame.assign(price=rng.normal(size=len(frame)), word=rng.choice(list("xyz"), len(frame)), junk=np.nan)


def naive_future(X_df, data, index):
    """Row by row."""
    rows = []
    for name in ENDS:
        last = data[data.unique_id == name].ds.max()
        place = list(index).index(last)
        for stamp in index[place + 1 : place + 1 + H]:
            rows.append(X_df[(X_df.unique_id == name) & (X_df.ds == stamp)][["price", "word"]])
    return pd.concat(rows, ignore_index=True)


@pytest.mark.parametrize("kind", INDEXES)
def test_the_rows_that_are_needed_in_any_order(kind, rng):
    index = INDEXES[kind]
    data, X_df = history(index), covariates(index, rng)
    panel = as_panel(data, freq="B" if kind == "business days" else None)
    expected = naive_future(X_df, data, index)
    for given in (X_df, X_df.sample(frac=1, random_state=0)):
        assert_frame_equal(as_future(given, panel, H, ["price", "word"]), expected)
    needed = X_df.merge(pd.DataFrame({"unique_id": panel.ids.repeat(H), "ds": panel.future_times(H)}))
    assert_frame_equal(as_future(needed, panel, H, ["word"]), expected[["word"]])


def test_names_of_columns_are_free(rng):
    index = INDEXES["days"]
    new = {"unique_id": "shop", "ds": "day"}
    data, X_df = history(index).rename(columns=new), covariates(index, rng).rename(columns=new)
    panel = as_panel(data, id_col="shop", time_col="day")
    got = as_future(X_df, panel, H, ["price"], id_col="shop", time_col="day")
    assert_frame_equal(
        got, as_future(covariates(index, rng).assign(price=X_df.price), as_panel(history(index)), H, ["price"])
    )


@pytest.mark.parametrize("kind", INDEXES)
def test_a_single_series_by_column_or_index(kind):
    index = INDEXES[kind]
    panel = as_panel(pd.DataFrame({"ds": index[:20], "y": 1.0}))
    X_df = pd.DataFrame({"ds": index, "price": np.arange(30.0)})
    for given in (X_df, X_df.set_index("ds"), X_df[20:], X_df[::-1]):
        assert_array_equal(as_future(given, panel, H, ["price"]).price, [20, 21, 22])
    assert_array_equal(as_future(X_df, as_panel(pd.Series(1.0, index[:20])), H, ["price"]).price, [20, 21, 22])


def test_units_of_stamps_may_differ():
    index = INDEXES["days"]
    panel = as_panel(pd.Series(1.0, index[:20].as_unit("s")))
    X_df = pd.DataFrame({"ds": index.as_unit("ns"), "price": np.arange(30.0)})
    assert_array_equal(as_future(X_df, panel, H, ["price"]).price, [20, 21, 22])


@pytest.mark.parametrize("dtype", ["category", object])
def test_types_of_names(dtype, rng):
    index = INDEXES["days"]
    data, X_df = history(index), covariates(index, rng)
    expected = naive_future(X_df, data, index)
    panel = as_panel(data.astype({"unique_id": dtype}))
    assert_frame_equal(as_future(X_df, panel, H, ["price", "word"]), expected)
    X_df = X_df.astype({"unique_id": dtype})
    assert_frame_equal(as_future(X_df, as_panel(data), H, ["price", "word"]), expected)


def test_a_million_rows_take_no_loop(rng):
    ids = np.arange(10_000)
    panel = as_panel(pd.DataFrame({"unique_id": ids.repeat(2), "ds": np.tile([0, 1], 10_000), "y": 1.0}))
    X_df = pd.DataFrame({"unique_id": ids.repeat(100), "ds": np.tile(np.arange(100), 10_000)})
    X_df = X_df.assign(x=rng.normal(size=len(X_df))).sample(frac=1, random_state=0)
    got = as_future(X_df, panel, 98, ["x"]).x
    assert_array_equal(got, X_df.sort_index().x[X_df.sort_index().ds >= 2])


# ---- bad input -------------------------------------------------------------------------------------------------------


@pytest.fixture
def days(rng):
    index = INDEXES["days"].tz_localize(None)
    return as_panel(history(index)), covariates(index, rng)


def test_stamps_that_are_missing(days):
    panel, X_df = days
    need = r"X_df has no row for series 'b' at 2024-04-10 00:00:00 \({} rows missing in all\); h=3 needs the 3 steps"
    gap = X_df[(X_df.unique_id != "b") | (X_df.ds != "2024-04-10")]
    with pytest.raises(ValueError, match=need.format(1) + r".* from 2024-04-09 00:00:00 on, and it has 2024-03-20"):
        as_future(gap, panel, H, ["price"])
    misaligned = X_df.assign(ds=X_df.ds + pd.Timedelta(hours=1))
    with pytest.raises(ValueError, match=r"no row for series 'a' at 2024-04-01 00:00:00 \(9 rows missing"):
        as_future(misaligned, panel, H, ["price"])
    with pytest.raises(ValueError, match=r"no row for series 'c'.* and it has no row of this series"):
        as_future(X_df[X_df.unique_id != "c"], panel, H, ["price"])
    with pytest.raises(ValueError, match=r"no row for series 'c' at 2024-04-19 00:00:00 \(1 rows missing"):
        as_future(X_df, panel, 4, ["price"])
    with pytest.raises(ValueError, match="X_df is empty"):
        as_future(X_df[:0], panel, H, ["price"])


def test_stamps_that_come_twice(days):
    panel, X_df = days
    again = X_df[(X_df.unique_id == "b") & (X_df.ds == "2024-04-10")]
    with pytest.raises(ValueError, match="X_df has 2 rows for series 'b' at 2024-04-10 00:00:00; it must have one"):
        as_future(pd.concat([X_df, again]), panel, H, ["price"])
    as_future(pd.concat([X_df, X_df[:5]]), panel, H, ["price"])  # twice, but not needed


@pytest.mark.parametrize(
    "column, bad, word", [("price", np.nan, "NaN"), ("price", np.inf, "infinite"), ("word", None, "missing")]
)
def test_values_that_are_missing(days, column, bad, word):
    panel, X_df = days
    X_df.loc[(X_df.unique_id == "b") & (X_df.ds == "2024-04-10"), column] = bad
    with pytest.raises(
        ValueError, match=rf"column '{column}' of X_df has 1 {word} values among .* series 'b' at 2024-04-10"
    ):
        as_future(X_df, panel, H, ["price", "word"])
    early = X_df.ds < "2024-04-01"
    X_df = covariates(INDEXES["days"].tz_localize(None), np.random.default_rng(0))
    X_df.loc[early, column] = bad
    as_future(X_df, panel, H, ["price", "word"])  # bad, but not needed


def test_kinds_and_time_zones(days):
    panel, X_df = days
    with pytest.raises(ValueError, match="X_df has integer stamps; the training data had datetime stamps"):
        as_future(X_df.assign(ds=1), panel, H, ["price"])
    with pytest.raises(ValueError, match="X_df has the time zone UTC; the training data had None: use tz_localize"):
        as_future(X_df.assign(ds=X_df.ds.dt.tz_localize("UTC")), panel, H, ["price"])
    with pytest.raises(TypeError, match="column 'ds' of X_df must hold datetimes, periods or integers"):
        as_future(X_df.assign(ds="2024-01-01"), panel, H, ["price"])
    with pytest.raises(ValueError, match="X_df names series by integer, such as 1; the training data by string"):
        as_future(X_df.assign(unique_id=1), panel, H, ["price"])
    months = as_panel(pd.Series(1.0, pd.period_range("2024-01", periods=5, freq="M")))
    weeks = pd.DataFrame({"price": 1.0}, index=pd.period_range("2024-06", periods=5, freq="W"))
    with pytest.raises(ValueError, match="X_df has periods of frequency 'W-SUN'; the training data had 'M'"):
        as_future(weeks, months, H, ["price"])


def test_columns_that_do_not_serve(days):
    panel, X_df = days
    with pytest.raises(TypeError, match=r"X_df must be a DataFrame with the future values of \['price'\]; got None"):
        as_future(None, panel, H, ["price"])
    with pytest.raises(TypeError, match="got ndarray"):
        as_future(X_df.to_numpy(), panel, H, ["price"])
    with pytest.raises(ValueError, match=r"X_df must have one column 'wind' \(a covariate\)"):
        as_future(X_df, panel, H, ["wind"])
    with pytest.raises(ValueError, match=r"X_df must have one column 'unique_id' \(id_col\)"):
        as_future(X_df.drop(columns="unique_id"), panel, H, ["price"])
    with pytest.raises(ValueError, match=r"one column 'unique_id' \(id_col\).* it is in the index: call reset_index"):
        as_future(X_df.set_index("unique_id"), panel, H, ["price"])
    with pytest.raises(ValueError, match=r"X_df must have one column 'ds' \(time_col\).* it is in the index"):
        as_future(X_df.set_index("ds"), panel, H, ["price"])
    with pytest.raises(ValueError, match="column 'unique_id' of X_df has missing values only"):
        as_future(X_df.assign(unique_id=None), panel, H, ["price"])
    single = as_panel(pd.Series(1.0, INDEXES["days"]))
    with pytest.raises(ValueError, match="X_df has a column 'unique_id', but the data are one series without a name"):
        as_future(X_df, single, H, ["price"])
    known = as_panel(history(INDEXES["days"]).assign(price="dear"), covariates=["price"])
    with pytest.raises(ValueError, match="column 'price' of X_df holds numbers; in the training data it held labels"):
        as_future(X_df.assign(ds=X_df.ds.dt.tz_localize("Europe/Berlin")), known, H, ["price"])


def test_labels_that_are_all_missing_are_said_to_be():
    data, ahead = sales()
    model = small(future_covariates=["kind"], max_iter=1, intervals=None).fit(data)
    with pytest.raises(ValueError, match=r"column 'kind' of X_df has missing values only; in the .* it held labels"):
        model.predict(X_df=ahead.assign(kind=None))
