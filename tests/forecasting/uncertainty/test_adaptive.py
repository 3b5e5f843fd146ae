import copy
import dataclasses
import json
import math
import pickle

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from rnnforecast.forecasting.files import pack, unpack
from rnnforecast.forecasting.uncertainty import AdaptiveConformal, conformal_radius


def naive_run(first, rounds, level, gamma, window):
    """One level and lists: the width of each step after each update, and the alphas at the end."""
    h, target = first.shape[1], 1 - level / 100
    scores = [[s for s in first[:, k] if not np.isnan(s)][-window:] for k in range(h)]
    alphas = [target] * h

    def width(k):
        rising = sorted(scores[k])
        rank = math.ceil(round((len(rising) + 1) * (1 - alphas[k]), 9))
        return min(rising[0], 0.0) if rank == 0 else rising[min(rank, len(rising)) - 1]

    widths = [[width(k) for k in range(h)]]
    for new in rounds:
        for k in range(h):
            came = [s for s in new[:, k] if not np.isnan(s)]
            if came:
                missed = np.mean([s > widths[-1][k] for s in came])
                alphas[k] = min(max(alphas[k] + gamma * (target - missed), 0), 1)
                scores[k] = [*scores[k], *came][-window:]
        widths.append([width(k) for k in range(h)])
    return np.array(widths), alphas


@pytest.mark.parametrize("gamma", [0.0, 0.005, 0.1, 0.7])
@pytest.mark.parametrize("level, window", [(80, 30), (95, 12), (50, 200), (80, 3)])
@pytest.mark.parametrize("n_series", [1, 5])
def test_matches_naive(gamma, level, window, n_series, rng):
    first = rng.normal(size=(25, 3))
    first[20:, 2] = np.nan
    rounds = rng.normal(size=(60, n_series, 3)) * np.repeat([1, 3], 30)[:, None, None]
    rounds[rng.random(rounds.shape) < 0.2] = np.nan
    expected, alphas = naive_run(first, rounds, level, gamma, window)
    intervals = AdaptiveConformal.start(first, level, gamma=gamma, window=window)
    widths = [intervals.widths()[0]]
    for new in rounds:
        widths.append(intervals.update(new, intervals.widths()).widths()[0])
    assert_allclose(widths, expected)
    assert_allclose(intervals.alpha, [alphas])


def test_levels_with_scores_of_their_own_are_as_if_alone(rng):
    first, rounds = rng.normal(size=(2, 40, 3)), rng.normal(size=(30, 2, 4, 3))
    both = AdaptiveConformal.start(first, [50, 80], gamma=0.1)
    alone = [AdaptiveConformal.start(first[k], level, gamma=0.1) for k, level in enumerate([50, 80])]
    for new in rounds:
        both.update(new, both.widths())
        for k, one in enumerate(alone):
            one.update(new[k], one.widths())
    assert_array_equal(both.widths(), [one.widths()[0] for one in alone])


def test_begins_as_split_conformal(rng):
    residuals = rng.normal(size=(60, 3))
    intervals = AdaptiveConformal.start(np.abs(residuals), [80, 95])
    for level in (80, 95):
        assert_array_equal(intervals.width(level), conformal_radius(residuals, level))
        assert not intervals.capped(level).any()


def test_coverage_holds_where_the_variance_doubles(rng):
    """Twice the variance, then twice again: split conformal intervals cover less and less."""
    past = rng.normal(size=(200, 1))
    errors = rng.normal(size=1500) * np.sqrt(np.repeat([1.0, 2.0, 4.0], 500))
    intervals, inside = AdaptiveConformal.start(np.abs(past), 90), []
    fixed = conformal_radius(past, 90)[0]
    for e in errors:
        inside.append(abs(e) <= intervals.width(90)[0])
        intervals.update([[abs(e)]], intervals.widths())
    split = np.abs(errors) <= fixed
    assert_allclose(np.reshape(inside, (3, 500)).mean(axis=1), 0.9, atol=0.025)
    assert split[500:1000].mean() < 0.82
    assert split[1000:].mean() < 0.65


