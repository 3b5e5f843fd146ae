import os
import pickle
import subprocess
import sys
import warnings

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from pandas.testing import assert_frame_equal, assert_index_equal, assert_series_equal
from sklearn.base import clone
from sklearn.exceptions import NotFittedError

from rnnforecast import RNNForecaster, datasets
from rnnforecast.forecasting import NaiveForecaster, backtest
from rnnforecast.forecasting.networks import learner
from rnnforecast.forecasting.rnn import plan
from rnnforecast.forecasting.transforms import Difference, MovingSeason
from rnnforecast.network.training import DivergenceWarning

N, H = 70, 3
STAMPS = {
    "freq": pd.date_range("2015-01-01", periods=N, freq="MS"),
    "no freq": pd.DatetimeIndex(pd.date_range("2015-01-01", periods=N, freq="MS").to_numpy(), name="month"),
    "time zone": pd.date_range("2024-03-29", periods=N, freq="h", tz="Europe/Berlin"),
    "periods": pd.period_range("2015-01", periods=N, freq="M"),
    "range": pd.RangeIndex(5, 5 + 2 * N, 2),
}
FUTURES = {
    "freq": pd.date_range("2020-11-01", periods=H, freq="MS"),
    "no freq": pd.date_range("2020-11-01", periods=H, freq="MS", name="month"),
    "time zone": pd.date_range("2024-03-29", periods=N + H, freq="h", tz="Europe/Berlin")[N:],
    "periods": pd.period_range("2020-11", periods=H, freq="M"),
    "range": pd.RangeIndex(5 + 2 * N, 5 + 2 * N + 2 * H, 2),
}


def small(h=H, **given):
    words = {"input_size": 6, "strategy": "mimo", "cell_type": "elman", "hidden_size": 4, "max_iter": 3}
    words |= {"learning_rate_init": 0.01, "random_state": 0, "shrink_to": None}
    return RNNForecaster(h, **words | given)


def wave(index=None, seed=0, n=N):
    noise = np.random.default_rng(seed).normal(0, 0.1, n)
    return pd.Series(10 + np.sin(np.arange(n) / 2) + noise, index=index, name="sales")


def panel_frame(lengths=(40, 70, 55), names=("unique_id", "ds", "y")):
    parts = []
    for i, n in enumerate(lengths):
        stamps = pd.date_range("2020-01-01", periods=n, freq="D")
        parts.append(pd.DataFrame({names[0]: f"s{i}", names[1]: stamps, names[2]: (i + 1) * wave(n=n, seed=i)}))
    return pd.concat(parts, ignore_index=True)


# What comes in and what comes out


@pytest.mark.parametrize("kind", STAMPS)
def test_a_series_gives_a_series(kind):
    y = wave(STAMPS[kind])
    model = small().fit(y)
    answer = model.predict()
    assert isinstance(answer, pd.Series)
    assert answer.name == "sales"
    assert_index_equal(answer.index, FUTURES[kind])
    assert np.isfinite(answer).all()
    table = model.predict(level=80)
    assert table.columns.tolist() == ["RNN", "RNN-lo-80", "RNN-hi-80"]
    assert_array_equal(table["RNN"], answer)
    assert model.input_size_ == 6
    assert len(model.loss_curve_) == model.n_iter_ == 3


@pytest.mark.parametrize("names", [("unique_id", "ds", "y"), ("shop", "day", "sold")])
def test_a_long_frame_gives_a_long_frame(names):
    words = dict(zip(("id_col", "time_col", "target_col"), names, strict=True))
    answer = small(**words).fit(panel_frame(names=names)).predict(2)
    assert answer.columns.tolist() == [*names[:2], "RNN"]
    assert answer[names[0]].tolist() == ["s0", "s0", "s1", "s1", "s2", "s2"]
    last = panel_frame(names=names).groupby(names[0])[names[1]].max().repeat(2)
    assert_array_equal(answer[names[1]], last + pd.to_timedelta([1, 2] * 3, unit="D"))
    assert_allclose(answer["RNN"], np.repeat([10, 20, 30], 2), rtol=0.3)


def test_a_frame_of_one_series_without_a_name():
    frame = panel_frame(lengths=(40,)).drop(columns="unique_id")
    assert small().fit(frame).predict().columns.tolist() == ["ds", "RNN"]


