"""Figures: what is drawn, with which values, for every kind of data."""

import sys

import numpy as np
import pandas as pd
import pytest
from plotting_support import draw, labels
from sklearn.base import BaseEstimator

from rnnforecast.datasets import load_airline, make_series_panel
from rnnforecast.forecasting import NaiveForecaster, backtest
from rnnforecast.plotting import (
    BacktestDisplay,
    CalibrationDisplay,
    ForecastDisplay,
    LossCurveDisplay,
    plot_backtest,
    plot_forecast,
    plot_loss_curve,
    save_backtest,
    save_forecast,
)

matplotlib = pytest.importorskip("matplotlib")


@pytest.fixture
def airline():
    return load_airline()


@pytest.fixture
def seasonal(airline):
    return NaiveForecaster(12, method="seasonal").fit(airline)


def test_forecast_of_a_series(airline, seasonal):
    ax = draw(plot_forecast(airline, seasonal.predict(level=[80, 95])))
    assert labels(ax) == ["observed", "95 % interval", "80 % interval", "SeasonalNaive"]
    past, future = ax.get_lines()
    np.testing.assert_array_equal(past.get_ydata(), airline[-60:])
    np.testing.assert_array_equal(future.get_ydata(), [airline.iloc[-1], *airline[-12:]])
    assert ax.get_ylabel() == "airline"


def test_levels_last_and_ax(airline, seasonal):
    from matplotlib.figure import Figure

    ax = Figure().add_subplot()
    forecast = seasonal.predict(level=[80, 95])
    assert plot_forecast(airline, forecast, levels=[80], last=24, ax=ax) is ax
    assert labels(ax) == ["observed", "80 % interval", "SeasonalNaive"]
    assert len(ax.get_lines()[0].get_ydata()) == 24
    with pytest.raises(ValueError, match=r"levels=.*90"):
        plot_forecast(airline, forecast, levels=[90], ax=ax)
    with pytest.raises(ValueError, match="last=0"):
        plot_forecast(airline, forecast, last=0, ax=ax)


def test_a_forecast_without_intervals_is_a_series(airline, seasonal):
    ax = draw(plot_forecast(airline, seasonal.predict()))
    assert labels(ax) == ["observed", "forecast"]


def test_the_legend_lies_above_the_lines(airline, seasonal):
    many = [seasonal] + [NaiveForecaster(12, method=method) for method in ("last", "drift", "mean", "theta")]
    table = backtest(many, airline, n_windows=2)
    for ax in (plot_forecast(airline[::-1], seasonal.predict(level=[80, 95])), plot_backtest(table)):
        draw(ax)
        bottom = ax.get_legend().get_window_extent().transformed(ax.transData.inverted()).y0
        assert bottom > max(line.get_ydata().max() for line in ax.lines)
    once = ax.get_ylim()
    ax.plot(ax.lines[0].get_xdata(), 3 * ax.lines[0].get_ydata())  # what is drawn later is seen
    assert ax.get_ylim()[1] > 3 * ax.lines[0].get_ydata().max() > once[1]


@pytest.mark.parametrize(
    "index",
    [
        pd.period_range("2020Q1", periods=40, freq="Q"),
        pd.RangeIndex(40),
        pd.date_range("2020-01-01", periods=40, freq="h", tz="Europe/Paris"),
    ],
    ids=["period", "integer", "zone"],
)
def test_all_kinds_of_stamps(index):
    y = pd.Series(np.arange(40.0), index=index)
    forecast = NaiveForecaster(4, method="drift").fit(y).predict(level=80)
    ax = draw(plot_forecast(y, forecast))
    np.testing.assert_allclose(ax.get_lines()[1].get_ydata(), [39, 40, 41, 42, 43])


def test_frames_of_several_series():
    panel = make_series_panel(n_series=3, n_timesteps=48, random_state=0)
    forecast = NaiveForecaster(6, method="seasonal").fit(panel).predict(level=[80])
    assert draw(plot_forecast(panel, forecast)).get_title(loc="left") == "id_0"
    ax = plot_forecast(panel, forecast, series="id_2")
    np.testing.assert_array_equal(ax.get_lines()[0].get_ydata(), panel.loc[panel["unique_id"] == "id_2", "y"])
    with pytest.raises(ValueError, match="no series 'x'"):
        plot_forecast(panel, forecast, series="x")


