"""Rows as networks read them, against a naive version."""

import numpy as np
import pytest
from covariates_support import read, sales, with_holes
from numpy.testing import assert_allclose, assert_array_equal

from rnnforecast.forecasting.calendar import as_calendar
from rnnforecast.forecasting.covariates.static import with_static
from rnnforecast.forecasting.networks.design import Design
from rnnforecast.forecasting.panels.missing import filled


def everything(panel, **more):
    words = {
        "past": ("temp",), "future": ("promo", "kind"), "static": ("shop", "size"), "lags": (2, 5), "h": 4,
        "calendar": as_calendar(["dayofweek"]).resolve(panel.freq), "by_series": True,
    }  # fmt: skip
    return Design(**words | more)


def naive_rows(data, panel, missing):
    """Rows of numbers and codes, one series and row after the other."""
    whole, observed = filled(panel)
    observed = np.ones(panel.n_rows, bool) if observed is None else observed
    table = []
    for i, (first, stop) in enumerate(zip(panel.indptr[:-1], panel.indptr[1:], strict=True)):
        since = 0
        for row in range(first, stop):
            day, column = panel.times[row].day_of_week, panel.columns.iloc[row]
            since = 0 if observed[row] else since + (row > first)
            angle = 2 * np.pi * day / 7
            numbers = [whole.values[row], *(whole.values[max(row - lag, first)] for lag in (2, 5))]
            numbers += [np.sin(angle), np.cos(angle)]
            for name in ("promo", "temp"):
                known = panel.columns[name].dropna()
                number = (column[name] - known.mean()) / known.std(ddof=0)
                numbers.append(0 if np.isnan(number) else number)
            if missing:
                numbers += [observed[row], np.log1p(since)]
            numbers.append((column["size"] - panel.columns["size"].mean()) / panel.columns["size"].std(ddof=0))
            levels = {name: list(dict.fromkeys(panel.columns[name])) for name in ("kind", "shop")}
            numbers += [levels[name].index(column[name]) for name in ("kind", "shop")]
            table.append([*numbers, i])
    return table


@pytest.mark.parametrize("missing", ["error", "mask", "decay"])
def test_rows_match_naive(missing):
    data, _ = sales((12, 15, 9))
    if missing != "error":
        data = with_holes(data, rows=(0, 5, 6, 11, 12, 13, 35), dropped=(2, 30))
    panel = with_static(read(data, allow_missing=missing != "error"), ["shop", "size"])
    design = everything(panel, missing=missing)
    state = design.fit(panel)
    whole, observed = filled(panel)
    rows = design.rows(state, panel, whole, observed, 1)
    expected = naive_rows(data, panel, missing != "error")
    assert_allclose(rows.values.reshape(panel.n_rows, -1), expected, rtol=1e-5, atol=1e-6)
    assert_array_equal(rows.target, panel.values.astype(np.float32))  # NaN where nothing is known
    numbers, categories = design.names(state, panel, "y")
    flags = [] if missing == "error" else ["observed", "time_since"]
    calendar = [name for name in numbers if "dayofweek" in name]
    assert numbers == ["y", "y-lag-2", "y-lag-5", *calendar, "promo", "temp", *flags, "size"]
    assert categories == ["kind", "shop", "series"]
    assert rows.n_columns == len(numbers) + len(categories)
    inputs = design.inputs(state, panel, 1)
    assert [numbers[i] for i in range(*inputs.future)] == ["y-lag-5", *calendar, "promo"]
    assert [category.is_future for category in inputs.categories] == [True, False, False]
    assert rows.lags == (2, 5)
    assert (rows.observed is None) == (missing == "error")
    if missing != "error":
        assert numbers[rows.observed] == "observed"


def test_rows_that_transforms_lose():
    panel = read(sales((12, 9))[0])
    design = everything(panel)
    state = design.fit(panel)
    whole = design.rows(state, panel, panel, None, 1)
    short = design.rows(state, panel, panel.without_first(3), None, 1)
    own = whole.values.reshape(21, -1)[np.r_[3:12, 15:21]]
    kept = [0, *range(3, own.shape[1])]  # lags go back no further than the transformed rows
    assert_array_equal(short.values.reshape(15, -1)[:, kept], own[:, kept])


def test_an_empty_design_reads_the_target_alone():
    panel = read(sales((12, 9))[0])
    rows = Design().rows({}, panel, panel, None, 1)
    assert rows.inputs is None
    assert np.shares_memory(rows.values, rows.target)
    assert Design().is_empty
    assert not Design().has_future
    assert Design(lags=(3,), h=4).has_future is False
    assert Design(lags=(4,), h=4).has_future is True
