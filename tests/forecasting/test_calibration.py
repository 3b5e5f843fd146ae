import warnings

import numpy as np
import pandas as pd
import pytest
from covariates_support import small
from numpy.testing import assert_allclose, assert_array_equal
from panels_support import panel_of, split

from rnnforecast.forecasting.calibration import hold_back, recent_change, seasonal_naive, trust, window_sums
from rnnforecast.forecasting.missing import filled


def lines(*lengths):
    return panel_of(**{f"s{i}": np.arange(float(n)) ** 2 for i, n in enumerate(lengths)})


@pytest.mark.parametrize("lengths", [(60,), (30, 60, 12), (400,) * 3, (14, 100)])
def test_held_back_windows_are_not_trained_on(lengths):
    panel, need, h = lines(*lengths), 10, 3
    held = hold_back(panel, need, h)
    parts = np.split(held.kept, panel.indptr[1:-1])
    for own, training, values in zip(parts, split(held.training), split(panel), strict=True):
        assert own[: len(training)].all()
        assert not own[len(training) :].any()
        assert_array_equal(values[own], training)
        assert len(training) >= min(need, len(values))
    assert (np.diff(held.series) >= 0).all()
    for series, end in zip(held.series, held.ends, strict=True):
        assert end >= panel.indptr[series] + len(split(held.training)[series])
        assert end + h <= panel.indptr[series + 1]
    assert len(held.ends) >= 1


def test_series_without_room_give_nothing():
    assert hold_back(lines(14, 10), 10, 3) is None


def test_targets_must_be_known_before_and_after():
    panel = lines(40, 40)
    values = panel.values.copy()
    values[:36] = np.nan  # nothing is known before the windows of the first series
    held = hold_back(panel.with_values(values), 10, 3)
    assert set(held.series) == {1}
    assert held.kept[:40].all()
    filled(held.training)
    values[60:] = np.nan  # nor after those of the second
    assert hold_back(panel.with_values(values), 10, 3) is None
    few = panel.values.copy()
    few[70:75] = np.nan
    held = hold_back(panel.with_values(few), 10, 3)
    assert np.isfinite(few[held.ends[:, None] + np.arange(3)]).any(axis=1).all()


def test_recent_change_matches_naive(rng):
    panel = panel_of(a=rng.normal(size=9), b=np.ones(5), c=rng.normal(size=7))
    series, ends = np.array([0, 0, 1, 2]), np.array([4, 9, 14, 21])
    expected = [
        np.abs(np.diff(panel.values[max(end - 6, panel.indptr[i]) : end])).mean() or 1.0
        for i, end in zip(series, ends, strict=True)
    ]
    assert_allclose(recent_change(panel, series, ends, 6), expected)
    with pytest.raises(ValueError, match="series 'b' has 1 rows; level needs at least 2"):
        recent_change(panel, np.array([1]), np.array([10]), 6)


def test_window_sums(rng):
    values = rng.normal(size=20)
    firsts, stops = np.array([0, 3, 3, 19]), np.array([20, 5, 4, 20])
    assert_allclose(window_sums(values, firsts, stops), [values[a:b].sum() for a, b in zip(firsts, stops, strict=True)])


def test_seasonal_naive():
    panel = lines(8, 2)
    answer = seasonal_naive(panel, np.array([0, 0, 1]), np.array([8, 4, 10]), 5, 3)
    assert_array_equal(answer, [[25, 36, 49, 25, 36], [1, 4, 9, 1, 4], [1] * 5])


def test_trust():
    rng = np.random.default_rng(0)
    good, bad = rng.normal(size=(40, 3)), 10 * rng.normal(size=(40, 3))
    assert trust(good, bad) == 1
    assert trust(bad, good) < 0.3
    apart = rng.normal(size=(40, 3))
    assert 0.3 < trust(1.05 * apart, good) < 0.7
    holes = bad.copy()
    holes[::3] = np.nan
    assert trust(holes, good) < 0.3


def test_forecasts_of_useless_networks_are_mixed():
    """A clear season of a series that one epoch cannot learn."""
    index = pd.date_range("2015-01-01", periods=140, freq="MS")
    season = 30 * np.sin(np.arange(140) * 2 * np.pi / 12)
    y = pd.Series(season + np.random.default_rng(0).normal(0, 1, 140), index=index)
    words = {"h": 3, "max_iter": 1, "learning_rate_init": 1e-9, "linear_skip": False, "random_state": 1}
    alone, mixed = small(**words).fit(y), small(**words, shrink_to="seasonal_naive").fit(y)
    assert alone.share_ == 1
    assert mixed.share_ < 0.2
    share, naive = mixed.share_, y.iloc[-12:-9].to_numpy()
    assert_allclose(mixed.predict(), share * alone.predict() + (1 - share) * naive)
    widths = [table["RNN-hi-80"] - table["RNN-lo-80"] for table in (alone.predict(level=80), mixed.predict(level=80))]
    assert (widths[1] < widths[0] / 3).all()
    assert small(**words, shrink_to="seasonal_naive", intervals=None).fit(y).share_ == 1


@pytest.mark.parametrize("loss", ["absolute_error", "quantile"])
def test_steps_that_are_never_known(loss):
    """Sundays, on which nothing is sold, in windows that all begin on Mondays."""
    days = pd.date_range("2024-01-01", periods=7 * 20, freq="D")
    y = pd.Series(np.random.default_rng(0).normal(10, 1, len(days)), index=days)
    y[days.day_of_week == 6] = np.nan
    model = small(h=7, missing="mask", loss=loss).fit(y)
    table = model.predict(level=80)
    assert np.isfinite(table.to_numpy()).all()
    assert (table["RNN-hi-80"] > table["RNN-lo-80"]).all()


def test_a_series_of_which_only_the_end_is_known():
    y = pd.Series(np.r_[[np.nan] * 46, [1.0, 3.0, 2.0, 4.0]])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model = small(missing="mask").fit(y)
    assert model.calibration_ is None
    assert np.isfinite(model.predict()).all()