def test_forecast_refuses_what_is_no_table(airline):
    with pytest.raises(TypeError, match="forecast must be"):
        plot_forecast(airline, airline.to_numpy())
    with pytest.raises(ValueError, match="forecast is empty"):
        plot_forecast(airline, airline[:0])


def test_backtest(airline):
    models = [NaiveForecaster(12, method="seasonal"), NaiveForecaster(12, method="drift")]
    table = backtest(models, airline, n_windows=3, step_size=12)
    ax = draw(plot_backtest(table, history=airline))
    assert labels(ax) == ["observed", "SeasonalNaive", "Drift"]
    actual, *forecasts = ax.get_lines()
    np.testing.assert_array_equal(actual.get_ydata(), airline)
    assert len(forecasts) == 6
    np.testing.assert_array_equal(forecasts[0].get_ydata(), airline[-48:-36])
    assert labels(plot_backtest(table, models="Drift")) == ["observed", "Drift"]
    with pytest.raises(ValueError, match="must name columns"):
        plot_backtest(table, models=["RNN"])
    with pytest.raises(ValueError, match="cutoff"):
        plot_backtest(table.drop(columns="cutoff"))


def test_backtest_of_a_panel():
    panel = make_series_panel(n_series=2, n_timesteps=48, random_state=0)
    table = backtest(NaiveForecaster(6, method="seasonal"), panel, n_windows=2, level=80)
    ax = draw(plot_backtest(table, series="id_1"))
    assert ax.get_title(loc="left") == "id_1"
    assert labels(ax) == ["observed", "SeasonalNaive"]


def test_backtest_with_intervals(airline, seasonal):
    table = backtest(seasonal, airline, n_windows=3, step_size=12, level=[80, 95])
    assert not plot_backtest(table).collections
    assert len(plot_backtest(table, levels=80).collections) == 3
    assert len(draw(plot_backtest(table, levels=None)).collections) == 6
    with pytest.raises(ValueError, match=r"levels=\[50.0\]"):
        plot_backtest(table, levels=50)


def test_displays_draw_again(airline, seasonal):
    from matplotlib.figure import Figure

    table = backtest(seasonal, airline, n_windows=3, level=[50, 80])
    displays = [
        ForecastDisplay.from_estimator(seasonal, airline, h=6, level=80, last=24),
        BacktestDisplay.from_predictions(table),
        CalibrationDisplay.from_predictions(table),
        LossCurveDisplay.from_estimator(Trained([2.0, 1.0])),
    ]
    for display in displays:
        first = draw(display.ax_)
        assert display.figure_ is first.figure
        ax = Figure().add_subplot()
        assert display.plot(ax) is display
        assert display.ax_ is ax
        assert [line.get_label() for line in ax.get_lines()] == [line.get_label() for line in first.get_lines()]
    observed, forecast = displays[0].ax_.get_lines()
    assert (len(observed.get_ydata()), len(forecast.get_ydata())) == (24, 7)


class Trained(BaseEstimator):
    def __init__(self, losses, scores=None):
        self.loss_curve_ = losses
        self.validation_scores_ = scores

    def fit(self, X):
        return self


def test_loss_curve():
    ax = draw(plot_loss_curve(Trained([100.0, 10.0, 1.0])))
    np.testing.assert_array_equal(ax.get_lines()[0].get_xdata(), [1, 2, 3])
    assert ax.get_yscale() == "log"
    assert plot_loss_curve(Trained([2.0, 1.0])).get_yscale() == "linear"


def test_loss_curve_with_validation_scores():
    display = LossCurveDisplay.from_estimator(Trained([3.0, 2.0, 1.5], [0.1, 0.6, 0.5]))
    draw(display.ax_)
    curve, best = display.score_ax_.get_lines()
    np.testing.assert_array_equal(curve.get_ydata(), [0.1, 0.6, 0.5])
    assert best.get_label() == "best epoch, 2"
    assert labels(display.score_ax_) == ["training loss", "validation score", "best epoch, 2"]
    assert LossCurveDisplay.from_estimator(Trained([2.0, 1.0])).score_ax_ is None


def test_loss_curve_needs_a_fit():
    from sklearn.exceptions import NotFittedError

    with pytest.raises(NotFittedError):
        plot_loss_curve(NaiveForecaster(1))