@pytest.mark.parametrize("strategy", ["mimo", "recursive", "segment"])
@pytest.mark.parametrize("window_scaler", ["last", "mean", "standard", "robust", None])
@pytest.mark.parametrize("series_scaler", ["standard", None])
def test_strategies_and_scalers(strategy, window_scaler, series_scaler):
    level = 10 if window_scaler or series_scaler else 0  # without either, the data must be scaled already
    y = wave() - 10 + level
    model = small(strategy=strategy, window_scaler=window_scaler, series_scaler=series_scaler, max_iter=20).fit(y)
    assert_allclose(model.predict(), level, atol=4)


@pytest.mark.parametrize(
    "transform",
    [
        "log",
        "log1p",
        "difference",
        ["log", "difference"],
        Difference(12),
        ("log", Difference(2), "standard"),
        MovingSeason(6),
    ],
)
def test_target_transforms(transform):
    answer = small(target_transform=transform, max_iter=20).fit(wave()).predict(level=80)
    assert_allclose(answer["RNN"], 10, atol=4)
    assert (answer["RNN-lo-80"] < answer["RNN"]).all()


@pytest.mark.parametrize("transform", ["robust", "minmax", "mean", "boxcox", "deseasonalize", "seasonal_difference"])
def test_words_for_transforms(transform):
    answer = small(target_transform=transform, max_iter=20).fit(wave(STAMPS["freq"])).predict(level=80)
    assert_allclose(answer["RNN"], 10, atol=4)


def test_differences_follow_a_line():
    line = pd.Series(np.arange(50.0) * 3 + 5)
    assert_allclose(small(target_transform="difference").fit(line).predict(), [155, 158, 161])


def test_a_default_input_size():
    y = wave(STAMPS["freq"])
    assert small(input_size=None, intervals=None).fit(y).input_size_ == 24
    assert small(input_size=None, intervals=None).fit(y[:20]).input_size_ == 8
    assert small(input_size=None, intervals=None).fit(y[:5]).input_size_ == 1


# Intervals and horizons


def test_intervals_are_nested():
    table = small().fit(wave()).predict(level=[95, 50, 80])
    names = [f"RNN-{side}-{level}" for side in ("lo", "hi") for level in (95, 80, 50)]
    order = [*names[:3], "RNN", *names[:2:-1]]
    assert (np.diff(table[order].to_numpy(), axis=1) >= 0).all()
    assert (table["RNN-hi-95"] > table["RNN-lo-95"]).all()


@pytest.mark.slow
def test_intervals_cover():
    y = pd.Series(np.random.default_rng(1).normal(size=500))
    table = backtest(small(max_iter=20), y, n_windows=200, level=80)
    covered = table["y"].between(table["RNN-lo-80"], table["RNN-hi-80"]).mean()
    assert 0.7 < covered < 0.9


def test_intervals_grow_with_the_series():
    frame = panel_frame().query("unique_id != 's2'")
    frame["y"] = np.where(frame["unique_id"] == "s1", 100, 1) * wave(n=len(frame)).to_numpy()
    table = small().fit(frame).predict(1, level=80).set_index("unique_id")
    width = table["RNN-hi-80"] - table["RNN-lo-80"]
    assert width["s1"] > 20 * width["s0"]


def test_levels_without_intervals():
    with pytest.raises(
        ValueError, match="level with loss='absolute_error' needs intervals='conformal', 'asymmetric' or"
    ):
        small(intervals=None).fit(wave()).predict(level=80)
    least = 6 + 2 * H + 2
    with pytest.raises(ValueError, match=f"level needs windows that are held back .* takes series of {least} rows"):
        small().fit(wave(n=least - 1)).predict(level=80)
    with pytest.warns(UserWarning, match="1 calibration windows are too few"):
        assert small().fit(wave(n=least)).predict(level=80).notna().all(axis=None)
    with pytest.raises(ValueError, match="level=100"):
        small().fit(wave()).predict(level=100)


def test_point_forecasts_do_not_depend_on_intervals():
    assert_series_equal(small().fit(wave()).predict(), small(intervals=None).fit(wave()).predict())


