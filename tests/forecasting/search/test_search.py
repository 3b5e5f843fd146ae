import importlib.util
import pickle

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from pandas.testing import assert_frame_equal, assert_series_equal
from scipy.stats import loguniform, randint
from sklearn.base import clone
from sklearn.exceptions import FitFailedWarning, NotFittedError
from sklearn.metrics import mean_absolute_error

from rnnforecast import ForecastSearchCV, NaiveForecaster, RNNForecaster, backtest, cross_validation, metrics
from rnnforecast.forecasting import BaseForecaster

TINY = RNNForecaster(2, 4, hidden_size=4, max_iter=2, batch_size=8, shrink_to=None)
RULES = {"last": lambda y: y[-1], "mean": np.mean}
METHODS = {"method": list(RULES)}


class Constant(BaseForecaster):
    """Forecasts its `value`; it notes on how many rows it was fitted, and some values are bad."""

    fitted = []
    model_name = "Constant"
    _parameter_constraints = {}

    def __init__(self, h=2, value=0.0):
        self.h, self.value = h, value

    def _fit_panel(self, panel):
        Constant.fitted.append((self.value, panel.n_rows))
        if self.value == "unfit":
            raise RuntimeError("this cannot be fitted")

    def _predict_panel(self, panel, h, levels):
        return {"Constant": np.full((panel.n_series, h), np.nan if self.value == "nan" else self.value)}


@pytest.fixture(autouse=True)
def nothing_fitted():
    Constant.fitted.clear()


@pytest.fixture
def series(rng):
    index = pd.date_range("2024-01-01", periods=40, freq="D")
    return pd.Series(10 + np.sin(np.arange(40) * 2 * np.pi / 7) + 0.1 * rng.normal(size=40), index=index)


@pytest.fixture
def frame(rng):
    parts = [pd.DataFrame({"unique_id": name, "ds": np.arange(n)}) for name, n in (("b", 20), ("a", 27))]
    frame = pd.concat(parts, ignore_index=True)
    return frame.assign(y=5 + rng.normal(size=len(frame)))


def naive_scores(several, h, n_windows, step_size, error):
    """Scores (n_rules, n_windows): error(actual, forecast, past) in each window, a list of each over the series."""
    scores = []
    for rule in RULES.values():
        row = []
        for window in range(n_windows):
            ends = [len(y) - h - (n_windows - 1 - window) * step_size for y in several]
            pasts = [y[:end] for y, end in zip(several, ends, strict=True)]
            actual = [y[end : end + h] for y, end in zip(several, ends, strict=True)]
            row.append(error(actual, [np.full(h, rule(past)) for past in pasts], pasts))
        scores.append(row)
    return np.array(scores)


def naive_mase(season):
    def error(actual, forecast, past):
        scales = [np.mean([abs(y[i] - y[i - season]) for i in range(season, len(y))]) for y in past]
        return np.mean([np.mean(abs(y - f)) / s for y, f, s in zip(actual, forecast, scales, strict=True)])

    return error


def naive_rmse(actual, forecast, past):
    return np.sqrt(np.mean((np.concatenate(actual) - np.concatenate(forecast)) ** 2))


@pytest.mark.parametrize("h, n_windows, step_size", [(1, 1, None), (3, 3, None), (3, 4, 2)])
@pytest.mark.parametrize("metric, error", [("rmse", naive_rmse), ("mase", naive_mase(1))])
def test_scores_match_naive(h, n_windows, step_size, metric, error, frame):
    search = ForecastSearchCV(NaiveForecaster(h), METHODS, n_windows=n_windows, step_size=step_size, metric=metric)
    results = search.fit(frame).cv_results_
    several = [own.y.to_numpy() for _, own in frame.groupby("unique_id")]
    expected = naive_scores(several, h, n_windows, h if step_size is None else step_size, error)
    for window in range(n_windows):
        assert_allclose(results[f"split{window}_test_score"], expected[:, window])
    assert_allclose(results["mean_test_score"], expected.mean(axis=1))
    assert_allclose(results["std_test_score"], expected.std(axis=1))
    best = int(expected.mean(axis=1).argmin())
    assert_array_equal(results["rank_test_score"], [1, 2] if best == 0 else [2, 1])
    assert (search.best_index_, search.best_params_) == (best, {"method": list(RULES)[best]})
    assert search.best_score_ == results["mean_test_score"][best]