@pytest.mark.parametrize("ending, start", [(".png", b"\x89PNG"), (".svg", b"<?xml"), (".pdf", b"%PDF")])
def test_save(tmp_path, ending, start, airline, seasonal):
    from matplotlib import pyplot

    path = tmp_path / f"forecast{ending}"
    save_forecast(path, airline, seasonal.predict(level=80))
    assert path.read_bytes().startswith(start)
    assert [file.name for file in tmp_path.iterdir()] == [path.name]
    assert not pyplot.get_fignums()


def test_save_backtest(tmp_path, airline):
    from matplotlib import pyplot

    table = backtest(NaiveForecaster(6), airline, n_windows=2)
    save_backtest(tmp_path / "backtest.png", table, history=airline, levels=None)
    assert (tmp_path / "backtest.png").read_bytes().startswith(b"\x89PNG")
    assert not pyplot.get_fignums()
    with pytest.raises(ValueError, match=r"\.xyz"):
        save_backtest(tmp_path / "a.xyz", table)


def test_save_refuses_unknown_formats(tmp_path, airline, seasonal):
    with pytest.raises(ValueError, match=r"\.xyz"):
        save_forecast(tmp_path / "a.xyz", airline, seasonal.predict())
    assert not list(tmp_path.iterdir())


def test_without_matplotlib(monkeypatch, airline, seasonal):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(ImportError, match=r"rnnforecast\[plot\]"):
        plot_forecast(airline, seasonal.predict())


def test_a_series_of_a_wide_frame():
    wide = make_series_panel(n_series=3, n_timesteps=60, random_state=0).pivot(
        index="ds", columns="unique_id", values="y"
    )
    wide.iloc[-2:, 0] = np.nan  # ends earlier than the others
    forecaster = NaiveForecaster(12, method="seasonal").fit(wide)
    for level, names in [(None, ["observed", "forecast"]), (80, ["observed", "80 % interval", "SeasonalNaive"])]:
        for series in ("id_0", "id_2"):
            ax = draw(plot_forecast(wide, forecaster.predict(level=level), series=series))
            assert labels(ax) == names
            assert ax.get_title("left") == series
            past, future = ax.get_lines()
            own = wide[series].dropna()
            np.testing.assert_array_equal(past.get_ydata(), own)
            np.testing.assert_array_equal(future.get_ydata(), [own.iloc[-1], *own[-12:]])
    assert plot_forecast(wide, forecaster.predict()).get_title("left") == "id_0"
    with pytest.raises(ValueError, match="history has no series 'id_9'; it has"):
        plot_forecast(wide, forecaster.predict(), series="id_9")
    table = backtest(forecaster, wide, n_windows=3)
    ax = draw(plot_backtest(table, history=wide, series="id_1"))
    np.testing.assert_array_equal(ax.get_lines()[0].get_ydata(), wide["id_1"])


def test_sample_paths_are_thin_lines_of_one_name(airline, seasonal):
    forecast = seasonal.predict(level=80)
    paths = pd.DataFrame({f"SeasonalNaive-path-{k}": forecast["SeasonalNaive"] + k for k in range(5)})
    ax = draw(plot_forecast(airline, paths))
    assert labels(ax) == ["observed", "5 sample paths of SeasonalNaive"]
    np.testing.assert_array_equal(ax.get_lines()[5].get_ydata()[1:], paths["SeasonalNaive-path-4"])
    ax = draw(plot_forecast(airline, pd.concat([forecast, paths], axis=1)))
    assert labels(ax) == ["observed", "5 sample paths of SeasonalNaive", "80 % interval", "SeasonalNaive"]


def test_frames_of_polars():
    pytest.importorskip("narwhals")
    polars = pytest.importorskip("polars")
    panel = make_series_panel(n_series=2, n_timesteps=60, random_state=0)
    frame = polars.DataFrame({name: panel[name].to_list() for name in panel})
    forecaster = NaiveForecaster(12, method="seasonal").fit(frame)
    ax = draw(plot_forecast(frame, forecaster.predict(level=80)))
    assert labels(ax) == ["observed", "80 % interval", "SeasonalNaive"]
    ax = draw(plot_backtest(backtest(forecaster, frame), history=frame))
    np.testing.assert_array_equal(ax.get_lines()[0].get_ydata(), panel["y"][:60])
