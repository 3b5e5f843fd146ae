import copy
import dataclasses
import json
import math
import pickle
import warnings

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from rnnforecast.forecasting.files import pack, unpack
from rnnforecast.forecasting.uncertainty import AdaptiveConformal, conformal_radius


def naive_run(residuals, values, forecasts, scales, level, gamma, window):
    """One level and lists: the radius of each step after each update, and the alphas at the end."""
    h, target = residuals.shape[1], 1 - level / 100
    errors = [[abs(e) for e in residuals[:, k] if not np.isnan(e)][-window:] for k in range(h)]
    alphas = [target] * h

    def radius(k):
        rising = sorted(errors[k])
        rank = math.ceil(round((len(rising) + 1) * (1 - alphas[k]), 9))
        return 0.0 if rank == 0 else rising[min(rank, len(rising)) - 1]

    history = [[radius(k) for k in range(h)]] * h
    for y, made, scale in zip(values, forecasts, scales, strict=True):
        for k in range(h):
            if np.isnan(made[k]):
                continue
            size = abs(y - made[k]) / scale
            missed = size > history[-1 - k][k]
            alphas[k] = min(max(alphas[k] + gamma * (target - missed), 0), 1)
            errors[k] = [*errors[k], size][-window:]
        history.append([radius(k) for k in range(h)])
    return np.array(history[h - 1 :]), alphas


@pytest.mark.parametrize("gamma", [0.0, 0.005, 0.1, 0.7])
@pytest.mark.parametrize("level, window", [(80, 30), (95, 12), (50, 200)])
def test_matches_naive(gamma, level, window, rng):
    residuals = rng.normal(size=(25, 3))
    residuals[20:, 2] = np.nan
    values, scales = rng.normal(size=80) * np.repeat([1, 3], 40), rng.uniform(0.5, 2, size=80)
    forecasts = rng.normal(scale=0.1, size=(80, 3))
    forecasts[rng.random((80, 3)) < 0.2] = np.nan
    expected, alphas = naive_run(residuals, values, forecasts, scales, level, gamma, window)
    intervals = AdaptiveConformal.start(residuals, level, gamma=gamma, window=window)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "the interval of level")
        radii = [intervals.radius(level)]
        for y, made, scale in zip(values, forecasts, scales, strict=True):
            radii.append(intervals.update(y, made, scale).radius(level))
    assert_allclose(radii, expected)
    assert_allclose(intervals.alpha, [alphas])
    assert intervals.n_updates == 80


def test_begins_as_split_conformal(rng):
    residuals = rng.normal(size=(6, 10, 3))
    intervals = AdaptiveConformal.start(residuals, [80, 95])
    for level in (80, 95):
        assert_array_equal(intervals.radius(level), conformal_radius(residuals, level))
        assert not intervals.capped(level).any()


def test_coverage_holds_where_the_variance_doubles(rng):
    """Twice the variance, then twice again: split conformal intervals cover less and less."""
    past = rng.normal(size=(200, 1))
    errors = rng.normal(size=1500) * np.sqrt(np.repeat([1.0, 2.0, 4.0], 500))
    intervals, inside = AdaptiveConformal.start(past, 90), []
    fixed = conformal_radius(past, 90)[0]
    for e in errors:
        inside.append(abs(e) <= intervals.radius(90)[0])
        intervals.update(float(e), [0.0])
    split = np.abs(errors) <= fixed
    assert_allclose(np.reshape(inside, (3, 500)).mean(axis=1), 0.9, atol=0.025)
    assert split[500:1000].mean() < 0.82
    assert split[1000:].mean() < 0.65


