"""What verbose=1 tells: each epoch of one network, the end of each of several, and no epoch twice."""

import importlib.util
import re
import sys

import numpy as np
import pandas as pd
import pytest

from rnnforecast import DivergenceWarning, RNNForecaster, RNNRegressor

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


def test_an_estimator_has_no_label(data, capsys):
    pytest.importorskip("tqdm")
    RNNRegressor(**SMALL).fit(*data)
    assert capsys.readouterr().err.lstrip("\r").startswith("  0%|")


LABELS = [
    ({}, ["Calibration", "Training"]),
    ({"intervals": None}, ["Training"]),
    ({"input_size": [4, 6]}, [f"{what}, input_size={n}" for what in ("Calibration", "Training") for n in (4, 6)]),
]


@pytest.mark.parametrize("words, labels", LABELS)
@pytest.mark.parametrize("n_init", [1, 2])
def test_a_forecaster_labels_its_trainings(words, labels, n_init, capsys, monkeypatch):
    model = RNNForecaster(2, **{"input_size": 6, "n_init": n_init, **SMALL, **words})
    y = pd.Series(np.sin(np.arange(60.0)))
    if importlib.util.find_spec("tqdm"):
        model.fit(y)
        assert list(dict.fromkeys(re.findall(r"([A-Z][^:]*):\s+\d+%\|", capsys.readouterr().err))) == labels
    monkeypatch.setitem(sys.modules, "tqdm.auto", None)
    model.fit(y)
    lines = capsys.readouterr().out.splitlines()
    assert list(dict.fromkeys(line.split(": ")[0] for line in lines)) == labels
    assert all(
        re.match("network . of 2, epoch 3$" if n_init == 2 else r"epoch \d$", line.split(": ")[1]) for line in lines
    )


@pytest.mark.parametrize("n_init, total", [(1, 3), (2, 2)])
def test_the_bar_ends_full(n_init, total, data, capsys):
    pytest.importorskip("tqdm")
    model = RNNRegressor(**SMALL, n_init=n_init, ensemble="mean", warm_start=True)
    for _ in range(2):
        model.fit(*data)
        assert re.findall(r"(\d+)/(\d+) \[", capsys.readouterr().err)[-1] == (str(total), str(total))
