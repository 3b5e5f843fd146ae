"""Weights of rows, and input that is wrong: errors come before any training, and name what is wrong."""

import numpy as np
import pandas as pd
import pytest
from covariates_support import ALL, KNOWN, STRATEGIES, H, sales, small, until
from numpy.testing import assert_allclose, assert_array_equal

from rnnforecast.forecasting.panels.reading import as_panel
from rnnforecast.forecasting.rnn.fitting import row_weights

# Weights


@pytest.mark.parametrize("scope", ["global", "local"])
@pytest.mark.parametrize("strategy", ["mimo", "segment", "recursive"])
def test_rows_of_weight_0_leave_their_windows_out(strategy, scope):
    """The same bits as with data that begin later: a window counts by the row after it."""
    data, _ = sales()
    place = data.groupby("unique_id").cumcount()
    words = {"strategy": strategy, "scope": scope, "series_scaler": None, "intervals": None}
    weighted = small(**words, weight_col="w").fit(data.assign(w=(place >= 20).astype(float)))
    later = small(**words).fit(data[place >= 12])
    assert_array_equal(weighted.thetas_[0], later.thetas_[0])
    assert_allclose(weighted.loss_curve_, later.loss_curve_)


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_equal_weights_are_none(strategy):
    data, _ = sales()
    plain = small(strategy=strategy).fit(data)
    ones = small(strategy=strategy, weight_col="w").fit(data.assign(w=1))
    assert_array_equal(ones.thetas_[0], plain.thetas_[0])
    twos = small(strategy=strategy, weight_col="w").fit(data.assign(w=2.0))
    assert_allclose(twos.predict().RNN, plain.predict().RNN, rtol=1e-3)


def test_direct_networks_have_the_weights_of_their_own_rows():
    data, _ = sales((60,))
    late = data.assign(w=(np.arange(60) >= 40).astype(float))
    words = {"strategy": "direct", "weight_col": "w", "series_scaler": None, "intervals": None, "max_iter": 1}
    with_late = small(**words, batch_size=1000).fit(late)
    changed = late.assign(y=late.y.where((late.index < 20) | (late.index >= 32), late.y + 1000))
    same = small(**words, batch_size=1000).fit(changed.assign(y=changed.y.where(changed.index >= 32, late.y)))
    assert_array_equal(with_late.thetas_[0], same.thetas_[0])


def test_weights_say_what_counts():
    y = np.random.default_rng(0).normal(size=100)
    words = {"h": 1, "window_scaler": None, "linear_skip": False, "intervals": None, "weight_col": "w"}
    for sign in (1, -1):
        data = pd.DataFrame({"ds": np.arange(100), "y": y, "w": np.where(sign * y > 0, 1.0, 0.001)})
        model = small(**words, max_iter=60, learning_rate_init=0.02).fit(data)
        assert sign * model.predict().RNN.item() > 0.3


def test_half_lives():
    panel = as_panel(sales((5, 8))[0], covariates=["w"])
    ages = np.r_[4:-1:-1, 7:-1:-1]
    assert_allclose(row_weights(panel, None, 3), 0.5 ** (ages / 3))
    assert_allclose(row_weights(panel, "w", 3), panel.columns.w * 0.5 ** (ages / 3))
    data, _ = sales()
    plain, recent = small().fit(data), small(half_life=5.0).fit(data)
    assert (plain.thetas_[0] != recent.thetas_[0]).any()
    endless = small(half_life=1e12).fit(data)
    assert_allclose(endless.predict().RNN, plain.predict().RNN, rtol=1e-4)
    short = small(half_life=0.1).fit(data)
    assert np.isfinite(short.predict(level=80)["RNN-hi-80"]).all()  # it has windows to calibrate with
    with pytest.raises(ValueError, match=r"no series has a window .*a weight above 0"):
        small(half_life=0.001).fit(data)


def test_forecasts_do_not_need_weights():
    data, _ = sales()
    model = small(weight_col="w").fit(data)
    bare = data.drop(columns="w")
    assert_array_equal(model.predict(new_df=bare).RNN, model.predict().RNN)
    assert_array_equal(model.predict(new_df=data).RNN, model.predict().RNN)
    assert model.context_.columns is None
    assert np.isfinite(model.stream("s0").update(3.0).forecast().RNN).all()
    after = pd.DataFrame({"unique_id": "s0", "ds": [data[data.unique_id == "s0"].ds.max() + pd.Timedelta("1D")]})
    assert np.isfinite(model.update(after.assign(y=1.0)).predict().RNN).all()


# Bad input


