import math

import numpy as np
import pandas as pd
import pytest
from covariates_support import small
from numpy.testing import assert_allclose, assert_array_equal

from rnnforecast.forecasting.rnn.bounds import (
    GRID,
    Calibration,
    asked_levels,
    followed_levels,
    head_columns,
    with_all_steps,
)
from rnnforecast.forecasting.uncertainty import conformal_bounds, corrected_interval, quantile_correction


@pytest.fixture
def errors(rng):
    return rng.normal(size=(50, 2))


def test_asked_levels():
    assert asked_levels((80, 90), (0.1, 0.5)) == (0.05, 0.1, 0.5, 0.9, 0.95)
    assert asked_levels((33.3,), ()) == (0.3335, 0.6665)
    assert asked_levels((), ()) == ()
    assert asked_levels(followed_levels((), GRID), GRID) == GRID


@pytest.mark.parametrize("symmetric", [True, False])
def test_quantiles_of_errors_are_the_bounds_of_intervals(errors, symmetric):
    calibration = Calibration(errors, None, symmetric)
    point, scale = np.array([[1.0, 2.0], [5.0, 5.0]]), np.array([1.0, 10.0])
    values = calibration.quantile_values(point, scale, (0.1, 0.5, 0.9))
    columns = calibration.intervals("RNN", point, scale, (80,))
    assert_array_equal(values[:, :, 0], columns["RNN-lo-80"])
    assert_array_equal(values[:, :, 1], point)
    assert_array_equal(values[:, :, 2], columns["RNN-hi-80"])
    below, above = conformal_bounds(errors, 80, symmetric=symmetric)
    assert_allclose(columns["RNN-hi-80"] - point, scale[:, None] * above)
    assert_allclose(columns["RNN-lo-80"] - point, scale[:, None] * below)
    assert_array_equal(calibration.quantile_values(point[:, :1], scale, (0.1,)), values[:, :1, :1])


@pytest.mark.parametrize("symmetric", [True, False])
def test_columns_of_intervals_and_quantiles_around_a_point(errors, symmetric):
    calibration = Calibration(errors, None, symmetric)
    point, scale = np.array([[1.0, 2.0], [5.0, 5.0]]), np.array([1.0, 10.0])
    columns = calibration.columns("RNN", point, scale, (50, 80), (0.1, 0.25))
    expected = ["RNN-lo-50", "RNN-hi-50", "RNN-lo-80", "RNN-hi-80", "RNN-q0.1", "RNN-q0.25"]
    assert list(columns) == expected
    assert_array_equal(columns["RNN-q0.1"], columns["RNN-lo-80"])
    assert_array_equal(columns["RNN-q0.25"], columns["RNN-lo-50"])
    assert (columns["RNN-hi-80"] >= columns["RNN-hi-50"]).all()
    assert calibration.columns("RNN", point, scale, ()) == {}


@pytest.mark.parametrize("symmetric", [True, False])
@pytest.mark.parametrize("width", [0.3, 3.0])
def test_corrected_quantiles_match_naive(errors, symmetric, width):
    """Pair by pair, each from what the head says, however many are asked for."""
    z = np.array([-2.6, -2.3, -2, *np.linspace(-1.6, 1.6, 19), 2, 2.3, 2.6])
    held = width * z - errors[:, :, None]
    calibration = Calibration(errors, held, symmetric)
    q, scale = (0.1, 0.25, 0.5, 0.75, 0.9), np.array([1.0, 4.0])
    said = np.array([-4.0, -1.0, 0.0, 3.0, 4.0]) * np.array([0.1, 1.0])[:, None, None] * np.ones((1, 2, 1))
    values = calibration.corrected(said, q, scale)
    for low, high in ((0, 4), (1, 3)):
        places = [GRID.index(q[low]), GRID.index(q[high])]
        correction = quantile_correction(
            held[..., places[0]], held[..., places[1]], np.zeros((50, 2)), 100 * (q[high] - q[low]), symmetric=symmetric
        )
        expected = corrected_interval(said[:, :, low], said[:, :, high], correction, scale=scale)
        assert_allclose(values[:, :, [low, high]], np.stack(expected, axis=2))
    assert_array_equal(values[:, :, 2], said[:, :, 2])
    assert_array_equal(calibration.corrected(said, q, scale), values)
    correction = quantile_correction(
        held[..., GRID.index(0.1)], held[..., GRID.index(0.9)], np.zeros((50, 2)), 80, symmetric=symmetric
    )
    alone = calibration.corrected(said[:, :, :1], q[:1], scale)[:, :, 0]  # has no partner that it could cross
    assert_allclose(alone, said[:, :, 0] - scale[:, None] * correction[0])


def test_scores_tell_what_moves_cover(errors):
    """As many scores lie within the width of a level as it says, for one number as for quantiles."""
    z = np.array([-2.6, -2.3, -2, *np.linspace(-1.6, 1.6, 19), 2, 2.3, 2.6])
    for held in (None, 0.5 * z - errors[:, :, None]):
        calibration = Calibration(errors, held, True)
        for level in (50, 80):
            rank = math.ceil(51 * level / 100)
            below, above = calibration.moves(level)
            assert_array_equal(below, above)
            assert_array_equal(np.sort(calibration.scores(level), axis=0)[rank - 1], above)
        begun = calibration.adaptive((50.0, 80.0)).widths()
        assert_array_equal(begun, [calibration.moves(50)[0], calibration.moves(80)[0]])


