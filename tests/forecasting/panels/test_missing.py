"""Targets that are missing, and stamps that are."""

import numpy as np
import pandas as pd
import pytest
from covariates_support import STRATEGIES, sales, small
from numpy.testing import assert_array_equal
from pandas.testing import assert_frame_equal, assert_series_equal
from panels_support import INDEXES, panel_of, split

from rnnforecast.forecasting import fill_gaps
from rnnforecast.forecasting.panels.answers import to_data
from rnnforecast.forecasting.panels.missing import filled, has_known, tail_from_known
from rnnforecast.forecasting.panels.reading import as_panel


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


# What stands in their place


def test_filled_matches_naive(rng):
    panel = panel_of(a=rng.normal(size=9), b=rng.normal(size=5), c=rng.normal(size=7))
    values = panel.values.copy()
    values[[0, 1, 4, 8, 9, 13, 14, 15, 16, 18]] = np.nan
    whole, observed = filled(panel.with_values(values))
    assert_array_equal(observed, np.isfinite(values))
    expected = [pd.Series(own).ffill().bfill() for own in split(panel.with_values(values))]
    assert_array_equal(whole.values, np.concatenate(expected))
    assert filled(panel) == (panel, None)
    values[9:14] = np.nan
    with pytest.raises(ValueError, match="series 'b' has no target at all among its rows"):
        filled(panel.with_values(values))


@pytest.mark.parametrize("n_lost", [0, 2])
def test_tails_begin_at_a_known_target(n_lost):
    panel = panel_of(a=np.arange(9.0), b=np.arange(5.0), c=np.arange(8.0), d=np.arange(2.0))
    values = panel.values.copy()
    values[[5, 6, 8, 9, 10, 11, 12, 19]] = np.nan
    tail = tail_from_known(panel.with_values(values), 3, n_lost)
    begins = [4 - n_lost, 0, 4 - n_lost, 0]  # b knows nothing before, d is shorter
    assert_array_equal([own[0] for own in split(tail)][::2], begins[::2])
    assert_array_equal(tail.lengths, np.array([9, 5, 8, 2]) - begins)


def test_has_known():
    panel = as_panel(pd.Series([1, np.nan, np.nan, 2.0]), allow_missing=True)
    firsts, stops = np.array([0, 1, 1, 3, 4]), np.array([1, 3, 4, 4, 3])
    assert_array_equal(has_known(panel, firsts, stops), [True, False, True, True, False])


HOLES = {
    "leading": slice(0, 20),
    "trailing": slice(-3, None),
    "a whole window": slice(-9, None),
    "far more": slice(-25, None),
    "inside": slice(15, 40),
    "every other": slice(0, None, 2),
    "all but one": slice(1, None),
}


@pytest.mark.parametrize("missing", ["mask", "decay"])
@pytest.mark.parametrize("holes", HOLES)
@pytest.mark.parametrize("strategy", STRATEGIES)
def test_forecasts_are_finite(missing, holes, strategy):
    data, ahead = sales()
    first = (data.unique_id == "s0").to_numpy()
    y = data.y.to_numpy().copy()
    y[np.flatnonzero(first)[HOLES[holes]]] = np.nan
    data["y"] = y
    model = small(missing=missing, strategy=strategy, future_covariates=["promo"], lags=[5], max_iter=1).fit(data)
    table = model.predict(X_df=ahead, level=80, quantiles=[0.3])
    assert np.isfinite(table.drop(columns=["unique_id", "ds"]).to_numpy()).all()
    assert np.isfinite(model.thetas_[0]).all()
    assert_frame_equal(model.predict(X_df=ahead, new_df=data, level=80, quantiles=[0.3]), table)


@pytest.mark.parametrize("missing", ["mask", "decay"])
def test_stamps_and_targets_that_are_missing_are_alike(missing):
    data, ahead = sales()
    rows = [5, 6, 30, 70, 71, 72]
    holes = data.assign(y=data.y.where(~data.index.isin(rows)))
    words = {"missing": missing, "static_covariates": ["shop", "size"], "weight_col": "w", "max_iter": 3}
    one, other = (
        small(**words).fit(holes.assign(w=1.0)),
        small(**words | {"weight_col": None}).fit(data.drop(index=rows)),
    )
    assert_frame_equal(one.predict(), other.predict())


def test_numbers_of_covariates_that_are_missing_count_as_their_mean():
    data, ahead = sales()
    data["temp"] = data.temp - data.temp.mean()
    holes, zeros = data.copy(), data.copy()
    holes.loc[holes.index[-3:], "temp"] = np.nan
    model = small(missing="mask", past_covariates=["temp"]).fit(data)
    zeros.loc[zeros.index[-3:], "temp"] = model.design_state_["numbers"]["temp"][0]
    assert_frame_equal(model.predict(new_df=holes), model.predict(new_df=zeros))
    stream = model.stream("s0").update(np.nan, {"temp": np.nan})
    assert np.isfinite(stream.forecast().RNN).all()


def test_rings_of_streams_stay_small():
    model = small(missing="mask").fit(pd.Series(np.arange(60.0) % 7))
    stream, longest = model.stream(), 0
    for t in range(400):
        stream.update(np.nan if t % 50 > 20 else float(t % 7))
        longest = max(longest, len(stream._values))
    assert longest < 150
    assert np.isfinite(stream.forecast()).all()


def test_nothing_to_train_on(no_training):
    y = pd.Series([1.0, 2, 3, 4, *[np.nan] * 30])
    with pytest.raises(ValueError, match="the series has no window of input_size=8 rows after which come a known"):
        small(missing="mask").fit(y)
    data, _ = sales()
    data.loc[(data.unique_id == "s1") & (data.groupby("unique_id").cumcount() > 4), "y"] = np.nan
    with pytest.raises(ValueError, match="series 's1' has no window of input_size=8 rows"):
        small(missing="mask", scope="local").fit(data)
