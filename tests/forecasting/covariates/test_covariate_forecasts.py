"""Forecasters with covariates, lags, missing values and heads of all kinds, from the door to the exit."""

import pickle

import numpy as np
import pandas as pd
import pytest
from covariates_support import ALL, KNOWN, STRATEGIES, H, sales, small, until, with_holes
from numpy.testing import assert_allclose, assert_array_equal
from pandas.testing import assert_frame_equal
from sklearn.base import clone

from rnnforecast import RNNForecaster
from rnnforecast.forecasting import ForecastSearchCV, backtest

# What a forecaster may be told, and whether its data have holes.
SETTINGS = {
    **{strategy: (ALL | {"strategy": strategy}, False) for strategy in STRATEGIES},
    "past": (ALL | {"past_covariates": ["temp"]}, False),
    "holes": (ALL | {"missing": "mask"}, True),
    "decay, recursive": (ALL | {"missing": "decay", "strategy": "recursive"}, True),
    "decay, segments": (ALL | {"missing": "decay", "strategy": "segment"}, True),
    "holes, differences": (ALL | {"missing": "mask", "target_transform": "difference"}, True),
    "quantiles": (ALL | {"loss": "quantile"}, False),
    "counts": (ALL | {"loss": "negative_binomial", "strategy": "direct"}, False),
    "counts, recursive": (ALL | {"loss": "poisson", "strategy": "recursive", "missing": "mask"}, True),
    "gaussian": (ALL | {"loss": "gaussian", "past_covariates": ["temp"]}, False),
    "local": (ALL | {"scope": "local", "static_covariates": None, "n_init": 2}, False),
    "local, direct": (ALL | {"scope": "local", "strategy": "direct"}, False),
    "local, recursive": (ALL | {"scope": "local", "strategy": "recursive"}, False),
    "sizes": (ALL | {"input_size": [4, 8, 6], "ensemble": "median"}, False),
    "embedding": ({"series_embedding": True, "strategy": "recursive"}, False),
    "past alone": ({"past_covariates": ["temp", "kind"]}, False),
    "lags": ({"lags": [1, 9], "strategy": "recursive"}, False),
    "static, recursive": ({"static_covariates": ["shop"], "strategy": "recursive"}, False),
    "shrunk": (ALL | {"shrink_to": "seasonal_naive"}, False),
    "shrunk, holes": ({"shrink_to": "seasonal_naive", "missing": "mask", "loss": "quantile"}, True),
    "residuals": ({"residual_on": "seasonal_naive", "calendar": "auto"}, False),
}


def fitted(name, **more):
    words, holes = SETTINGS[name]
    data, ahead = sales()
    data = with_holes(data) if holes else data
    model = small(**words | more)
    return model.fit(data), data, ahead if words.get("future_covariates") else None


# The planted effect


@pytest.mark.parametrize("strategy", STRATEGIES)
@pytest.mark.parametrize("covariate", ["promo", "kind"])
def test_what_is_known_ahead_is_learned_and_used_at_its_step(strategy, covariate):
    data, ahead = sales((200, 200))
    effect = {"promo": 4, "kind": 6}[covariate]
    data["y"] = 10 + effect * (data[covariate].isin([1, "b"]))
    ahead["promo"], ahead["kind"] = 0.0, "a"
    model = small(
        strategy=strategy, future_covariates=[covariate], max_iter=60, hidden_size=8, learning_rate_init=0.02,
        window_scaler=None,
    ).fit(data)  # fmt: skip
    before = model.predict(X_df=ahead)["RNN"].to_numpy().reshape(2, H)
    assert_allclose(before, 10, atol=1.5)
    for step in range(H):
        changed = ahead.copy()
        changed.loc[step, ["promo", "kind"]] = [1.0, "b"]
        after = model.predict(X_df=changed)["RNN"].to_numpy().reshape(2, H)
        moved = after - before
        assert_array_equal(moved[1], 0)  # the other series
        assert_allclose(moved[0], effect * (np.arange(H) == step), atol=1.5)
        if strategy != "segment":  # which is decoded as one
            assert_array_equal(moved[0, :step], 0)
        if strategy in ("mimo", "direct"):  # recursion reads what it said
            assert_array_equal(moved[0, step + 1 :], 0)


