import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from rnnforecast.forecasting.intervals import check_level, conformal_radius, level_columns, windows_for, with_intervals


@pytest.mark.parametrize(
    "level, expected",
    [(None, ()), (80, (80,)), (97.5, (97.5,)), ([95, 80, 95], (80, 95)), ((50,), (50,)), (np.float32(90), (90,))],
)
def test_levels(level, expected):
    assert check_level(level) == expected


@pytest.mark.parametrize("level", [0, 100, -5, 100.1, [80, 150], float("nan"), float("inf")])
def test_levels_out_of_range(level):
    with pytest.raises(ValueError, match=r"level=.* must lie between 0 and 100"):
        check_level(level)


@pytest.mark.parametrize("level", ["80", ["80"], True, [None], 80j])
def test_levels_of_a_wrong_type(level):
    with pytest.raises(TypeError, match="level must hold numbers between 0 and 100"):
        check_level(level)


def test_a_fraction_is_not_a_percentage():
    with pytest.raises(ValueError, match=r"level=0.95 must be in percent: 95 for 0.95"):
        check_level(0.95)


def test_columns():
    assert level_columns("RNN", 80) == ("RNN-lo-80", "RNN-hi-80")
    assert level_columns("RNN", 97.5) == ("RNN-lo-97.5", "RNN-hi-97.5")


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


def test_columns_around_the_point(rng):
    point, residuals, scale = rng.normal(size=(2, 3)), rng.normal(size=(50, 5)), np.array([1.0, 10.0])
    columns = with_intervals("RNN", point, residuals, (80, 95), scale)
    assert list(columns) == ["RNN", "RNN-lo-80", "RNN-hi-80", "RNN-lo-95", "RNN-hi-95"]
    radius = conformal_radius(residuals[:, :3], 80)
    assert_allclose(columns["RNN-hi-80"], [point[0] + radius, point[1] + 10 * radius])
    assert_allclose(columns["RNN"] - columns["RNN-lo-80"], columns["RNN-hi-80"] - columns["RNN"])
    assert (columns["RNN-hi-95"] >= columns["RNN-hi-80"]).all()
    assert list(with_intervals("RNN", point, None, ())) == ["RNN"]
