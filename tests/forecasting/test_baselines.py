import pickle

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from pandas.testing import assert_frame_equal, assert_series_equal
from sklearn.base import clone
from sklearn.exceptions import NotFittedError

from rnnforecast.forecasting import NaiveForecaster
from rnnforecast.forecasting.intervals import conformal_radius

METHODS = ["last", "seasonal", "drift", "mean"]
NAMES = {"last": "Naive", "seasonal": "SeasonalNaive", "drift": "Drift", "mean": "Mean"}


def naive_forecast(values, h, method, season):
    if method == "seasonal" and len(values) >= season:
        return [values[len(values) - season + step % season] for step in range(h)]
    if method == "drift" and len(values) > 1:
        slope = (values[-1] - values[0]) / (len(values) - 1)
        return [values[-1] + slope * (step + 1) for step in range(h)]
    return [sum(values) / len(values) if method == "mean" else values[-1]] * h


def naive_scale(values, season):
    lag = season if len(values) > season else 1
    return sum(abs(values[t] - values[t - lag]) for t in range(lag, len(values))) / (len(values) - lag)


@pytest.fixture
def frame(rng):
    parts = [
        pd.DataFrame({"unique_id": name, "ds": pd.date_range("2024-01-31", periods=n, freq="ME"), "y": size})
        for name, n, size in (("a", 30, 1.0), ("b", 8, 100.0), ("c", 40, 1e6))
    ]
    frame = pd.concat(parts, ignore_index=True)
    return frame.assign(y=frame.y * rng.normal(5.0, size=len(frame)))


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("h", [1, 5, 30])
def test_forecasts_match_naive(method, h, frame):
    forecast = NaiveForecaster(h=h, method=method).fit(frame).predict()
    assert list(forecast.columns) == ["unique_id", "ds", NAMES[method]]
    for name, part in forecast.groupby("unique_id"):
        values = frame[frame.unique_id == name].y.to_numpy()
        assert_allclose(part[NAMES[method]], naive_forecast(values, h, method, 12))


@pytest.mark.parametrize("method", METHODS)
def test_residuals_match_naive(method, frame):
    forecaster = NaiveForecaster(h=6, method=method, season_length=4).fit(frame)
    residuals = []
    for name in "abc":
        values = frame[frame.unique_id == name].y.to_numpy()
        first = {"seasonal": 4, "drift": 2}.get(method, 1)
        for origin in range(first, len(values)):
            actual = np.append(values[origin:], np.full(6, np.nan))[:6]
            error = actual - naive_forecast(values[:origin], 6, method, 4)
            residuals.append(error / naive_scale(values, 4))
    assert_allclose(np.sort(forecaster.residuals_, axis=0), np.sort(residuals, axis=0), atol=1e-12)


@pytest.mark.parametrize("method", METHODS)
def test_intervals_are_those_of_the_rolling_errors(method, frame):
    forecaster = NaiveForecaster(h=3, method=method).fit(frame)
    forecast = forecaster.predict(level=[80, 95])
    model, part = NAMES[method], forecast[forecast.unique_id == "c"]
    scale = naive_scale(frame[frame.unique_id == "c"].y.to_numpy(), 12)
    width = conformal_radius(forecaster.residuals_, 95) * scale
    assert_allclose(part[f"{model}-hi-95"] - part[model], width)
    assert_allclose(part[model] - part[f"{model}-lo-95"], width)


def test_the_newest_origins_are_kept(monkeypatch, rng):
    values = pd.Series(rng.normal(size=50))
    every = NaiveForecaster(h=4).fit(values).residuals_
    monkeypatch.setattr("rnnforecast.forecasting.baselines._MAX_WINDOWS", 10)
    few = NaiveForecaster(h=4).fit(values).residuals_
    assert few.shape == (10, 4)
    assert_array_equal(np.sort(few[:, 0]), np.sort(every[3:13, 0]))
    assert np.isfinite(few).all()


@pytest.mark.parametrize("method", METHODS)
def test_new_data(method, frame, rng):
    forecaster = NaiveForecaster(h=3, method=method, season_length=4).fit(frame)
    newer = frame[frame.unique_id != "a"].assign(y=rng.normal(size=48))
    other = newer.assign(unique_id=newer.unique_id + "new")
    answer = forecaster.predict(level=80, new_df=pd.concat([newer, other]))
    assert list(answer.unique_id.unique()) == ["b", "bnew", "c", "cnew"]
    forecasts = answer.set_index("unique_id")[NAMES[method]]
    for name in "bc":
        values = newer[newer.unique_id == name].y.to_numpy()
        assert_allclose(forecasts[name], naive_forecast(values, 3, method, 4))
        assert_allclose(forecasts[name + "new"], forecasts[name])
    width = (answer[f"{NAMES[method]}-hi-80"] - answer[NAMES[method]]).to_numpy().reshape(4, 3)
    own = newer[newer.unique_id == "c"].y.to_numpy()
    ratio = naive_scale(own, 4) / naive_scale(frame[frame.unique_id == "c"].y.to_numpy(), 4)
    assert_allclose(width[3], width[2] * ratio)
    assert_frame_equal(forecaster.predict(), NaiveForecaster(h=3, method=method, season_length=4).fit(frame).predict())