# No look ahead, and one truth


@pytest.mark.parametrize("name", SETTINGS)
def test_a_backtest_is_predict_from_each_origin(name):
    words, holes = SETTINGS[name]
    data, _ = sales()
    data = with_holes(data) if holes else data
    model, full = small(**words), fill(data) if holes else data
    point = words.get("loss") in (None, "absolute_error")
    table = backtest(model, data, n_windows=3, step_size=2, level=80)
    own = clone(model).fit(until(full, H + 4))
    for drop in (H, H + 2, H + 4):
        past, later = until(full, drop), full[full.groupby("unique_id").cumcount(ascending=False) < drop]
        if holes and words.get("future_covariates"):
            later = later.fillna({"promo": own.design_state_["numbers"]["promo"][0]})
        answer = own.predict(new_df=past, level=80, X_df=later if words.get("future_covariates") else None)
        cutoffs = past.groupby("unique_id").ds.max()
        rows = table[table.cutoff == table.unique_id.map(cutoffs)]
        assert len(rows) == 3 * H
        for column in ["RNN", "RNN-lo-80", "RNN-hi-80"]:
            assert np.isfinite(rows[column]).all()
            assert_allclose(rows[column], answer[column], rtol=1e-5 if point else 1e-4, atol=1e-5)


def fill(data):
    """Rows for the stamps that are missing, so that the same number of rows is the same time."""
    parts = []
    for _, own in data.groupby("unique_id"):
        full = own.set_index("ds").reindex(pd.date_range(own.ds.min(), own.ds.max(), name="ds"))
        labels = ["unique_id", "kind", "shop"]
        full[labels] = full[labels].ffill()
        parts.append(full.reset_index())
    return pd.concat(parts, ignore_index=True)


@pytest.mark.parametrize("name", SETTINGS)
def test_what_comes_after_an_origin_moves_no_forecast_from_it(name):
    words, holes = SETTINGS[name]
    data, _ = sales()
    data = with_holes(data) if holes else data
    model = small(**words).fit(data)
    changed, last = data.copy(), data.groupby("unique_id").cumcount(ascending=False) < H
    changed.loc[last, "y"] += 50
    changed.loc[last, "temp"] -= 3
    changed.loc[last, "w"] = 1e6
    if not words.get("future_covariates"):
        changed.loc[last, "kind"] = "a"
    if holes:
        changed.loc[last & (np.arange(len(data)) % 2 == 0), "y"] = np.nan
    answers = [model._predict_origins(model._as_panel(frame), [H + 1, H], H, ()) for frame in (data, changed)]
    assert_array_equal(answers[0]["RNN"], answers[1]["RNN"])
    assert np.isfinite(answers[0]["RNN"]).all()


@pytest.mark.parametrize("name", SETTINGS)
def test_the_context_is_all_that_forecasts_read(name):
    model, data, ahead = fitted(name)
    words = {"X_df": ahead, "level": [50, 80], "quantiles": [0.1, 0.5]}
    answer = model.predict(**words)
    assert_frame_equal(answer, model.predict(**words, new_df=data))
    assert np.isfinite(answer.drop(columns=["unique_id", "ds"]).to_numpy()).all()
    assert_frame_equal(answer[["unique_id", "ds", "RNN"]], model.predict(X_df=ahead))