def test_adapted_bounds_are_those_of_each_forecast(errors, rng):
    widths = rng.uniform([[[1.0]], [[2.0]]], [[[2.0]], [[3.0]]], size=(2, 3, 2))
    assert followed_levels((80, 95), (0.1, 0.5, 0.999, 0.5001)) == (1.0, 80.0, 95.0, 99.8)
    adapted = Calibration(errors, None, True).adapted((1.0, 80.0), widths)
    point, scale = rng.normal(size=(3, 2)), np.array([1.0, 2.0, 3.0])
    columns = adapted.columns("RNN", point, scale, (80,), (0.9, 0.5001))
    assert_allclose(columns["RNN-hi-80"], point + scale[:, None] * widths[1])
    assert_allclose(columns["RNN-lo-80"], point - scale[:, None] * widths[1])
    assert_array_equal(columns["RNN-q0.9"], columns["RNN-hi-80"])
    assert_allclose(columns["RNN-q0.5001"], point + scale[:, None] * widths[0])
    said = np.stack([point - 1, point + 1], axis=2)
    values = adapted.corrected(said, (0.1, 0.9), scale)
    assert_allclose(values[:, :, 1], point + 1 + scale[:, None] * widths[1])


def test_columns_are_monotone(rng):
    values = rng.normal(size=(3, 2, 5))
    columns = head_columns("RNN", (0.1, 0.25, 0.5, 0.75, 0.9), values, (50, 80), (0.25, 0.5))
    assert list(columns) == ["RNN-lo-50", "RNN-hi-50", "RNN-lo-80", "RNN-hi-80", "RNN-q0.25", "RNN-q0.5"]
    order = ["RNN-lo-80", "RNN-lo-50", "RNN-q0.5", "RNN-hi-50", "RNN-hi-80"]
    assert (np.diff([columns[name] for name in order], axis=0) >= 0).all()
    assert_array_equal(columns["RNN-q0.25"], columns["RNN-lo-50"])


def test_steps_without_errors_borrow_the_nearest():
    errors = np.arange(8.0).reshape(2, 4)
    errors[:, [0, 2]] = np.nan
    assert_array_equal(with_all_steps(errors), [[1, 1, 1, 3], [5, 5, 5, 7]])
    errors[0, 3] = np.nan
    assert_array_equal(with_all_steps(errors), [[1, 1, 1, np.nan], [5, 5, 5, 7]])
    assert_array_equal(with_all_steps(np.stack([errors, errors], axis=2))[..., 1], with_all_steps(errors))


LEVELS = [0.1, 0.25, 0.5, 0.75, 0.9]


@pytest.mark.parametrize("loss", ["absolute_error", "quantile", "gaussian", "student_t", "poisson", "tweedie", "gamma"])
@pytest.mark.parametrize("intervals", ["conformal", "asymmetric"])
@pytest.mark.parametrize("share", [None, "seasonal_naive"])
def test_quantiles_and_levels_of_forecasts(loss, intervals, share):
    y = pd.Series(np.random.default_rng(0).poisson(3, 300) + (1.0 if loss == "gamma" else 0.0))
    model = small(h=2, loss=loss, intervals=intervals, shrink_to=share).fit(y)
    table = model.predict(level=[50, 80], quantiles=LEVELS)
    assert np.isfinite(table.to_numpy()).all()
    values = table[[f"RNN-q{level}" for level in LEVELS]].to_numpy()
    assert (np.diff(values, axis=1) >= 0).all()
    for level, low, high in ((50, 1, 3), (80, 0, 4)):
        assert_allclose(values[:, [low, high]], table[[f"RNN-lo-{level}", f"RNN-hi-{level}"]])
    if loss in ("poisson", "tweedie", "gamma"):
        assert (table.to_numpy() >= 0).all()
        if intervals == "conformal":
            assert (model.simulate(20, random_state=0).to_numpy() >= 0).all()
    else:
        assert (table["RNN-lo-80"] <= table["RNN"]).all()
        assert (table["RNN"] <= table["RNN-hi-80"]).all()
    # what else is asked for changes nothing, but where bounds cross each other
    assert_allclose(model.predict(level=80)["RNN-hi-80"], table["RNN-hi-80"], rtol=0.3)


@pytest.mark.slow
@pytest.mark.parametrize("loss", ["absolute_error", "quantile", "gaussian", "poisson"])
def test_coverage(loss):
    """Of series that are alike: 400 of them, each with an interval of its own."""
    rng = np.random.default_rng(0)
    n, h = 60, 2
    parts = [
        pd.DataFrame({"unique_id": i, "ds": np.arange(n), "y": rng.poisson(8, n).astype(float)}) for i in range(400)
    ]
    data = pd.concat(parts)
    past, future = data[data.ds < n - h], data[data.ds >= n - h]
    model = small(h=h, loss=loss, max_iter=5, hidden_size=8).fit(past)
    table = model.predict(level=[80, 95], quantiles=[0.1, 0.5])
    y = future.y.to_numpy()
    for level, tolerance in ((80, 5), (95, 3)):
        inside = (table[f"RNN-lo-{level}"] <= y) & (y <= table[f"RNN-hi-{level}"])
        assert level - tolerance <= 100 * inside.mean() <= level + 3 + tolerance
    assert_allclose((y < table["RNN-q0.1"]).mean(), 0.1, atol=0.05)