def test_seasons(series):
    """The scale of mase is a season's, by default that of the frequency: 7 for days."""
    one, seven, usual = (
        ForecastSearchCV(NaiveForecaster(2), METHODS, season_length=season).fit(series) for season in (1, 7, None)
    )
    expected = naive_scores([series.to_numpy()], 2, 3, 2, naive_mase(7))
    assert_allclose(usual.cv_results_["mean_test_score"], expected.mean(axis=1))
    assert usual.best_score_ == seven.best_score_ != one.best_score_


@pytest.mark.parametrize(
    "metric", ["mae", "mape", "mase", "mse", "rmse", "rmsse", "smape", "wape", mean_absolute_error]
)
def test_metrics_agree_with_those_of_a_backtest(metric, frame):
    search = ForecastSearchCV(NaiveForecaster(2), METHODS, n_windows=1, metric=metric).fit(frame)
    table = backtest(NaiveForecaster(2), frame)
    expected = metrics.evaluate(table, metrics=metric, train=frame).iloc[0, 0]
    assert_allclose(search.cv_results_["split0_test_score"][0], expected)


def test_no_row_after_an_origin_is_seen(series):
    space = {"value": [9.0, 10.0]}
    search = ForecastSearchCV(Constant(h=3), space, n_windows=3, step_size=2).fit(series)
    assert Constant.fitted == [(value, rows) for value in (9.0, 10.0) for rows in (33, 35, 37)] + [
        (search.best_params_["value"], 40)
    ]
    later = series.copy()
    later.iloc[37:] += 100.0  # the newest window alone
    changed = ForecastSearchCV(NaiveForecaster(3), METHODS, n_windows=3).fit(later).cv_results_
    before = ForecastSearchCV(NaiveForecaster(3), METHODS, n_windows=3).fit(series).cv_results_
    for window, same in enumerate([True, True, False]):
        column = f"split{window}_test_score"
        assert (changed[column] == before[column]).all() == same


def test_the_best_forecaster_predicts(frame):
    given = NaiveForecaster(2)
    search = ForecastSearchCV(given, {"method": ["last", "drift"]}).fit(frame)
    expected = NaiveForecaster(2, **search.best_params_).fit(frame)
    assert_frame_equal(search.predict(level=50), expected.predict(level=50))
    assert_frame_equal(search.predict(h=5), expected.predict(h=5))
    new = frame[:9]
    assert_frame_equal(search.predict(new_df=new), expected.predict(new_df=new))
    assert not hasattr(given, "context_")
    assert search.refit_time_ > 0
    assert_frame_equal(pickle.loads(pickle.dumps(search)).predict(), expected.predict())


def test_updates_and_streams_are_those_of_the_best_forecaster(series, tmp_path):
    search, longer = (ForecastSearchCV(NaiveForecaster(2), {"method": ["last"]}).fit(y) for y in (series[:-3], series))
    stream = search.stream()
    assert_series_equal(search.update(series[-3:]).predict(), longer.predict())
    assert search.context_ is search.best_forecaster_.context_
    for value in series[-3:]:
        stream.update(value)
    assert_allclose(stream.forecast(), longer.predict())
    with pytest.raises(TypeError, match=r"use best_forecaster_.save\(path\)"):
        search.save(tmp_path / "search.npz")


def test_names_of_columns_are_those_of_the_forecaster(frame):
    other = frame.rename(columns={"unique_id": "shop", "ds": "day", "y": "sales"})
    forecaster = NaiveForecaster(2, id_col="shop", time_col="day", target_col="sales", freq=1)
    assert list(ForecastSearchCV(forecaster, METHODS).fit(other).predict().columns)[:2] == ["shop", "day"]


