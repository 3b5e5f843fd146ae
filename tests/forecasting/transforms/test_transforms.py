import pickle

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from panels_support import panel_of, split

from rnnforecast.forecasting import (
    BoxCox,
    Chain,
    Deseasonalize,
    Difference,
    LinLog,
    Log,
    MeanScale,
    MinMax,
    MovingSeason,
    Robust,
    Standardize,
)
from rnnforecast.forecasting.transforms import as_transform

SCALES = [Standardize(), Robust(), MinMax(), MeanScale()]
TRANSFORMS = [
    *SCALES,
    LinLog(),
    Log(),
    Log(offset=1),
    Log(offset=2.5),
    Difference(),
    Difference(lag=3),
    BoxCox(),
    BoxCox(lmbda=-0.5),
    BoxCox(lmbda=0),
    Deseasonalize(3),
    Deseasonalize(2, model="multiplicative"),
    MovingSeason(2),
    MovingSeason(3, n_seasons=1),
    MovingSeason(2, n_seasons=2, decay=1.0),
    Chain([Log(), Difference(lag=4), Difference(), Standardize()]),
    Chain([BoxCox(), Deseasonalize(3), Difference(), Robust()]),
    Chain(),
]


@pytest.fixture
def panel(rng):
    return panel_of(a=rng.gamma(2.0, size=14), b=100 * rng.gamma(2.0, size=20), c=rng.gamma(2.0, size=16))


@pytest.mark.parametrize("transform", TRANSFORMS, ids=str)
@pytest.mark.parametrize("h", [1, 3, 7])
def test_the_inverse_gives_the_future_back(transform, h, panel):
    past = panel.truncate(h)
    state, transformed = transform.fit(past)
    assert_array_equal(transformed.lengths, past.lengths - transform.n_lost)
    assert_array_equal(transformed.times, transform.apply(state, past).times)
    future = transform.apply(state, panel).last(h)
    assert_allclose(transform.invert(state, future, past), panel.last(h), rtol=1e-10)
    paths = np.stack([future, future], axis=2)
    inverse = transform.invert(state, paths, past)
    assert inverse.shape == (3, h, 2)
    assert_allclose(inverse[:, :, 1], panel.last(h), rtol=1e-10)


@pytest.mark.parametrize("transform", TRANSFORMS, ids=str)
def test_a_short_context_is_enough(transform, panel):
    state, whole = transform.fit(panel)
    context = panel.tail(2 + transform.n_lost)
    assert_allclose(transform.apply(state, context).last(2), whole.last(2))
    forecasts = np.ones((3, 4))
    assert_allclose(transform.invert(state, forecasts, context), transform.invert(state, forecasts, panel))


@pytest.mark.parametrize("transform", TRANSFORMS, ids=str)
def test_a_transform_leaves_its_input_alone(transform, panel):
    before = panel.values.copy()
    state, _ = transform.fit(panel)
    forecasts = np.ones((3, 4))
    transform.invert(state, forecasts, panel)
    assert_array_equal(panel.values, before)
    assert_array_equal(forecasts, 1.0)
    assert pickle.loads(pickle.dumps(transform)) == transform
    pickle.loads(pickle.dumps(state))


@pytest.mark.parametrize("transform", TRANSFORMS, ids=str)
def test_each_series_is_transformed_by_itself(transform, panel):
    """Beside a series that is 1e280 times as large, and as one that `fit` has not seen."""
    own = panel_of(b=split(panel)[1])
    expected = transform.fit(own)[1].values
    huge = panel_of(a=1e280 * split(panel)[0], b=own.values, c=split(panel)[2])
    assert_array_equal(split(transform.fit(huge)[1])[1], expected)
    state, _ = transform.fit(panel_of(a=split(panel)[0]))
    assert_array_equal(transform.apply(state, own).values, expected)
    assert_array_equal(transform.apply(transform.update(state, own), own).values, expected)