@pytest.mark.parametrize("name", SETTINGS)
def test_streams_and_updates_are_predict_of_all_rows(name):
    words, holes = SETTINGS[name]
    data, ahead = sales()
    ahead = ahead if words.get("future_covariates") else None
    columns = [name for role in ("past", "future", "static") for name in words.get(f"{role}_covariates") or []]
    own = data[data.unique_id == "s1"].reset_index(drop=True)
    if holes:
        own.loc[[48, 51, 52, 53, 54, 55, 56, 57, 59], "y"] = np.nan
        data.loc[data.unique_id == "s1", "y"] = own.y.to_numpy()
    model = small(**words).fit(until(data, 11))
    stream = model.stream("s1")
    for row in own[-11:].to_dict("records"):
        stream.update(row["y"], {name: row[name] for name in columns} if columns else None)
        if row["ds"].day % 4 == 0 and ahead is None:
            stream.forecast()
    expected = model.predict(new_df=own, X_df=ahead, level=80, quantiles=[0.3])
    assert_frame_equal(stream.forecast(X_df=ahead, level=80, quantiles=[0.3]), expected)
    last = data[data.groupby("unique_id").cumcount(ascending=False) < 11]
    everything = model.predict(new_df=data, X_df=ahead)
    assert_frame_equal(model.update(last).predict(X_df=ahead), everything)


@pytest.mark.parametrize("name", SETTINGS)
def test_files_pickles_and_threads(name, tmp_path):
    model, data, ahead = fitted(name, n_jobs=1)
    words = {"X_df": ahead, "level": 80, "quantiles": 0.2}
    expected = model.predict(**words)
    model.save(tmp_path / "model.npz")
    for other in (RNNForecaster.load(tmp_path / "model.npz"), pickle.loads(pickle.dumps(model))):
        assert_frame_equal(other.predict(**words), expected)
        assert_frame_equal(other.predict(**words, new_df=data), expected)
    again = clone(model).set_params(n_jobs=2).fit(data)
    assert_frame_equal(again.predict(**words), expected)
    for mine, theirs in zip(model.thetas_, again.thetas_, strict=True):
        assert_array_equal(mine, theirs)
    assert repr(model) == repr(again).replace("n_jobs=2", "n_jobs=1")


# Series that are unlike those of the training


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_series_that_fit_has_not_seen_and_short_ones(strategy):
    data, ahead = sales()
    model = small(**ALL | {"strategy": strategy}).fit(data)
    new = data[data.unique_id == "s1"].assign(unique_id="new")
    then = ahead[ahead.unique_id == "s1"].assign(unique_id="new")
    both = pd.concat([data, new]), pd.concat([ahead, then])
    answer = model.predict(new_df=both[0], X_df=both[1]).set_index("unique_id").RNN
    assert_allclose(answer["new"], answer["s1"], rtol=0.1)  # its scale is that of its rows
    assert_array_equal(model.predict(new_df=new, X_df=then).RNN, answer["new"])
    for n_rows in (1, 3):
        short = until(new, 0).tail(n_rows)
        assert np.isfinite(model.predict(new_df=short, X_df=then).RNN).all()
    one = until(data, 0).groupby("unique_id").tail(2)
    assert np.isfinite(model.predict(new_df=one, X_df=ahead, level=80)["RNN-lo-80"]).all()


def test_a_short_series_among_others_goes_on_into_the_past():
    data, ahead = sales((50, 60, 5))
    model = small(**ALL | {"calendar": None}).fit(data)  # the calendar of its past is another
    short, then = data[data.unique_id == "s2"], ahead[ahead.unique_id == "s2"]
    before = short.iloc[[0] * 10].assign(ds=short.ds.iloc[0] - pd.to_timedelta(np.arange(10, 0, -1), "D"))
    padded = pd.concat([before, short], ignore_index=True)
    answer = model.predict(new_df=short, X_df=then).RNN
    assert_array_equal(model.predict(new_df=padded, X_df=then).RNN, answer)
    assert_array_equal(model.predict(X_df=ahead).RNN[-H:], answer)


def test_other_series_do_not_matter():
    """Networks that carry rows on must not read the rows of the next series."""
    data, _ = sales()
    for words in ({"static_covariates": ["shop", "size"]}, {"series_embedding": True}, {"missing": "mask"}):
        model = small(strategy="recursive", **words).fit(data)
        one = model.predict(new_df=data[data.unique_id == "s0"])
        assert_array_equal(model.predict()[:H].RNN, one.RNN)


