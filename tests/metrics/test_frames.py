import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from pandas.testing import assert_frame_equal

from rnnforecast import metrics
from rnnforecast.metrics import evaluate


@pytest.fixture
def scores(rng):
    """Two series of different scale, two origins, two models of which one has intervals."""
    y, a, b = rng.normal(size=(3, 12))
    y[6:] *= 10
    frame = pd.DataFrame(
        {
            "unique_id": np.repeat(["s", "t"], 6),
            "cutoff": np.tile([10, 10, 10, 11, 11, 11], 2),
            "ds": np.tile([11, 12, 13, 12, 13, 14], 2),
            "y": y,
        }
    )
    return frame.assign(**{"A": a, "A-lo-80": a - 1, "A-hi-80": a + 1, "A-q0.3": a - 0.5, "B": b})


@pytest.fixture
def train(rng):
    stamps = np.arange(20)
    parts = [pd.DataFrame({"unique_id": name, "ds": stamps, "y": rng.normal(size=20)}) for name in ("t", "s")]
    return pd.concat(parts).sample(frac=1, random_state=0)


def test_evaluate_gives_a_row_per_model_and_a_column_per_metric(scores):
    table = evaluate(scores, metrics=["mae", "rmse", metrics.bias])
    assert list(table.index) == ["A", "B"]
    assert list(table.columns) == ["mae", "rmse", "bias"]
    for model in ("A", "B"):
        assert_allclose(table.loc[model, "mae"], metrics.mae(scores.y, scores[model]))
        assert_allclose(table.loc[model, "bias"], metrics.bias(scores.y, scores[model]))


def test_evaluate_scores_intervals(scores):
    table = evaluate(scores, metrics=["coverage", "mean_pinball_loss"])
    assert_allclose(table.loc["A", "coverage-80"], np.mean(np.abs(scores.y - scores.A) <= 1))
    assert np.isnan(table.loc["B", "coverage-80"])
    quantiles = {"A": 0.5, "A-lo-80": 0.1, "A-hi-80": 0.9, "A-q0.3": 0.3}
    losses = [metrics.mean_pinball_loss(scores.y, scores[name], quantile=q) for name, q in quantiles.items()]
    assert_allclose(table.loc["A", "mean_pinball_loss"], np.mean(losses))
    assert_allclose(table.loc["B", "mean_pinball_loss"], metrics.mae(scores.y, scores.B) / 2)


@pytest.mark.parametrize("m", [1, 3])
def test_evaluate_scales_by_what_came_before(scores, train, m):
    table = evaluate(scores, metrics=["mase", "rmsse"], train=train, season_length=m)
    mase, rmsse = [], []
    for name in ("s", "t"):
        past = train[(train.unique_id == name) & (train.ds < 11)].sort_values("ds").y.to_numpy()
        part = scores[scores.unique_id == name]
        mase.append(metrics.mase(part.y, part.B, y_train=past, season_length=m))
        rmsse.append(metrics.rmsse(part.y, part.B, y_train=past, season_length=m))
    assert_allclose(table.loc["B"], [np.mean(mase), np.mean(rmsse)])


@pytest.mark.parametrize("stamps", [pd.date_range("2024", periods=20), pd.period_range("2024", periods=20, freq="M")])
def test_evaluate_reads_wide_training_data(scores, train, stamps):
    scores, train = (table.assign(ds=stamps[table.ds]) for table in (scores, train))
    wide = train.pivot(index="ds", columns="unique_id", values="y").rename_axis(index="month", columns=None)
    words = {"metrics": ["mase", "rmsse"], "season_length": 2}
    assert_frame_equal(evaluate(scores, train=wide, **words), evaluate(scores, train=train, **words))
    with pytest.raises(ValueError, match="train and frame must both have a column 'unique_id', or neither"):
        evaluate(scores[scores.unique_id == "s"].drop(columns="unique_id"), train=wide, **words)


