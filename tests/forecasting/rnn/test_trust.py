"""How far networks are trusted beside simple forecasts."""

import numpy as np
import pandas as pd
import pytest
from covariates_support import small
from numpy.testing import assert_allclose, assert_array_equal
from panels_support import panel_of
from scipy import stats

from rnnforecast import RNNForecaster, datasets
from rnnforecast.forecasting import NaiveForecaster, backtest
from rnnforecast.forecasting.panels.missing import filled
from rnnforecast.forecasting.rnn.trust import THETA_ROWS, rows_of, simple_forecast, trust

THETA = {"h": 3, "hidden_size": 2, "max_iter": 10, "random_state": 0, "shrink_to": "theta"}


def test_repeating_a_season():
    panel = panel_of(s0=np.arange(8.0) ** 2, s1=np.arange(2.0) ** 2)
    answer = simple_forecast("seasonal_naive", panel, np.array([0, 0, 1]), np.array([8, 4, 10]), 5, 3)
    assert_array_equal(answer, [[25, 36, 49, 25, 36], [1, 4, 9, 1, 4], [1] * 5])
    answer = simple_forecast("last", panel, np.array([0, 0, 1]), np.array([8, 4, 10]), 2, 3)
    assert_array_equal(answer, [[49, 49], [9, 9], [1, 1]])


@pytest.mark.parametrize("low", [50.0, -50.0])
def test_theta_is_that_of_the_last_rows(low, rng):
    """As a forecaster of these rows alone says it."""
    lengths = (THETA_ROWS + 60, 90, 20, 1)
    values = [60 + low * np.sin(np.arange(n) * np.pi / 6) + rng.normal(size=n) for n in lengths]
    panel = panel_of(**{f"s{i}": own for i, own in enumerate(values)})
    series, back = np.array([0, 0, 1, 2, 3]), np.array([0, 7, 3, 0, 0])
    ends = panel.indptr[1:][series] - back
    answer = simple_forecast("theta", panel, series, ends, 15, 12)
    for own, i, drop in zip(answer, series, back, strict=True):
        rows = pd.Series(values[i][: len(values[i]) - drop][-THETA_ROWS:])
        assert_allclose(own, NaiveForecaster(15, method="theta", season_length=12).fit(rows).predict(), rtol=1e-9)


