import numpy as np
import pandas as pd
import pytest

from rnnforecast import RNNForecaster


def reaches(n, freq="MS", **words):
    y = pd.Series(10 + np.sin(np.arange(n)), index=pd.date_range("2000-01-01", periods=n, freq=freq))
    model = RNNForecaster(**{"h": 6, "max_iter": 1, "intervals": None, **words}).fit(y)
    return [reach[0] for reach in model.reaches_], [len(theta) for theta in model.thetas_]


@pytest.mark.parametrize(
    "n, words, expected",
    [
        (120, {}, ([24, 12], [1, 1])),
        (60, {}, ([24, 12], [1, 1])),
        (59, {}, ([18, 12], [1, 1])),  # fewer than five seasons
        (33, {}, ([17, 12], [1, 1])),  # a season and a half would leave too few windows
        (26, {}, ([10], [2])),
        (120, {"h": 30}, ([30], [2])),  # the horizon is longer
        (120, {"n_init": 2}, ([24], [2])),
        (120, {"n_init": 1}, ([24], [1])),
        (120, {"input_size": 24}, ([24], [2])),
        (120, {"input_size": [24, 12]}, ([24, 12], [1, 1])),
        (120, {"input_size": [24, 12], "n_init": 2}, ([24, 12], [2, 2])),
        (120, {"scope": "local"}, ([24], [1])),
        (120, {"strategy": "recursive"}, ([24], [2])),
        (120, {"strategy": "direct"}, ([24], [6])),
        (120, {"freq": "D"}, ([14, 7], [1, 1])),
        (120, {"freq": "YS"}, ([8], [2])),
        (600, {"freq": "h"}, ([336], [2])),  # segments
    ],
)
def test_networks_and_their_windows_by_default(n, words, expected):
    assert reaches(n, **words) == expected


def test_half_of_the_series_say_how_long_windows_are():
    stamps = pd.date_range("2000-01-01", periods=100, freq="MS")
    lengths = {"a": 100, "b": 90, "c": 20}
    panel = pd.concat(
        pd.DataFrame({"unique_id": id, "ds": stamps[-n:], "y": 10 + np.sin(np.arange(n))}) for id, n in lengths.items()
    )
    model = RNNForecaster(h=6, max_iter=1, intervals=None).fit(panel)
    assert [reach[0] for reach in model.reaches_] == [24, 12]
    assert model.predict()["RNN"].notna().all()
