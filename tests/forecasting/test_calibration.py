"""Windows that are held back for calibration, and how far networks are trusted beside naive forecasts."""

from math import gcd

import numpy as np
import pandas as pd
import pytest

from rnnforecast import RNNForecaster
from rnnforecast.forecasting.calibration import hold_back, trust
from rnnforecast.forecasting.panel import Panel

pytestmark = pytest.mark.nojit


def panel_of(lengths, rng):
    frame = pd.concat(
        pd.DataFrame(
            {"unique_id": f"s{i}", "ds": pd.date_range("2020", periods=n, freq="D"), "y": rng.normal(size=n).cumsum()}
        )
        for i, n in enumerate(lengths)
    )
    return RNNForecaster(1)._as_panel(frame)


@pytest.mark.parametrize(
    "lengths, need, h", [([60], 20, 5), ([1000, 900], 30, 10), ([40, 40, 300], 20, 4), ([5000], 100, 7)]
)
@pytest.mark.parametrize("season", [1, 7])
def test_windows_lie_at_the_end_and_apart(lengths, need, h, season, rng):
    panel = panel_of(lengths, rng)
    assert isinstance(panel, Panel)
    held = hold_back(panel, need, h, season)
    for series in range(panel.n_series):
        ends = held.ends[held.series == series]
        left = held.training.lengths[series]
        if not len(ends):
            assert left == panel.lengths[series]
            continue
        assert ends[-1] == panel.indptr[series + 1] - h  # the last window's targets are the last rows
        assert ends[0] == panel.indptr[series] + left  # and training knows none of the targets
        assert left >= need + len(ends) - 1
        steps = np.unique(np.diff(ends))
        assert len(steps) <= 1
        assert all(1 <= step <= h and gcd(int(step), season) == 1 for step in steps)
        assert panel.lengths[series] - left <= max(0.25 * panel.lengths[series], len(ends)) + h


def test_windows_of_a_long_series_span_a_quarter_of_it_at_most(rng):
    held = hold_back(panel_of([4000], rng), 100, 24, 7)
    assert 800 < held.ends[-1] - held.ends[0] <= 0.25 * 4000


def test_no_series_has_a_window_to_spare(rng):
    assert hold_back(panel_of([26], rng), 20, 5) is None


@pytest.mark.parametrize(
    "ours, last, seasonal, expected",
    [
        (0.5, 1.0, 2.0, (1.0, 1)),  # ours is best
        (0.5, 2.0, 1.0, (1.0, 7)),
        (2.0, 1.0, 3.0, (0.0, 1)),  # same signs: the better one alone
        (2.0, 3.0, 1.0, (0.0, 7)),
        (-2.0, 3.0, 1.0, (0.3, 7)),  # other signs: 0.3 * -2 + 0.7 * 1 is the smallest of the grid
    ],
)
def test_the_better_naive_forecast_counts(ours, last, seasonal, expected):
    errors = {7: np.full((3, 2), seasonal), 1: np.full((3, 2), last)}
    assert trust(np.full((3, 2), ours), errors) == pytest.approx(expected)


def test_missing_errors_do_not_count():
    errors = np.array([[1.0, np.nan], [1.0, 1.0]])
    assert trust(errors, {7: np.array([[0.5, np.nan], [0.5, 0.5]]), 1: np.array([[9.0, np.nan], [9.0, 9.0]])}) == (
        0.0,
        7,
    )


def test_a_forecast_that_shrinks_repeats_the_last_value(rng):
    """A random walk: no network says more than its last value, and its last week says less."""
    y = pd.Series(rng.normal(size=400).cumsum(), index=pd.date_range("2020", periods=400, freq="D"))
    forecaster = RNNForecaster(7, hidden_size=2, max_iter=1, learning_rate_init=1.0, random_state=0).fit(y)
    assert forecaster.naive_season_ == 1
    network = forecaster.share_
    assert network < 1
    forecaster.share_ = 0.0
    assert np.allclose(forecaster.predict(), y.iloc[-1])