def additive_season(y, season):
    """Means of what lies above the centred moving average, by month, without their mean."""
    average = pd.Series(y).rolling(season).mean().rolling(2).mean().shift(-season // 2).to_numpy()
    means = pd.Series(y - average).groupby(np.arange(len(y)) % season).mean().to_numpy()
    return means - means.mean()


@pytest.mark.parametrize("n", [60, 64, 20])
def test_theta_of_values_below_zero_takes_an_additive_season(n, rng):
    y = 0.3 * np.arange(n) + 20 * np.sin(np.arange(n) * np.pi / 6) + rng.normal(size=n) - 5
    answer = simple_forecast("theta", panel_of(a=y), np.array([0]), np.array([n]), 15, 12)[0]
    months, own = np.arange(n + 15) % 12, additive_season(y, 12) if n >= 36 else np.zeros(12)
    adjusted = NaiveForecaster(15, method="theta", season_length=1).fit(pd.Series(y - own[months[:n]])).predict()
    assert_allclose(answer, adjusted + own[months[n:]], rtol=1e-9)
    turned = simple_forecast("theta", panel_of(a=-y), np.array([0]), np.array([n]), 15, 12)[0]
    assert_allclose(turned, -answer)


def test_theta_hardly_changes_where_a_value_falls_below_zero(rng):
    y = 100 + 50 * np.sin(np.arange(60) * np.pi / 6) + rng.normal(size=60)
    answers = []
    for last in (1e-9, -1e-9):
        panel = panel_of(a=np.append(y, last))
        answers.append(simple_forecast("theta", panel, np.array([0]), np.array([61]), 12, 12)[0])
    assert_allclose(*answers, atol=10)


def test_theta_of_what_falls_to_zero_stays_there():
    y = np.linspace(10.0, 0.0, 21)
    for shift, least in ((0.0, 0.0), (-1.0, -1.5)):
        panel = panel_of(a=y + shift)
        answer = simple_forecast("theta", panel, np.array([0]), np.array([21]), 8, 1)
        assert answer.min() <= least
        assert (answer.min() == 0) == (shift == 0)


def test_rows_that_simple_forecasts_read():
    assert [rows_of(name, 12) for name in ("last", "seasonal_naive", "theta")] == [1, 12, THETA_ROWS]
    assert rows_of("theta", 168) == 3 * 168


def test_forecasts_of_useless_networks_are_mixed():
    """A clear season of a series that one epoch cannot learn."""
    index = pd.date_range("2015-01-01", periods=140, freq="MS")
    season = 30 * np.sin(np.arange(140) * 2 * np.pi / 12)
    y = pd.Series(season + np.random.default_rng(0).normal(0, 1, 140), index=index)
    words = {"h": 3, "max_iter": 1, "learning_rate_init": 1e-9, "linear_skip": False, "random_state": 1}
    alone, mixed = small(**words).fit(y), small(**words, shrink_to="seasonal_naive").fit(y)
    assert alone.share_ == 1
    assert mixed.share_ < 0.2
    share, naive = mixed.share_, y.iloc[-12:-9].to_numpy()
    assert_allclose(mixed.predict(), share * alone.predict() + (1 - share) * naive)
    widths = [table["RNN-hi-80"] - table["RNN-lo-80"] for table in (alone.predict(level=80), mixed.predict(level=80))]
    assert (widths[1] < widths[0] / 3).all()
    assert small(**words, shrink_to="seasonal_naive", intervals=None).fit(y).share_ == 1


@pytest.mark.parametrize(
    "ours, last, seasonal, expected",
    [
        (0.5, 1.0, 2.0, (1.0, "last")),  # ours is best
        (0.5, 2.0, 1.0, (1.0, "seasonal_naive")),
        (2.0, 1.0, 3.0, (0.0, "last")),  # same signs: the better one alone
        (2.0, 3.0, 1.0, (0.0, "seasonal_naive")),
        (-2.0, 3.0, 1.0, (0.3, "seasonal_naive")),  # other signs: 0.3 * -2 + 0.7 * 1 is the smallest of the grid
    ],
)
def test_the_better_naive_forecast_counts(ours, last, seasonal, expected):
    errors = {"seasonal_naive": np.full((3, 2), seasonal), "last": np.full((3, 2), last)}
    assert trust(np.full((3, 2), ours), errors, 2 * np.arange(3)) == expected


@pytest.mark.parametrize("spread, clear", [(0.1, True), (0.25, False), (0.4, False), (1.0, False)])
def test_a_gain_that_is_not_clear_counts_in_part(spread, clear, rng):
    """The networks' errors are 0.9 on average, the naive forecast's 1."""
    naive, sizes = np.ones((8, 2)), 0.9 + spread * rng.permutation(np.linspace(-1, 1, 8))
    assert (sizes > 0).all() or spread == 1.0
    sizes = np.abs(sizes)
    errors, gain = np.repeat(sizes[:, None], 2, axis=1), 1 - sizes.mean()
    for times, alone in ((2 * np.arange(8), 1.0), (np.arange(8), 0.5)):  # neighbours share one step of two
        chance = np.std(sizes, ddof=1) / np.sqrt(1 + 7 * alone) / gain
        few = stats.t.ppf(stats.norm.cdf(2), 7 * alone) / 2
        expected = 1.0 if chance <= 0.5 else round(max(0, 1 - (few * chance) ** 2), 1)
        assert trust(errors, {"last": naive}, times)[0] == expected
    assert (trust(errors, {"last": naive}, 2 * np.arange(8))[0] == 1.0) == clear


def test_few_windows_tell_little():
    """The same mean and the same standard error: a gain of 1.5 of them, of which many windows say more than three."""
    shares = []
    for n in (3, 300):
        gains = np.resize([1.0, 0.0, -1.0], n)
        gains = 0.1 + gains / gains.std(ddof=1) * np.sqrt(n) * 0.1 / 1.5
        errors = np.repeat(20 - gains[:, None], 2, axis=1)
        shares.append(trust(errors, {"last": np.full((n, 2), 20.0)}, 2 * np.arange(n))[0])
    assert shares == [0.0, round(1 - 1 / 1.5**2, 1)]


@pytest.mark.parametrize("noise", [0.01, 0.4, 1.0])
def test_a_mixture_that_is_clearly_better_counts(noise, rng):
    """Both err on the same windows in opposite ways: 0.6 times one and 0.4 times the other is best."""
    n = 400
    sign = np.where(rng.random((n, 1)) < 0.5, -1, 1)
    errors, naive = sign * np.full((n, 4), 0.8), -sign * np.full((n, 4), 1.2)
    common = noise * rng.normal(size=(n, 1))
    errors, naive = errors + common, naive + common
    assert trust(errors, {"last": naive}, 4 * np.arange(n)) == (_largest_not_beaten(errors, naive), "last")
    assert trust(errors, {"last": naive}, 4 * np.arange(n))[0] < 1


def _largest_not_beaten(errors, naive):
    shares = np.arange(11) / 10
    sizes = np.array([np.abs(share * errors + (1 - share) * naive).mean(axis=1) for share in shares])
    losses = sizes - sizes[np.argmin(sizes.mean(axis=1))]
    within = losses.mean(axis=1) <= 2 * losses.std(axis=1, ddof=1) / np.sqrt(len(errors))
    return shares[np.flatnonzero(within)[-1]]


def test_a_mixture_that_is_no_clearly_better_does_not(rng):
    errors = rng.normal(size=(12, 3))
    naive = errors + 3 * rng.normal(size=(12, 3)) * (rng.random((12, 1)) < 0.9)
    assert trust(errors, {"last": naive}, 3 * np.arange(12))[0] == 1.0


def test_windows_of_one_time_count_as_one():
    errors, naive = np.tile([[0.0], [1.6]], (3, 2)), np.ones((6, 2))
    assert trust(errors, {"last": naive}, np.repeat([0, 2, 4], 2))[0] == 1.0  # each time gains 0.2
    assert trust(errors, {"last": naive}, 2 * np.arange(6))[0] < 1.0


@pytest.mark.parametrize("n_opposite, share", [(2, 0.0), (5, 0.4)])
def test_a_mixture_with_networks_that_lose_has_to_err_less_by_a_standard_error(n_opposite, share):
    """They err 1.2 and the naive forecast 0.8, on some windows in the other direction, where mixtures err less."""
    opposite = np.where(np.arange(6) < n_opposite, 1.0, -1.0)[:, None]
    errors, naive = 1.2 * np.ones((6, 2)), -0.8 * opposite * np.ones((6, 2))
    mixtures = [np.abs(x * errors + (1 - x) * naive)[:, 0] for x in np.arange(11) / 10]
    best = int(np.argmin([own.mean() for own in mixtures]))
    gain = np.abs(naive)[:, 0] - mixtures[best]
    assert best == 4
    assert (gain.mean() > gain.std(ddof=1) / np.sqrt(6)) == (share > 0)
    assert trust(errors, {"last": naive}, 2 * np.arange(6))[0] == share


def test_missing_errors_do_not_count():
    errors = np.array([[1.0, np.nan], [1.0, 1.0]])
    naive = {"seasonal_naive": np.array([[0.5, np.nan], [0.5, 0.5]]), "last": np.array([[9.0, np.nan], [9.0, 9.0]])}
    assert trust(errors, naive, np.arange(2)) == (0.0, "seasonal_naive")


def test_a_forecast_that_shrinks_repeats_the_last_value(rng):
    """A random walk: no network says more than its last value, and its last week says less."""
    y = pd.Series(rng.normal(size=400).cumsum(), index=pd.date_range("2020", periods=400, freq="D"))
    words = {"hidden_size": 2, "max_iter": 1, "learning_rate_init": 1.0, "shrink_to": "seasonal_naive"}
    forecaster = RNNForecaster(7, random_state=0, **words).fit(y)
    assert forecaster.shrunk_to_ == "last"
    network = forecaster.share_
    assert network < 1
    forecaster.share_ = 0.0
    assert np.allclose(forecaster.predict(), y.iloc[-1])


def test_theta_counts_where_it_is_better_than_naive_forecasts(rng):
    errors = {"last": np.full((3, 2), 2.0), "seasonal_naive": np.full((3, 2), 1.5), "theta": np.full((3, 2), 1.0)}
    ours, times = np.full((3, 2), 0.5), 2 * np.arange(3)
    assert trust(ours, errors, times) == (1.0, "theta")  # all of the difference is sure
    assert trust(ours, errors | {"theta": np.full((3, 2), 1.6)}, times)[1] == "seasonal_naive"
    noise = rng.normal(size=(8, 1))  # errs 0.05 less, with a standard error far above that
    better = errors | {"theta": 1.5 - 0.05 + noise - noise.mean() + np.zeros((8, 2))}
    better = {name: np.resize(own, (8, 2)) for name, own in better.items()}
    assert trust(np.full((8, 2), 0.5), better, 2 * np.arange(8))[1] == "seasonal_naive"


@pytest.mark.parametrize("ours", [0.8, 1.0, 1.5])
@pytest.mark.parametrize("noise", [0.1, 1.0, 10.0])
def test_half_of_each_but_for_clear_differences(ours, noise, rng):
    """The share nearest to one half, of those that err at most a standard error more than the best one."""
    n = 50
    errors = ours + noise * rng.normal(size=(n, 3))
    simple = -1 + noise * rng.normal(size=(n, 3))
    shares = np.arange(11) / 10
    sizes = np.array([np.abs(share * errors + (1 - share) * simple).mean(axis=1) for share in shares])
    losses = sizes - sizes[np.argmin(sizes.mean(axis=1))]
    able = shares[losses.mean(axis=1) <= losses.std(axis=1, ddof=1) / np.sqrt(n)]
    expected = able[np.argmin(np.abs(able - 0.5))]
    assert trust(errors, {"theta": simple}, 3 * np.arange(n)) == (expected, "theta")


def test_forecasts_are_mixed_with_theta():
    y, words = datasets.load_airline(), THETA | {"hidden_size": 8, "max_iter": None}
    mixed = RNNForecaster(**words).fit(y)
    alone = RNNForecaster(**words | {"shrink_to": None}).fit(y)
    assert mixed.shrunk_to_ == "theta"
    assert alone.shrunk_to_ is None
    assert 0 < mixed.share_ < 1
    simple = NaiveForecaster(3, method="theta").fit(y).predict()
    assert_allclose(mixed.predict(), mixed.share_ * alone.predict() + (1 - mixed.share_) * simple, rtol=1e-6)
    untouched = RNNForecaster(**words | {"shrink_to": "auto"}).fit(y)
    assert (untouched.share_, untouched.shrunk_to_) == (mixed.share_, "theta")
    hourly = pd.Series(y.to_numpy(), index=pd.date_range("2024", periods=len(y), freq="h"))
    assert RNNForecaster(**THETA | {"shrink_to": "auto"}).fit(hourly).shrunk_to_ != "theta"  # segments


def test_theta_from_every_origin_of_a_long_series(rng):
    """Backtests, streams, updates and saved forecasters read the same rows as `predict`, and no others."""
    n = THETA_ROWS + 80
    y = pd.Series(
        40 + 0.1 * np.arange(n) + 10 * np.sin(np.arange(n) * np.pi / 6) + rng.normal(size=n),
        index=pd.date_range("1990-01-01", periods=n, freq="MS"),
    )
    model = RNNForecaster(**THETA).fit(y.iloc[:-20])
    assert model.share_ < 1
    assert model.context_.n_rows == THETA_ROWS
    expected = [model.predict(new_df=y.iloc[: n - back]).to_numpy() for back in (20, 10)]
    assert_allclose(model.predict(), expected[0], rtol=1e-6)
    table = backtest(model, y, n_windows=18, step_size=1)
    stream = model.stream()
    for value in y.iloc[-20:-10]:
        stream.update(value)
    assert_allclose(stream.forecast(), expected[1], rtol=1e-6)
    model.update(y.iloc[-20:-10])
    assert_allclose(model.predict(), expected[1], rtol=1e-6)
    at = table[table.cutoff == y.index[n - 11]]
    assert_allclose(at["RNN"], expected[1], rtol=1e-6)


@pytest.mark.parametrize("missing", ["mask", "decay"])
def test_theta_of_series_with_holes(missing, rng):
    y = pd.Series(20 + rng.normal(size=90), index=pd.date_range("2015-01-01", periods=90, freq="MS"))
    y.iloc[[3, 4, 50, 88, 89]] = np.nan
    model = RNNForecaster(**THETA, missing=missing).fit(y)
    assert np.isfinite(model.predict(level=80).to_numpy()).all()
    model.share_ = 0.0
    carried = filled(model.context_)[0].values
    simple = NaiveForecaster(3, method="theta").fit(pd.Series(carried, index=y.index[-len(carried) :])).predict()
    assert_allclose(model.predict(), simple)


def test_counts_are_mixed_with_no_less_than_nothing(rng):
    y = pd.Series(rng.poisson(np.linspace(9, 0.2, 90)), index=pd.date_range("2015-01-01", periods=90, freq="MS"))
    model = RNNForecaster(**THETA, loss="poisson").fit(y)
    assert (model.predict(h=3, level=80).to_numpy() >= 0).all()


def test_shrinking_to_theta_and_to_naive_forecasts_alone(rng):
    y = pd.Series(rng.normal(size=200).cumsum() + 100)
    for name, own in (("theta", {"theta"}), ("seasonal_naive", {"last", "seasonal_naive"})):
        assert RNNForecaster(**THETA | {"shrink_to": name}).fit(y).shrunk_to_ in own
    with pytest.raises(ValueError, match="shrink_to"):
        RNNForecaster(**THETA | {"shrink_to": "naive"}).fit(y)
