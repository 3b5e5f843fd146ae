import numpy as np
import pandas as pd
import pytest
from covariates_support import small
from numpy.testing import assert_allclose, assert_array_equal
from panels_support import panel_of

from rnnforecast.forecasting.rnn.error_scale import (
    PRIOR,
    ErrorScale,
    learn_scale,
    like_a_season,
    recent_change,
    usual_change,
    window_sums,
)
from rnnforecast.forecasting.uncertainty import residual_scale


@pytest.fixture
def panel(rng):
    return panel_of(a=rng.normal(size=19), b=np.ones(5), c=rng.normal(size=17))


SERIES, ENDS = np.array([0, 0, 0, 1, 2]), np.array([4, 9, 19, 24, 41])


def naive_change(panel, lag, n_rows):
    changes = []
    for i, end in zip(SERIES, ENDS, strict=True):
        rows = panel.values[max(end - n_rows, panel.indptr[i]) : end]
        changes.append(np.mean([abs(rows[t] - rows[t - lag]) for t in range(lag, len(rows))] or [0.0]))
    return np.array(changes)


@pytest.mark.parametrize("lag", [1, 3, 4])
def test_recent_change_matches_naive(panel, lag):
    assert_allclose(recent_change(panel, SERIES, ENDS, 8, lag), naive_change(panel, lag, 8))
    assert_array_equal(recent_change(panel, np.array([1]), np.array([20]), 6, lag), [0.0])


def test_window_sums(rng):
    values = rng.normal(size=20)
    firsts, stops = np.array([0, 3, 3, 19]), np.array([20, 5, 4, 20])
    assert_allclose(window_sums(values, firsts, stops), [values[a:b].sum() for a, b in zip(firsts, stops, strict=True)])


def test_scales_of_seasons_rows_and_series(panel):
    near, far = naive_change(panel, 1, 8), naive_change(panel, 3, 8)
    known = near > 0
    assert_allclose(ErrorScale(1, 1.0, 8, None, None).at(panel, SERIES, ENDS), np.where(known, near, 1.0))
    expected = np.where(known, far, 1.0)
    expected[0] = 2.5 * near[0]  # four rows are not two seasons
    assert_allclose(ErrorScale(3, 2.5, 8, None, None).at(panel, SERIES, ENDS), expected)
    scale = ErrorScale(3, 2.5, 8, np.array(["c", "x", "a"], dtype=object), np.array([7.0, 8.0, 0.5]))
    assert_allclose(scale.at(panel, SERIES, ENDS), expected * [0.5, 0.5, 0.5, 1.0, 7.0])


@pytest.mark.parametrize("large_change_more", [True, False])
def test_the_usual_change(large_change_more, rng):
    levels = np.exp(3 * rng.normal(size=41)) * rng.choice([-1, 1], 41)
    changes = np.exp(0.2 * rng.normal(size=41)) * (np.abs(levels) if large_change_more else 5.0)
    usual, share = usual_change(changes, levels, np.arange(41))
    assert_allclose(usual, sorted(changes)[20])
    if large_change_more:
        assert_allclose(share, sorted(changes / np.abs(levels))[20])
    else:
        assert share is None
    assert usual_change(changes, levels, np.zeros(41)) == (usual, None)  # a single series
    zeros = usual_change(np.append(changes, [1.0, 2.0]), np.append(levels, [0.0, 0.0]), np.arange(43))
    assert zeros[0] == sorted([*changes, 1.0, 2.0])[21]
    assert (zeros[1] == share) or abs(zeros[1] / share - 1) < 1e-12
    assert usual_change(changes[:0], levels[:0], np.arange(0)) == (1.0, None)


@pytest.mark.parametrize("share, expected", [(None, 3.0), (0.5, 2.0)])
def test_a_single_row_has_the_usual_change(share, expected):
    panel = panel_of(a=[4.0], b=[0.0], c=[-4.0, -4.0], d=[1.0, 8.0])
    scale = ErrorScale(1, 1.0, 8, np.array(["a", "d"], dtype=object), np.array([10.0, 2.0]), 3.0, share)
    assert_array_equal(scale.at(panel, np.arange(4), panel.indptr[1:]), [10 * expected, 3.0, 1.0, 14.0])
    assert_array_equal(scale.change(panel, np.array([3]), np.array([5])), [3.0 if share is None else 0.5])


