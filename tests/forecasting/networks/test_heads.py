import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from rnnforecast.forecasting.networks.heads import LOSS_NAMES, POINTS, Head
from rnnforecast.forecasting.panels.reading import as_panel


def numbers_of(head, rng, shape=(5, 3)):
    """Numbers that the loss may say."""
    return np.sort(rng.uniform(1, 3, (*shape, head.n_numbers)), axis=-1)


@pytest.mark.parametrize("loss", LOSS_NAMES)
def test_points_and_quantiles(loss, rng):
    head = Head(loss, dispersion=0.5 if loss in ("gamma", "tweedie") else None)
    numbers = numbers_of(head, rng)
    point = head.point(numbers)
    assert point.shape == (5, 3)
    if loss in POINTS:
        assert head.is_point
        assert_array_equal(point, numbers[..., 0])
        return
    quantiles = head.quantiles(numbers, (0.1, 0.5, 0.9))
    assert quantiles.shape == (5, 3, 3)
    assert (np.diff(quantiles, axis=-1) >= 0).all()
    if loss == "quantile":
        assert_array_equal(point, quantiles[..., 1])
        assert_allclose(point, numbers[..., head.location])
    if loss in ("gaussian", "student_t"):
        assert_array_equal(point, numbers[..., 0])


def test_words():
    assert Head("huber").loss_parameters == (1.0,)
    assert Head("tweedie", power=1.2).loss_parameters == (1.2,)
    assert Head("quantile", (0.1, 0.6, 0.8)).loss_parameters == (0.1, 0.6, 0.8)
    assert Head("quantile", (0.1, 0.6, 0.8)).n_numbers == 3
    assert [loss for loss in LOSS_NAMES if Head(loss).is_raw] == [
        loss for loss in LOSS_NAMES if loss in ("gamma", "negative_binomial", "poisson", "tweedie")
    ]


@pytest.mark.parametrize("loss", ["gamma", "tweedie"])
def test_dispersion_is_measured(loss, rng):
    head = Head(loss)
    with pytest.raises(ValueError, match=f"quantiles of loss='{loss}' need its dispersion, which is measured"):
        head.quantiles(numbers_of(head, rng), (0.5,))
    values = rng.gamma(4, 0.5, (200, 2))
    values[::7] = np.nan
    measured = head.with_dispersion(values, np.full(values.shape, 2.0))
    power = {"gamma": 2, "tweedie": 1.5}[loss]
    assert_allclose(measured.dispersion, np.nanmean((values - 2) ** 2) / 2**power)
    assert Head("poisson").with_dispersion(values, values) == Head("poisson")


@pytest.mark.parametrize(
    "loss, value, needs",
    [("poisson", -1.0, "loss='poisson'"), ("negative_binomial", 0.5, "loss='negative_binomial'"),
     ("gamma", 0.0, "loss='gamma'"), ("tweedie", -0.1, "loss='tweedie'")],
)  # fmt: skip
def test_targets_that_cannot_be(loss, value, needs):
    frame = pd.DataFrame({"unique_id": ["a"] * 3 + ["b"] * 3, "ds": [1, 2, 3] * 2, "y": [1.0, 2, 3, 4, value, np.nan]})
    with pytest.raises(ValueError, match=rf"series 'b' has {value:g} at 2; {needs} needs"):
        Head(loss).check_target(as_panel(frame, allow_missing=True))
    frame["y"] = frame["y"].where(frame["y"] != value, 3.0)
    Head(loss).check_target(as_panel(frame, allow_missing=True))
    Head("absolute_error").check_target(as_panel(-frame.fillna(1).set_index("ds").y[:3]))