def test_steps_of_a_horizon_adapt_by_what_was_issued_for_them(rng):
    """A walk with a drift that the forecasts miss more and more the further they look; then it doubles."""
    h, n = 4, 1200
    walk = np.cumsum(rng.normal(size=n) * np.repeat([1.0, 2.0], n // 2))
    past = np.cumsum(rng.normal(size=(200, h)), axis=1)
    intervals = AdaptiveConformal.start(past, 80)
    radii, inside = {}, []
    for t in range(n - 1):
        radii[t] = intervals.radius(80)  # forecasts of steps 1 to h made at t are all walk[t]
        made = [walk[t - k] if t >= k else np.nan for k in range(h)]
        if t >= h:
            inside.append([abs(walk[t + 1] - walk[t - k]) <= radii[t - k][k] for k in range(h)])
        intervals.update(walk[t + 1], made)
    assert_allclose(np.mean(inside, axis=0), 0.8, atol=0.03)
    assert (np.diff(intervals.radius(80)) > 0).all()


def test_alpha_0_is_capped_and_says_so():
    intervals = AdaptiveConformal.start(np.arange(1.0, 20.0)[:, None], 80, gamma=0.2, window=19)
    for y in (100.0, 200.0, 300.0):  # each beyond all before
        intervals.update(y, [0.0])
    assert_array_equal(intervals.alpha, [[0.0]])
    assert_array_equal(intervals.capped(80), [True])
    with pytest.warns(UserWarning, match=r"level=80 would be without bounds at 1 of 1 steps, first at step 1;") as seen:
        assert_array_equal(intervals.radius(80), [300.0])
    assert seen[0].filename == __file__
    intervals.update(0.0, [0.0]).update(0.0, [0.0])  # two hits, 0.04 each
    assert_allclose(intervals.alpha, [[0.08]])
    assert_array_equal(intervals.capped(80), [False])


def test_alpha_1_has_no_width():
    intervals = AdaptiveConformal.start(np.ones((9, 1)), 10, gamma=1.0)
    intervals.update(0.0, [0.0])
    assert_array_equal(intervals.alpha, [[1.0]])
    assert_array_equal(intervals.radius(10), [0.0])
    intervals.update(1.0, [0.0])
    assert_allclose(intervals.alpha, [[0.9]])


def test_levels_stay_nested(rng):
    intervals = AdaptiveConformal.start(rng.normal(size=(200, 2)), [50, 80, 95], gamma=0.3)
    for y in rng.normal(size=100):
        intervals.update(y, [0.0, np.nan])
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "the interval of level")
            radii = [intervals.radius(level) for level in (50, 80, 95)]
        assert (np.diff(radii, axis=0) >= 0).all()
        assert np.isfinite(radii).all()


def test_unequal_scales_of_the_steps(rng):
    """A forecast and a scale that are ten times as large leave the state as it is."""
    residuals = rng.normal(size=(30, 2))
    one, ten = (AdaptiveConformal.start(residuals, 80) for _ in range(2))
    for y in rng.normal(size=20):
        one.update(y, [0.0, y])
        ten.update(10 * y, [0.0, 10 * y], scale=[10.0, 3.0])
    assert_allclose(one.errors, ten.errors)
    assert_array_equal(one.alpha, ten.alpha)


def fed(rng, n=15):
    intervals = AdaptiveConformal.start(rng.normal(size=(30, 2)), [80, 90])
    for y in rng.normal(size=n):
        intervals.update(y, [0.0, 0.1])
    return intervals


def packed(intervals):
    """As a file holds it, and read into memory that cannot be written to."""
    arrays = {}
    content = json.loads(json.dumps(pack(intervals, "adaptive_", arrays)))
    arrays = {name: array.copy() for name, array in arrays.items()}
    for array in arrays.values():
        array.flags.writeable = False
    return unpack(content, arrays)


@pytest.mark.parametrize("store", [lambda one: pickle.loads(pickle.dumps(one)), copy.deepcopy, packed])
def test_stored_and_continued_to_the_last_bit(store, rng):
    intervals = fed(rng)
    stored = store(intervals)
    for y in (0.3, -4.0, 1.0):
        assert_array_equal(intervals.update(y, [0.0, 0.2]).radius(90), stored.update(y, [0.0, 0.2]).radius(90))
    for field in dataclasses.fields(intervals):
        assert_array_equal(getattr(intervals, field.name), getattr(stored, field.name))


def test_state_is_arrays_and_plain_values(rng):
    kinds = {type(value) for value in vars(fed(rng)).values()}
    assert kinds == {tuple, float, int, np.ndarray}


def test_what_does_not_fit_together_is_refused(rng):
    fields = vars(fed(rng))
    with pytest.raises(
        ValueError, match="levels, alpha, errors and oldest of an AdaptiveConformal do not fit together"
    ):
        AdaptiveConformal(**{**fields, "levels": (80,)})
    with pytest.raises(ValueError, match=r"issued has shape \(1, 2, 2\); \(2, 2, 2\) is needed"):
        AdaptiveConformal(**{**fields, "issued": fields["issued"][1:]})


@pytest.mark.parametrize(
    "words, message",
    [
        ({"gamma": -0.1}, "gamma=-0.1 must be a number from 0 to 1"),
        ({"gamma": 1.5}, "gamma=1.5 must be"),
        ({"gamma": float("nan")}, "gamma=nan must be"),
        ({"gamma": "fast"}, "gamma='fast' must be"),
        ({"window": 0}, "window=0 must be a positive int"),
        ({"window": 2.5}, "window=2.5 must be"),
        ({"levels": ()}, r"levels=\(\) must hold at least one level"),
        ({"levels": None}, r"levels=\(\) must hold at least one level"),
        ({"levels": 0.8}, r"levels=0.8 must be in percent"),
        ({"residuals": np.full((5, 2), [1.0, np.nan])}, "residuals needs an error for every step; step 2 has none"),
    ],
)
def test_bad_beginnings(words, message):
    with pytest.raises(ValueError, match=message):
        AdaptiveConformal.start(**{"residuals": np.ones((5, 2)), "levels": 80, **words})


@pytest.mark.parametrize(
    "words, message",
    [
        ({"y": float("nan")}, "y=nan must be a finite number"),
        ({"y": "1"}, "y='1' must be a finite number"),
        ({"forecasts": [1.0]}, r"forecasts has shape \(1,\); \(2,\) is needed"),
        ({"forecasts": [1.0, np.inf]}, "forecasts must be finite, or NaN where there is none"),
        ({"scale": 0.0}, "scale=0.0 must be one number above 0, or 2 of them"),
        ({"scale": [1.0, np.nan]}, r"scale=\[1.0, nan\] must be one number above 0, or 2"),
        ({"scale": [1.0, 1.0, 1.0]}, "must be one number above 0, or 2 of them"),
    ],
)
def test_bad_updates_change_nothing(words, message, rng):
    intervals = fed(rng)
    before = copy.deepcopy(vars(intervals))
    with pytest.raises(ValueError, match=message):
        intervals.update(**{"y": 1.0, "forecasts": [0.0, 0.0], **words})
    for name, value in before.items():
        assert_array_equal(getattr(intervals, name), value)


def test_levels_that_are_not_followed(rng):
    with pytest.raises(ValueError, match=r"level=99 must be one of \[80, 90\], which are followed here"):
        fed(rng).radius(99)