def test_horizons():
    y = wave()
    mimo, recursive = small().fit(y), small(strategy="recursive").fit(y)
    with pytest.raises(ValueError, match="h=4 is beyond the 3 steps"):
        mimo.predict(4)
    assert_array_equal(mimo.predict(2), mimo.predict()[:2])
    assert len(recursive.predict(20)) == 20
    assert_array_equal(recursive.predict(20)[:3], recursive.predict())
    with pytest.raises(ValueError, match="h=4 with level needs h up to 3"):
        recursive.predict(4, level=80)
    for bad, error in ((0, ValueError), (-1, ValueError), (1.5, TypeError), (True, TypeError), ("3", TypeError)):
        with pytest.raises(error, match="h"):
            mimo.predict(bad)


# Other data at predict, and backtests


def test_new_data():
    y = wave(STAMPS["freq"])
    model = small(target_transform=["log", "difference"]).fit(y[:60])
    assert_frame_equal(model.predict(level=80), model.predict(level=80, new_df=y[:60]))
    assert_series_equal(model.predict(), model.predict(new_df=y[53:60]))  # input_size + 1 for the difference
    assert model.predict(new_df=y).index[0] == y.index[-1] + y.index.freq
    with pytest.raises(ValueError, match="the series has 1 rows; this target_transform"):
        model.predict(new_df=y[:1])


def test_new_data_of_one_window():
    y = wave()
    model = small(input_size=1).fit(y)
    assert_series_equal(model.predict(new_df=y[-1:]), model.predict())
    assert_frame_equal(small().fit(y).predict(level=80), small().fit(y).predict(level=80, new_df=y[-6:]))


def test_series_that_fit_has_not_seen():
    frame = panel_frame()
    model = small().fit(frame)
    other = frame[frame["unique_id"] == "s1"].assign(unique_id="new", y=lambda rows: rows["y"] * 1000)
    answer = model.predict(new_df=other)
    assert answer["unique_id"].unique().tolist() == ["new"]
    assert_allclose(answer["RNN"], 20_000, rtol=0.3)


@pytest.mark.parametrize("loss", ["absolute_error", "quantile"])
def test_a_series_of_one_row_is_as_uncertain_as_others_are(loss):
    model = small(loss=loss).fit(panel_frame((70,) * 7))  # whose i-th series is i + 1 times as high, and as wide
    start = pd.DataFrame({"unique_id": ["x", "y"], "ds": pd.Timestamp("2021-01-01"), "y": [10.0, 10_000.0]})
    answer = model.predict(new_df=start, level=80)
    width = (answer["RNN-hi-80"] - answer["RNN-lo-80"]).to_numpy().reshape(2, H).mean(axis=1)
    known = model.predict(level=80)
    usual = np.median((known["RNN-hi-80"] - known["RNN-lo-80"]) / known["RNN"])
    assert model.error_scale_.usual_share is not None
    if loss == "absolute_error":
        assert_allclose(width / [10, 10_000], usual, rtol=0.5)
    paths = model.simulate(50, new_df=start, random_state=0)
    assert np.isfinite(paths.iloc[:, 2:]).all(axis=None)
    alone = model.predict(new_df=start[1:], level=80)
    assert_allclose(alone.iloc[:, 2:], answer.iloc[H:, 2:])


def test_predict_leaves_the_forecaster_unchanged():
    y = wave()
    model = small().fit(y)
    before = pickle.dumps(model)
    first = model.predict(level=80)
    model.predict(new_df=wave(seed=3) * 5)
    assert pickle.dumps(model) == before
    assert_frame_equal(model.predict(level=80), first)


@pytest.mark.parametrize("loss", ["absolute_error", "quantile"])
@pytest.mark.parametrize("kind", ["freq", "range"])
def test_a_backtest_is_fit_and_predict(kind, loss):
    y, words = wave(STAMPS[kind]), {"level": 80, "quantiles": [0.3, 0.1]}
    table = backtest(small(loss=loss), y, n_windows=4, step_size=2, **words)
    model = small(loss=loss).fit(y[: N - H - 6])
    parts = [model.predict(new_df=y[: N - H - drop], **words) for drop in (6, 4, 2, 0)]
    assert list(parts[0].columns) == ["RNN", "RNN-lo-80", "RNN-hi-80", "RNN-q0.1", "RNN-q0.3"]
    assert_array_equal(table[parts[0].columns], np.concatenate(parts))
    assert_array_equal(table["y"], np.concatenate([y.loc[part.index] for part in parts]))