def test_without_refit(series):
    search = ForecastSearchCV(NaiveForecaster(2), METHODS, refit=False)
    with pytest.raises(NotFittedError):
        search.predict()
    assert search.fit(series).best_params_["method"] in RULES
    with pytest.raises(AttributeError, match="refit=False leaves no forecaster"):
        search.predict()
    assert not hasattr(
        search.set_params(refit=True).fit(series).set_params(refit=False).fit(series), "best_forecaster_"
    )


def test_results_make_a_frame(series):
    space = [{"method": ["last"]}, {"method": ["seasonal"], "season_length": [7, 5]}]
    search = ForecastSearchCV(NaiveForecaster(2), space, n_windows=2).fit(series)
    table = pd.DataFrame(search.cv_results_)
    assert table.params.tolist() == [
        {"method": "last"},
        {"method": "seasonal", "season_length": 7},
        {"method": "seasonal", "season_length": 5},
    ]
    assert search.cv_results_["param_season_length"].mask.tolist() == [True, False, False]
    assert table.param_method.tolist() == ["last", "seasonal", "seasonal"]
    assert table.n_windows.tolist() == [2, 2, 2]
    assert table.rank_test_score.min() == 1
    assert (table.mean_fit_time > 0).all()
    assert (table.mean_score_time > 0).all()


def test_a_search_is_an_estimator(series):
    search = ForecastSearchCV(NaiveForecaster(2), METHODS, n_windows=2, metric="mae")
    copy = clone(search)
    assert copy.get_params()["forecaster__h"] == 2
    assert copy.set_params(forecaster__h=3).forecaster.h == 3
    assert search.forecaster.h == 2
    assert "n_windows=2" in repr(search)
    assert search.fit(series) is search


@pytest.mark.parametrize("refit", [False, True])
def test_a_search_in_a_backtest(refit, series):
    """Nested: parameters are chosen anew on the rows before each origin."""
    search = ForecastSearchCV(NaiveForecaster(2), {"method": ["last", "seasonal", "drift"]})
    table = backtest(search, series, h=2, n_windows=3, refit=refit, level=50)
    assert list(table.columns) == ["cutoff", "ds", "y", "Naive", "Naive-lo-50", "Naive-hi-50"]
    for window in range(3):
        fitted = clone(search).fit(series[: 38 - 2 + (window if refit else 0)])
        expected = fitted.predict(new_df=series[: 36 + window])
        assert_allclose(table.Naive[2 * window : 2 * window + 2], expected)


SPACES = {
    "what trains": {"hidden_size": [2, 3], "learning_rate_init": loguniform(1e-3, 1e-2)},
    "lists": {"input_size": [3, 4], "intervals": ("conformal", "adaptive")},
    "several": [{"input_size": np.array([3, 4])}, {"lags": [None, [2]]}],
    "a candidate that is none": {"input_size": [-1, 3]},
    "a column that is none": {"input_size": [3, 4], "weight_col": ["w"]},
    "nothing": {},
}


@pytest.mark.parametrize("space", SPACES)
@pytest.mark.parametrize("asked", [{"level": 80}, {"quantiles": 0.1}])
@pytest.mark.parametrize("run", [backtest, cross_validation])
def test_a_search_of_series_too_short_for_intervals_is_refused_before_it_begins(run, asked, space, rng, no_training):
    forecaster = RNNForecaster(3, 3, strategy="mimo", hidden_size=2, max_iter=1)
    search = ForecastSearchCV(forecaster, SPACES[space], search="random", n_windows=1)
    with pytest.raises(ValueError, match=r"windows that are held back|'input_size' parameter|read without 'w'"):
        run(search, pd.Series(rng.normal(size=13)), **asked)
    with pytest.raises(pytest.fail.Exception, match="training began"):
        run(search.set_params(param_distributions={"hidden_size": [2]}), pd.Series(rng.normal(size=13)))


