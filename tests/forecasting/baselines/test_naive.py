import pickle

import numpy as np
import pandas as pd
import pytest
from backtest_support import NeverFitted
from numpy.testing import assert_allclose, assert_array_equal
from pandas.testing import assert_frame_equal, assert_series_equal
from sklearn.base import clone
from sklearn.exceptions import NotFittedError

from rnnforecast.forecasting import NaiveForecaster, backtest
from rnnforecast.forecasting.uncertainty import conformal_radius

NAMES = {
    "last": "Naive",
    "seasonal": "SeasonalNaive",
    "naive2": "Naive2",
    "drift": "Drift",
    "mean": "Mean",
    "window_average": "WindowAverage",
    "theta": "Theta",
}
METHODS = list(NAMES)
WINDOW = 7


def make(h, method, **words):
    return NaiveForecaster(h, method=method, window_size=WINDOW if method == "window_average" else None, **words)


def naive_forecast(values, h, method, season):
    if method == "window_average":
        values = values[-WINDOW:]
        return [sum(values) / len(values)] * h
    if method == "naive2":
        factors = naive_factors(list(values), season)
        n = len(values)
        return [values[-1] / factors[(n - 1) % season] * factors[(n + step) % season] for step in range(h)]
    if method == "theta":
        factors, n = naive_factors(list(values), season), len(values)
        return [
            one * factors[(n + step) % season]
            for step, one in enumerate(naive_theta([values[t] / factors[t % season] for t in range(n)], h))
        ]
    if method == "seasonal" and len(values) >= season:
        return [values[len(values) - season + step % season] for step in range(h)]
    if method == "drift" and len(values) > 1:
        slope = (values[-1] - values[0]) / (len(values) - 1)
        return [values[-1] + slope * (step + 1) for step in range(h)]
    return [sum(values) / len(values) if method == "mean" else values[-1]] * h


def naive_factors(values, season):
    """The competition's seasonality test and decomposition, number by number."""
    n, mean = len(values), sum(values) / len(values)
    if season == 1 or n < 3 * season:
        return [1.0] * season
    r = [sum((values[t] - mean) * (values[t - k] - mean) for t in range(k, n)) for k in range(season + 1)]
    r = [one / r[0] for one in r] if r[0] else [0.0] * (season + 1)
    limit = 1.645 / n**0.5 * (1 + 2 * sum(one**2 for one in r[1:season])) ** 0.5
    if abs(r[season]) <= limit:
        return [1.0] * season
    half, ratios = season // 2, [[] for _ in range(season)]
    for t in range(half, n - half):
        if season % 2:
            trend = sum(values[t - half : t + half + 1]) / season
        else:
            trend = (values[t - half] / 2 + sum(values[t - half + 1 : t + half]) + values[t + half] / 2) / season
        ratios[t % season].append(values[t] / trend)
    means = [sum(ratio) / len(ratio) for ratio in ratios]
    return [one / (sum(means) / season) for one in means]


def naive_theta(values, h):
    """Half the straight line, half the best of many exponential smoothings of what lies twice as far from it."""
    n = len(values)
    t = np.arange(n + h)
    line = np.polyval(np.polyfit(t[:n], values, 1), t) if n > 1 else np.full(1 + h, values[0])
    twice = 2 * np.asarray(values) - line[:n]

    def smooth(alpha):
        """Squared error and last level, from the best first level: the level is come + first (1 - alpha)^t."""
        come = np.zeros(n + 1)
        for step in range(n):
            come[step + 1] = alpha * twice[step] + (1 - alpha) * come[step]
        decay = (1 - alpha) ** np.arange(n + 1)
        first = np.linalg.lstsq(decay[:n, None], twice - come[:n])[0][0]
        return np.sum((twice - come[:n] - first * decay[:n]) ** 2), come[n] + first * decay[n]

    low, high = 1e-4, 0.9999
    for _ in range(3):
        alphas = np.linspace(low, high, 60)
        best = min(alphas, key=lambda alpha: smooth(alpha)[0])
        step = alphas[1] - alphas[0]
        low, high = max(best - step, 1e-4), min(best + step, 0.9999)
    ahead = [line[n + min(step, n - 1)] for step in range(h)]
    return (np.array(ahead) + smooth(best)[1]) / 2


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
    forecast = make(h, method).fit(frame).predict()
    assert list(forecast.columns) == ["unique_id", "ds", NAMES[method]]
    for name, part in forecast.groupby("unique_id"):
        values = frame[frame.unique_id == name].y.to_numpy()
        tolerance = 1e-4 if method == "theta" else 1e-7
        assert_allclose(part[NAMES[method]], naive_forecast(values, h, method, 12), rtol=tolerance)