def changed(column, value, row=60, **more):
    """The data with one cell that differs: row 60 is s1 on January 11."""
    data, _ = sales()
    data = data.astype({column: object}) if isinstance(value, str) or value is None else data
    data.loc[row, column] = value
    return data.assign(**more)


D11 = "series 's1' at 2024-01-11"
BAD_DATA = {
    "duplicate stamps": (lambda d: pd.concat([d, d[3:4]]), {}, "series 's0' has the stamp 2024-01-04 .* than once"),
    "mixed frequencies": (
        lambda d: d.assign(ds=d.ds.where(d.unique_id != "s1", d.ds + pd.Timedelta("1h") * (np.arange(len(d)) - 50))),
        {}, "series 's1' (goes from|has no row for|has the stamp)",
    ),
    "NaT": (lambda d: d.assign(ds=d.ds.where(d.index != 4)), {}, "column 'ds' of data has 1 missing stamps .*'s0'"),
    "one point": (lambda d: d[:1], {}, "frequency cannot be inferred"),
    "short local": (lambda d: d[d.index < 55], {"scope": "local"}, r"series 's1' has 5 rows; input_size \+ h \(8 \+ 4"),
    "all missing": (
        lambda d: d.assign(y=d.y.where(d.unique_id != "s1")), {"missing": "mask"}, "series 's1' has no value in column"
    ),
    "window too long": (lambda d: d, {"input_size": 500}, r"series 's0' .*input_size \+ h \(500 \+ 4"),
    "NaN target": (lambda d: changed("y", np.nan), {}, f"1 NaN values in column 'y', the first in {D11}"),
    "infinite": (lambda d: changed("y", np.inf), {"missing": "mask"}, f"1 infinite values in column 'y', .* {D11}"),
    "negative counts": (lambda d: changed("y", -1.0), {"loss": "poisson"}, "series 's1' has -1 at 2024-01-11"),
    "no counts": (lambda d: changed("y", 0.5), {"loss": "negative_binomial"}, "series 's1' has 0.5 at 2024-01-11"),
    "NaN covariate": (
        lambda d: changed("temp", np.nan), {"past_covariates": ["temp"]}, f"column 'temp' of data has 1 NaN .* {D11}"
    ),
    "missing label": (
        lambda d: changed("kind", None), {"future_covariates": ["kind"], "missing": "mask"},
        f"column 'kind' of data has 1 missing values, the first in {D11}",
    ),
    "no such column": (lambda d: d, {"past_covariates": ["nothing"]}, "data must have one column 'nothing'"),
    "not static": (
        lambda d: changed("size", 7.0), {"static_covariates": ["size"]}, "'size' is not constant in series 's1'"
    ),
    "negative weight": (lambda d: changed("w", -1.0), {"weight_col": "w"}, f"weight_col='w' has -1 in {D11}"),
    "NaN weight": (lambda d: changed("w", np.nan), {"weight_col": "w"}, f"column 'w' of data has 1 NaN .* {D11}"),
    "no weight": (lambda d: d.assign(w=0.0), {"weight_col": "w"}, "weight_col='w' is 0 everywhere"),
    "weights that meet no window": (
        lambda d: d.assign(w=(d.groupby("unique_id").cumcount() < 8) * 1.0), {"weight_col": "w"},
        "no series has a window .*a weight above 0",
    ),
    "a local network without weight": (
        lambda d: d.assign(w=(d.unique_id != "s1") * 1.0), {"weight_col": "w", "scope": "local"},
        "series 's1' has no window .*a weight above 0",
    ),
    "text as weights": (lambda d: d, {"weight_col": "kind"}, "weight_col='kind' must hold numbers"),
    "two roles": (
        lambda d: d, {"past_covariates": ["promo"], "future_covariates": ["promo"]},
        "future_covariates has 'promo', which is the past_covariates 'promo'",
    ),
    "a weight in another role": (
        lambda d: d, {"past_covariates": ["w"], "weight_col": "w"}, "weight_col has 'w', which is the past_covariates",
    ),
    "the target as covariate": (lambda d: d, {"past_covariates": ["y"]}, "past_covariates has 'y', which is"),
    "a covariate too large": (
        lambda d: d.assign(temp=d.temp * 1e300), {"past_covariates": ["temp"]}, "column 'temp' has values up to"
    ),
    "dates as covariate": (lambda d: d.assign(t=d.ds), {"past_covariates": ["t"]}, "'t' of data must hold numbers"),
    "a series with covariates": (
        lambda d: d[:50].set_index("ds").y, {"past_covariates": ["temp"]}, "data is a Series, which has no covariates"
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD_DATA)
def test_bad_data(name, no_training):
    change, words, message = BAD_DATA[name]
    with pytest.raises((ValueError, TypeError), match=message):
        small(**words).fit(change(sales()[0]))


@pytest.mark.parametrize(
    "words, message",
    [
        ({"strategy": "recursive", "past_covariates": ["temp"]}, r"past_covariates=\['temp'\] need another strategy"),
        ({"quantiles": [0.1], "loss": "absolute_error"}, r"quantiles=\[0.1\] needs loss='quantile'"),
        ({"quantiles": [0.1, 1.0], "loss": "quantile"}, "quantiles=1.0 must lie between 0 and 1"),
        ({"quantiles": [-0.1, 0.5], "loss": "quantile"}, "quantiles=-0.1 must lie between 0 and 1"),
        ({"quantiles": ["a"], "loss": "quantile"}, "quantiles must hold numbers"),
        ({"quantiles": [], "loss": "quantile"}, r"quantiles=\[\] must"),
        ({"lags": [0]}, r"lags=\[0\]"),
        ({"lags": [1.5]}, r"lags=\[1.5\]"),
        ({"lags": [2, 500]}, r"lags=\[2, 500\] reach beyond every series; the longest has \d+ rows"),
        ({"input_size": []}, r"input_size=\[\]"),
        ({"input_size": [4, 0]}, r"input_size=\[4, 0\]"),
        ({"half_life": 0.0}, "half_life"),
        ({"half_life": -1}, "half_life"),
        ({"power": 2.0, "loss": "tweedie"}, "power"),
        ({"loss": "poisson", "target_transform": "log"}, "target_transform='log' must be None with loss='poisson'"),
        (
            {"loss": "tweedie", "series_scaler": "standard"},
            "series_scaler=.standard. has no effect with loss=",
        ),
        ({"past_covariates": "temp"}, "past_covariates"),
        ({"past_covariates": ["temp", "temp"]}, "past_covariates has 'temp' twice"),
        ({"missing": "drop"}, "missing"),
        ({"scope": "none"}, "scope"),
        ({"residual_on": "mean"}, "residual_on"),
        ({"residual_on": "last", "linear_skip": False}, "residual_on='last' needs linear_skip=True"),
        ({"ensemble": "max"}, "ensemble"),
        (
            {"bidirectional": True, "calendar": ["dayofweek"]},
            "bidirectional=True needs a network that reads nothing of",
        ),
        ({"bidirectional": True, "future_covariates": ["promo"]}, "bidirectional=True needs"),
        ({"shrink_to": "last"}, "shrink_to"),
        ({"calendar": ["nothing"]}, "nothing"),
        ({"calendar": "daily"}, "calendar='daily' must be None, 'weekly', 'auto', a list"),
    ],
)
def test_bad_parameters(words, message, no_training):
    with pytest.raises((ValueError, TypeError), match=message):
        small(**words).fit(sales()[0])


def test_past_covariates_and_one_step_of_recursion():
    data, _ = sales()
    model = small(1, strategy="recursive", past_covariates=["temp"]).fit(data)
    assert np.isfinite(model.predict().RNN).all()
    with pytest.raises(ValueError, match="h=2 is beyond the 1 steps"):
        model.predict(2)


@pytest.fixture(scope="module")
def model():
    return small(**ALL).fit(sales()[0])


BAD_FUTURES = {
    "none": (lambda x: None, {}, r"X_df must be a DataFrame with the future values of \['promo', 'kind'\]; got None"),
    "empty": (lambda x: x[:0], {}, "X_df is empty"),
    "too short": (lambda x: x[x.index != H - 1], {}, "X_df has no row for series 's0' at 2024-02-23"),
    "misaligned": (
        lambda x: x.assign(ds=x.ds + pd.Timedelta("2D")),
        {},
        "X_df has no row for series 's0' at",
    ),
    "a series lacks": (lambda x: x[x.unique_id != "s1"], {}, "X_df has no row for series 's1'"),
    "a column lacks": (lambda x: x.drop(columns="kind"), {}, "X_df must have one column 'kind'"),
    "NaN": (
        lambda x: x.assign(promo=x.promo.where(x.index != 5)),
        {},
        "'promo' of X_df has 1 NaN .* 's1' at",
    ),
    "twice": (lambda x: pd.concat([x, x[:1]]), {}, "X_df has 2 rows for series 's0' at 2024-02-20"),
    "unknown label": (lambda x: x.assign(kind="z"), {}, "column 'kind' has 'z' in series 's0' at 2024-02-20"),
    "another kind": (lambda x: x.assign(promo="yes"), {}, "column 'promo' of X_df holds labels"),
    "time zone": (lambda x: x.assign(ds=x.ds.dt.tz_localize("UTC")), {}, "X_df has the time zone UTC"),
    "too large": (lambda x: x.assign(promo=1e300), {}, r"column 'promo' has 1e\+300 in series 's0' at 2024-02-20"),
    "level": (lambda x: x, {"level": 100}, "level=100"),
    "level 0": (lambda x: x, {"level": 0}, "level=0"),
    "quantiles": (lambda x: x, {"quantiles": [0.5, 1.5]}, "quantiles=1.5 must lie between 0 and 1"),
    "horizon": (lambda x: x, {"h": H + 1}, "h=5 is beyond the 4 steps"),
}


@pytest.mark.parametrize("name", BAD_FUTURES)
def test_bad_futures(name, model):
    change, words, message = BAD_FUTURES[name]
    with pytest.raises((ValueError, TypeError), match=message):
        model.predict(**words, X_df=change(sales()[1]))


@pytest.mark.parametrize(
    "change, message",
    [
        (lambda d: d.drop(columns="size"), "new_df must have one column 'size'"),
        (lambda d: d.assign(size=np.arange(len(d)) * 1.0), "static covariate 'size' is not constant in series 's0'"),
        (lambda d: d.assign(shop="elsewhere"), "static covariate 'shop' of series 's0' is 'elsewhere' in new_df"),
        (lambda d: d.assign(ds=d.ds.dt.tz_localize("UTC")), "new_df has the time zone UTC"),
        (lambda d: d.assign(y=np.nan), "new_df has 165 NaN values in column 'y', the first in series 's0'"),
    ],
)
def test_bad_new_data(change, message, model):
    with pytest.raises(ValueError, match=message):
        model.predict(new_df=change(sales()[0]), X_df=sales()[1])


def test_new_data_that_are_no_counts():
    data, _ = sales()
    model = small(loss="poisson").fit(data)
    data.loc[60, "y"] = -0.5
    with pytest.raises(ValueError, match=r"series 's1' has -0.5 at 2024-01-11 00:00:00; loss='poisson' needs"):
        model.predict(new_df=data)
    with pytest.raises(ValueError, match=r"series 's1' has -1 at .*; loss='poisson' needs"):
        model.stream("s1").update(-1.0).forecast()


def test_other_series_than_the_embedding_knows():
    data, _ = sales()
    model = small(series_embedding=True).fit(data)
    with pytest.raises(ValueError, match="series 'new' was not in the training data; series_embedding=True"):
        model.predict(new_df=data.replace({"s1": "new"}))


def test_mixed_time_zones(no_training):
    data, _ = sales((20,))
    ds = [t.tz_localize("UTC" if i % 2 else "Asia/Tokyo") for i, t in enumerate(data.ds)]
    with pytest.raises((ValueError, TypeError), match="column 'ds' of data"):
        small().fit(data.assign(ds=pd.Series(ds, dtype=object)))


# Data that are odd, but no error


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_odd_panels(strategy):
    """Constant series, huge and tiny ones, one of a single point, unsorted rows."""
    data, ahead = sales((50, 60, 55, 1))
    scale = data.unique_id.map({"s0": 1e12, "s1": 1e-12, "s2": 0.0, "s3": 1.0})
    data["y"] = data.y * scale
    data["temp"], data["w"] = 5.0, 1e-30
    data["promo"] *= 1e20
    ahead["promo"] *= 1e20
    words = {"strategy": strategy, "future_covariates": KNOWN, "weight_col": "w"}
    model = small(**words).fit(data.sample(frac=1, random_state=0))
    table = model.predict(X_df=ahead.sample(frac=1, random_state=1))
    assert np.isfinite(table.RNN).all()
    by_name = table.set_index("unique_id").RNN
    assert by_name["s0"].abs().max() > 1e10
    enough = until(data, 0)[data.unique_id != "s3"]
    answer = model.predict(new_df=enough, X_df=ahead, level=80)
    assert np.isfinite(answer.drop(columns=["unique_id", "ds"]).to_numpy()).all()


@pytest.mark.parametrize("loss", ["absolute_error", "quantile", "gaussian", "poisson", "tweedie"])
def test_constant_series_with_every_head(loss):
    model = small(loss=loss).fit(pd.Series(np.full(60, 3.0)))
    table = model.predict(level=80, quantiles=[0.3])
    assert np.isfinite(table.to_numpy()).all()
    assert np.isfinite(small(loss=loss).fit(pd.Series(np.zeros(60))).predict(level=80).to_numpy()).all()
