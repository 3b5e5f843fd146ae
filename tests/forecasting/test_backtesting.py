import numpy as np
import pandas as pd
import pytest
from backtest_support import LastValue, NeverFitted, two_series
from numpy.testing import assert_allclose, assert_array_equal
from pandas.testing import assert_frame_equal
from sklearn.base import clone

from rnnforecast import ForecastSearchCV, RNNForecaster
from rnnforecast.forecasting import NaiveForecaster, backtest, cross_validation
from rnnforecast.forecasting.panels.reading import as_panel

INDEXES = [
    pd.date_range("2024-01-31", periods=20, freq="ME"),
    pd.date_range("2024-03-30 12:00", periods=20, freq="h", tz="Europe/Berlin"),
    pd.period_range("2024-01", periods=20, freq="M"),
    pd.RangeIndex(7, 47, 2),
]


@pytest.fixture
def frame(rng):
    return two_series(rng)


def naive_backtest(frame, h, n_windows, step_size, method):
    """Fit anew on the rows before each cutoff of each series."""
    rows = []
    for name, own in frame.groupby("unique_id"):
        for window in range(n_windows):
            end = len(own) - h - (n_windows - 1 - window) * step_size
            forecast = NaiveForecaster(h=h, method=method, freq=1).fit(own[:end]).predict().iloc[:, -1]
            for step in range(h):
                actual = own.iloc[end + step]
                rows.append([name, own.ds.iloc[end - 1], actual.ds, actual.y, forecast[step]])
    return pd.DataFrame(rows, columns=["unique_id", "cutoff", "ds", "y", {"last": "Naive", "drift": "Drift"}[method]])


@pytest.mark.parametrize("method", ["last", "drift"])
@pytest.mark.parametrize("h, n_windows, step_size", [(1, 1, 1), (3, 4, 1), (2, 2, 3), (2, 3, None)])
@pytest.mark.parametrize("refit", [False, True, 2])
def test_backtests_match_naive(method, h, n_windows, step_size, refit, frame):
    forecaster = NaiveForecaster(h=h, method=method)
    table = backtest(forecaster, frame, n_windows=n_windows, step_size=step_size, refit=refit)
    expected = naive_backtest(frame, h, n_windows, h if step_size is None else step_size, method)
    assert_frame_equal(table, expected)
    assert not hasattr(forecaster, "context_")


@pytest.mark.parametrize("index", INDEXES)
def test_backtests_of_a_series(index):
    table = backtest(NaiveForecaster(h=3), pd.Series(np.arange(20.0), index=index), n_windows=2)
    assert list(table.columns) == ["cutoff", "ds", "y", "Naive"]
    assert_array_equal(table.cutoff, index[[15, 15, 15, 16, 16, 16]])
    assert_array_equal(table.ds, index[[16, 17, 18, 17, 18, 19]])
    assert table.ds.dtype == pd.Series(index).dtype
    assert_array_equal(table.y, [16, 17, 18, 17, 18, 19])
    assert_array_equal(table.Naive, [15, 15, 15, 16, 16, 16])


def test_several_forecasters(frame):
    several = [NaiveForecaster(h=2), NaiveForecaster(h=2, method="mean")]
    table = backtest(several, frame, n_windows=2, level=[50])
    expected = ["unique_id", "cutoff", "ds", "y", "Naive", "Naive-lo-50", "Naive-hi-50"]
    assert list(table.columns) == [*expected, "Mean", "Mean-lo-50", "Mean-hi-50"]
    assert (table["Mean-lo-50"] <= table.Mean).all()
    named = backtest({"A": several[0], "B": several[0]}, frame, n_windows=2, level=50)
    assert list(named.columns) == ["unique_id", "cutoff", "ds", "y", *(f"{m}{s}" for m in "AB" for s in SIDES)]
    assert_allclose(named["B-hi-50"], table["Naive-hi-50"])


SIDES = ("", "-lo-50", "-hi-50")


def test_intervals_know_nothing_of_what_comes(frame):
    table = backtest(NaiveForecaster(h=2), frame, n_windows=2, level=50, refit=True)
    for name, own in frame.groupby("unique_id"):
        part = table[(table.unique_id == name) & (table.cutoff == own.ds.iloc[-3])]
        cut = pd.concat([series[:-2] for _, series in frame.groupby("unique_id")])
        alone = NaiveForecaster(h=2).fit(cut).predict(level=50)
        assert_allclose(part["Naive-hi-50"], alone[alone.unique_id == name]["Naive-hi-50"])