@pytest.mark.parametrize("method", METHODS)
def test_residuals_match_naive(method, frame):
    forecaster = make(6, method, season_length=4).fit(frame)
    residuals = []
    for name in "abc":
        values = frame[frame.unique_id == name].y.to_numpy()
        first = {"seasonal": 4, "naive2": 12, "theta": 12, "drift": 2, "window_average": WINDOW}.get(method, 1)
        first = first if len(values) > first else 1
        for origin in range(first, len(values)):
            actual = np.append(values[origin:], np.full(6, np.nan))[:6]
            error = actual - naive_forecast(values[:origin], 6, method, 4)
            residuals.append(error / naive_scale(values, 4))
    tolerance = {"rtol": 1e-3, "atol": 1e-4} if method == "theta" else {"atol": 1e-12}
    assert_allclose(np.sort(forecaster.residuals_, axis=0), np.sort(residuals, axis=0), **tolerance)


@pytest.mark.parametrize("method", METHODS)
def test_intervals_are_those_of_the_rolling_errors(method, frame):
    forecaster = make(3, method).fit(frame)
    forecast = forecaster.predict(level=[80, 95])
    model, part = NAMES[method], forecast[forecast.unique_id == "c"]
    scale = naive_scale(frame[frame.unique_id == "c"].y.to_numpy(), 12)
    width = conformal_radius(forecaster.residuals_, 95) * scale
    assert_allclose(part[f"{model}-hi-95"] - part[model], width)
    assert_allclose(part[model] - part[f"{model}-lo-95"], width)


@pytest.fixture
def seasonal_panel(rng):
    """Series with a season, without one, too short for one, and constant; of several lengths."""
    parts = []
    for number in range(12):
        n = int(rng.integers(5, 90))
        y = 50.0 + np.cumsum(rng.normal(size=n)) + rng.normal(size=n)
        if number % 3 == 0:
            y *= 1 + 0.3 * np.sin(np.arange(n) * 2 * np.pi / 12)
        parts.append(pd.DataFrame({"unique_id": f"s{number:02d}", "ds": np.arange(n), "y": y}))
    parts.append(pd.DataFrame({"unique_id": "constant", "ds": np.arange(40), "y": 3.0}))
    return pd.concat(parts, ignore_index=True)


@pytest.mark.parametrize("season", [1, 4, 5, 12])
@pytest.mark.parametrize("block", [1, 200, 1_000_000])
def test_naive2_matches_naive(season, block, seasonal_panel, monkeypatch):
    monkeypatch.setattr("rnnforecast.forecasting.simple.factors._BLOCK", block)
    forecast = NaiveForecaster(15, method="naive2", season_length=season).fit(seasonal_panel).predict()
    found = 0
    for name, part in forecast.groupby("unique_id"):
        values = seasonal_panel[seasonal_panel.unique_id == name].y.to_numpy()
        assert_allclose(part["Naive2"], naive_forecast(values, 15, "naive2", season), rtol=1e-10)
        found += np.ptp(part["Naive2"]) > 1e-9
    assert (found > 0) == (season > 1)


@pytest.mark.parametrize("season", [1, 4])
@pytest.mark.parametrize("block", [200, 1_000_000])
def test_theta_matches_naive(season, block, seasonal_panel, monkeypatch):
    monkeypatch.setattr("rnnforecast.forecasting.simple.factors._BLOCK", block)
    forecast = NaiveForecaster(15, method="theta", season_length=season).fit(seasonal_panel).predict()
    for name, part in forecast.groupby("unique_id"):
        values = seasonal_panel[seasonal_panel.unique_id == name].y.to_numpy()
        assert_allclose(part["Theta"], naive_forecast(values, 15, "theta", season), rtol=1e-5)