def test_a_backtest_of_several_series():
    frame = panel_frame()
    table = backtest(small(), frame, n_windows=2, step_size=H)
    past = frame[frame.groupby("unique_id").cumcount(ascending=False) >= H]
    first = frame[frame.groupby("unique_id").cumcount(ascending=False) >= 2 * H]
    answer = small().fit(first).predict(new_df=past)
    last = table[table["cutoff"] == table.groupby("unique_id")["cutoff"].transform("max")]
    assert_array_equal(last["RNN"], answer["RNN"])


# The same bits


def bits(model):
    return model.thetas_[0].tobytes() + model.residuals_.tobytes() + np.asarray(model.predict()).tobytes()


def test_the_same_seed_gives_the_same_bits():
    y = wave()
    model = small().fit(y)
    first = bits(model)
    assert bits(model.fit(y)) == first
    assert bits(clone(model).fit(y)) == first
    assert bits(small(random_state=1).fit(y)) != first


def test_threads_do_not_change_the_bits():
    words = {"batch_size": 512, "hidden_size": 16, "input_size": 24, "max_iter": 1, "dropout": 0.2, "num_layers": 2}
    y = wave(n=1500)
    assert bits(small(n_jobs=1, **words).fit(y)) == bits(small(n_jobs=2, **words).fit(y))


@pytest.mark.slow
def test_processes_do_not_change_the_bits():
    code = (
        "import hashlib, numpy as np, pandas as pd; from rnnforecast import RNNForecaster;"
        "y = pd.Series(np.sin(np.arange(50.0)));"
        "m = RNNForecaster(3, input_size=6, cell_type='elman', hidden_size=4, max_iter=3, random_state=0).fit(y);"
        "print(hashlib.sha256(m.thetas_[0].tobytes() + m.predict(level=80).to_numpy().tobytes()).hexdigest())"
    )
    answers = {
        subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=300,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
        ).stdout
        for _ in range(2)
    }  # fmt: skip
    assert len(answers) == 1


# scikit-learn's manners


def test_clone_and_parameters():
    model = small(target_transform=["log", Difference(2)], hidden_size=(4, 3))
    assert clone(model).get_params() == model.get_params()
    assert not hasattr(clone(model.fit(wave())), "thetas_")
    assert model.set_params(h=5).h == 5
    with pytest.raises(ValueError, match="h=5 was 3 when this forecaster was fitted"):
        model.predict()
    with pytest.raises(ValueError, match="hidden"):
        model.set_params(hidden=1)


@pytest.mark.parametrize("change", [{"strategy": "recursive"}, {"hidden_size": 5}, {"window_scaler": None}])
def test_parameters_changed_after_fit(change):
    model = small().fit(wave()).set_params(**change)
    with pytest.raises(ValueError, match=f"{next(iter(change))}=.*fit it again"):
        model.predict()
    model.fit(wave()).predict()


def test_pickle():
    model = small(target_transform=["log", "difference"]).fit(panel_frame())
    copy = pickle.loads(pickle.dumps(model))
    assert_frame_equal(copy.predict(level=80), model.predict(level=80))


def test_repr():
    assert repr(RNNForecaster(12, target_transform="log")) == "RNNForecaster(h=12, target_transform='log')"
    assert repr(small().fit(wave()).context_).startswith("Panel(n_series=1, n_rows=6")


def test_data_are_not_changed():
    frame = panel_frame().sample(frac=1, random_state=0)
    copy = frame.copy(deep=True)
    model = small(target_transform="log").fit(frame)
    expected = model.predict()
    frame["y"] = 0.0
    assert_frame_equal(model.predict(), expected)
    frame["y"] = copy["y"]
    assert_frame_equal(frame, copy)


def test_read_only_data():
    values = wave().to_numpy().copy()
    values.flags.writeable = False
    y = pd.Series(values, copy=False)
    assert_array_equal(small().fit(y).predict(new_df=y), small().fit(wave()).predict())


