"""Windows that are held back for calibration."""

import warnings
from math import gcd

import numpy as np
import pandas as pd
import pytest
from covariates_support import small
from numpy.testing import assert_array_equal
from panels_support import panel_of, split

from rnnforecast import RNNForecaster
from rnnforecast.forecasting.panels.missing import filled
from rnnforecast.forecasting.panels.panel import Panel
from rnnforecast.forecasting.rnn.calibration import hold_back


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
