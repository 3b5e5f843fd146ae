"""Many networks in one call: each is trained as if it were alone."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from rnnforecast.kernels.cells import CELLS
from rnnforecast.kernels.losses import LOSSES
from rnnforecast.kernels.optimisers import OPTIMISERS
from rnnforecast.network import objective as objective_module
from rnnforecast.network import training
from rnnforecast.network.explanation import input_gradients
from rnnforecast.network.network import Network
from rnnforecast.network.objective import Objective
from rnnforecast.network.prediction import predict
from rnnforecast.network.training import DivergenceWarning, Progress, Settings, train
from rnnforecast.network.windows import Windows

HYPER = {"beta_1": 0.9, "beta_2": 0.999, "epsilon": 1e-8, "momentum": 0.9, "nesterovs_momentum": True}
LENGTHS = (40, 3, 17, 1, 70)
T = 6


def make_windows(dtype=np.float32):
    """Windows of five series of very different lengths, and the span of each."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(sum(LENGTHS), T, 2)).astype(dtype)
    stops = np.cumsum(LENGTHS)
    windows = Windows.from_arrays(X, X[:, -3:, 0].mean(axis=1, keepdims=True), rng.uniform(0.5, 2, len(X)))
    return windows, np.stack([stops - LENGTHS, stops], axis=1)


def train_networks(windows, spans, networks, *, cell="elman", n_jobs=1, score=None, **options):
    """Progress of each of the networks with these numbers, trained in one call."""
    network = Network(CELLS[cell], 2, (5,), 1)
    rates = {name: options.pop(name) for name in ("dropout", "recurrent_dropout") if name in options}
    settings = {"batch_size": 16, "max_iter": 6, "max_grad_norm": 1.0, "hyper": HYPER, "alpha": 0.1, **options}
    settings = Settings(**settings, n_jobs=n_jobs)
    objective = Objective(
        network, windows, LOSSES["squared_error"], OPTIMISERS.get(settings.solver), loss_parameters=(1.0,),
        batch_size=10**6 if settings.solver == "lbfgs" else settings.batch_size, spans=spans, **rates,
    )  # fmt: skip
    rngs = [np.random.default_rng(100 + k) for k in networks]
    progresses = [Progress.start(network.initial_theta(rng, windows.values.dtype)) for rng in rngs]
    scores = None if score is None else [score(network, windows, span) for span in spans]
    train(objective, progresses, settings, rngs, scores=scores)
    return progresses


def on_own_windows(network, windows, span):
    def score(theta):
        outputs, _ = predict(network, theta, windows, samples=np.arange(*span))
        return -float(np.square(outputs[:, 0] - windows.targets[slice(*span), None]).mean())

    return score


def alone(windows, spans, k, **options):
    """The network with number k, trained on a copy of its own windows."""
    first, stop = spans[k]
    size = windows.n_timesteps * windows.n_features
    own = replace(
        windows.part(slice(first, stop)),
        values=windows.values[first * size : stop * size].copy(),
        targets=windows.targets[first:stop].copy(),
        starts=np.arange(stop - first) * size,
        offsets=np.arange(stop - first),
    )
    return train_networks(own, [[0, stop - first]], [k], **options)[0]


def assert_same(a, b):
    for name in ("theta", "moments"):
        assert_array_equal(getattr(a, name), getattr(b, name))
    for name in ("n_updates", "loss_curve", "validation_scores", "best_score", "n_seen"):
        assert getattr(a, name) == getattr(b, name)


@pytest.mark.parametrize("n_jobs", [1, 2, 4])
@pytest.mark.parametrize(
    "options",
    [
        {},
        {"cell": "lstm"},
        {"cell": "gru", "solver": "adamw", "learning_rate": "one_cycle", "shuffle": False},
        {"dropout": 0.3, "recurrent_dropout": 0.2},
        {"tol": 0.05, "n_iter_no_change": 1, "max_iter": 30},
        {"score": on_own_windows, "n_iter_no_change": 2, "max_iter": 30, "learning_rate_init": 0.1},
        {"solver": "sgd", "learning_rate": "adaptive", "n_iter_no_change": 1, "max_iter": 12},
        {"solver": "lbfgs"},
    ],
    ids=lambda options: "-".join(map(str, options)) or "plain",
)
def test_each_network_equals_its_fit_alone(options, n_jobs, monkeypatch):
    """Bit for bit: weights, the optimiser's memory and all that was recorded; in groups and with threads."""
    monkeypatch.setattr(training, "MOST_TOGETHER", 2)
    monkeypatch.setattr(training.n_threads, "__kwdefaults__", {"least": 0})
    windows, spans = make_windows()
    together = train_networks(windows, spans, range(len(LENGTHS)), n_jobs=n_jobs, **options)
    for k, progress in enumerate(together):
        assert_same(progress, alone(windows, spans, k, **options))


