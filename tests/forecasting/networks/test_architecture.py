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
        (38, {}, ([22, 12], [1, 1])),  # two seasons would leave too few windows
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