def test_evaluate_by_group(scores, train):
    table = evaluate(scores, metrics=["mae", "mase"], train=train, by=["unique_id", "cutoff"])
    assert table.index.names == ["unique_id", "cutoff", "model"]
    part = scores[(scores.unique_id == "t") & (scores.cutoff == 11)]
    assert_allclose(table.loc[("t", 11, "A"), "mae"], metrics.mae(part.y, part.A))
    assert len(evaluate(scores, metrics="mae", by="cutoff")) == 4


def test_evaluate_of_a_single_series_takes_the_series():
    y = pd.Series(np.arange(30.0) ** 2, index=pd.period_range("2020-01", periods=30, freq="M"))
    frame = pd.DataFrame({"cutoff": y.index[19], "ds": y.index[20:], "y": y.to_numpy()[20:], "A": 0.0})
    table = evaluate(frame, metrics=["mase"], train=y, season_length=2)
    assert_allclose(table.loc["A", "mase"], metrics.mase(y[20:], np.zeros(10), y_train=y[:20], season_length=2))


def test_evaluate_says_which_series_have_no_scale(scores, train):
    train.loc[train.unique_id == "s", "y"] = 1.0
    with pytest.warns(UserWarning, match="1 of 2 series are left out of mase and rmsse.*: s"):
        table = evaluate(scores, metrics=["mase"], train=train)
    with pytest.warns(UserWarning, match="left out"):
        alone = evaluate(scores[scores.unique_id == "t"], metrics=["mase"], train=train.assign(y=1.0))
    assert np.isfinite(table.loc["A", "mase"])
    assert np.isnan(alone.loc["A", "mase"])


def test_evaluate_refuses_bad_frames(scores, train):
    with pytest.raises(ValueError, match="column 'B'"):
        evaluate(scores.assign(B=np.nan))
    with pytest.raises(ValueError, match="column 'y'"):
        evaluate(scores.assign(y=np.inf))
    with pytest.raises(ValueError, match="frame has no column 'ds'"):
        evaluate(scores.drop(columns="ds"))
    with pytest.raises(ValueError, match="frame is empty"):
        evaluate(scores[:0])
    with pytest.raises(TypeError, match="frame must be a DataFrame"):
        evaluate(scores.y)
    with pytest.raises(ValueError, match="column of numbers for each model"):
        evaluate(scores.assign(B="x"))
    with pytest.raises(ValueError, match="column of numbers for each model"):
        evaluate(scores[["unique_id", "ds", "y"]])
    with pytest.raises(ValueError, match="metrics holds 'mea'"):
        evaluate(scores, metrics=["mea"])
    with pytest.raises(ValueError, match="train=None"):
        evaluate(scores, metrics=["mase"])
    with pytest.raises(ValueError, match="season_length=0"):
        evaluate(scores, metrics=["mase"], train=train, season_length=0)
    with pytest.raises(ValueError, match="both have a column 'unique_id'"):
        evaluate(scores, metrics=["mase"], train=train.drop(columns="unique_id"))


def naive_score_panel(trains, tests, forecasts, m):
    """The M4 organisers' sMAPE and MASE: means over series of the means over steps."""
    smape, mase = [], []
    for train, y, f in zip(trains, tests, forecasts, strict=True):
        scale = np.mean(np.abs(train[m:] - train[:-m]))
        smape.append(np.mean(200 * np.abs(y - f) / (np.abs(y) + np.abs(f))))
        mase.append(np.mean(np.abs(y - f)) / scale)
    return np.mean(smape), np.mean(mase)


@pytest.mark.parametrize("m", [1, 3])
def test_evaluate_gives_the_owa_of_a_panel(scores, train, m):
    table = evaluate(scores, metrics=["owa", "smape"], train=train, season_length=m, reference="B")
    names = ("s", "t")
    trains = [train[(train.unique_id == s) & (train.ds < 11)].sort_values("ds").y.to_numpy() for s in names]
    parts = [scores[scores.unique_id == s] for s in names]
    errors = {
        model: naive_score_panel(trains, [part.y.to_numpy() for part in parts], [part[model] for part in parts], m)
        for model in ("A", "B")
    }
    assert_allclose(table["owa"], [np.mean(np.divide(errors["A"], errors["B"])), 1.0])
    assert_allclose(table["smape"], [errors["A"][0], errors["B"][0]])


