"""Columns as numbers, through the rows that a design makes of them."""

import numpy as np
import pandas as pd
import pytest
from covariates_support import read, sales
from numpy.testing import assert_array_equal

from rnnforecast.forecasting.networks.design import Design


def test_constant_and_missing_columns_count_as_nothing():
    data = sales((12, 9))[0].assign(temp=np.nan, promo=3.0)
    panel = read(data, allow_missing=True)
    design = Design(past=("temp",), future=("promo",))
    rows = design.rows(design.fit(panel), panel, panel, None, 1)
    assert_array_equal(rows.values.reshape(-1, 3)[:, 1:], 0)


def test_labels_come_from_all_rows():
    panel = read(sales((12, 9))[0].assign(kind=list("abc" * 7)))
    design = Design(future=("kind",))
    assert design.fit(panel.truncate(8))["levels"] == {"kind": ["a", "b", "c"]}
    first = panel.from_end(drop=7, keep=2)
    assert len(design.fit(first)["levels"]["kind"]) < 3
    assert design.fit(first, panel)["levels"] == {"kind": ["a", "b", "c"]}


def test_unknown_labels_and_series():
    panel = read(sales((12, 9))[0])
    design = Design(future=("kind",), by_series=True)
    state = design.fit(panel)
    other = read(sales((12, 9))[0].assign(kind=["a"] * 20 + ["z"]))
    with pytest.raises(ValueError, match=r"column 'kind' has 'z' in series 's1' at 2024-01-09 .* not one of the 2"):
        design.rows(state, other, other, None, 1)
    renamed = read(sales((12, 9))[0].replace({"s1": "t"}))
    with pytest.raises(ValueError, match=r"series 't' was not in the training data; series_embedding=True knows only"):
        design.rows(state, renamed, renamed, None, 1)


def test_categories_of_every_kind():
    data = sales((12, 9))[0]
    for column in (pd.Categorical(data.kind), data.kind.astype("string"), data.kind.eq("a"), data.kind.astype(object)):
        panel = read(data.assign(kind=column))
        design = Design(future=("kind",))
        rows = design.rows(design.fit(panel), panel, panel, None, 1)
        assert len(np.unique(rows.values.reshape(-1, 2)[:, 1])) == 2