@pytest.mark.parametrize("refit, sizes", [(False, [9]), (True, [9, 10, 11, 12, 13]), (2, [9, 11, 13])])
def test_when_models_are_fitted(refit, sizes, monkeypatch):
    seen = []
    original = NaiveForecaster._fit_panel
    monkeypatch.setattr(NaiveForecaster, "_fit_panel", lambda s, p: seen.append(p.n_rows) or original(s, p))
    backtest(NaiveForecaster(h=2), pd.Series(np.arange(15.0)), n_windows=5, refit=refit)
    assert seen == sizes


def test_names_of_columns(frame):
    other = frame.rename(columns={"unique_id": "shop", "ds": "day", "y": "sales"})
    forecaster = NaiveForecaster(h=1, id_col="shop", time_col="day", target_col="sales")
    assert list(backtest(forecaster, other).columns) == ["shop", "cutoff", "day", "sales", "Naive"]


def test_bad_arguments(frame):
    naive = NaiveForecaster(h=2)
    with pytest.raises(ValueError, match=r"series 'b' has 9 rows; h=2 with n_windows=8 and step_size=1 needs at least"):
        backtest(naive, frame, n_windows=8)
    for name in ("h", "n_windows", "step_size", "refit"):
        with pytest.raises(ValueError, match=f"{name}=0 must be at least 1"):
            backtest(naive, frame, **{name: 0})
        with pytest.raises(TypeError, match=f"{name} must be a positive int; got 1.5"):
            backtest(naive, frame, **{name: 1.5})
    with pytest.raises(TypeError, match="h must be a positive int; got None"):
        backtest(LastValue(), frame)
    with pytest.raises(ValueError, match="level=120 must lie"):
        backtest(naive, frame, level=120)
    with pytest.raises(ValueError, match=r"equal names .*; give a dict"):
        backtest([naive, naive], frame)
    with pytest.raises(ValueError, match="forecasters is empty"):
        backtest([], frame)
    with pytest.raises(ValueError, match="the name 'y', which the table has already"):
        backtest({"y": naive}, frame)
    for bad in (NaiveForecaster, "naive", None):
        with pytest.raises(TypeError, match="must be an object with fit and predict"):
            backtest(bad, frame, h=1)
    with pytest.raises(ValueError, match="The 'method' parameter of NaiveForecaster"):
        backtest(NaiveForecaster(h=2, method="x"), frame)
    with pytest.raises(TypeError, match="data must be a pandas Series"):
        backtest(naive, [1.0, 2.0])


@pytest.mark.parametrize("refit, sizes", [(False, [7]), (True, [7, 8, 9]), (2, [7, 9])])
def test_gaps_keep_rows_from_fit_only(refit, sizes, monkeypatch):
    seen = []
    original = NaiveForecaster._fit_panel
    monkeypatch.setattr(NaiveForecaster, "_fit_panel", lambda s, p: seen.append(p.n_rows) or original(s, p))
    series = pd.Series(np.arange(15.0) ** 2)
    forecaster = NaiveForecaster(h=3, method="drift")
    table = backtest(forecaster, series, n_windows=3, gap=3, refit=refit, level=50)
    assert seen == sizes
    plain = backtest(forecaster, series, n_windows=3)
    assert_frame_equal(table[plain.columns], plain)
    alone = NaiveForecaster(h=3, method="drift").fit(series[:7]).predict(level=50, new_df=series[:10])
    assert_allclose(table["Drift-hi-50"][:3], alone["Drift-hi-50"])


def test_cross_validation_is_a_backtest_without_overlap(frame):
    naive = NaiveForecaster(h=2)
    table = cross_validation(naive, frame, n_windows=3, gap=1, refit=2, level=50)
    assert_frame_equal(table, backtest(naive, frame, n_windows=3, step_size=2, gap=1, refit=2, level=50))
    assert not table.duplicated(["unique_id", "ds"]).any()
    overlapping = cross_validation(naive, frame, h=1, n_windows=3, step_size=1)
    assert_frame_equal(overlapping, backtest(naive, frame, h=1, n_windows=3))


def test_bad_gaps(frame):
    naive = NaiveForecaster(h=2)
    with pytest.raises(ValueError, match="gap=-1 must be at least 0"):
        backtest(naive, frame, gap=-1)
    with pytest.raises(TypeError, match=r"gap must be a positive int or 0; got 0\.5"):
        cross_validation(naive, frame, gap=0.5)
    message = "series 'b' has 9 rows; h=2 with n_windows=1, step_size=1 and gap=7 needs at least 10"
    with pytest.raises(ValueError, match=message):
        backtest(naive, frame, gap=7)


