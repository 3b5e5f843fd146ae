import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from panels_support import panel_of, split
from scipy import stats

from rnnforecast.forecasting import BoxCox


def fitted(values, **parameters):
    panel, transform = panel_of(a=values), BoxCox(**parameters)
    return panel, transform, *transform.fit(panel)


@pytest.mark.parametrize("bounds", [(0.0, 2.0), (-1.0, 2.0), (-3.0, 3.0)])
def test_the_power_is_the_likeliest(bounds, rng):
    samples = {
        "a": rng.gamma(2.0, size=80),
        "b": 1e6 * rng.normal(5, 1, size=60) ** 2,
        "c": np.exp(rng.normal(size=70)),
        "d": 1e-9 / rng.normal(5, 1, size=50),
    }
    state, _ = BoxCox(bounds=bounds).fit(panel_of(**samples))
    for power, sample in zip(state["lmbda"], samples.values(), strict=True):
        expected = np.clip(stats.boxcox_normmax(sample / stats.gmean(sample), method="mle"), *bounds)
        assert power == pytest.approx(expected, abs=1e-3)


@pytest.mark.parametrize("power", [-1.0, -0.5, 0.0, 1e-12, 0.3, 1.0, 2.0])
def test_matches_naive(power, rng):
    values = rng.gamma(2.0, size=20)
    _, _, _, transformed = fitted(values, lmbda=power)
    assert_allclose(transformed.values, stats.boxcox(values / stats.gmean(values), power), rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("power", [None, 0.0, 0.5, -0.5])
@pytest.mark.parametrize("size", [1e-290, 1e-9, 1e9, 1e290])
def test_numbers_of_any_size(power, size, rng):
    values = rng.gamma(2.0, size=20)
    _, _, _, expected = fitted(values, lmbda=power)
    panel, transform, state, transformed = fitted(size * values, lmbda=power)
    assert_allclose(transformed.values, expected.values, rtol=1e-4, atol=1e-5)
    assert_allclose(transform.invert(state, transformed.values[None], panel)[0], panel.values, rtol=1e-12)


def test_every_magnitude_in_one_series():
    panel, transform, state, transformed = fitted(10.0 ** np.arange(-300, 301, 50), bounds=(-2, 2))
    assert state["lmbda"] == pytest.approx(0, abs=1e-3)
    assert np.isfinite(transformed.values).all()
    assert_allclose(transform.invert(state, transformed.values[None], panel)[0], panel.values, rtol=1e-9)


@pytest.mark.parametrize("values", [[3.7] * 9, [1e300] * 4, [5e-324] * 3, [2.0]])
def test_a_constant_series_has_the_power_one(values):
    panel, transform, state, transformed = fitted(values)
    assert state["lmbda"] == 1
    assert_allclose(transformed.values, 0.0, atol=1e-15)
    assert_allclose(transform.invert(state, np.zeros((1, 2)), panel), values[0], rtol=1e-12)


def test_a_series_that_hardly_moves():
    values = 1.0 + 1e-12 * np.arange(8)
    panel, transform, state, transformed = fitted(values)
    assert np.isfinite(state["lmbda"]).all()
    assert_allclose(transform.invert(state, transformed.values[None], panel)[0], values, rtol=1e-15)


def test_forecasts_beyond_the_range():
    """z = (lmbda x + 1)^(1 / lmbda) ends at -1 / lmbda: below it 0, and for a negative power above it no number."""
    panel, transform, state, _ = fitted([1.0, 1.0, 1.0], lmbda=0.5)
    assert_array_equal(transform.invert(state, np.array([[-2.0, -2.1, -1e300, 0.0]]), panel), [[0.0, 0.0, 0.0, 1.0]])
    panel, transform, state, _ = fitted([1.0, 1.0, 1.0], lmbda=-0.5)
    inverse = transform.invert(state, np.array([[2.0, 3.0, 1e300, 0.0, -1e300]]), panel)
    assert_allclose(inverse, [[*[np.finfo(float).max] * 3, 1.0, 0.0]], rtol=1e-12)
    panel, transform, state, _ = fitted([1.0, 1.0, 1.0], lmbda=0)
    assert np.isfinite(transform.invert(state, np.array([[1e300, -1e300]]), panel)).all()


def test_inverse_keeps_the_order_of_quantiles(rng):
    panel = panel_of(a=rng.gamma(2.0, size=30), b=rng.gamma(9.0, size=20))
    for transform in (BoxCox(), BoxCox(bounds=(-2, 0)), BoxCox(lmbda=3.0)):
        state, _ = transform.fit(panel)
        bounds = np.sort(rng.normal(0, 3, size=(2, 5, 9)), axis=2)
        assert (np.diff(transform.invert(state, bounds, panel), axis=2) >= 0).all()


def test_series_have_powers_of_their_own(rng):
    panel = panel_of(a=rng.normal(5, 1, size=50) ** 2, b=np.exp(rng.normal(size=40)))
    state, transformed = BoxCox().fit(panel)
    for own, alone in zip(split(panel), split(transformed), strict=True):
        assert_array_equal(fitted(own)[3].values, alone)
    assert state["lmbda"][0] > state["lmbda"][1] + 0.2


def test_bad_input():
    for bad in (0.0, -1.0, np.nan):
        panel = panel_of(a=[1.0, 2.0], b=[1.0, 1.0])
        panel.values[3] = bad
        with pytest.raises(ValueError, match=r"series 'b' has the value .* at 1; BoxCox needs values greater than 0"):
            BoxCox().fit(panel)
    state, _ = BoxCox().fit(panel_of(a=[1.0, 2.0]))
    with pytest.raises(ValueError, match=r"series 'a' has the value -1 at 0; BoxCox needs"):
        BoxCox().apply(state, panel_of(a=[-1.0, 2.0]))
    for bad in ("mle", np.nan, np.inf, True):
        with pytest.raises(ValueError, match=r"lmbda=.* must be None or a finite number"):
            BoxCox(lmbda=bad)
    for bad in (1, (0, 1, 2), (1, 0), (1, 1), (0, np.inf), ("a", "b")):
        with pytest.raises(ValueError, match=r"bounds=.* must be"):
            BoxCox(bounds=bad)
