import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from rnnforecast.datasets import (
    dynamics,
    load_airline,
    load_co2,
    load_elnino,
    load_nile,
    load_sunspots,
    loading,
    make_adding_problem,
    make_copy_memory,
    make_mackey_glass,
    make_narma,
    make_series_panel,
)


@pytest.mark.parametrize(
    "load, freq, first, last, n, total",
    [
        (load_airline, "MS", "1949-01-01", "1960-12-01", 144, 40363),
        (load_co2, "W-SAT", "1958-03-29", "2001-12-29", 2284, 756816.5),
        (load_sunspots, "YS", "1700-01-01", "2008-01-01", 309, 15373.4),
        (load_nile, "YS", "1871-01-01", "1970-01-01", 100, 91935),
        (load_elnino, "MS", "1950-01-01", "2010-12-01", 732, 16903.8),
    ],
)
def test_loaders(load, freq, first, last, n, total):
    series = load()
    assert isinstance(series, pd.Series)
    assert series.dtype == np.float64
    assert series.index.freq == pd.tseries.frequencies.to_offset(freq)
    assert (series.index.name, series.name) == ("ds", load.__name__.removeprefix("load_"))
    assert list(series.index[[0, -1]]) == [pd.Timestamp(first), pd.Timestamp(last)]
    assert len(series) == n
    assert_allclose(series.sum(), total)


def test_only_co2_has_missing_values():
    gaps = load_co2().isna()
    assert gaps.sum() == 59
    run = (gaps != gaps.shift()).cumsum()
    assert gaps.groupby(run).sum().max() == 18
    assert not any(load().isna().any() for load in (load_airline, load_sunspots, load_nile, load_elnino))


def test_each_call_returns_a_fresh_series():
    series = load_airline()
    series.iloc[0] = -1
    assert load_airline().iloc[0] == 112


def test_the_folder_in_the_package_comes_first(tmp_path, monkeypatch):
    inside, beside = tmp_path / "_datasets", tmp_path / "datasets"
    for folder, first in [(inside, 1), (beside, 2)]:
        folder.mkdir()
        (folder / "nile.csv").write_text(f"ds,y\n1871-01-01,{first}\n1872-01-01,5\n1873-01-01,5\n")
    monkeypatch.setattr(loading, "_FOLDERS", (inside, beside))
    assert load_nile().iloc[0] == 1
    (inside / "nile.csv").unlink()
    assert load_nile().iloc[0] == 2
    with pytest.raises(FileNotFoundError, match=r"airline\.csv is neither in .* install rnnforecast again"):
        load_airline()


MAKERS = {
    "mackey_glass": lambda seed: [make_mackey_glass(n_timesteps=30, random_state=seed)],
    "narma": lambda seed: make_narma(n_timesteps=30, random_state=seed),
    "adding": lambda seed: make_adding_problem(n_samples=5, n_timesteps=9, random_state=seed),
    "copy": lambda seed: make_copy_memory(n_samples=5, delay=4, random_state=seed),
    "panel": lambda seed: [make_series_panel(n_timesteps=(5, 20), random_state=seed)["y"]],
}


@pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
def test_random_state_decides(make):
    for first, second, other in zip(make(3), make(np.random.RandomState(3)), make(4), strict=True):
        assert_array_equal(first, second)
        assert first.shape != other.shape or (first != other).any()


def test_mackey_glass_rests_at_its_fixed_point():
    # production equals decay at x = (beta / gamma - 1)^(1 / exponent) = 1, which is stable for a short delay
    assert_allclose(make_mackey_glass(n_timesteps=50, tau=2, burn_in=2000, random_state=0), 1, atol=1e-9)


def test_mackey_glass_meets_euler_steps_of_a_thousandth():
    n, tau, substeps = 60, 17, 1000
    start = np.random.RandomState(0).uniform(1.1, 1.3)
    x = [start] * (tau * substeps + 1)
    for i in range(tau * substeps, tau * substeps + (n - 1) * substeps):
        delayed = x[i - tau * substeps]
        x.append(x[i] + (0.2 * delayed / (1 + delayed**10) - 0.1 * x[i]) / substeps)
    series = make_mackey_glass(n_timesteps=n, burn_in=0, random_state=0)
    assert series[0] == start
    assert_allclose(series, x[tau * substeps :: substeps], rtol=1e-3)


def test_mackey_glass_is_chaotic_and_bounded():
    series = make_mackey_glass(n_timesteps=1000, random_state=0)
    assert series.shape == (1000,)
    assert 0.2 < series.min() < 0.5 < 1.2 < series.max() < 1.4
    assert_array_equal(series[100:200], make_mackey_glass(n_timesteps=100, burn_in=600, random_state=0))


@pytest.mark.parametrize("order", [1, 2, 10, 20])
def test_narma_follows_its_equation(order):
    u, y = make_narma(n_timesteps=200, order=order, random_state=0)
    assert u.shape == y.shape == (200,)
    assert 0 <= u.min() < u.max() <= 0.5
    assert_array_equal(y[:order], 0)
    for t in range(order - 1, 199):
        memory = sum(y[t - i] for i in range(order))
        right = 0.3 * y[t] + 0.05 * y[t] * memory + 1.5 * u[t - order + 1] * u[t] + 0.1
        assert_allclose(y[t + 1], np.tanh(right) if order > 10 else right)


