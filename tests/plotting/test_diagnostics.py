"""Figures of residuals and of calibration: what is drawn, with which values."""

import numpy as np
import pandas as pd
import pytest
from plotting_support import draw, labels

from rnnforecast.datasets import load_airline
from rnnforecast.forecasting import NaiveForecaster, backtest
from rnnforecast.plotting import CalibrationDisplay, ResidualsDisplay

matplotlib = pytest.importorskip("matplotlib")


@pytest.fixture
def scored():
    """Two series, three origins two stamps apart, four steps; the residual is a known number of each row."""
    rows = [(name, cutoff, cutoff + step) for name in ("a", "b") for cutoff in (10, 12, 14) for step in (1, 2, 3, 4)]
    table = pd.DataFrame(rows, columns=["unique_id", "cutoff", "ds"])
    residual = np.random.default_rng(0).normal(size=len(table))
    return table.assign(y=5.0 + residual, A=5.0, B=6.0), residual


def test_residuals_over_time_and_by_step(scored):
    table, residual = scored
    display = ResidualsDisplay.from_predictions(table.sample(frac=1, random_state=0))
    time, histogram, _, by_step = display.ax_.flat
    draw(time)
    assert time.get_title(loc="left") == "A"
    zero, points = time.get_lines()
    np.testing.assert_array_equal(points.get_xdata(), table["ds"])
    np.testing.assert_allclose(points.get_ydata(), residual)
    assert f"mean {residual.mean():.3g}" in histogram.get_title(loc="left")
    medians = by_step.get_lines()[-1]
    np.testing.assert_array_equal(medians.get_xdata(), [1, 2, 3, 4])
    np.testing.assert_allclose(medians.get_ydata(), [np.median(residual[step::4]) for step in range(4)])


def test_autocorrelation_of_residuals_matches_naive(scored):
    table, residual = scored
    panel = ResidualsDisplay.from_predictions(table, max_lag=3).ax_[1, 0]
    lags, values = panel.get_lines()[-1].get_data()
    np.testing.assert_array_equal(lags, [1, 2, 3])
    # the newest forecasts: two steps of the first two origins, all four of the last
    newest = [part[[0, 1, 4, 5, 8, 9, 10, 11]] for part in (residual[:12], residual[12:])]
    away = [part - part.mean() for part in newest]
    for lag, value in zip(lags, values, strict=True):
        product = sum(part[t] * part[t - lag] for part in away for t in range(lag, 8))
        np.testing.assert_allclose(value, product / sum(one**2 for part in away for one in part))
    (_, low), (_, high) = panel.patches[0].get_bbox().get_points()
    np.testing.assert_allclose([low, high], [-1.96 / 16**0.5, 1.96 / 16**0.5])


def test_residuals_of_one_series_on_given_axes(scored):
    from matplotlib.figure import Figure

    table, residual = scored
    table.loc[0, "y"] = np.nan
    axes = Figure().subplots(1, 4)
    display = ResidualsDisplay.from_predictions(table, model="B", series="a", ax=axes)
    assert list(display.ax_.flat) == list(axes)
    np.testing.assert_allclose(axes[0].get_lines()[1].get_ydata(), residual[1:12] - 1)
    assert axes[0].get_title(loc="left") == "B, a"
    figure = Figure()
    assert display.plot(figure.add_subplot()).figure_ is figure
    with pytest.raises(ValueError, match="ax has 2 Axes"):
        display.plot(axes[:2])


@pytest.mark.parametrize("n_windows, h", [(1, 1), (1, 6), (4, 1)])
def test_residuals_of_short_backtests(n_windows, h):
    table = backtest(NaiveForecaster(h), load_airline(), n_windows=n_windows)
    draw(ResidualsDisplay.from_predictions(table).ax_[0, 0])
    draw(ResidualsDisplay.from_predictions(table.assign(y=table["Naive"])).ax_[0, 0])


def test_residuals_refuse_what_they_cannot_draw(scored):
    table, _ = scored
    residuals = ResidualsDisplay.from_predictions
    with pytest.raises(TypeError, match="table must be the DataFrame"):
        residuals(table.to_dict())
    with pytest.raises(ValueError, match=r"models=\['C'\] must name columns"):
        residuals(table, model="C")
    with pytest.raises(ValueError, match="series='c' is not in the column 'unique_id'"):
        residuals(table, series="c")
    with pytest.raises(ValueError, match="max_lag=0"):
        residuals(table, max_lag=0)
    with pytest.raises(ValueError, match="no row with an actual value"):
        residuals(table.assign(y=np.nan))
    with pytest.raises(ValueError, match="table is empty"):
        residuals(table[:0])


@pytest.fixture
def covered():
    """Ten rows at 0.5, 1.5, ... 9.5; the 80 % interval of A is 1 to 9, that of 50 % is 2.2 to 7.2."""
    bounds = {"A-lo-80": 1.0, "A-hi-80": 9.0, "A-lo-50": 2.2, "A-hi-50": 7.2}
    return pd.DataFrame({"ds": range(10), "y": np.arange(10) + 0.5, "A": 5.0, "B": 5.0}).assign(**bounds)


def test_calibration(covered):
    ax = draw(CalibrationDisplay.from_predictions(covered).ax_)
    assert labels(ax) == ["calibrated", "A"]
    nominal, empirical = ax.get_lines()[1].get_data()
    np.testing.assert_array_equal(nominal, [50, 80])
    np.testing.assert_allclose(empirical, [50, 80])


def test_pit_histogram(covered):
    display = CalibrationDisplay.from_predictions(covered, kind="pit")
    heights, edges, _ = draw(display.ax_).patches[-1].get_data()
    np.testing.assert_allclose(edges, [0, 0.1, 0.25, 0.75, 0.9, 1])
    np.testing.assert_allclose(heights, np.array([1, 1, 5, 2, 1]) / 10 / np.diff(edges))
    shifted = CalibrationDisplay.from_predictions(covered.assign(y=covered["y"] + 100), kind="pit")
    np.testing.assert_allclose(shifted.ax_.patches[-1].get_data()[0], [0, 0, 0, 0, 10])


def test_calibration_refuses_what_it_cannot_draw(covered):
    calibration = CalibrationDisplay.from_predictions
    with pytest.raises(ValueError, match=r"models=\['B'\] must name columns of the table: \['A'\]"):
        calibration(covered, models="B")
    with pytest.raises(ValueError, match="table has no intervals; a backtest with level="):
        calibration(covered[["ds", "y", "A"]])
    with pytest.raises(ValueError, match="kind='roc' must be one of"):
        calibration(covered, kind="roc")
    with pytest.raises(ValueError, match="missing values in column 'A-lo-80'"):
        calibration(covered.assign(**{"A-lo-80": np.nan}))
    with pytest.raises(ValueError, match="series='x' is not in the column"):
        calibration(covered, series="x")
    with pytest.raises(ValueError, match="no row with an actual value"):
        calibration(covered.assign(y=np.nan))
