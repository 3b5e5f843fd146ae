import warnings

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from rnnforecast.forecasting.uncertainty import conformal_bounds, conformal_radius, windows_for


@pytest.mark.parametrize("level, rank", [(80, 16), (90, 18), (95, 19), (50, 10), (5, 1)])
def test_the_radius_is_a_rank(level, rank, rng):
    residuals = rng.normal(size=(19, 3))
    assert_array_equal(conformal_radius(residuals, level), np.sort(np.abs(residuals), axis=0)[rank - 1])


@pytest.mark.parametrize("level, windows", [(50, 1), (80, 4), (90, 9), (95, 19), (99, 99), (99.9, 999)])
def test_too_few_windows_for_a_level(level, windows, rng):
    assert windows_for(level) == windows
    residuals = rng.normal(size=(windows, 2))
    assert_array_equal(conformal_radius(residuals, level), np.abs(residuals).max(axis=0))
    if windows > 1:
        with pytest.warns(UserWarning, match=rf"{windows - 1} calibration .* level={level:g}, which needs {windows};"):
            radius = conformal_radius(residuals[1:], level)
        assert_array_equal(radius, np.abs(residuals[1:]).max(axis=0))


def test_steps_that_windows_did_not_have(rng):
    residuals = rng.normal(size=(30, 2))
    residuals[9:, 1] = np.nan
    assert_array_equal(conformal_radius(residuals, 80)[1], conformal_radius(residuals[:9], 80)[1])
    residuals[:, 0] = np.nan
    with pytest.raises(ValueError, match="level=80 needs an error for every step; step 1 has none"):
        conformal_radius(residuals, 80)
    with pytest.raises(ValueError, match="step 1 has none"):
        conformal_radius(np.zeros((0, 3)), 80)


def test_intervals_cover(rng):
    """The mean coverage over many calibration sets lies at the level, for few windows too."""
    errors = rng.standard_t(3, size=(2000, 20))
    inside = [abs(row[-1]) <= conformal_radius(row[:-1, None], 80)[0] for row in errors]
    assert abs(np.mean(inside) - 0.8) < 0.03


def test_all_axes_but_the_last_are_one_sample(rng):
    residuals = rng.normal(size=(5, 6, 3))
    assert_array_equal(conformal_radius(residuals, 80), conformal_radius(residuals.reshape(30, 3), 80))


def test_short_series_give_what_windows_they_have(rng):
    residuals = rng.normal(size=(10, 4, 3))
    residuals[2:, 1] = np.nan  # two windows only
    residuals[:, 2] = np.nan  # none
    residuals[0, 3, 1:] = np.nan  # one that ends early
    rows = residuals.reshape(-1, 3)
    for k in range(3):
        there = rows[~np.isnan(rows[:, k]), k]
        assert conformal_radius(residuals, 80)[k] == conformal_radius(there[:, None], 80)[0]
        bounds = conformal_bounds(residuals, 80, symmetric=False)
        assert [bound[k] for bound in bounds] == naive_bounds(there, 80)


def naive_bounds(errors, level):
    """The floor((n + 1) alpha / 2)-th and the ceil((n + 1) (1 - alpha / 2))-th smallest."""
    rising, tail = sorted(errors), (1 - level / 100) / 2
    n = len(rising)
    low, high = np.floor(round((n + 1) * tail, 9)), np.ceil(round((n + 1) * (1 - tail), 9))
    return [rising[int(max(low, 1)) - 1], rising[int(min(high, n)) - 1]]


@pytest.mark.parametrize("n", [39, 40, 79, 100])
@pytest.mark.parametrize("level", [50, 80, 95])
def test_asymmetric_bounds_match_naive(n, level, rng):
    residuals = rng.exponential(size=(n, 2))
    lower, upper = conformal_bounds(residuals, level, symmetric=False)
    assert_array_equal(np.stack([lower, upper]).T, [naive_bounds(errors, level) for errors in residuals.T])
    assert (lower <= upper).all()


def test_symmetric_bounds_are_the_radius(rng):
    residuals = rng.normal(size=(30, 2))
    lower, upper = conformal_bounds(residuals, 90)
    assert_array_equal(upper, conformal_radius(residuals, 90))
    assert_array_equal(lower, -upper)


@pytest.mark.parametrize("level, windows", [(50, 3), (80, 9), (90, 19), (95, 39), (99, 199)])
def test_too_few_windows_for_asymmetric_bounds(level, windows, rng):
    assert windows_for(level, symmetric=False) == windows
    residuals = rng.normal(size=(windows, 2))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert_array_equal(conformal_bounds(residuals, level, symmetric=False)[0], residuals.min(axis=0))
    with pytest.warns(
        UserWarning, match=rf"{windows - 1} calibration .* level={level}, which needs {windows};"
    ) as seen:
        lower, upper = conformal_bounds(residuals[1:], level, symmetric=False)
    assert len(seen) == 1
    assert seen[0].filename == __file__
    assert_array_equal([lower, upper], [residuals[1:].min(axis=0), residuals[1:].max(axis=0)])


def test_a_step_without_errors_has_no_bounds():
    with pytest.raises(ValueError, match="level=80 needs an error for every step; step 2 has none"):
        conformal_bounds(np.full((9, 2), [1.0, np.nan]), 80, symmetric=False)


def test_asymmetric_bounds_miss_each_side_alike(rng):
    errors = rng.exponential(size=(4000, 40))
    bounds = [np.ravel(conformal_bounds(row[:-1, None], 80, symmetric=False)) for row in errors]
    low, high = np.transpose(bounds)
    assert abs(np.mean(errors[:, -1] < low) - 0.1) < 0.015
    assert abs(np.mean(errors[:, -1] > high) - 0.1) < 0.015