def test_local_networks_go_by_name():
    data, _ = sales()
    model = small(scope="local", max_iter=5).fit(data)
    expected = model.predict().set_index("unique_id").RNN
    for name in ("s2", "s1"):
        assert_array_equal(model.predict(new_df=data[data.unique_id == name]).RNN, expected[name])
        assert_array_equal(model.stream(name).forecast().RNN, expected[name])
    alone = small(max_iter=5).fit(data[data.unique_id == "s1"])
    assert_array_equal(alone.thetas_[0][0], model.thetas_[0][1])
    with pytest.raises(ValueError, match=r"series 'new' has no network: scope='local' trained those of other series"):
        model.predict(new_df=data[data.unique_id == "s1"].assign(unique_id="new"))
    with pytest.raises(ValueError, match="series 'new' has no network"):
        model.update(data[data.unique_id == "s1"].assign(unique_id="new"))
    assert_array_equal(model.predict().RNN, expected)


def test_a_label_that_held_back_rows_are_the_first_to_have():
    data, ahead = sales()
    data.loc[data.groupby("unique_id").cumcount(ascending=False) == 1, "kind"] = "c"
    assert np.isfinite(small(future_covariates=KNOWN).fit(data).predict(X_df=ahead, level=80)["RNN-hi-80"]).all()


def test_a_shorter_horizon_is_the_beginning():
    data, ahead = sales()
    for strategy in ("mimo", "direct", "segment"):
        model = small(future_covariates=KNOWN, strategy=strategy).fit(data)
        whole = model.predict(X_df=ahead, level=80)
        assert_frame_equal(
            model.predict(2, X_df=ahead, level=80),
            whole[whole.groupby("unique_id").cumcount() < 2].reset_index(drop=True),
        )
    two = backtest(small(future_covariates=KNOWN), data, h=2, n_windows=2)
    assert np.isfinite(two.RNN).all()


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_origins_of_series_that_fit_has_not_seen(strategy):
    """Their scales are those of the rows before each origin."""
    data, _ = sales()
    model = small(strategy=strategy, future_covariates=KNOWN).fit(data)
    new = sales(seed=1)[0].replace({"s1": "t"})
    answer = model._predict_origins(model._as_panel(new), [H + 2, H], H, (80.0,))
    for k, drop in enumerate((H + 2, H)):
        one = model.predict(new_df=until(new, drop), X_df=new, level=80)
        assert_array_equal(answer["RNN"][k].reshape(-1), one.RNN)
        assert_array_equal(answer["RNN-hi-80"][k].reshape(-1), one["RNN-hi-80"])


def test_searches_read_covariates_and_weights():
    data, ahead = sales()
    model = small(**ALL, weight_col="w", scope="local")
    search = ForecastSearchCV(model, {"hidden_size": [2, 3]}, n_windows=2, refit=True).fit(data)
    best = clone(model).set_params(**search.best_params_).fit(data)
    assert_frame_equal(search.predict(X_df=ahead), best.predict(X_df=ahead))


FRAMES = {
    "time zone": pd.date_range("2024-03-29", periods=54, freq="h", tz="Europe/Berlin"),
    "periods": pd.period_range("2015-01", periods=54, freq="M"),
    "range": pd.RangeIndex(5, 113, 2),
    "business days": pd.bdate_range("2024-01-01", periods=54),
}


@pytest.mark.parametrize("kind", FRAMES)
@pytest.mark.parametrize("in_index", [False, True])
def test_stamps_of_every_kind(kind, in_index):
    data, ahead = sales((50,))
    whole = pd.concat([data, ahead], ignore_index=True).assign(ds=FRAMES[kind]).drop(columns="unique_id")
    calendar = None if kind == "range" else "auto"
    model = small(future_covariates=KNOWN, calendar=calendar, lags=[3]).fit(whole[:50])
    X_df = whole[50:][["ds", *KNOWN]]
    answer = model.predict(X_df=X_df.set_index("ds") if in_index else X_df, level=80)
    assert answer.ds.tolist() == FRAMES[kind][50:].tolist()
    assert np.isfinite(answer[["RNN", "RNN-lo-80"]].to_numpy()).all()


