"""Series of every kind of stamps, and small forecasters, for what happens after a fit."""

import numpy as np
import pandas as pd

from rnnforecast import RNNForecaster
from rnnforecast.forecasting import NaiveForecaster

H = 3


def stamps(n):
    """n stamps of each kind; the hours and the days of Berlin pass a clock change before row 40."""
    return {
        "months": pd.date_range("2015-01-01", periods=n, freq="MS", name="month"),
        "hours": pd.date_range("2024-03-30", periods=n, freq="h", tz="Europe/Berlin"),
        "days": pd.date_range("2024-03-01", periods=n, freq="D", tz="Europe/Berlin"),
        "business": pd.date_range("2024-03-01", periods=n, freq="B"),
        "periods": pd.period_range("2015-01", periods=n, freq="M"),
        "range": pd.RangeIndex(5, 5 + 2 * n, 2),
        "integers": pd.Index(np.arange(n, dtype=np.int32)),
    }


def wave(n, index=None):
    return pd.Series(10 + np.sin(np.arange(n) / 2) + np.arange(n) % 3, index=index, name="sales")


def frame(n, ids=("a", "b", "c")):
    """Months of several series."""
    months = stamps(n)["months"].rename(None)
    parts = [
        pd.DataFrame({"unique_id": name, "ds": months, "y": (i + 1) * wave(n).to_numpy() + i})
        for i, name in enumerate(ids)
    ]
    return pd.concat(parts, ignore_index=True)


def rnn(**given):
    words = {"input_size": 6, "cell_type": "gru", "hidden_size": 4, "max_iter": 2, "random_state": 0}
    return RNNForecaster(H, **words | given)


def baseline(method):
    return NaiveForecaster(H, method=method, season_length=4)


MODELS = {
    "rnn": rnn,
    "recursive": lambda: rnn(strategy="recursive", target_transform=["log", "difference"]),
    **{method: lambda method=method: baseline(method) for method in ("last", "seasonal", "drift", "mean")},
}


def assert_same(answer, expected):
    check = pd.testing.assert_series_equal if isinstance(expected, pd.Series) else pd.testing.assert_frame_equal
    check(answer, expected, check_exact=True)
    assert type(answer.index) is type(expected.index)
    assert getattr(answer.index, "freq", None) == getattr(expected.index, "freq", None)
