import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_array_equal

from rnnforecast.windows import sliding_windows


@pytest.mark.parametrize("n_steps, horizon", [(1, 1), (5, 2), (12, 8), (19, 1)])
def test_windows_match_naive(n_steps, horizon, rng):
    series = rng.normal(size=(20, 2))
    X, Y = sliding_windows(series, n_steps=n_steps, horizon=horizon)
    starts = range(20 - n_steps - horizon + 1)
    assert_array_equal(X, [series[s : s + n_steps] for s in starts])
    assert_array_equal(Y, [series[s + n_steps : s + n_steps + horizon, 0] for s in starts])


def test_windows_are_read_only_views(rng):
    series = rng.normal(size=(20, 2))
    X, Y = sliding_windows(series, n_steps=4, horizon=2)
    for view in (X, Y):
        assert np.shares_memory(view, series)
        assert not view.flags.writeable


def test_a_single_column_may_be_one_dimensional():
    X, Y = sliding_windows(pd.Series([1.0, 2.0, 3.0]), n_steps=2, horizon=1)
    assert_array_equal(X, [[[1.0], [2.0]]])
    assert_array_equal(Y, [[3.0]])


@pytest.mark.parametrize(
    "shape, n_steps, horizon, message",
    [
        ((5, 1), 4, 2, "5 rows are too few; n_steps [+] horizon needs 6"),
        ((0, 1), 1, 1, "0 rows are too few"),
        ((5, 1), 0, 2, "n_steps=0"),
        ((5, 1), 2, -1, "horizon=-1"),
        ((5, 1), 2.0, 1, "n_steps=2.0"),
        ((5, 1), True, 1, "n_steps=True"),
        ((5, 1, 1), 2, 1, "series must have shape"),
    ],
)
def test_bad_windows_are_refused(shape, n_steps, horizon, message):
    with pytest.raises(ValueError, match=message):
        sliding_windows(np.zeros(shape), n_steps=n_steps, horizon=horizon)