@pytest.mark.parametrize("sizes", [[3, 1], randint(3, 5)])
def test_a_search_that_may_give_intervals_is_not_refused(sizes, rng, no_training):
    search = ForecastSearchCV(RNNForecaster(3, strategy="mimo"), {"input_size": sizes}, search="random", n_windows=1)
    with pytest.raises(pytest.fail.Exception, match="training began"):
        backtest(search, pd.Series(rng.normal(size=13)), level=80)


def test_quantiles_of_a_search_in_a_backtest(series):
    search = ForecastSearchCV(NaiveForecaster(2), {"method": ["seasonal", "drift"]})
    table = backtest(search, series, quantiles=[0.1, 0.9])
    expected = clone(search).fit(series[:-2]).predict(quantiles=[0.1, 0.9])
    assert list(table.columns) == ["cutoff", "ds", "y", "Naive", "Naive-q0.1", "Naive-q0.9"]
    assert_allclose(table.iloc[:, 3:], expected)
    with pytest.raises(ValueError, match="must be None: ForecastSearchCV gives intervals alone"):
        backtest(ForecastSearchCV(Constant(), {"value": [1.0]}), series, quantiles=0.1)


def test_paths_and_gradients_are_those_of_the_best_forecaster(series):
    search = ForecastSearchCV(TINY, {"input_size": [3, 4]}, n_windows=1, random_state=0).fit(series)
    best = search.best_forecaster_
    assert_frame_equal(search.simulate(3, random_state=0), best.simulate(3, random_state=0))
    words = {"h": 1, "new_df": series[:30], "random_state": 0}
    assert_frame_equal(search.simulate(2, **words), best.simulate(2, **words))
    assert_frame_equal(search.explain(2, new_df=series[:30]), best.explain(2, new_df=series[:30]))
    with pytest.raises(NotFittedError):
        clone(search).simulate()
    with pytest.raises(AttributeError, match="refit=False leaves no forecaster"):
        clone(search).set_params(refit=False).fit(series).explain()
    other = ForecastSearchCV(NaiveForecaster(2), METHODS)
    assert not hasattr(other, "simulate")
    assert not hasattr(other, "explain")


def test_random_search(series):
    space = {"method": ["seasonal"], "season_length": randint(1, 30)}
    options = {"search": "random", "n_iter": 5}
    first, again, other = (
        ForecastSearchCV(NaiveForecaster(2), space, random_state=seed, **options).fit(series).cv_results_["params"]
        for seed in (0, 0, 1)
    )
    assert first == again != other
    assert len(first) == 5
    few = ForecastSearchCV(NaiveForecaster(2), METHODS, **options).fit(series)
    assert len(few.cv_results_["params"]) == 2


def test_halving_fits_few(series):
    values = [1.0, 10.0, 2.0, 21.0, 3.0, 20.0, 4.0, 19.0, 22.0]
    search = ForecastSearchCV(
        Constant(), {"value": values}, search="halving", n_iter=9, n_windows=5, metric="mae", random_state=0
    ).fit(series)
    results = pd.DataFrame(search.cv_results_).sort_values("rank_test_score")
    assert search.best_params_ == {"value": 10.0}
    assert results.n_windows.tolist() == [5, 2, 2, *[1] * 6]
    assert results.split4_test_score.notna().all()
    assert results.split0_test_score.notna().sum() == 1
    assert len(Constant.fitted) == 9 + 3 + 3 + 1  # no window twice, and the refit
    plain = ForecastSearchCV(Constant(), {"value": [10.0]}, n_windows=5, metric="mae").fit(series)
    assert_allclose(search.best_score_, plain.best_score_)