# Scaling


def test_shifts_of_the_data_shift_the_forecasts():
    y = wave()
    words = {"series_scaler": None, "target_transform": None, "max_iter": 10}
    base = small(**words).fit(y).predict()
    assert_allclose(small(**words).fit(y + 64).predict() - 64, base, atol=1e-2)


@pytest.mark.parametrize("factor", [2.0, 1024.0, 2.0**-20])
def test_multiples_of_the_data_multiply_the_forecasts(factor):
    for words in ({"window_scaler": "mean", "series_scaler": None}, {"window_scaler": "last"}):
        y = wave()
        table, scaled = (small(**words).fit(data).predict(level=80) for data in (y, y * factor))
        assert_allclose(scaled / factor, table, rtol=1e-5)


# Bad input


@pytest.mark.usefixtures("no_training")
@pytest.mark.parametrize(
    "data, error, words",
    [
        (wave().mask(np.arange(N) == 5), ValueError, "data has 1 NaN"),
        (wave().where(np.arange(N) != 5, np.inf), ValueError, "data has 1 inf"),
        (wave()[:0], ValueError, "data is empty"),
        (wave()[:1], ValueError, "1 row|freq"),
        (wave(pd.RangeIndex(N)).astype(str), TypeError, "data must hold real numbers"),
        (wave().to_numpy(), TypeError, "data must be a pandas Series"),
        (None, TypeError, "data"),
        (wave(n=6 + H - 1), ValueError, r"8 rows; input_size \+ h \(6 \+ 3"),
        (wave(pd.RangeIndex(N)).iloc[[0, *range(N)]], ValueError, "stamp 0 more than once"),
        (wave(STAMPS["freq"]).drop(STAMPS["freq"][9]), ValueError, "2015-10"),
        (wave(STAMPS["freq"].where(np.arange(N) != 9)), ValueError, "NaT"),
        (wave([f"day {i}" for i in range(N)]), TypeError, "index of data"),
        (panel_frame().drop(columns="y"), ValueError, "'y'.*target_col"),
        (panel_frame(lengths=(7, 8)), ValueError, "series 's0' has 7 rows"),
    ],
)
def test_bad_data(data, error, words):
    with pytest.raises(error, match=words):
        small().fit(data)


@pytest.mark.usefixtures("no_training")
@pytest.mark.parametrize(
    "name, bad",
    [
        ("h", 0), ("h", -1), ("h", 1.5), ("h", True), ("input_size", 0), ("input_size", 2.0), ("hidden_size", 0),
        ("hidden_size", (4, 0)), ("num_layers", 0), ("batch_size", 0), ("max_iter", 0), ("max_iter", -3),
        ("learning_rate_init", 0.0), ("learning_rate_init", -1.0), ("learning_rate_init", np.nan), ("alpha", -1.0),
        ("max_grad_norm", 0.0), ("dropout", 1.0), ("dropout", -0.1), ("recurrent_dropout", 1.5), ("strategy", "other"),
        ("target_transform", "sqrt"), ("target_transform", 3), ("series_scaler", "minmax"), ("window_scaler", "first"),
        ("intervals", "bootstrap"), ("cell_type", "rnn"), ("activation", "gelu"), ("loss", "log_loss"),
        ("solver", "lbfgs"), ("learning_rate", "step"), ("random_state", "seed"), ("n_jobs", 0), ("n_jobs", 1.5),
        ("verbose", -1), ("id_col", 3), ("freq", "fortnight"),
    ],
)  # fmt: skip
def test_bad_parameters(name, bad):
    with pytest.raises((ValueError, TypeError), match=name if name != "freq" else "(?i)freq"):
        small(**{name: bad}).fit(wave(STAMPS["freq"]))


def test_before_fit():
    with pytest.raises(NotFittedError, match="RNNForecaster"):
        small().predict()


@pytest.mark.usefixtures("no_training")
@pytest.mark.parametrize("row", [0, 30, N - 1])
def test_logarithms_of_what_is_not_positive(row):
    y = wave(STAMPS["freq"])
    y.iloc[row] = 0.0
    with pytest.raises(ValueError, match=r"value 0 at .*Log\(offset=0\) needs values greater"):
        small(target_transform="log").fit(y)


