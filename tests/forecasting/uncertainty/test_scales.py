import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from rnnforecast.forecasting.uncertainty import conformal_radius, residual_scale


def naive_factors(residuals, stride, prior):
    """Window by window; None is a window that a series does not have."""
    n_windows, n_series, h = residuals.shape
    usual = np.nanmean(np.abs(residuals), axis=(0, 1))
    ratio = [[None] * n_series for _ in range(n_windows)]
    for w in range(n_windows):
        for i in range(n_series):
            there = [k for k in range(h) if not np.isnan(residuals[w, i, k])]
            if there:
                ratio[w][i] = np.mean([abs(residuals[w, i, k]) / usual[k] for k in there])

    def factor(i, windows):
        mine = [w for w in range(n_windows) if ratio[w][i] is not None]
        if not mine:
            return 1.0
        worth = (1 + (len(mine) - 1) * min(stride / h, 1)) / len(mine)
        used = [ratio[w][i] for w in windows if w in mine]
        return (worth * sum(used) + prior) / (worth * len(used) + prior)

    ahead = [factor(i, range(n_windows)) for i in range(n_series)]
    apart = [[v for v in range(n_windows) if abs(v - w) * stride >= h] for w in range(n_windows)]
    return ahead, [[factor(i, apart[w]) for i in range(n_series)] for w in range(n_windows)]


@pytest.mark.parametrize("stride", [1, 2, 3, 7])
@pytest.mark.parametrize("prior", [0.5, 8.0])
def test_matches_naive(stride, prior, rng):
    residuals = rng.normal(size=(6, 4, 3)) * np.array([0.3, 1.0, 5.0, 1.0])[:, None] * np.array([1.0, 2.0, 3.0])
    residuals[2:, 1] = np.nan
    residuals[:, 3] = np.nan
    residuals[5, 0, 1:] = np.nan
    ahead, of_windows = residual_scale(residuals, stride=stride, prior=prior)
    expected = naive_factors(residuals, stride, prior)
    assert_allclose(ahead, expected[0])
    assert_allclose(of_windows, expected[1])
    assert ahead[3] == 1


def test_one_window_has_no_say_in_its_own_factor(rng):
    ahead, of_windows = residual_scale(rng.normal(size=(1, 5, 4)))
    assert_array_equal(of_windows, np.ones((1, 5)))
    assert_allclose(ahead.mean(), 1)
    assert ahead.std() > 0


def test_an_infinite_prior_leaves_the_scale_alone(rng):
    ahead, of_windows = residual_scale(rng.normal(size=(3, 5, 4)), prior=np.inf)
    assert_array_equal(ahead, np.ones(5))
    assert_array_equal(of_windows, np.ones((3, 5)))


@pytest.mark.parametrize("fill", [0.0, np.nan])
def test_errors_of_nothing_leave_factors_above_0(fill):
    ahead, of_windows = residual_scale(np.full((3, 2, 4), fill))
    assert (ahead > 0).all()
    assert (of_windows > 0).all()


def test_makes_coverage_even_over_series(rng):
    """Half of the series are four times as hard as their scale says."""
    spread = np.where(np.arange(200) % 2, 4.0, 1.0)
    draw = rng.normal(size=(25, 200, 3)) * spread[:, None]
    past, future = draw[:24], np.abs(draw[24])
    ahead, of_windows = residual_scale(past, stride=3)
    plain = future <= conformal_radius(past, 80)
    blended = future <= conformal_radius(past / of_windows[..., None], 80) * ahead[:, None]
    for inside in (plain, blended):
        assert abs(inside.mean() - 0.8) < 0.04
    gaps = [abs(inside[::2].mean() - inside[1::2].mean()) for inside in (plain, blended)]
    assert gaps[0] > 0.35
    assert gaps[1] < 0.5 * gaps[0]


def test_bad_input(rng):
    with pytest.raises(ValueError, match=r"residuals has shape \(3, 4\); \(n_windows, n_series, h\) is needed"):
        residual_scale(np.zeros((3, 4)))
    for stride in (0, -1, 1.5, True):
        with pytest.raises(ValueError, match=rf"stride={stride} must be an int above 0"):
            residual_scale(np.zeros((3, 4, 2)), stride=stride)
    for prior in (0, -1.0, float("nan"), "8"):
        with pytest.raises(ValueError, match=rf"prior={prior!r} must be a number above 0"):
            residual_scale(np.zeros((3, 4, 2)), prior=prior)