@pytest.mark.parametrize("run", [backtest, cross_validation])
def test_quantiles_are_those_of_predict(run, frame):
    naive = NaiveForecaster(h=2)
    table = run([naive, NaiveForecaster(h=2, method="mean")], frame, level=80, quantiles=[0.9, 0.25])
    own = ["Naive", "Naive-lo-80", "Naive-hi-80", "Naive-q0.25", "Naive-q0.9"]
    assert list(table.columns[4:9]) == own
    past = frame[frame.groupby("unique_id").cumcount(ascending=False) >= 2]
    expected = naive.fit(past).predict(level=80, quantiles=[0.25, 0.9])
    assert_allclose(table[own], expected[own])
    assert_array_equal(table["Naive-q0.9"], table["Naive-hi-80"])
    only = run({"mine": naive}, frame, quantiles=0.5)
    assert_array_equal(only["mine-q0.5"], only["mine"])


def test_quantiles_that_cannot_be_had_are_refused_before_any_training(frame):
    other = LastValue()
    with pytest.raises(
        ValueError, match=r"quantiles=\(0.1,\) must be None: predict of 'other' does not take quantiles"
    ):
        backtest({"naive": NaiveForecaster(h=2), "other": other}, frame, quantiles=[0.1])
    assert not hasattr(other, "sizes")
    with pytest.raises(ValueError, match="quantiles=10 must lie between 0 and 1"):
        backtest(NaiveForecaster(h=2), frame, quantiles=10)
    with pytest.raises(TypeError, match="quantiles must hold numbers"):
        cross_validation(NaiveForecaster(h=2), frame, quantiles=["0.1"])


def recursive(**given):
    return RNNForecaster(2, 3, strategy="recursive", hidden_size=2, max_iter=1, **given)