@pytest.mark.parametrize("words", [{}, {"target_transform": "log"}, {"window_scaler": "standard"}])
@pytest.mark.parametrize("value", [0.1, 7.0, 1e30])
def test_a_constant_target(value, words):
    table = small(**words).fit(pd.Series(np.full(40, value))).predict(level=80)
    assert_allclose(table, value, rtol=1e-12)


@pytest.mark.parametrize("window_scaler", ["last", "mean", "standard", "robust", None])
@pytest.mark.parametrize("factor", [1e30, -1e30, 1e300])
def test_huge_values(window_scaler, factor):
    model = small(window_scaler=window_scaler)
    expected = model.fit(wave() * np.sign(factor)).predict(level=80) * abs(factor)
    assert_allclose(model.fit(wave() * factor).predict(level=80), expected, rtol=1e-4)


@pytest.mark.usefixtures("no_training")
def test_huge_values_without_a_scaler():
    with pytest.raises(ValueError, match=r"data has values up to .*series_scaler='standard'"):
        small(series_scaler=None, target_transform=None).fit(wave() * 1e30)


@pytest.mark.parametrize("role, column", [("id_col", "unique_id"), ("time_col", "ds")])
def test_a_column_that_is_called_as_the_forecasts_are(role, column, no_training):
    with pytest.raises(ValueError, match=f"{role}='RNN' is what the column of the forecasts is called; rename it"):
        small(**{role: "RNN"}).fit(panel_frame().rename(columns={column: "RNN"}))


def test_unsorted_rows():
    frame = panel_frame()
    mixed = frame.sample(frac=1, random_state=1)
    assert_frame_equal(small().fit(mixed).predict(level=80), small().fit(frame).predict(level=80))
    y = wave(STAMPS["freq"])
    assert_array_equal(small().fit(y.sample(frac=1, random_state=1)).predict(), small().fit(y).predict())


def test_time_zones_do_not_change_the_numbers():
    expected = small().fit(wave(pd.RangeIndex(N))).predict()
    assert_array_equal(small().fit(wave(STAMPS["time zone"])).predict(), expected)


@pytest.mark.parametrize("transform", [None, "log", "difference"])
@pytest.mark.parametrize("max_iter", [1, 30])
def test_training_that_diverges(transform, max_iter):
    model = small(
        solver="sgd", learning_rate="constant", learning_rate_init=1e6, max_grad_norm=None, loss="squared_error",
        target_transform=transform, max_iter=max_iter, n_init=1,
    )  # fmt: skip
    with warnings.catch_warnings():  # NumPy may add its own
        warnings.simplefilter("ignore")
        warnings.filterwarnings("error", category=DivergenceWarning)
        with pytest.raises(DivergenceWarning, match="training diverged"):
            model.fit(wave())
    with pytest.warns(DivergenceWarning):
        model.fit(wave())
    assert_allclose(model.predict(level=80)["RNN"], 10, atol=5)
    assert np.isfinite(model.predict(level=80)).all(axis=None)


@pytest.mark.parametrize("calls", [0, 1])
def test_an_interrupted_fit(calls, monkeypatch):
    done = []

    def interrupted(*arguments, **words):
        if len(done) == calls:
            raise KeyboardInterrupt
        done.append(1)
        return learner.learn(*arguments, **words)

    fitted, fresh = small().fit(wave()), small()
    expected = fitted.predict(level=80)
    with monkeypatch.context() as patch:
        patch.setattr(plan, "learn", interrupted)
        for model in (fitted, fresh):
            done.clear()
            with pytest.raises(KeyboardInterrupt):
                model.fit(wave(seed=1))
    assert_frame_equal(fitted.predict(level=80), expected)  # as it was
    with pytest.raises(NotFittedError):
        fresh.predict()
    for model in (fitted, fresh):
        assert_frame_equal(model.fit(wave()).predict(level=80), expected)


def test_adaptive_rates_slow_down():
    model = small(learning_rate="adaptive", max_iter=300).fit(pd.Series(np.full(40, 7.0)))
    assert model.n_iter_ < 300


# Accuracy