def test_one_row_of_new_data_takes_the_frequency_of_the_training_data(frame):
    forecaster = NaiveForecaster(h=2).fit(frame)
    row = pd.DataFrame({"unique_id": ["z"], "ds": [pd.Timestamp("2024-02-29")], "y": [3.0]})
    answer = forecaster.predict(new_df=row, level=50)
    assert list(answer.ds) == [pd.Timestamp("2024-03-31"), pd.Timestamp("2024-04-30")]
    assert np.isfinite(answer["Naive-hi-50"]).all()
    series = pd.Series([1.0, 2.0], index=pd.DatetimeIndex(["2025-01-31", "2025-02-28"]))
    assert_array_equal(forecaster.predict(new_df=series), [2.0, 2.0])


@pytest.mark.parametrize("method", METHODS)
def test_a_constant_series_has_no_width(method):
    forecaster = NaiveForecaster(h=3, method=method, season_length=2).fit(pd.Series([0.1] * 30))
    answer = forecaster.predict(level=80)
    assert_allclose(answer, 0.1)


def test_a_season_comes_from_the_frequency():
    index = pd.date_range("2024-03-30", periods=60, freq="h", tz="Europe/Berlin")
    series = pd.Series(np.arange(60.0), index=index)
    answer = NaiveForecaster(h=3, method="seasonal").fit(series).predict()
    expected = pd.date_range(index[-1], periods=4, freq="h")[1:]
    assert_series_equal(answer, pd.Series([36.0, 37.0, 38.0], index=expected, name="SeasonalNaive"))
    with pytest.raises(ValueError, match="season_length=None needs stamps that are dates"):
        NaiveForecaster(h=3, method="seasonal").fit(pd.Series(np.arange(9.0)))


def test_the_manners_of_scikit_learn(frame):
    forecaster = NaiveForecaster(5, method="drift")
    assert repr(forecaster) == "NaiveForecaster(h=5, method='drift')"
    assert forecaster.get_params()["method"] == "drift"
    assert forecaster._repr_html_()
    fitted = forecaster.fit(frame)
    assert fitted is forecaster
    assert not hasattr(clone(fitted), "context_")
    assert_frame_equal(pickle.loads(pickle.dumps(fitted)).predict(level=80), fitted.predict(level=80))
    assert_frame_equal(fitted.set_params(h=2).predict(), fitted.predict(2))


def test_the_forecaster_keeps_no_hold_of_the_data():
    y = pd.Series(np.arange(9.0))
    forecaster = NaiveForecaster(h=1).fit(y)
    assert forecaster.context_.n_rows == 1
    y.iloc[-1] = 100.0
    assert forecaster.predict().iloc[0] == 8.0


def test_names_of_columns(frame):
    names = {"id_col": "shop", "time_col": "day", "target_col": "sales"}
    other = frame.rename(columns={"unique_id": "shop", "ds": "day", "y": "sales"})
    forecaster = NaiveForecaster(h=1, **names).fit(other)
    assert list(forecaster.predict(new_df=other).columns) == ["shop", "day", "Naive"]


@pytest.mark.parametrize(
    "params, name",
    [
        ({"h": 0}, "h"),
        ({"h": 2.5}, "h"),
        ({"h": None}, "h"),
        ({"method": "best"}, "method"),
        ({"season_length": 0}, "season_length"),
        ({"season_length": "12"}, "season_length"),
        ({"id_col": None}, "id_col"),
    ],
)
def test_bad_parameters(params, name, frame):
    with pytest.raises((ValueError, TypeError), match=f"The '{name}' parameter of NaiveForecaster must be"):
        NaiveForecaster(**{"h": 1, **params}).fit(frame)


def test_bad_arguments_of_predict(frame):
    with pytest.raises(NotFittedError):
        NaiveForecaster(h=3).predict()
    forecaster = NaiveForecaster(h=3).fit(frame)
    for h in (2.0, "3", True):
        with pytest.raises(TypeError, match="h must be a positive int"):
            forecaster.predict(h)
    with pytest.raises(ValueError, match="h=0 must be at least 1"):
        forecaster.predict(0)
    with pytest.raises(ValueError, match="level=100 must lie"):
        forecaster.predict(level=100)
    with pytest.raises(ValueError, match=r"h=4 with level= needs a forecaster made with h=4; this one has h=3"):
        forecaster.predict(4, level=80)
    with pytest.raises(ValueError, match="level=80 needs an error for every step; step 2 has none"):
        NaiveForecaster(h=3).fit(pd.Series([1.0, 2.0])).predict(level=80)


def test_bad_new_data(frame):
    forecaster = NaiveForecaster(h=3).fit(frame)
    with pytest.raises(TypeError, match="new_df must be a pandas Series"):
        forecaster.predict(new_df=[1.0])
    with pytest.raises(ValueError, match="new_df has 1 NaN values"):
        forecaster.predict(new_df=frame.assign(y=frame.y.where(frame.index != 3)))
    with pytest.raises(ValueError, match="new_df has integer stamps; the training data had datetime stamps"):
        forecaster.predict(new_df=pd.Series([1.0, 2.0]))
    with pytest.raises(ValueError, match="new_df has the time zone UTC; the training data had None"):
        forecaster.predict(new_df=frame.assign(ds=frame.ds.dt.tz_localize("UTC")))
    with pytest.raises(ValueError, match="series 'a' has the stamp 2024-02-01 00:00:00, which is not one of frequency"):
        forecaster.predict(new_df=frame.assign(ds=frame.ds + pd.Timedelta(days=1)))
    with pytest.raises(ValueError, match="series 'a' has no row for 2024-03-31"):
        forecaster.predict(new_df=frame.drop(index=2))