def test_evaluate_scores_intervals_at_all_levels(scores):
    scores = scores.assign(
        **{"A-lo-95": scores.A - 2, "A-hi-95": scores.A + 2, "B-q0.1": scores.B, "B-q0.9": scores.B + 1}
    )
    table = evaluate(scores, metrics=["winkler", "coverage", "weighted_interval_score"])
    assert list(table.columns) == ["winkler-80", "winkler-95", "coverage-80", "coverage-95", "weighted_interval_score"]
    y, a, b = scores.y, scores.A, scores.B
    assert_allclose(table.loc["A", "winkler-95"], metrics.winkler(y, a - 2, a + 2, level=95))
    assert_allclose(table.loc["B", "winkler-80"], metrics.winkler(y, b, b + 1, level=80))
    assert_allclose(table.loc["B", "coverage-80"], metrics.coverage(y, b, b + 1))
    assert np.isnan(table.loc["B", "winkler-95"])
    bounds = np.column_stack([a - 1, a - 2]), np.column_stack([a + 1, a + 2])
    expected = metrics.weighted_interval_score(y, a, *bounds, level=[80, 95])
    assert_allclose(table.loc["A", "weighted_interval_score"], expected)
    median = evaluate(scores.assign(**{"A-q0.5": a - 0.2}), metrics="weighted_interval_score")
    expected = metrics.weighted_interval_score(y, a - 0.2, *bounds, level=[80, 95])
    assert_allclose(median.loc["A", "weighted_interval_score"], expected)


def test_the_weighted_interval_score_without_intervals_is_the_absolute_error(scores):
    table = evaluate(scores, metrics=["mae", "weighted_interval_score"])
    assert table.loc["B", "mae"] == table.loc["B", "weighted_interval_score"]


def test_evaluate_scores_distributions(scores, rng):
    samples = rng.normal(size=(12, 11))
    drawn = scores.assign(**{f"A-sample-{i}": column for i, column in enumerate(samples.T)}, **{"B-std": 0.7})
    table = evaluate(drawn, metrics=["crps", "crps_gaussian"], by="unique_id")
    first = drawn.unique_id.to_numpy() == "s"
    assert_allclose(table.loc[("s", "A"), "crps"], metrics.crps(drawn.y[first], samples[first]))
    expected = metrics.crps_gaussian(drawn.y[first], drawn.B[first], 0.7)
    assert_allclose(table.loc[("s", "B"), "crps_gaussian"], expected)
    assert np.isnan(table.loc[("s", "B"), "crps"])
    assert np.isnan(table.loc[("s", "A"), "crps_gaussian"])


def test_evaluate_refuses_what_the_frame_cannot_give(scores, train):
    plain = scores[["unique_id", "ds", "y", "A", "B"]]
    for metric in ("coverage", "winkler", "crps", "crps_gaussian"):
        with pytest.raises(ValueError, match=f"metrics holds '{metric}', but frame has no column"):
            evaluate(plain, metrics=metric)
    with pytest.raises(ValueError, match=r"by=\['step'\] must name columns of frame; these are \['unique_id', 'ds'"):
        evaluate(plain, by="step")
    with pytest.raises(ValueError, match="reference=None must name the model"):
        evaluate(plain, metrics="owa", train=train)
    with pytest.raises(ValueError, match=r"reference='Naive2' must name the model .*\['A', 'B'\]"):
        evaluate(plain, metrics="owa", train=train, reference="Naive2")
    with pytest.raises(ValueError, match="frame has 'A-lo-80' above 'A-hi-80' in 12 rows"):
        evaluate(scores.assign(**{"A-lo-80": scores["A-hi-80"] + 1}), metrics="winkler")
    with pytest.raises(ValueError, match="column 'A-std' belongs to a model 'A'"):
        evaluate(plain.rename(columns={"A": "A-std"}))
    with pytest.raises(ValueError, match="NaN or infinite values in column 'A-sample-1'"):
        evaluate(scores.assign(**{"A-sample-1": np.nan}))