@pytest.mark.parametrize("as_kind", ["category", "string", "object", "bool", "int category"])
def test_labels_of_every_kind(as_kind, tmp_path):
    data, ahead = sales()

    def convert(frame):
        is_a = frame.kind == "a"
        kind = {"bool": is_a, "int category": is_a.astype(int).astype("category")}.get(as_kind)
        return frame.assign(kind=frame.kind.astype(as_kind) if kind is None else kind)

    model = small(future_covariates=["kind"]).fit(convert(data))
    answer = model.predict(X_df=convert(ahead))
    plain = small(future_covariates=["kind"]).fit(data).predict(X_df=ahead)
    if as_kind != "bool":  # which count as 0 and 1
        assert_array_equal(answer.RNN, plain.RNN)
    model.save(tmp_path / "model.npz")
    assert_frame_equal(RNNForecaster.load(tmp_path / "model.npz").predict(X_df=convert(ahead)), answer)


def test_a_static_covariate_that_changes_is_refused():
    data, _ = sales()
    old, new = until(data, 2), data[data.groupby("unique_id").cumcount(ascending=False) < 2]
    model = small(static_covariates=["shop", "size"], max_iter=1, intervals=None).fit(old)
    before = model.predict()
    with pytest.raises(ValueError, match="static covariate 'shop' of series 's1' is 'shop7' in data; it was 'shop1'"):
        model.update(new.assign(shop=new["shop"].where(new["unique_id"] != "s1", "shop7")))
    with pytest.raises(ValueError, match=r"covariate 'size' of series 's0' is 9.0 in data \(and in 2 more series\)"):
        model.update(new.assign(size=9.0))
    assert_frame_equal(model.predict(), before)
    stream, x = model.stream("s2"), {"shop": "shop0", "size": 2}
    for name, value, known in (("shop", "shop1", "'shop0'"), ("size", 2.5, "2.0")):
        with pytest.raises(
            ValueError, match=rf"x\['{name}'\]={value!r} must be {known}, as in all rows of series 's2'"
        ):
            stream.update(1.0, x | {name: value})
    assert stream.n_updates == 0
    stream.update(1.0, x).update(2.0, x)
    stranger = new[new["unique_id"] == "s1"].assign(unique_id="s9", size=5.0)
    model.update(pd.concat([new, stranger], ignore_index=True))
    assert model.context_.n_series == 4


def test_a_static_covariate_of_new_data_that_changed_is_refused():
    data, _ = sales()
    model = small(static_covariates=["shop", "size"]).fit(until(data, 2))
    expected = model.predict(new_df=data)
    message = "static covariate 'shop' of series 's1' is 'shop7' in new_df; it was 'shop1' until now"
    changed = data.assign(shop=data["shop"].where(data["unique_id"] != "s1", "shop7"))
    for ask in (model.predict, model.simulate, model.explain):
        with pytest.raises(ValueError, match=message):
            ask(new_df=changed)
    with pytest.raises(ValueError, match=r"covariate 'size' of series 's0' is 9 in new_df \(and in 2 more series\)"):
        model.predict(new_df=data.assign(size=9))
    stranger = data[data["unique_id"] == "s1"].assign(unique_id="s9", size=5)
    answer = model.predict(new_df=pd.concat([data.astype({"size": int}), stranger]))
    assert_frame_equal(answer[answer["unique_id"] != "s9"], expected)
    with pytest.raises(ValueError, match="column 'shop' has 'elsewhere' in series 's9'"):
        model.predict(new_df=stranger.assign(shop="elsewhere"))
