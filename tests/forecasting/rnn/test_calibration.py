"""Windows that are held back for calibration, and how far networks are trusted beside naive forecasts."""

import warnings
from math import gcd

import numpy as np
import pandas as pd
import pytest
from covariates_support import small
from numpy.testing import assert_allclose, assert_array_equal
from panels_support import panel_of, split
from scipy import stats

from rnnforecast import RNNForecaster
from rnnforecast.forecasting.panels.missing import filled
from rnnforecast.forecasting.panels.panel import Panel
from rnnforecast.forecasting.rnn.calibration import hold_back, seasonal_naive, trust


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


@pytest.mark.parametrize("lengths", [(400,), (400, 300, 12), (200,) * 30])
def test_held_back_windows_move_on_to_rows_that_count(lengths):
    panel, need, h = lines(*lengths), 10, 3
    weights = np.zeros(panel.n_rows)
    weights[::5] = 0.5
    held, before = hold_back(panel, need, h, weights=weights), hold_back(panel, need, h)
    naive = []
    for series, end in zip(before.series, before.ends, strict=True):
        end = next(row for row in range(end, panel.n_rows + 5) if row % 5 == 0)
        if end + h <= panel.indptr[series + 1] and (series, end) not in naive:
            naive.append((series, end))
    assert list(zip(held.series, held.ends, strict=True)) == naive
    assert_array_equal(held.kept, before.kept)
    assert_array_equal(hold_back(panel, need, h, weights=np.ones(panel.n_rows)).ends, before.ends)


def test_held_back_windows_stay_where_no_row_counts():
    panel, weights = lines(400), np.zeros(400)
    weights[:100] = 1.0
    assert_array_equal(hold_back(panel, 10, 3, weights=weights).ends, hold_back(panel, 10, 3).ends)


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


def test_seasonal_naive():
    panel = lines(8, 2)
    answer = seasonal_naive(panel, np.array([0, 0, 1]), np.array([8, 4, 10]), 5, 3)
    assert_array_equal(answer, [[25, 36, 49, 25, 36], [1, 4, 9, 1, 4], [1] * 5])


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


def daily(lengths, rng):
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
    panel = daily(lengths, rng)
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
    held = hold_back(daily([4000], rng), 100, 24, 7)
    assert 800 < held.ends[-1] - held.ends[0] <= 0.25 * 4000


def test_no_series_has_a_window_to_spare(rng):
    assert hold_back(daily([26], rng), 20, 5) is None


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
    assert trust(np.full((3, 2), ours), errors, 2 * np.arange(3)) == pytest.approx(expected)


@pytest.mark.parametrize("spread, clear", [(0.1, True), (0.25, False), (0.4, False), (1.0, False)])
def test_a_gain_that_is_not_clear_counts_in_part(spread, clear, rng):
    """The networks' errors are 0.9 on average, the naive forecast's 1."""
    naive, sizes = np.ones((8, 2)), 0.9 + spread * rng.permutation(np.linspace(-1, 1, 8))
    assert (sizes > 0).all() or spread == 1.0
    sizes = np.abs(sizes)
    errors, gain = np.repeat(sizes[:, None], 2, axis=1), 1 - sizes.mean()
    for times, alone in ((2 * np.arange(8), 1.0), (np.arange(8), 0.5)):  # neighbours share one step of two
        chance = np.std(sizes, ddof=1) / np.sqrt(1 + 7 * alone) / gain
        few = stats.t.ppf(stats.norm.cdf(2), 7 * alone) / 2
        expected = 1.0 if chance <= 0.5 else round(max(0, 1 - (few * chance) ** 2), 1)
        assert trust(errors, {1: naive}, times)[0] == expected
    assert (trust(errors, {1: naive}, 2 * np.arange(8))[0] == 1.0) == clear


def test_few_windows_tell_little():
    """The same mean and the same standard error: a gain of 1.5 of them, of which many windows say more than three."""
    shares = []
    for n in (3, 300):
        gains = np.resize([1.0, 0.0, -1.0], n)
        gains = 0.1 + gains / gains.std(ddof=1) * np.sqrt(n) * 0.1 / 1.5
        shares.append(trust(np.repeat(20 - gains[:, None], 2, axis=1), {1: np.full((n, 2), 20.0)}, 2 * np.arange(n))[0])
    assert shares == [0.0, round(1 - 1 / 1.5**2, 1)]


@pytest.mark.parametrize("noise", [0.01, 0.4, 1.0])
def test_a_mixture_that_is_clearly_better_counts(noise, rng):
    """Both err on the same windows in opposite ways: 0.6 times one and 0.4 times the other is best."""
    n = 400
    sign = np.where(rng.random((n, 1)) < 0.5, -1, 1)
    errors, naive = sign * np.full((n, 4), 0.8), -sign * np.full((n, 4), 1.2)
    common = noise * rng.normal(size=(n, 1))
    errors, naive = errors + common, naive + common
    assert trust(errors, {1: naive}, 4 * np.arange(n)) == (_largest_not_beaten(errors, naive), 1)
    assert trust(errors, {1: naive}, 4 * np.arange(n))[0] < 1


def _largest_not_beaten(errors, naive):
    shares = np.arange(11) / 10
    sizes = np.array([np.abs(share * errors + (1 - share) * naive).mean(axis=1) for share in shares])
    losses = sizes - sizes[np.argmin(sizes.mean(axis=1))]
    within = losses.mean(axis=1) <= 2 * losses.std(axis=1, ddof=1) / np.sqrt(len(errors))
    return shares[np.flatnonzero(within)[-1]]


def test_a_mixture_that_is_no_clearly_better_does_not(rng):
    errors = rng.normal(size=(12, 3))
    naive = errors + 3 * rng.normal(size=(12, 3)) * (rng.random((12, 1)) < 0.9)
    assert trust(errors, {1: naive}, 3 * np.arange(12))[0] == 1.0


def test_windows_of_one_time_count_as_one():
    errors, naive = np.tile([[0.0], [1.6]], (3, 2)), np.ones((6, 2))
    assert trust(errors, {1: naive}, np.repeat([0, 2, 4], 2))[0] == 1.0  # each time gains 0.2
    assert trust(errors, {1: naive}, 2 * np.arange(6))[0] < 1.0


def test_missing_errors_do_not_count():
    errors = np.array([[1.0, np.nan], [1.0, 1.0]])
    naive = {7: np.array([[0.5, np.nan], [0.5, 0.5]]), 1: np.array([[9.0, np.nan], [9.0, 9.0]])}
    assert trust(errors, naive, np.arange(2)) == (0.0, 7)


def test_a_forecast_that_shrinks_repeats_the_last_value(rng):
    """A random walk: no network says more than its last value, and its last week says less."""
    y = pd.Series(rng.normal(size=400).cumsum(), index=pd.date_range("2020", periods=400, freq="D"))
    forecaster = RNNForecaster(7, hidden_size=2, max_iter=1, learning_rate_init=1.0, random_state=0).fit(y)
    assert forecaster.naive_season_ == 1
    network = forecaster.share_
    assert network < 1
    forecaster.share_ = 0.0
    assert np.allclose(forecaster.predict(), y.iloc[-1])
