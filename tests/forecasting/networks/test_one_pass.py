import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from pandas.testing import assert_frame_equal

from rnnforecast import RNNForecaster
from rnnforecast.forecasting import NaiveForecaster, backtest, cross_validation
from rnnforecast.forecasting.networks import learner, one_pass
from rnnforecast.forecasting.networks.heads import Head
from rnnforecast.forecasting.networks.one_pass import carry
from rnnforecast.forecasting.networks.reach import Reach
from rnnforecast.forecasting.networks.rows import Rows
from rnnforecast.forecasting.rnn import plan
from rnnforecast.kernels.cells import CELLS
from rnnforecast.network.network import Network

LENGTHS = (30, 9, 17, 30)
DROPS = np.array([6, 5, 2])
HEAD = Head("absolute_error")


def make(cell="gru", n_outputs=3, n_networks=1, layers=(4,)):
    network = Network(CELLS[cell], 1, layers, n_outputs)
    rngs = [np.random.default_rng(seed) for seed in range(n_networks)]
    return network, 2 * np.stack([network.initial_theta(rng, np.float32) for rng in rngs])


def panel_rows(rng):
    values = rng.normal(size=sum(LENGTHS)).astype(np.float32)
    return Rows(values, values, np.concatenate([[0], np.cumsum(LENGTHS)]))


def by_windows(network, theta, rows, ends, h, reach, local):
    """Forecasts from windows that begin with the series, one by one; recursion makes them longer, step by step."""
    answers = []
    for series, own in enumerate(ends):
        theta_of = theta.reshape(-1, len(ends), theta.shape[1])[:, series] if local else theta
        for end in own:
            known, steps = rows.values[rows.indptr[series] : end], []
            for _ in range(0, h, reach.n_targets):
                whole = Rows(known, known, np.array([0, len(known)]))
                longest = Reach(len(known), reach.n_outputs, n_leads=reach.n_leads)
                n_steps = min(h, reach.n_targets)
                steps.append(learner.forecast(network, theta_of, whole, whole.indptr[1:], n_steps, longest, None, HEAD))
                known = np.append(known, steps[-1].mean(axis=0)[0, :, 0])
            answers.append(np.concatenate(steps, axis=2))
    return np.concatenate(answers, axis=1)


@pytest.mark.nojit
@pytest.mark.parametrize("local", [False, True])
@pytest.mark.parametrize("cell, layers", [("elman", (4,)), ("lstm", (3, 5)), ("gru", (4,))])
@pytest.mark.parametrize(
    "reach, h", [(Reach(6, 3), 3), (Reach(6, 3), 2), (Reach(6, 1), 1), (Reach(6, 1), 4), (Reach(6, 1, n_leads=3), 3)]
)
@pytest.mark.parametrize("small", [False, True])
def test_the_state_is_that_of_a_window_from_the_first_row(reach, h, cell, layers, local, small, rng, monkeypatch):
    if small:  # several groups of series, pieces of rows and blocks of origins
        for name, value in {"LONGEST": 2, "MOST_STREAMS": 4, "MOST_NUMBERS": 20}.items():
            monkeypatch.setattr(one_pass, name, value)
    rows = panel_rows(rng)
    ends = rows.indptr[1:, None] - DROPS
    network, theta = make(cell, reach.n_outputs, 2 * reach.n_leads * (len(LENGTHS) if local else 1), layers)
    found = carry(network, theta, rows, ends, h, reach, HEAD, local=local)
    assert found.shape == (2, len(LENGTHS) * len(DROPS), h, 1)
    assert_allclose(found, by_windows(network, theta, rows, ends, h, reach, local), rtol=1e-5, atol=1e-6)


def test_one_origin_is_enough(rng):
    rows, reach = panel_rows(rng), Reach(6, 3)
    network, theta = make()
    ends = rows.indptr[1:, None] - DROPS
    all_of_them = carry(network, theta, rows, ends, 3, reach, HEAD).reshape(len(LENGTHS), -1, 3)
    for i in range(len(DROPS)):
        one = carry(network, theta, rows, ends[:, i : i + 1], 3, reach, HEAD)
        assert_allclose(one.reshape(-1, 3), all_of_them[:, i], rtol=1e-5, atol=1e-6)


def test_the_rows_after_an_origin_are_not_read(rng):
    network, theta = make()
    values = rng.normal(size=30).astype(np.float32)
    ends = np.array([[10, 20, 25]])
    changed = values.copy()
    changed[20:] += 5
    both = [Rows(v, v, np.array([0, 30])) for v in (values, changed)]
    before, after = (carry(network, theta, rows, ends, 3, Reach(6, 3), HEAD) for rows in both)
    assert_array_equal(before[:, :2], after[:, :2])
    assert (before[:, 2] != after[:, 2]).all()


# In backtests


def carrying(h=3, **given):
    words = {"input_size": 12, "strategy": "mimo", "window_scaler": None, "linear_skip": False, "hidden_size": 5}
    words |= {"max_iter": 3, "learning_rate_init": 0.01, "random_state": 0}
    return RNNForecaster(h, **words | given)


