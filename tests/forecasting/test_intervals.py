import numpy as np
from numpy.testing import assert_allclose, assert_array_equal

from rnnforecast.forecasting.intervals import conformal_radius, with_intervals
from rnnforecast.forecasting.uncertainty import conformal_bounds


def test_columns_around_the_point(rng):
    point, residuals, scale = rng.normal(size=(2, 3)), rng.normal(size=(50, 5)), np.array([1.0, 10.0])
    columns = with_intervals("RNN", point, residuals, (80, 95), scale)
    assert list(columns) == ["RNN", "RNN-lo-80", "RNN-hi-80", "RNN-lo-95", "RNN-hi-95"]
    radius = conformal_radius(residuals[:, :3], 80)
    assert_allclose(columns["RNN-hi-80"], [point[0] + radius, point[1] + 10 * radius])
    assert_allclose(columns["RNN"] - columns["RNN-lo-80"], columns["RNN-hi-80"] - columns["RNN"])
    assert (columns["RNN-hi-95"] >= columns["RNN-hi-80"]).all()
    assert list(with_intervals("RNN", point, None, ())) == ["RNN"]


def test_asymmetric_columns(rng):
    point, residuals, scale = rng.normal(size=(2, 3)), rng.exponential(size=(5, 20, 4)), np.array([1.0, 10.0])
    columns = with_intervals("RNN", point, residuals, (80,), scale, symmetric=False)
    lower, upper = conformal_bounds(residuals[..., :3], 80, symmetric=False)
    assert_array_equal(columns["RNN-lo-80"], point + scale[:, None] * lower)
    assert_array_equal(columns["RNN-hi-80"], point + scale[:, None] * upper)