def test_steps_of_a_horizon_adapt_by_what_was_issued_for_them(rng):
    """A walk with a drift that the forecasts miss more and more the further they look; then it doubles."""
    h, n = 4, 1200
    walk = np.cumsum(rng.normal(size=n) * np.repeat([1.0, 2.0], n // 2))
    past = np.cumsum(rng.normal(size=(200, h)), axis=1)
    intervals = AdaptiveConformal.start(np.abs(past), 80)
    widths, inside = [], []
    for t in range(n - 1):
        widths.append(intervals.width(80))  # forecasts of steps 1 to h made at t are all walk[t]
        scores = [abs(walk[t + 1] - walk[t - k]) if t >= k else np.nan for k in range(h)]
        issued = [widths[max(t - k, 0)][k] for k in range(h)]
        if t >= h:
            inside.append(np.array(scores) <= issued)
        intervals.update([scores], [issued])
    assert_allclose(np.mean(inside, axis=0), 0.8, atol=0.03)
    assert (np.diff(intervals.width(80)) > 0).all()


def test_alpha_0_is_capped_and_says_so():
    intervals = AdaptiveConformal.start(np.arange(1.0, 20.0)[:, None], 80, gamma=0.2, window=19)
    for score in (100.0, 200.0, 300.0):  # each beyond all before
        intervals.update([[score]], intervals.widths())
    assert_array_equal(intervals.alpha, [[0.0]])
    assert_array_equal(intervals.capped(80), [True])
    with pytest.warns(UserWarning, match=r"level=80 would be without bounds at 1 of 1 steps, first at step 1;") as seen:
        assert_array_equal(intervals.width(80), [300.0])
    assert seen[0].filename == __file__
    for _ in range(2):  # two hits, 0.04 each
        intervals.update([[0.0]], intervals.widths())
    assert_allclose(intervals.alpha, [[0.08]])
    assert_array_equal(intervals.capped(80), [False])


def test_alpha_1_has_no_width():
    intervals = AdaptiveConformal.start(np.ones((9, 1)), 10, gamma=1.0)
    intervals.update([[0.0]], intervals.widths())
    assert_array_equal(intervals.alpha, [[1.0]])
    assert_array_equal(intervals.widths(), [[0.0]])
    intervals.update([[1.0]], intervals.widths())
    assert_allclose(intervals.alpha, [[0.9]])
    within = AdaptiveConformal.start(np.linspace(-3, -1, 9)[:, None], 10, gamma=1.0)  # of quantiles that are too wide
    assert_array_equal(within.update([[-4.0]], within.widths()).widths(), [[-4.0]])


def test_levels_stay_nested(rng):
    intervals = AdaptiveConformal.start(np.abs(rng.normal(size=(200, 2))), [50, 80, 95], gamma=0.3)
    for y in np.abs(rng.normal(size=100)):
        intervals.update([[y, np.nan]], intervals.widths())
        assert (np.diff(intervals.widths(), axis=0) >= 0).all()
        assert np.isfinite(intervals.widths()).all()


def fed(rng, n=15):
    intervals = AdaptiveConformal.start(np.abs(rng.normal(size=(30, 2))), [80, 90])
    for y in np.abs(rng.normal(size=n)):
        intervals.update([[y, y + 0.1]], intervals.widths())
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
    for y in (0.3, 4.0, 1.0):
        new = [[y, y + 0.2]]
        assert_array_equal(
            intervals.update(new, intervals.widths()).widths(), stored.update(new, stored.widths()).widths()
        )
    for field in dataclasses.fields(intervals):
        assert_array_equal(getattr(intervals, field.name), getattr(stored, field.name))


def test_state_is_arrays_and_plain_values(rng):
    kinds = {type(value) for value in vars(fed(rng)).values()}
    assert kinds == {tuple, float, np.ndarray}


def test_what_does_not_fit_together_is_refused(rng):
    fields = vars(fed(rng))
    with pytest.raises(
        ValueError, match="levels, alpha, scores and oldest of an AdaptiveConformal do not fit together"
    ):
        AdaptiveConformal(**{**fields, "levels": (80,)})


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
        ({"scores": np.full((5, 2), [1.0, np.nan])}, "scores needs one for every step; step 2 has none"),
    ],
)
def test_bad_beginnings(words, message):
    with pytest.raises(ValueError, match=message):
        AdaptiveConformal.start(**{"scores": np.ones((5, 2)), "levels": 80, **words})


@pytest.mark.parametrize(
    "words, message",
    [
        ({"scores": [1.0, 2.0]}, r"scores has shape \(2,\); \(1, n, 2\) is needed"),
        ({"scores": [[1.0]]}, r"scores has shape \(1, 1, 1\); \(1, n, 2\) is needed"),
        ({"scores": np.zeros((2, 1, 2))}, r"scores has shape \(2, 1, 2\); \(1, n, 2\) is needed"),
        ({"scores": [[1.0, np.inf]]}, "scores must be finite, or NaN where there is none"),
        ({"widths": np.zeros((2, 3, 2))}, r"widths has shape \(2, 3, 2\); \(2, 1, 2\) is needed"),
    ],
)
def test_bad_updates_change_nothing(words, message, rng):
    intervals = fed(rng)
    before = copy.deepcopy(vars(intervals))
    with pytest.raises(ValueError, match=message):
        intervals.update(**{"scores": [[0.0, 0.0]], "widths": np.zeros((2, 2)), **words})
    for name, value in before.items():
        assert_array_equal(getattr(intervals, name), value)


def test_levels_that_are_not_followed(rng):
    with pytest.raises(ValueError, match=r"level=99 must be one of \[80, 90\], which are followed here"):
        fed(rng).width(99)