def test_theta_goes_on_along_a_line_with_half_its_slope():
    """Smoothing of a line keeps up with it, a step behind: the forecast grows by half the slope."""
    line = pd.Series(3.0 + 2.0 * np.arange(20))
    forecast = NaiveForecaster(4, method="theta", season_length=1).fit(line).predict().to_numpy()
    assert_allclose(np.diff(forecast), 1.0)
    assert_allclose(NaiveForecaster(2, method="theta", season_length=1).fit(pd.Series([5.0])).predict(), 5.0)


def test_theta_follows_a_line_no_farther_than_it_was_seen():
    forecast = NaiveForecaster(50, method="theta", season_length=1).fit(pd.Series([1.0, 100.0])).predict().to_numpy()
    assert_allclose(np.diff(forecast), np.append(49.5, np.zeros(48)))


@pytest.mark.parametrize("low", [0.0, 1e-9, 1.0])
@pytest.mark.parametrize("odd", [2, 62])
def test_theta_of_a_value_at_a_place_near_zero(low, odd):
    """Factors miss half a season at both ends: divided by theirs, this value would be huge."""
    month = np.arange(65) % 12
    y = np.where(month == 2, low, 100 + 50 * np.sin(month * np.pi / 6))
    y[odd] = 140.0
    forecast = NaiveForecaster(12, method="theta", season_length=12).fit(pd.Series(y)).predict()
    assert forecast.between(50, 150).all()
    simple = NaiveForecaster(12, method="theta", season_length=1).fit(pd.Series(y)).predict()
    assert_allclose(forecast, simple)


def test_theta_of_the_largest_values():
    values = pd.Series(np.append(np.full(40, 1.7e308), 1.6e308))
    assert_allclose(NaiveForecaster(3, method="theta", season_length=12).fit(values).predict(), 1.6e308)


def test_naive2_repeats_the_last_value_where_an_average_is_zero():
    values = pd.Series(np.tile([1.0, -1.0], 20))
    assert_array_equal(NaiveForecaster(3, method="naive2", season_length=2).fit(values).predict(), -1.0)
    values = pd.Series(np.append(np.tile([0.0, 1.0, 2.0], 10), 0.0))  # the last factor is 0
    assert_array_equal(NaiveForecaster(3, method="naive2", season_length=3).fit(values).predict(), 0.0)


@pytest.mark.parametrize("method", ["naive2", "theta"])
def test_a_season_of_huge_and_tiny_values(method, seasonal_panel):
    forecaster = NaiveForecaster(13, method=method, season_length=12)
    usual = forecaster.fit(seasonal_panel).predict()[NAMES[method]].to_numpy()
    for size in (2.0**-600, 2.0**600):
        scaled = forecaster.fit(seasonal_panel.assign(y=seasonal_panel.y * size)).predict()[NAMES[method]]
        assert_allclose(scaled / size, usual, rtol=1e-9)


def test_naive2_decomposes_only_so_many_rows_for_its_intervals(monkeypatch, rng):
    values = pd.Series(10 + rng.normal(size=100))
    monkeypatch.setattr("rnnforecast.forecasting.baselines.naive._MAX_ROWS", 1000)
    assert NaiveForecaster(2, method="naive2", season_length=4).fit(values).residuals_.shape == (10, 2)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("level", [None, 80])
def test_many_origins_are_those_of_one_at_a_time(method, level, seasonal_panel):
    data = seasonal_panel.groupby("unique_id").filter(lambda part: len(part) > 16)
    forecaster = make(3, method, season_length=4)
    table = backtest(forecaster, data, n_windows=4, step_size=2, level=level)
    models = table.columns.drop(["unique_id", "cutoff", "ds", "y"])
    first = data[data["ds"] < data.groupby("unique_id")["ds"].transform("max") - 8]
    forecaster.fit(first)
    for rank in range(4):
        past = data[data["ds"] < data.groupby("unique_id")["ds"].transform("max") - 8 + 2 * rank]
        expected = forecaster.predict(level=level, new_df=past)
        got = table[table.groupby("unique_id")["cutoff"].rank("dense") == rank + 1]
        assert_allclose(got[models], expected[models], rtol=1e-9)