def frame_of(lengths, rng):
    parts = []
    for i, n in enumerate(lengths):
        y = 10 * (i + 1) + np.sin(np.arange(n) / 2) + rng.normal(0, 0.1, n)
        parts.append(pd.DataFrame({"unique_id": f"s{i}", "ds": pd.date_range("2020", periods=n, freq="D"), "y": y}))
    return pd.concat(parts, ignore_index=True)


@pytest.mark.parametrize("strategy", ["mimo", "recursive", "direct"])
@pytest.mark.parametrize("transform", [None, "difference", "log"])
@pytest.mark.parametrize("words", [{}, {"n_init": 2, "ensemble": "median", "shrink_to": None}, {"shrink_to": None}])
def test_where_the_window_is_the_series_nothing_differs(strategy, transform, words, rng):
    """Two of the series begin input_size rows before the origin."""
    lost = int(transform == "difference")
    frame = frame_of((80, 15 + lost, 15 + lost, 60), rng)
    model = carrying(strategy=strategy, target_transform=transform, **words)
    once, plain = (backtest(model, frame, level=80, one_pass=way) for way in (True, False))
    assert once.columns.tolist() == plain.columns.tolist()
    short = once.unique_id.isin(["s1", "s2"])
    columns = ["RNN", "RNN-lo-80", "RNN-hi-80"]
    if strategy == "recursive":  # windows move on
        short[1::3] = short[2::3] = False
    assert_allclose(once.loc[short, columns], plain.loc[short, columns], rtol=1e-5)
    if "shrink_to" in words:  # the networks of the others may count for nothing
        assert not np.allclose(once.loc[~short, "RNN"], plain.loc[~short, "RNN"], rtol=1e-5)


@pytest.mark.parametrize("refit", [False, 2])
def test_a_network_that_forgets_meets_its_windows(refit, rng, monkeypatch):
    original = plan.learn

    def forgetful(network, *arguments, **words):
        theta, curve = original(network, *arguments, **words)
        for k in range(len(theta)):
            network.layout.views(theta[k])["layer0.U"][...] *= 0.1
        return theta, curve

    monkeypatch.setattr(plan, "learn", forgetful)
    model = carrying(cell_type="elman", input_size=[12, 20], scope="local")
    words = {"n_windows": 5, "step_size": 2, "refit": refit, "level": [50, 90]}
    frame = frame_of((70, 90), rng)
    assert_frame_equal(backtest(model, frame, one_pass=True, **words), backtest(model, frame, **words), rtol=1e-4)


@pytest.mark.parametrize("loss", ["quantile", "student_t", "gamma"])
@pytest.mark.parametrize("strategy", ["mimo", "recursive", "direct"])
def test_heads_of_more_than_a_number(loss, strategy, rng):
    frame = frame_of((80, 15, 60), rng)
    words = {"level": 80, "quantiles": [0.2, 0.9]}
    once, plain = (backtest(carrying(strategy=strategy, loss=loss), frame, one_pass=o, **words) for o in (True, False))
    short = (once.unique_id == "s1") & ((once.groupby("unique_id").cumcount() == 0) | (strategy != "recursive"))
    columns = ["RNN", "RNN-lo-80", "RNN-hi-80", "RNN-q0.2", "RNN-q0.9"]
    assert_allclose(once.loc[short, columns], plain.loc[short, columns], rtol=1e-5)
    assert np.isfinite(once[columns]).all(axis=None)


def test_cross_validation_in_one_pass(rng):
    frame = frame_of((70, 90), rng)
    table = cross_validation(carrying(), frame, n_windows=3, gap=2, one_pass=True)
    assert_frame_equal(table, backtest(carrying(), frame, n_windows=3, step_size=3, gap=2, one_pass=True))


@pytest.mark.parametrize(
    "words, match",
    [
        ({"window_scaler": "last"}, "one_pass=True needs window_scaler=None, not 'last': a carried state"),
        ({"linear_skip": True}, "one_pass=True needs linear_skip=False, not True: its linear map"),
        ({"bidirectional": True}, "one_pass=True needs bidirectional=False, not True: half"),
        ({"strategy": "segment"}, "needs strategy='mimo', 'direct' or 'recursive', not 'segment': it has no output"),
        ({"strategy": "seq2seq"}, "not 'seq2seq'"),
        ({"lags": [2]}, "needs a network that reads the target alone: no covariates, calendar, lags"),
        ({"calendar": ["month"]}, "needs a network that reads the target alone"),
        ({"strategy": "auto"}, "not 'auto', which is 'segment' for these data"),
    ],
)
def test_what_cannot_be_carried_is_refused_before_fit(words, match, rng, monkeypatch):
    monkeypatch.setattr(plan, "learn", lambda *_, **__: pytest.fail("training began"))
    y = pd.Series(rng.normal(size=200), index=pd.date_range("2020", periods=200, freq="h"))
    with pytest.raises(ValueError, match=match):
        backtest(carrying(**words), y, one_pass=True)


class Foreign:
    def fit(self, data):
        raise AssertionError

    predict = fit


@pytest.mark.parametrize("other", [NaiveForecaster(3), Foreign()])
def test_forecasters_without_a_state_are_refused(other, rng):
    message = f"one_pass=True needs forecasters that carry a state, as RNNForecaster; '?{type(other).__name__}"
    with pytest.raises(ValueError, match=message):
        backtest([carrying(), other], frame_of((70,), rng), one_pass=True)
