import numpy as np
import pytest
from numpy.testing import assert_allclose
from panels_support import panel_of, split

from rnnforecast.forecasting import LinLog, Log


def naive(y, values):
    """The threshold from y, the transform of values."""
    c = max(min(y), 0.05 * sum(abs(value) for value in y) / len(y)) or 1.0
    return c, [np.log(value / c) if value > c else value / c - 1 for value in values]


@pytest.mark.parametrize(
    "y",
    [[3.0, 5.0, 4.0], [0.001, 1.0, 2.0], [0.0, 1.0, 9.0], [-5.0, 5.0, 0.1], [0.0, 0.0, 0.0], [-2.0, -1.0, -4.0]],
    ids=str,
)
def test_against_a_naive_version(y):
    later = [*y, 0.0, -7.0, 1e-9, 2.0, 1e300]
    transform = LinLog()
    state, transformed = transform.fit(panel_of(a=y))
    c, expected = naive(y, later)
    assert_allclose(state["threshold"], [c])
    whole = panel_of(a=later)
    assert_allclose(transform.apply(state, whole).values, expected)
    assert_allclose(transformed.values, expected[: len(y)])
    back = transform.invert(state, np.array([expected]), whole)
    assert_allclose(back, [later], rtol=1e-10, atol=1e-12)


def test_positive_data_have_their_logarithms(rng):
    """But for a constant of each series."""
    panel = panel_of(a=5 + rng.gamma(2.0, size=20), b=100 + rng.gamma(2.0, size=30))
    ours, logs = (split(transform.fit(panel)[1]) for transform in (LinLog(), Log()))
    for own, log in zip(ours, logs, strict=True):
        assert_allclose(own - own[0], log - log[0], atol=1e-12)


def test_it_is_smooth_where_the_line_begins():
    transform = LinLog()
    state, _ = transform.fit(panel_of(a=[2.0, 3.0]))
    around = transform.apply(state, panel_of(a=2 + 1e-5 * np.arange(-2, 3))).values
    assert_allclose(np.diff(around), 1e-5 / 2, rtol=1e-4)
    assert around[2] == 0


def test_a_new_series_has_its_own_threshold():
    transform = LinLog()
    state, _ = transform.fit(panel_of(a=[2.0, 3.0]))
    assert_allclose(transform.apply(state, panel_of(b=[0.0, 40.0])).values, naive([0.0, 40.0], [0.0, 40.0])[1])