def drawn(rng, by_season, n_windows=3, n_series=30, season=4, h=2):
    """Series whose changes from row to row and from season to season differ in size, and errors that follow one."""
    sizes, levels = np.exp(rng.normal(size=(2, n_series)))
    pattern = np.tile(rng.normal(size=season), 10)
    values = [level * pattern + size * rng.normal(size=40) for level, size in zip(levels, sizes, strict=True)]
    panel = panel_of(**{f"s{i:02}": own for i, own in enumerate(values)})
    series = np.repeat(np.arange(n_series), n_windows)
    back = np.tile([h * k for k in range(n_windows, 0, -1)], n_series)
    ends = panel.indptr[1:][series] - back
    true = recent_change(panel, series, ends, 16, season if by_season else 1)
    return panel, series, ends, back, true[:, None] * rng.normal(size=(len(series), h))


@pytest.mark.parametrize("by_season", [True, False])
def test_the_change_that_errors_follow_is_chosen(by_season, rng):
    panel, series, ends, back, errors = drawn(rng, by_season)
    scale, of_windows = learn_scale(panel, series, ends, back, errors, 4, 16)
    assert scale.lag == (4 if by_season else 1)
    near, far = (recent_change(panel, series, ends, 16, lag) for lag in (1, 4))
    assert_allclose(scale.ratio, np.median(far / near) if by_season else 1.0)
    table = (errors / (far if by_season else near)[:, None]).reshape(30, 3, 2).swapaxes(0, 1)
    factors, own = residual_scale(table, stride=2, prior=PRIOR)
    assert_allclose(scale.factors, factors)
    assert_allclose(of_windows, (far if by_season else near) * own.T.reshape(-1))
    assert_array_equal(scale.ids, panel.ids)
    own = far if by_season else near
    assert (scale.usual, scale.usual_share) == usual_change(own, panel.values[ends - 1], series)
    assert learn_scale(panel, series, ends, back, errors, 4, 7)[0].lag == 1  # no two seasons in what is read
    assert learn_scale(panel, series, ends, back, errors, 1, 16)[0].lag == 1


def test_steps_of_one_phase_are_smoothed(rng):
    errors = rng.normal(size=(30, 9)) * np.arange(1, 10)
    errors[:, 4] = 0.0
    errors[3, 2] = np.nan
    sizes = np.nanmean(np.abs(errors), axis=0)
    usual = [np.mean(sizes[first : first + 5]) for first in (0, 0, 0, 1, 2, 3, 4, 4, 4)]
    back = np.repeat([8, 12, 16], 10)
    expected = errors * np.where(sizes > 0, usual / np.where(sizes > 0, sizes, 1), 1)
    assert_allclose(like_a_season(errors, back, 4), expected)
    assert like_a_season(errors, back + np.arange(30) % 2, 4) is errors
    assert like_a_season(errors, back, 1) is errors
    assert like_a_season(errors[:, :2], back, 4).shape == (30, 2)


def test_a_single_series_has_no_factor(rng):
    panel = panel_of(a=rng.normal(size=40))
    series, ends = np.zeros(3, np.int64), np.array([34, 36, 38])
    scale, of_windows = learn_scale(panel, series, ends, 40 - ends, rng.normal(size=(3, 2)), 4, 16)
    assert scale.factors is None
    assert_array_equal(of_windows, scale.at(panel, series, ends))


def test_windows_and_errors_that_are_missing(rng):
    panel, series, ends, back, errors = drawn(rng, True)
    errors[4] = np.nan
    keep = np.arange(len(series)) != 7
    scale, of_windows = learn_scale(panel, series[keep], ends[keep], back[keep], errors[keep], 4, 16)
    assert scale.lag == 4
    assert np.isfinite(of_windows).all()
    assert (of_windows > 0).all()
    nothing = learn_scale(panel, series, ends, back, np.zeros_like(errors), 4, 16)[0]
    assert nothing.lag == 1


def test_widths_follow_the_noise_and_not_the_day(rng):
    """Changes from hour to hour tell the height of the day, which the forecast knows."""
    hours = pd.date_range("2024-01-01", periods=24 * 30, freq="h")
    day = np.tile(np.sin(np.arange(24) * np.pi / 12), 30)
    parts = [
        pd.DataFrame({"unique_id": f"s{i}", "ds": hours, "y": level * day + noise * rng.normal(size=len(day))})
        for i, (level, noise) in enumerate([(1, 1), (100, 1), (1, 3), (100, 3), (10, 1), (10, 3)])
    ]
    model = small(h=24, input_size=48, shrink_to="seasonal_naive", max_iter=1)
    answer = model.fit(pd.concat(parts, ignore_index=True)).predict(level=80)
    assert model.error_scale_.lag == 24
    width = (answer["RNN-hi-80"] - answer["RNN-lo-80"]).groupby(answer["unique_id"]).mean()
    assert width["s1"] < 4 * width["s0"]  # the same noise, and a day that is 100 times as high