def test_narma_draws_again_when_it_diverges(monkeypatch):
    answers = iter([None, [1.0, 2.0]])
    monkeypatch.setattr(dynamics, "_narma_output", lambda u, order: next(answers))
    u, y = make_narma(n_timesteps=2, order=1, random_state=0)
    assert_array_equal(u, np.random.RandomState(0).uniform(0, 0.5, 4)[2:])
    assert_array_equal(y, [1, 2])
    monkeypatch.setattr(dynamics, "_narma_output", lambda u, order: None)
    with pytest.raises(ValueError, match="n_timesteps=2 is too long for order=1"):
        make_narma(n_timesteps=2, order=1)


def test_narma_notices_divergence():
    assert dynamics._narma_output([0.5] * 200, 10) is None


@pytest.mark.parametrize("n_timesteps", [2, 3, 40])
def test_adding_problem(n_timesteps):
    X, y = make_adding_problem(n_samples=50, n_timesteps=n_timesteps, random_state=0)
    assert X.shape == (50, n_timesteps, 2)
    assert y.shape == (50,)
    assert_array_equal(X[:, :, 1].sum(axis=1), 2)
    for sequence, target in zip(X, y, strict=True):
        a, b = np.flatnonzero(sequence[:, 1])
        assert a < n_timesteps // 2 <= b
        assert_allclose(target, sequence[a, 0] + sequence[b, 0])


def test_adding_problem_has_the_documented_baseline():
    _, y = make_adding_problem(n_samples=20000, n_timesteps=10, random_state=0)
    assert_allclose(np.mean((y - 1) ** 2), 1 / 6, rtol=0.03)


def test_copy_memory():
    X, y = make_copy_memory(n_samples=40, delay=5, n_symbols=3, length=4, random_state=0)
    assert X.shape == (40, 13, 5)
    assert y.shape == (40, 13)
    assert_array_equal(X.sum(axis=2), 1)
    shown = X.argmax(axis=2)
    assert set(shown[:, :4].ravel()) == {1, 2, 3}
    assert_array_equal(shown[:, 4:], np.tile([0, 0, 0, 0, 4, 0, 0, 0, 0], (40, 1)))
    assert_array_equal(y[:, :9], 0)
    assert_array_equal(y[:, 9:], shown[:, :4])


def test_panel_follows_its_equation():
    panel = make_series_panel(n_series=12, n_timesteps=48, period=12, noise=0, random_state=0)
    assert list(panel.columns) == ["unique_id", "ds", "y"]
    assert panel["unique_id"].is_monotonic_increasing
    assert list(panel["unique_id"].unique()) == [f"id_{i:02d}" for i in range(12)]
    for _, series in panel.groupby("unique_id"):
        assert list(series["ds"]) == list(pd.date_range("2000-01-01", periods=48, freq="MS"))
        years = series["y"].to_numpy().reshape(4, 12)
        assert_allclose(np.diff(years, axis=0), (years[1, 0] - years[0, 0]) * np.ones((3, 12)))  # trend, same season
        assert np.ptp(years[0]) > 0.1 * years[0].mean()


def test_ragged_panel_ends_together():
    panel = make_series_panel(n_series=30, n_timesteps=(5, 9), freq="D", random_state=0)
    sizes = panel.groupby("unique_id").size()
    assert set(sizes) == {5, 6, 7, 8, 9}
    assert set(panel.groupby("unique_id")["ds"].max()) == {pd.Timestamp("2000-01-09")}
    assert all(series["ds"].diff().iloc[1:].eq(pd.Timedelta("1D")).all() for _, series in panel.groupby("unique_id"))


def test_panel_with_integer_times():
    panel = make_series_panel(n_series=2, n_timesteps=3, freq=None, random_state=0)
    assert_array_equal(panel["ds"], [0, 1, 2, 0, 1, 2])


@pytest.mark.parametrize(
    "call, error, words",
    [
        (lambda: make_mackey_glass(n_timesteps=0), ValueError, "n_timesteps == 0"),
        (lambda: make_mackey_glass(tau=0), ValueError, "tau == 0"),
        (lambda: make_mackey_glass(gamma=-1), ValueError, "gamma == -1"),
        (lambda: make_narma(order=21), ValueError, "order == 21"),
        (lambda: make_narma(n_timesteps=10, order=10), ValueError, "n_timesteps == 10, must be >= 11"),
        (lambda: make_adding_problem(n_timesteps=1), ValueError, "n_timesteps == 1"),
        (lambda: make_adding_problem(n_samples=2.5), TypeError, "n_samples must be"),
        (lambda: make_copy_memory(delay=0), ValueError, "delay == 0"),
        (lambda: make_series_panel(n_timesteps=(9, 5)), ValueError, "n_timesteps == 5, must be >= 9"),
        (lambda: make_series_panel(n_timesteps=(5, 6, 7)), ValueError, r"n_timesteps=\(5, 6, 7\)"),
        (lambda: make_series_panel(period=0), ValueError, "period == 0"),
        (lambda: make_series_panel(random_state="seed"), ValueError, "cannot be used to seed"),
    ],
)
def test_bad_arguments_are_named(call, error, words):
    with pytest.raises(error, match=words):
        call()