def test_networks_on_the_same_windows(monkeypatch):
    windows, _ = make_windows(np.float64)
    both = train_networks(windows, [[0, len(windows)]] * 2, [7, 8])
    for k, progress in zip([7, 8], both, strict=True):
        assert_same(progress, train_networks(windows, None, [k])[0])
    assert not np.array_equal(both[0].theta, both[1].theta)


@pytest.mark.parametrize("dropout", [0.0, 0.3])
def test_one_call_an_epoch_equals_threads_and_minibatches(dropout, monkeypatch):
    """A minibatch of several chunks: summed by one thread in one call, or by three, one minibatch a call."""
    monkeypatch.setattr(objective_module, "LEAST_CHUNK_WORK", 0)
    monkeypatch.setattr(training.n_threads, "__kwdefaults__", {"least": 0})
    rng = np.random.default_rng(0)
    X = rng.normal(size=(500, T, 2)).astype(np.float32)
    windows = Windows.from_arrays(X, X[:, -1, :1])
    one, three = (
        train_networks(windows, None, [1], n_jobs=n, batch_size=200, dropout=dropout, max_iter=3)[0] for n in (1, 3)
    )
    assert_same(one, three)


def test_what_a_progress_held_before_is_left_alone():
    windows, spans = make_windows()
    network = Network(CELLS["elman"], 2, (5,), 1)
    progress = Progress.start(network.initial_theta(np.random.default_rng(0), np.float32))
    before = progress.theta, progress.theta.copy(), progress.moments
    objective = Objective(
        network, windows, LOSSES["squared_error"], OPTIMISERS["adam"], loss_parameters=(1.0,), batch_size=16
    )
    train(objective, [progress], Settings(max_iter=2, hyper=HYPER), [np.random.default_rng(0)])
    assert progress.theta is not before[0]
    assert_array_equal(before[0], before[1])
    assert not before[2].any()


def test_divergence_of_some_networks_is_told_once():
    windows, spans = make_windows()
    targets = windows.targets.copy()
    targets[slice(*spans[2])] = 1e30
    windows = replace(windows, targets=targets)
    with pytest.warns(DivergenceWarning, match="1 of 5 networks") as record:
        together = train_networks(windows, spans, range(5))
    assert len(record) == 1
    assert all(np.isfinite(progress.theta).all() for progress in together)
    assert_same(together[0], alone(windows, spans, 0))


def test_progress_of_several_networks_is_shown(capfd):
    windows, spans = make_windows()
    train_networks(windows, spans, range(5), verbose=1)
    assert "loss=" in "".join(capfd.readouterr())


def test_parameters_of_another_network_are_refused():
    """Kernels would read beyond their end."""
    windows, _ = make_windows()
    network = Network(CELLS["elman"], 2, (5,), 1)
    P = network.layout.size
    objective = Objective(
        network, windows, LOSSES["squared_error"], OPTIMISERS["adam"], loss_parameters=(1.0,), batch_size=9
    )
    message = rf"theta has shape .*; {P} parameters of each network are needed"
    for shape in ((P - 1,), (1, P + 1), (2, 3, P), (P, 1)):
        with pytest.raises(ValueError, match=message):
            predict(network, np.zeros(shape, np.float32), windows)
    short = np.zeros(P - 1, np.float32)
    with pytest.raises(ValueError, match=message):
        train(objective, [Progress.start(short)], Settings(hyper=HYPER), [np.random.default_rng(0)])
    with pytest.raises(ValueError, match=message):
        input_gradients(network, short, windows)