NO_INTERVALS = "needs intervals='conformal', 'asymmetric' or 'adaptive', which hold back windows for calibration; got"
REFUSED = {
    "level": (recursive(intervals=None), {"level": 80}, f"level with loss='absolute_error' {NO_INTERVALS}"),
    "quantiles": (recursive(intervals=None, loss="huber"), {"quantiles": 0.1}, f"quantiles with .* {NO_INTERVALS}"),
    "dispersion": (recursive(intervals=None, loss="gamma"), {"level": 80}, f"level with loss='gamma' {NO_INTERVALS}"),
    "direct h": (RNNForecaster(2, strategy="mimo"), {"h": 3}, "h=3 is beyond the 2 steps that this forecaster was"),
    "calibrated h": (recursive(), {"h": 3, "level": 80}, "h=3 with level needs h up to 2, for which intervals are"),
    "h of a distribution": (recursive(loss="gaussian"), {"h": 3, "quantiles": 0.5}, "h=3 with quantiles needs h up to"),
    "naive": (NaiveForecaster(2), {"h": 3, "level": 80}, "h=3 with level= needs a forecaster made with h=3; this one"),
    "search": (
        ForecastSearchCV(recursive(intervals=None), {"hidden_size": [2, 3]}), {"level": 80}, NO_INTERVALS
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
@pytest.mark.parametrize("run", [backtest, cross_validation])
def test_what_cannot_be_answered_is_refused_before_any_work(run, case, frame):
    forecaster, words, message = REFUSED[case]
    with pytest.raises(ValueError, match=message):
        run({"before": NeverFitted(), "this": forecaster}, frame, **({"h": 2} | words))


SHORT = {
    "short": ({}, {}),
    "other intervals": ({"intervals": "adaptive"}, {}),
    "of a distribution": ({"loss": "gaussian"}, {}),
    "by a transform": ({"target_transform": "difference"}, {"n_rows": 14}),
    "before an origin": ({}, {"n_rows": 20, "n_windows": 8}),
    "of little weight": ({"weight_col": "w"}, {"n_rows": 20}),  # the only window that counts
    "unknown": ({"missing": "mask"}, {"n_rows": 20, "first_known": 16}),
}


@pytest.mark.parametrize("case", SHORT)
@pytest.mark.parametrize("asked", ["level", "quantiles"])
def test_series_without_windows_to_hold_back_are_refused_before_any_training(case, asked, rng, no_training):
    words, data = SHORT[case]
    n_rows, first_known = data.get("n_rows", 13), data.get("first_known", 0)
    frame = pd.DataFrame({"ds": range(n_rows), "y": rng.gamma(2.0, size=n_rows)})
    frame["w"] = (frame["ds"] == 14).astype(float)
    frame.loc[frame["ds"] < first_known, "y"] = np.nan
    forecaster = RNNForecaster(3, 3, strategy="mimo", hidden_size=2, max_iter=1, **words)
    words = {asked: [80] if asked == "level" else [0.1], "n_windows": data.get("n_windows", 1)}
    least = 12 if case == "by a transform" else 11
    with pytest.raises(
        ValueError, match=f"{asked} needs windows that are held back for .* takes series of {least} rows"
    ):
        backtest(forecaster, frame, **words)


def test_series_with_a_window_to_hold_back_are_not_refused(rng):
    forecaster = RNNForecaster(3, 3, strategy="mimo", hidden_size=2, max_iter=1)
    with pytest.warns(UserWarning, match="1 calibration windows are too few"):
        table = backtest(forecaster, pd.Series(rng.normal(size=14)), level=80)
    assert table.notna().all(axis=None)


WITH_COLUMNS = {
    "future": {"future_covariates": ["x"]},
    "past": {"past_covariates": ["x"]},
    "static": {"static_covariates": ["kind"]},
    "weights": {"weight_col": "w"},
}


@pytest.mark.parametrize("missing", [False, True])
def test_the_order_of_forecasters_does_not_matter(frame, rng, missing):
    columns = {"x": rng.normal(size=len(frame)), "w": rng.random(len(frame)), "kind": frame["unique_id"]}
    frame = frame.assign(**columns)
    words = {"missing": "mask"} if missing else {}
    if missing:
        frame = frame.drop(index=[2]).assign(y=frame["y"].where(~frame.index.isin([5, 8, 17])))
    several = {name: RNNForecaster(2, 3, strategy="mimo", hidden_size=2, max_iter=1, random_state=0, **own, **words)
               for name, own in WITH_COLUMNS.items()} | {"naive": NaiveForecaster(2)}  # fmt: skip
    table = backtest(several, frame, n_windows=2)
    turned = backtest(dict(reversed(several.items())), frame, n_windows=2)
    assert_frame_equal(turned[table.columns], table)
    for name, forecaster in several.items():
        if name != "naive" or not missing:
            assert_array_equal(backtest(forecaster, frame, n_windows=2).iloc[:, -1], table[name])


@pytest.mark.parametrize("method", ["last", "seasonal", "drift", "mean", "window_average", "naive2", "theta"])
def test_baselines_go_on_from_the_last_known_value(method, rng):
    y = pd.Series(rng.normal(50, size=40), index=pd.date_range("2024-01-31", periods=40, freq="QE"))
    gaps = y.where(~np.isin(np.arange(40), [20, 21, 34, 35]))
    naive = NaiveForecaster(2, method=method, window_size=3 if method == "window_average" else None)
    masked = RNNForecaster(2, 3, hidden_size=2, max_iter=1, missing="mask")
    table = backtest({"naive": naive, "masked": masked}, gaps, n_windows=5, level=50)
    assert table.drop(columns="y").notna().all(axis=None)
    assert_allclose(table["naive"], backtest({"naive": naive}, gaps.ffill(), n_windows=5)["naive"])
    fits = [clone(naive)._fit_checked(as_panel(data, allow_missing=True)) for data in (gaps, gaps.ffill())]
    errors, without_gaps = (fit.residuals_ * fit.scale_ for fit in fits)
    unknown = np.isnan(errors)
    assert unknown.sum() > np.isnan(without_gaps).sum()  # what is filled in is nothing to compare with
    assert_allclose(errors[~unknown], without_gaps[~unknown])
    with pytest.raises(ValueError, match="has no target at all among its rows"):
        backtest({"naive": naive, "masked": masked}, gaps.where(np.arange(40) > 35), n_windows=5)


def test_missing_values_that_one_of_several_does_not_take(no_training):
    y = pd.Series(np.where(np.arange(30) == 5, np.nan, 1.0))
    several = {"first": recursive(missing="mask"), "other": recursive()}
    with pytest.raises(ValueError, match=r"data for forecasters\['other'\] has 1 NaN values"):
        backtest(several, y)


@pytest.mark.parametrize("forecaster", [recursive(intervals=None, loss="gaussian"), recursive(intervals=None)])
def test_what_can_be_answered_is_not_refused(forecaster, frame):
    point = forecaster.loss != "gaussian"
    table = backtest(forecaster, frame, h=3, level=None if point else 80)
    assert table.notna().all(axis=None)


def test_a_search_that_may_choose_what_serves_is_asked_after_its_fit(frame):
    search = ForecastSearchCV(NaiveForecaster(1), {"h": [2]}, n_windows=1)
    table = backtest(search, frame, h=2, level=50)
    assert table.notna().all(axis=None)
    with pytest.raises(ValueError, match="h=3 with level= needs a forecaster made with h=3; this one has h=2"):
        backtest(search, frame, h=3, level=50)