@pytest.mark.slow
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_airline(seed):
    y = datasets.load_airline()
    model = RNNForecaster(12, target_transform="log", cell_type="elman", random_state=seed)
    naive = NaiveForecaster(12, method="seasonal", season_length=12)
    table = backtest({"RNN": model, "Naive": naive}, y, n_windows=25)
    error = table[["RNN", "Naive"]].sub(table["y"], axis=0).abs().mean()
    assert error["RNN"] <= 0.6 * error["Naive"]  # the ratio of the MASEs, as both divide by the same number


def test_segments_follow_the_season_and_the_input_size():
    y = wave(pd.date_range("2020-01-01", periods=N, freq="h"))
    daily = RNNForecaster(4, strategy="segment", max_iter=1, intervals=None).fit(y)
    assert daily.reaches_ == [(48, 4, 24, 1, 1)]  # two segments at least
    assert RNNForecaster(4, 12, strategy="segment", max_iter=1, intervals=None).fit(y).reaches_ == [(12, 4, 12, 1, 1)]
    given = RNNForecaster(7, 12, strategy="segment", segment_size=3, max_iter=1, intervals=None).fit(y)
    assert given.reaches_ == [(12, 4, 3, 2, 1)]  # two answers of four rows, of which seven count
    assert len(given.predict()) == 7


def test_a_linear_skip_learns_what_is_linear():
    """A line plus noise-free repetition: the linear map alone says it."""
    y = pd.Series(np.tile([1.0, 5.0, 2.0, 8.0], 30) + 0.1 * np.arange(120))
    model = RNNForecaster(
        4, 8, strategy="mimo", linear_skip=True, hidden_size=2, max_iter=60, window_scaler="last", intervals=None,
        random_state=0,
    ).fit(y)  # fmt: skip
    expected = np.tile([1.0, 5.0, 2.0, 8.0], 1) + 0.1 * np.arange(120, 124)
    assert_allclose(model.predict(), expected, atol=0.3)


def test_several_networks_are_averaged():
    y = wave()
    both = small(target_transform=None).fit(y)
    assert both.thetas_[0].shape[0] == 2
    assert_array_equal(both.thetas_[0], small(target_transform=None, n_init=2).fit(y).thetas_[0])
    single = small(target_transform=None, n_init=1)
    assert_array_equal(both.thetas_[0][0], single.fit(y).thetas_[0][0])
    members = []
    for theta in both.thetas_[0]:
        one = clone(single).fit(y)
        one.thetas_[0] = theta[None]
        members.append(one.predict())
    assert_allclose(both.predict(), np.mean(members, axis=0), rtol=1e-5)


@pytest.mark.parametrize(
    "given, words",
    [
        ({"segment_size": 3}, "segment_size=3 needs strategy='segment'"),
        ({"strategy": "segment", "segment_size": 4, "input_size": 6}, "must be a multiple of segment_size=4"),
        ({"strategy": "segment", "bidirectional": True}, "bidirectional=True"),
    ],
)
def test_parameters_without_meaning_together(given, words):
    with pytest.raises(ValueError, match=words):
        small(**given).fit(wave())


def test_series_shorter_than_a_window():
    """Their first value stands for what came before, and training leaves them out."""
    long, frame = panel_frame(lengths=(40,)), panel_frame(lengths=(40, 8, 1))
    words = {"series_scaler": None, "target_transform": None, "intervals": None}
    model = small(**words).fit(frame)
    alone = small(**words).fit(long)
    assert_array_equal(model.thetas_[0], alone.thetas_[0])
    answer = model.predict().set_index("unique_id")["RNN"]
    assert_allclose(answer["s0"], alone.predict()["RNN"])
    padded = frame.iloc[:6].assign(y=frame["y"].iloc[-1])
    assert_allclose(answer["s2"], model.predict(new_df=padded)["RNN"], rtol=1e-6)


def test_two_networks_but_of_many():
    assert {len(small(max_iter=1, strategy=strategy).fit(wave()).thetas_[0]) for strategy in ("mimo", "segment")} == {2}
    assert len(small(max_iter=1, strategy="direct").fit(wave()).thetas_[0]) == H
    assert len(small(max_iter=1, scope="local").fit(panel_frame()).thetas_[0]) == 3