def test_evaluate_scores_each_quantile(scores):
    table = evaluate(scores, metrics="pinball_loss")
    assert list(table.columns) == ["pinball_loss-q0.1", "pinball_loss-q0.3", "pinball_loss-q0.9"]
    for name, q in {"A-lo-80": 0.1, "A-q0.3": 0.3, "A-hi-80": 0.9}.items():
        expected = metrics.mean_pinball_loss(scores.y, scores[name], quantile=q)
        assert_allclose(table.loc["A", f"pinball_loss-q{q}"], expected)
    assert table.loc["B"].isna().all()
    with pytest.raises(ValueError, match="metrics holds 'pinball_loss', but frame has no column of a quantile"):
        evaluate(scores[["unique_id", "ds", "y", "A"]], metrics="pinball_loss")


def test_rows_that_were_not_observed_do_not_count(scores, train):
    wanted = ["n_rows", "mae", "rmsse", "mase", "coverage", "winkler", "pinball_loss", "weighted_interval_score"]
    words = {"metrics": wanted, "train": train[train.ds < 11]}
    hidden = scores.copy()
    hidden.loc[[0, 3, 7], "y"] = np.nan
    table = evaluate(hidden, **words)
    assert_array_equal(table["n_rows"], [9, 9])
    assert_frame_equal(table, evaluate(hidden.dropna(subset="y"), **words))
    grouped = evaluate(hidden.assign(step=np.arange(12)), by=["unique_id", "step"], **words)
    assert grouped.loc[("s", 0, "A"), "n_rows"] == 0
    assert grouped.loc[("s", 0, "A")].drop("n_rows").isna().all()
    assert_allclose(grouped.loc[("s", 1, "A"), "mae"], np.abs(scores.y - scores.A)[1])
    with pytest.raises(ValueError, match="frame has no observed 'y' in series 's'; leave it out"):
        evaluate(scores.assign(y=scores.y.where(scores.unique_id == "t")))
    with pytest.raises(ValueError, match=r"in series 's' \(and 1 more series\)"):
        evaluate(scores.assign(y=np.nan))
    with pytest.raises(ValueError, match="no observed 'y' in the series"):
        evaluate(scores.drop(columns="unique_id").assign(y=np.nan))


def test_what_is_missing_in_the_training_data_moves_no_season(scores, train):
    train = train.sort_values(["unique_id", "ds"], ignore_index=True)
    train.loc[[2, 25], "y"] = np.nan
    table = evaluate(scores, metrics="mase", train=train, season_length=3)
    scales = []
    for name in ("s", "t"):
        y = train[(train.unique_id == name) & (train.ds < 11)].y.to_numpy()
        scales.append(np.nanmean(np.abs(y[3:] - y[:-3])))
    errors = np.abs(scores.y - scores.B)
    assert_allclose(table.loc["B", "mase"], np.mean(errors / np.repeat(scales, 6)))


@pytest.mark.parametrize("library", ["polars", "pyarrow"])
def test_frames_of_other_libraries_are_scored(library, scores, train):
    pytest.importorskip("narwhals")
    module = pytest.importorskip(library)
    make = module.DataFrame if library == "polars" else module.table
    scores.loc[0, "y"] = np.nan
    train.iloc[3, 2] = np.nan
    others = [make({name: frame[name].tolist() for name in frame}) for frame in (scores, train)]
    words = {"metrics": ["mae", "mase", "coverage"], "season_length": 2}
    expected = evaluate(scores, train=train, **words)
    assert_frame_equal(evaluate(others[0], train=others[1], **words), expected)
    assert_frame_equal(evaluate(scores, train=others[1], **words), expected)


def test_evaluate_refuses_bad_training_data(scores, train):
    with pytest.raises(TypeError, match="train must be a Series or a DataFrame; got list"):
        evaluate(scores, metrics="mase", train=[1.0])
    with pytest.raises(ValueError, match="train has no column 'y'"):
        evaluate(scores, metrics="mase", train=train.drop(columns="y"))