def test_failing_candidates_give_nan(series):
    search = ForecastSearchCV(Constant(), {"value": ["unfit", 10.0, "nan"]}, n_windows=2, metric="mae")
    with pytest.warns(FitFailedWarning, match=r"(?s)4 of 6 fits failed.*2 fits failed with.*cannot be fitted.*NaN"):
        search.fit(series)
    assert_array_equal(np.isnan(search.cv_results_["mean_test_score"]), [True, False, True])
    assert_array_equal(search.cv_results_["rank_test_score"], [2, 1, 2])
    assert search.best_params_ == {"value": 10.0}
    with pytest.warns(FitFailedWarning, match=r"error_score=100.0"):
        numbered = clone(search).set_params(error_score=100.0).fit(series)
    assert_array_equal(numbered.cv_results_["mean_test_score"], [100.0, search.best_score_, 100.0])
    with pytest.raises(RuntimeError, match="this cannot be fitted"):
        clone(search).set_params(error_score="raise").fit(series)
    with pytest.raises(ValueError, match=r"(?s)no candidate has a score: 2 of 2 fits failed.*cannot be fitted"):
        clone(search).set_params(param_distributions={"value": ["unfit"]}).fit(series)


def test_parameters_out_of_range_are_failures(series):
    with pytest.warns(FitFailedWarning, match="The 'method' parameter of NaiveForecaster"):
        search = ForecastSearchCV(NaiveForecaster(2), {"method": ["last", "best"]}).fit(series)
    assert search.best_params_ == {"method": "last"}


@pytest.mark.parametrize("search", ["grid", "random", "halving"])
def test_results_do_not_depend_on_n_jobs(search, series):
    space = {"hidden_size": [3, 4], "cell_type": ["elman", "gru"]}
    one, two = (
        ForecastSearchCV(
            TINY, space, search=search, n_iter=3, n_windows=2, n_seeds=2, n_jobs=n_jobs, random_state=0
        ).fit(series)
        for n_jobs in (1, 2)
    )
    assert one.cv_results_["params"] == two.cv_results_["params"]
    for name, column in one.cv_results_.items():
        if name.endswith("score") and "mean_score" not in name:
            assert_array_equal(column, two.cv_results_[name])
    assert_series_equal(one.predict(), two.predict())


def test_seeds(series):
    options = {"n_windows": 2, "random_state": 0}
    three = ForecastSearchCV(TINY, {"hidden_size": [3]}, n_seeds=3, **options).fit(series)
    assert three.cv_results_["std_seed_score"][0] > 0
    seeds = np.random.RandomState(0).randint(2**31 - 1, size=3).tolist()
    single = [ForecastSearchCV(clone(TINY).set_params(random_state=seed), {"hidden_size": [3]}, n_windows=2).fit(series)
              for seed in seeds]  # fmt: skip
    assert_allclose(three.best_score_, np.mean([search.best_score_ for search in single]))
    assert three.best_forecaster_.random_state == seeds[0]
    assert "std_seed_score" not in single[0].cv_results_
    fixed = ForecastSearchCV(clone(TINY).set_params(random_state=5), {"hidden_size": [3]}, n_seeds=2).fit(series)
    assert fixed.best_forecaster_.random_state == 5


def test_intervals_are_calibrated_once(series, monkeypatch):
    """Only the refit trains the second network that intervals need; the scores are of the same points."""
    calls = []
    original = RNNForecaster._calibrate
    monkeypatch.setattr(RNNForecaster, "_calibrate", lambda self, *args: calls.append(1) or original(self, *args))
    forecaster = clone(TINY).set_params(random_state=0)
    search = ForecastSearchCV(forecaster, {"hidden_size": [3]}, n_windows=2, step_size=1, metric="mae").fit(series)
    assert len(calls) == 1
    assert search.predict(level=50).shape == (2, 3)
    table = backtest(search.best_forecaster_, series, n_windows=2, refit=True)
    assert_allclose(search.best_score_, metrics.mae(table.y, table.RNN))


