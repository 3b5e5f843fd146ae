"""What verbose=1 tells: each epoch of one network, the end of each of several, and no epoch twice."""

import re
import sys

import pytest

from rnnforecast import DivergenceWarning, RNNRegressor

SMALL = {"cell_type": "elman", "hidden_size": 3, "max_iter": 3, "random_state": 0, "verbose": 1}


@pytest.fixture
def data(rng):
    X = rng.normal(size=(30, 4, 1))
    return X, X.mean(axis=(1, 2))


@pytest.fixture
def no_tqdm(monkeypatch):
    monkeypatch.setitem(sys.modules, "tqdm.auto", None)


def epochs(text):
    """(network or "", epoch) of each line."""
    return re.findall(r"^(?:network (\d) of \d, )?epoch (\d+): ", text, re.MULTILINE)


@pytest.mark.parametrize("solver", ["adam", "lbfgs"])
def test_one_network_tells_each_epoch(solver, data, no_tqdm, capsys):
    model = RNNRegressor(**SMALL, solver=solver, warm_start=True).fit(*data)
    assert epochs(capsys.readouterr().out) == [("", "1"), ("", "2"), ("", "3")]
    model.fit(*data)
    assert epochs(capsys.readouterr().out) == [("", "4"), ("", "5"), ("", "6")]


@pytest.mark.parametrize("solver", ["adam", "lbfgs"])
def test_several_networks_tell_their_end(solver, data, no_tqdm, capsys):
    model = RNNRegressor(**SMALL, solver=solver, warm_start=True, n_init=2, ensemble="mean").fit(*data)
    assert sorted(epochs(capsys.readouterr().out)) == [("1", "3"), ("2", "3")]
    model.fit(*data)
    assert sorted(epochs(capsys.readouterr().out)) == [("1", "6"), ("2", "6")]


@pytest.mark.parametrize("words", [{}, {"solver": "lbfgs", "tol": 1.0}])
def test_several_networks_tell_an_early_end(words, data, no_tqdm, capsys):
    options = {**SMALL, "max_iter": 500, "n_iter_no_change": 1, "tol": 0.5, **words}
    model = RNNRegressor(**options, n_init=2, ensemble="mean").fit(*data)
    found = sorted(epochs(capsys.readouterr().out))
    assert found == [(str(k + 1), str(len(curve))) for k, curve in enumerate(model.loss_curves_)]


@pytest.mark.parametrize("n_init", [1, 2])
def test_an_epoch_that_diverged_is_not_told_as_another(n_init, data, no_tqdm, capsys):
    X, y = data
    options = {**SMALL, "activation": "relu", "solver": "sgd", "learning_rate_init": 1e9, "max_grad_norm": None}
    with pytest.warns(DivergenceWarning):
        RNNRegressor(**options, batch_size=30, n_init=n_init).fit(X, 10 * y)
    told = capsys.readouterr().out
    assert len(epochs(told)) == n_init
    assert told.count("diverged") == (0 if n_init == 1 else 2)


@pytest.mark.parametrize("n_init, total", [(1, 3), (2, 2)])
def test_the_bar_ends_full(n_init, total, data, capsys):
    pytest.importorskip("tqdm")
    model = RNNRegressor(**SMALL, n_init=n_init, ensemble="mean", warm_start=True)
    for _ in range(2):
        model.fit(*data)
        assert re.findall(r"(\d+)/(\d+) \[", capsys.readouterr().err)[-1] == (str(total), str(total))