def test_the_newest_origins_are_kept(monkeypatch, rng):
    values = pd.Series(rng.normal(size=50))
    every = NaiveForecaster(h=4).fit(values).residuals_
    monkeypatch.setattr("rnnforecast.forecasting.baselines.naive._MAX_WINDOWS", 10)
    few = NaiveForecaster(h=4).fit(values).residuals_
    assert few.shape == (10, 4)
    assert_array_equal(np.sort(few[:, 0]), np.sort(every[3:13, 0]))
    assert np.isfinite(few).all()


@pytest.mark.parametrize("method", METHODS)
def test_new_data(method, frame, rng):
    forecaster = make(3, method, season_length=4).fit(frame)
    newer = frame[frame.unique_id != "a"].assign(y=rng.normal(size=48))
    other = newer.assign(unique_id=newer.unique_id + "new")
    answer = forecaster.predict(level=80, new_df=pd.concat([newer, other]))
    assert list(answer.unique_id.unique()) == ["b", "bnew", "c", "cnew"]
    forecasts = answer.set_index("unique_id")[NAMES[method]]
    for name in "bc":
        values = newer[newer.unique_id == name].y.to_numpy()
        tolerance = {"rtol": 1e-3, "atol": 1e-5} if method == "theta" else {}
        assert_allclose(forecasts[name], naive_forecast(values, 3, method, 4), **tolerance)
        assert_allclose(forecasts[name + "new"], forecasts[name])
    width = (answer[f"{NAMES[method]}-hi-80"] - answer[NAMES[method]]).to_numpy().reshape(4, 3)
    own = newer[newer.unique_id == "c"].y.to_numpy()
    ratio = naive_scale(own, 4) / naive_scale(frame[frame.unique_id == "c"].y.to_numpy(), 4)
    assert_allclose(width[3], width[2] * ratio)
    assert_frame_equal(forecaster.predict(), make(3, method, season_length=4).fit(frame).predict())


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
    forecaster = make(3, method, season_length=2).fit(pd.Series([0.1] * 30))
    answer = forecaster.predict(level=80)
    assert_allclose(answer, 0.1)


def test_a_season_comes_from_the_frequency():
    index = pd.date_range("2024-03-30", periods=60, freq="h", tz="Europe/Berlin")
    series = pd.Series(np.arange(60.0), index=index)
    answer = NaiveForecaster(h=3, method="seasonal").fit(series).predict()
    expected = pd.date_range(index[-1], periods=4, freq="h")[1:]
    assert_series_equal(answer, pd.Series([36.0, 37.0, 38.0], index=expected, name="SeasonalNaive"))
    for method in ("seasonal", "naive2"):
        with pytest.raises(ValueError, match="season_length=None needs stamps that are dates"):
            NaiveForecaster(h=3, method=method).fit(pd.Series(np.arange(9.0)))


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
        ({"window_size": 0}, "window_size"),
        ({"id_col": None}, "id_col"),
    ],
)
def test_bad_parameters(params, name, frame):
    with pytest.raises((ValueError, TypeError), match=f"The '{name}' parameter of NaiveForecaster must be"):
        NaiveForecaster(**{"h": 1, **params}).fit(frame)


def test_window_size_belongs_to_one_method(frame):
    with pytest.raises(ValueError, match=r"window_size=None with method='window_average'; .* needs an int"):
        NaiveForecaster(1, method="window_average").fit(frame)
    with pytest.raises(ValueError, match="window_size=3 with method='drift'"):
        NaiveForecaster(1, method="drift", window_size=3).fit(frame)


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


@pytest.mark.parametrize("n_rows", [4, 12, 13, 14, 15, 30])
@pytest.mark.parametrize("method", ["last", "seasonal", "window_average", "naive2", "theta"])
def test_intervals_of_short_series(method, n_rows, rng):
    y = pd.Series(rng.normal(20, size=n_rows), index=pd.date_range("2024-01-01", periods=n_rows, freq="MS"))
    forecaster = NaiveForecaster(3, method=method, window_size=13 if method == "window_average" else None).fit(y)
    assert forecaster.predict(level=10).notna().all(axis=None)
    with pytest.raises(ValueError, match=r"level= needs a series of more than h=3 rows; the longest has 3"):
        backtest({"before": NeverFitted(), "this": forecaster}, y[:4], h=1, level=10)


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