def test_scores_are_of_the_mixture_that_the_forecaster_gives(rng):
    y = pd.Series(np.cumsum(rng.normal(size=80)), index=pd.date_range("2024-01-01", periods=80, freq="D"))
    forecaster = clone(TINY).set_params(random_state=0)
    grid = {"shrink_to": [None, "seasonal_naive"]}
    search = ForecastSearchCV(forecaster, grid, n_windows=2, step_size=1, metric="mae").fit(y)
    for params, score in zip(search.cv_results_["params"], search.cv_results_["mean_test_score"], strict=True):
        model = clone(forecaster).set_params(**params)
        table = backtest(model, y, n_windows=2, refit=True)
        assert_allclose(score, metrics.mae(table.y, table.RNN))
    assert model.fit(y).share_ < 1
    assert len(set(search.cv_results_["mean_test_score"])) == 2


@pytest.mark.parametrize("metric", ["mase", "rmse"])
def test_targets_that_are_missing_are_not_scored(metric, frame):
    frame.loc[[3, 18, 40, 45, 46], "y"] = np.nan  # one of b's window, both of a's
    forecaster = clone(TINY).set_params(missing="mask", random_state=0)
    search = ForecastSearchCV(forecaster, {"hidden_size": [3]}, n_windows=1, metric=metric).fit(frame)
    table = backtest(clone(forecaster).set_params(hidden_size=3), frame)
    scores = metrics.evaluate(table[table.unique_id == "b"], metrics=metric, train=frame)
    assert_allclose(search.best_score_, scores.loc["RNN", metric])
    assert table.y.notna().sum() == 1
    frame.loc[19, "y"] = np.nan
    with pytest.raises(ValueError, match=r"(?s)no candidate has a score.*nothing is known in the window after row 43"):
        clone(search).fit(frame)


def test_verbose(series, capsys):
    ForecastSearchCV(NaiveForecaster(2), METHODS).fit(series)
    assert capsys.readouterr().out == ""
    ForecastSearchCV(NaiveForecaster(2), METHODS, verbose=1).fit(series)
    assert capsys.readouterr().out == "2 candidates, 3 windows, 1 seeds: 6 fits\n"


def test_constant_series_are_left_out_of_mase(frame):
    flat = frame.assign(y=np.where(frame.unique_id == "a", frame.y, 1.0))
    both, one = (ForecastSearchCV(NaiveForecaster(2), METHODS).fit(data).best_score_ for data in (flat, flat[20:]))
    assert_allclose(both, one)
    with pytest.raises(ValueError, match=r"(?s)no candidate has a score.*metric='mase' is nan"):
        ForecastSearchCV(NaiveForecaster(2), METHODS).fit(flat[:20])


@pytest.mark.skipif(importlib.util.find_spec("optuna") is None, reason="needs Optuna")
def test_optuna(series):
    import optuna

    level = optuna.logging.get_verbosity()
    space = {"method": ["seasonal"], "season_length": optuna.distributions.IntDistribution(1, 9)}
    first, again = (
        ForecastSearchCV(NaiveForecaster(2), space, search="optuna", n_iter=8, random_state=0, n_jobs=n_jobs).fit(
            series
        )
        for n_jobs in (1, 2)
    )
    assert first.cv_results_["params"] == again.cv_results_["params"]
    assert len(first.cv_results_["params"]) == 8
    assert first.best_params_["method"] == "seasonal"
    assert optuna.logging.get_verbosity() == level
    with pytest.warns(FitFailedWarning):
        ForecastSearchCV(
            Constant(), {"value": [10.0, "unfit"]}, search="optuna", n_iter=9, metric="mae", random_state=0
        ).fit(series)
    with pytest.raises(TypeError, match=r"param_distributions\['value'\] must be a list of values or a distribution"):
        ForecastSearchCV(Constant(), {"value": randint(1, 9)}, search="optuna").fit(series)
    with pytest.raises(TypeError, match="must be one dict for search='optuna'"):
        ForecastSearchCV(Constant(), [{"value": [1.0]}], search="optuna").fit(series)


@pytest.mark.skipif(importlib.util.find_spec("optuna") is not None, reason="needs Optuna to be missing")
def test_optuna_is_an_extra(series):
    with pytest.raises(ImportError, match=r"search='optuna' needs Optuna: pip install rnnforecast\[optuna\]"):
        ForecastSearchCV(Constant(), {"value": [1.0]}, search="optuna").fit(series)


