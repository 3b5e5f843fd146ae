import numpy as np
import pytest
from numpy.testing import assert_allclose
from sklearn import metrics as sklearn_metrics

from rnnforecast import metrics


def naive_pinball(y, f, q):
    return q * (y - f) if y >= f else (1 - q) * (f - y)


def naive_interval_score(y, low, high, level):
    alpha = 1 - level / 100
    score = high - low
    if y < low:
        score += 2 / alpha * (low - y)
    if y > high:
        score += 2 / alpha * (y - high)
    return score


def naive_wis(y, median, lows, highs, levels):
    """Bracher et al. 2021, equation 2 with w_0 = 1/2 and w_k = alpha_k / 2."""
    total = 0.5 * abs(y - median)
    for low, high, level in zip(lows, highs, levels, strict=True):
        total += (1 - level / 100) / 2 * naive_interval_score(y, low, high, level)
    return total / (len(levels) + 0.5)


@pytest.fixture
def intervals(rng):
    """Actual values, medians, and the bounds at three levels on the last axis."""
    actual, median = rng.normal(size=(2, 4, 6))
    width = np.cumsum(rng.uniform(0.1, 0.5, size=(4, 6, 3)), axis=-1)
    return actual, median, median[..., None] - width, median[..., None] + 1.5 * width


LEVELS = [50, 80, 95]


def test_scores_by_hand():
    # inside, on the bound, below by 1, above by 3; the penalty at 80 % is 10 for each unit outside
    actual, lower, upper = [1.0, 2.0, 4.0, 9.0], [0.0, 2.0, 5.0, 2.0], [2.0, 3.0, 7.0, 6.0]
    assert metrics.coverage(actual, lower, upper) == 0.5
    assert_allclose(metrics.winkler(actual, lower, upper, level=80), (2 + 1 + (2 + 10) + (4 + 30)) / 4)
    # (|10 - 8| / 2 + 0.1 * (4 + 10 * 1)) / 1.5
    score = metrics.weighted_interval_score([10.0], [8.0], [5.0], [9.0], level=80)
    assert_allclose(score, (1 + 0.1 * 14) / 1.5)


@pytest.mark.parametrize("quantile", [0.1, 0.5, 0.9])
def test_pinball_matches_naive_and_scikit_learn(quantile, rng):
    actual, forecast = rng.normal(size=(2, 30))
    loss = metrics.mean_pinball_loss(actual, forecast, quantile=quantile)
    assert_allclose(loss, np.mean([naive_pinball(y, f, quantile) for y, f in zip(actual, forecast, strict=True)]))
    assert_allclose(loss, sklearn_metrics.mean_pinball_loss(actual, forecast, alpha=quantile))


@pytest.mark.parametrize("level", [50, 80.0, 99])
def test_winkler_matches_naive(level, intervals):
    actual, _, lower, upper = intervals
    lower, upper = lower[..., 0], upper[..., 0]
    twin = [naive_interval_score(*one, level) for one in zip(actual.flat, lower.flat, upper.flat, strict=True)]
    assert_allclose(metrics.winkler(actual, lower, upper, level=level), np.mean(twin))


def test_weighted_interval_score_matches_naive(intervals):
    actual, median, lower, upper = intervals
    twin = [naive_wis(actual[i], median[i], lower[i], upper[i], LEVELS) for i in np.ndindex(actual.shape)]
    assert_allclose(metrics.weighted_interval_score(actual, median, lower, upper, level=LEVELS), np.mean(twin))
    one = metrics.weighted_interval_score(actual, median, lower[..., 1], upper[..., 1], level=80)
    same = metrics.weighted_interval_score(actual, median, lower[..., 1:2], upper[..., 1:2], level=[80])
    assert one == same


def test_weighted_interval_score_is_twice_the_pinball_loss(intervals):
    actual, median, lower, upper = intervals
    losses = [metrics.mean_pinball_loss(actual, median)]
    for k, level in enumerate(LEVELS):
        tail = (1 - level / 100) / 2
        losses.append(metrics.mean_pinball_loss(actual, lower[..., k], quantile=tail))
        losses.append(metrics.mean_pinball_loss(actual, upper[..., k], quantile=1 - tail))
    score = metrics.weighted_interval_score(actual, median, lower, upper, level=LEVELS)
    assert_allclose(score, 2 * np.mean(losses))


def test_the_true_interval_scores_best(rng):
    actual = rng.normal(size=20_000)
    scores = [metrics.winkler(actual, 0 * actual - z, 0 * actual + z, level=80) for z in (0.9, 1.2816, 1.7)]
    assert np.argmin(scores) == 1


@pytest.mark.parametrize(
    "level, error, message",
    [
        ("80", TypeError, "level must be a number"),
        (True, TypeError, "level must be a number"),
        (100, ValueError, "level=100 must lie between 0 and 100"),
        (0.8, ValueError, "level=0.8 must be in percent: 80 for 0.8"),
    ],
)
def test_bad_levels_are_refused(level, error, message):
    with pytest.raises(error, match=message):
        metrics.winkler([1.0], [0.0], [2.0], level=level)
    with pytest.raises(error, match=message):
        metrics.weighted_interval_score([1.0], [1.0], [[0.0]], [[2.0]], level=[level])


def test_bad_bounds_are_refused(intervals):
    actual, median, lower, upper = intervals
    for name in ("lower", "upper"):
        bounds = {"lower": lower[..., 0], "upper": upper[..., 0]}
        for metric, options in ((metrics.coverage, {}), (metrics.winkler, {"level": 80})):
            with pytest.raises(ValueError, match=f"{name} has shape"):
                metric(actual, **{**bounds, name: [1.0]}, **options)
            with pytest.raises(ValueError, match=f"{name} has 24 values that are NaN"):
                metric(actual, **{**bounds, name: np.full(actual.shape, np.nan)}, **options)
    with pytest.raises(ValueError, match="lower lies above upper in 24 places"):
        metrics.winkler(actual, upper[..., 0], lower[..., 0], level=80)
    with pytest.raises(ValueError, match="quantile=1"):
        metrics.mean_pinball_loss([1.0], [1.0], quantile=1)
    wis = metrics.weighted_interval_score
    with pytest.raises(ValueError, match=r"lower has shape .* one axis more, last"):
        wis(actual, median, lower[..., 0], upper, level=LEVELS)
    with pytest.raises(ValueError, match="lower has 3 columns; level has 2"):
        wis(actual, median, lower, upper, level=[50, 80])
    for level in ([], [50, 50, 80]):
        with pytest.raises(ValueError, match="must hold each level once"):
            wis(actual, median, lower, upper, level=level)