@pytest.mark.parametrize(
    "transform, centre, scale",
    [
        (Standardize(), np.mean, np.std),
        (Robust(), np.median, lambda y: np.quantile(y, 0.75) - np.quantile(y, 0.25)),
        (MinMax(), np.min, np.ptp),
        (MeanScale(), lambda y: 0.0, lambda y: np.abs(y).mean()),
    ],
    ids=str,
)
def test_scales_match_naive(transform, centre, scale, rng):
    panel = panel_of(a=rng.normal(size=5), b=100 + rng.normal(size=6), c=rng.normal(size=7), d=rng.normal(size=8))
    for values, own in zip(split(transform.fit(panel)[1]), split(panel), strict=True):
        assert_allclose(values, (own - centre(own)) / scale(own), rtol=1e-12)


def test_differences_match_naive(panel):
    _, changed = Difference(lag=3).fit(panel)
    for values, own in zip(split(changed), split(panel), strict=True):
        assert_allclose(values, [own[t] - own[t - 3] for t in range(3, len(own))])


def test_moving_seasons_match_naive(panel):
    _, changed = MovingSeason(3, n_seasons=3, decay=0.5).fit(panel)
    for values, own in zip(split(changed), split(panel), strict=True):
        naive = [own[t] - (4 * own[t - 3] + 2 * own[t - 6] + own[t - 9]) / 7 for t in range(9, len(own))]
        assert_allclose(values, naive, rtol=1e-12)


def test_a_season_that_repeats_is_taken_out_whole_and_goes_on(rng):
    season = rng.normal(size=4)
    panel = panel_of(a=np.tile(season, 4))
    state, left = MovingSeason(4).fit(panel)
    assert_allclose(left.values, 0.0, atol=1e-12)
    assert_allclose(MovingSeason(4).invert(state, np.zeros((1, 10)), panel)[0], np.tile(season, 3)[:10])


def test_one_season_is_a_difference(panel):
    (_, one), (_, other) = MovingSeason(4, n_seasons=1).fit(panel), Difference(lag=4).fit(panel)
    assert_array_equal(one.values, other.values)


def test_moving_seasons_refuse_what_they_cannot_do():
    with pytest.raises(ValueError, match=r"series 'a' has 6 rows; MovingSeason\(.*\) needs at least 7"):
        MovingSeason(2, n_seasons=3).fit(panel_of(a=np.arange(6.0)))
    for name, value in [("season_length", 0), ("season_length", 2.0), ("n_seasons", True), ("n_seasons", 0)]:
        with pytest.raises(ValueError, match=f"{name}={value!r} must be a positive int"):
            MovingSeason(**{"season_length": 2, name: value})
    for decay in (0, 1.5, "a", True):
        with pytest.raises(ValueError, match=f"decay={decay!r} must be a number above 0 and at most 1"):
            MovingSeason(2, decay=decay)


def test_logs_match_naive(panel):
    assert_allclose(Log().fit(panel)[1].values, np.log(panel.values))
    assert_allclose(Log(offset=1).fit(panel)[1].values, np.log1p(panel.values))
    assert_allclose(Log(offset=2.0).fit(panel)[1].values, np.log(panel.values + 2))


@pytest.mark.parametrize("transform", SCALES, ids=str)
@pytest.mark.parametrize("constant", [0.0, 0.1, -1e30])
def test_a_constant_series(transform, constant):
    panel = panel_of(a=[constant] * 7, b=[1.0, 2.0])
    state, scaled = transform.fit(panel)
    assert_array_equal(scaled.values[:7], np.sign(constant) if transform == MeanScale() else 0.0)
    assert_array_equal(transform.invert(state, scaled.last(2), panel)[0], constant)
    assert state["scale"][0] == (abs(constant) or 1.0 if transform == MeanScale() else 1.0)


def test_the_middle_half_of_a_series_is_one_value():
    state, scaled = Robust().fit(panel_of(a=[0.0, 0.0, 0.0, 0.0, 9.0]))
    assert_array_equal(scaled.values, [0.0, 0.0, 0.0, 0.0, 9.0])
    assert_array_equal(state["scale"], 1.0)