@pytest.mark.parametrize(
    "options, error, message",
    [
        ({"search": "all"}, ValueError, "The 'search' parameter of ForecastSearchCV"),
        ({"n_windows": 0}, ValueError, "The 'n_windows' parameter"),
        ({"n_seeds": 0}, ValueError, "The 'n_seeds' parameter"),
        ({"metric": "coverage"}, ValueError, "The 'metric' parameter"),
        ({"forecaster": "naive"}, ValueError, "The 'forecaster' parameter"),
        ({"error_score": "stop"}, ValueError, "The 'error_score' parameter"),
        (
            {"n_windows": 20},
            ValueError,
            "the series has 40 rows; h=2 with n_windows=20 and step_size=2 needs at least 41",
        ),
        ({"n_windows": 1, "search": "halving"}, ValueError, "search='halving' needs n_windows=2 or more"),
        ({"n_seeds": 2}, ValueError, "n_seeds=2 sets random_state, but .* NaiveForecaster without random_state"),
        (
            {"forecaster": TINY, "param_distributions": {"random_state": [0, 1]}, "n_seeds": 2},
            ValueError,
            "this search searches over random_state",
        ),
        ({"param_distributions": {"size": [1]}}, ValueError, "Invalid parameter 'size' for estimator NaiveForecaster"),
        ({"param_distributions": {"method": "last"}}, TypeError, "grid for parameter 'method'"),
        ({"forecaster": NaiveForecaster(0)}, ValueError, "h=0 must be at least 1"),
    ],
)
def test_bad_arguments(options, error, message, series):
    with pytest.raises(error, match=message):
        ForecastSearchCV(**{"forecaster": NaiveForecaster(2), "param_distributions": METHODS, **options}).fit(series)


def test_what_the_forecaster_has_not_read_is_a_failure(rng):
    frame = pd.DataFrame({"ds": range(30), "y": rng.normal(size=30), "x": rng.normal(size=30)})
    with pytest.warns(FitFailedWarning, match="data has been read without 'x'; a search reads what its forecaster"):
        ForecastSearchCV(TINY, {"past_covariates": [None, ["x"]]}, n_windows=1).fit(frame)
    both = clone(TINY).set_params(past_covariates=["x"])
    ForecastSearchCV(both, {"past_covariates": [None, ["x"]]}, n_windows=1).fit(frame)
    masked = clone(TINY).set_params(missing="mask")
    with pytest.warns(FitFailedWarning, match="data has 1 NaN values in column 'y'"):
        search = ForecastSearchCV(masked, {"missing": ["mask", "error"]}, n_windows=1).fit(
            frame.replace({"y": {frame.y[3]: np.nan}})
        )
    assert search.best_params_ == {"missing": "mask"}


def test_covariates_are_read_and_known_ahead(rng):
    days = pd.date_range("2024-01-01", periods=60, freq="D")
    promotion = rng.random(60) < 0.3
    frame = pd.DataFrame({"ds": days, "y": 5 + 10 * promotion + 0.1 * rng.normal(size=60), "promotion": promotion})
    forecaster = clone(TINY).set_params(
        future_covariates=["promotion"], max_iter=30, learning_rate_init=0.02, random_state=0
    )
    search = ForecastSearchCV(forecaster, {"hidden_size": [4, 8]}, n_windows=2, metric="mae").fit(frame[:58])
    for k, name in enumerate(["split0_test_score", "split1_test_score"]):
        for size, score in zip([4, 8], search.cv_results_[name], strict=True):
            end = 54 + 2 * k
            own = clone(forecaster).set_params(hidden_size=size, intervals=None).fit(frame[:end])
            ahead = own.predict(X_df=frame[end : end + 2])
            assert_allclose(score, mean_absolute_error(frame["y"][end : end + 2], ahead["RNN"]), rtol=1e-6)
    assert_frame_equal(search.predict(X_df=frame[58:]), search.best_forecaster_.predict(X_df=frame[58:]))