@pytest.mark.parametrize("transform", SCALES, ids=str)
@pytest.mark.parametrize("size", [1e-300, 1e-200, 1e30, 1e200, 8e307])
def test_scales_neither_overflow_nor_vanish(transform, size):
    panel = panel_of(a=[-size, size], b=[-1.0, 1.0])
    state, scaled = transform.fit(panel)
    assert_allclose(scaled.values[:2], scaled.values[2:], rtol=1e-12)
    assert_allclose(transform.invert(state, scaled.last(2), panel), panel.last(2), rtol=1e-12, atol=1e-12 * size)


def test_values_too_far_apart():
    for transform in (Standardize(), MinMax()):
        with pytest.raises(ValueError, match=r"series 'b' has values from -1.7e\+308 to 1.7e\+308, too far apart for"):
            transform.fit(panel_of(a=[1.0, 2.0], b=[1.7e308, 1.7e308, -1.7e308]))


def test_known_series_keep_their_scale_and_new_ones_have_their_own():
    standardize = Standardize()
    state, _ = standardize.fit(panel_of(a=[0.0, 2.0], c=[10.0, 30.0]))
    other = panel_of(b=[5.0, 5.0, 8.0, 8.0], c=[100.0, 200.0])
    expected = [-1.0, -1.0, 1.0, 1.0, 8.0, 18.0]
    assert_allclose(standardize.apply(state, other).values, expected)
    assert_allclose(standardize.invert(state, np.ones((2, 1)), other), [[8.0], [30.0]])
    updated = standardize.update(state, other)
    assert list(updated["ids"]) == ["a", "c", "b"]
    assert_allclose(standardize.apply(updated, other.tail(1)).values, [1.0, 18.0])
    assert list(state["ids"]) == ["a", "c"]
    assert standardize.update(updated, other) is updated


def test_chains_update_their_steps():
    chain = Chain([Difference(), Standardize()])
    state, _ = chain.fit(panel_of(a=[0.0, 1.0, 3.0]))
    updated = chain.update(state, panel_of(b=[0.0, 3.0, 4.0]))
    assert_allclose(updated["steps"][1]["centre"], [1.5, 2.0])


def test_bad_values_are_refused():
    with pytest.raises(ValueError, match=r"series 'b' has the value 0 at 1; Log\(offset=0\) needs values greater than"):
        Log().fit(panel_of(a=[1.0, 2.0], b=[1.0, 0.0]))
    with pytest.raises(ValueError, match=r"the value -1 at 0; Log\(offset=1\) needs values greater than -1"):
        Log(offset=1).fit(panel_of(a=[-1.0, 2.0]))
    with pytest.raises(ValueError, match=r"series 'b' has 3 rows; Difference\(lag=3\) needs at least 4"):
        Difference(lag=3).fit(panel_of(a=np.arange(4.0), b=np.arange(3.0)))
    for lag in (0, -1, 1.0, True):
        with pytest.raises(ValueError, match="must be a positive int"):
            Difference(lag=lag)


def test_words_for_transforms():
    assert as_transform(None) == Chain()
    assert as_transform("log1p") == Log(offset=1)
    assert as_transform(["log", Difference(12)]) == Chain([Log(), Difference(lag=12)])
    words = ["boxcox", "deseasonalize", "robust", "minmax", "mean", "standard"]
    expected = Chain([BoxCox(), Deseasonalize(), Robust(), MinMax(), MeanScale(), Standardize()])
    assert as_transform(words) == expected
    season = as_transform(["log", "seasonal_difference"], freq=pd.offsets.MonthEnd())
    assert season == Chain([Log(), Difference(lag=12)])
    for freq, message in ((None, "the frequency is not known"), (1, "freq='1' has no season")):
        with pytest.raises(ValueError, match=message + r"; give Difference\(lag=...\) as goal in place of"):
            as_transform("seasonal_difference", "goal", freq=freq)
    assert as_transform(Difference(2)) == Difference(2)
    for bad in ("logarithm", 3, Log):
        with pytest.raises(ValueError, match=r"target_transform=.* must be None, one of"):
            as_transform(bad, "target_transform")
