"""What fit does: reproducible, restartable, weighted, stopped in time, and safe when things go wrong."""

import os
import subprocess
import sys

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone
from sklearn.utils.class_weight import compute_class_weight

from rnnforecast import DivergenceWarning, RNNClassifier, RNNRegressor
from rnnforecast.network.epochs import Epochs
from rnnforecast.network.objective import Objective

SMALL = {"cell_type": "elman", "hidden_size": 4, "max_iter": 5, "random_state": 0}


@pytest.fixture
def data(rng):
    """50 windows (T = 7, F = 2) whose target is the mean of the first feature."""
    X = rng.normal(size=(50, 7, 2))
    return X, X[:, :, 0].mean(axis=1)


FIT = """
import numpy as np
from rnnforecast import RNNRegressor
rng = np.random.default_rng(0)
X, y = rng.normal(size=(400, 7, 2)), rng.normal(size=400)
model = RNNRegressor(cell_type="elman", hidden_size=4, max_iter=3, random_state=0, dropout=0.2, recurrent_dropout=0.2)
print(model.fit(X, y).theta_.tobytes().hex())
"""


def test_same_bits_in_every_process():
    def run():
        return subprocess.run(
            [sys.executable, "-c", FIT], capture_output=True, text=True, check=True, env=os.environ
        ).stdout

    first = run()
    assert first == run()
    assert len(first) > 100


@pytest.mark.parametrize("n_jobs", [2, 4])
def test_same_bits_for_any_number_of_threads(n_jobs, rng, monkeypatch):
    from rnnforecast.network import objective, threads

    monkeypatch.setattr(objective, "LEAST_CHUNK_WORK", 0)
    monkeypatch.setattr(threads.n_threads, "__kwdefaults__", {"least": 0})
    X, y = rng.normal(size=(300, 7, 2)), rng.normal(size=300)
    one, many = (RNNRegressor(**SMALL, dtype="float32", n_jobs=n).fit(X, y) for n in (1, n_jobs))
    assert_array_equal(one.theta_, many.theta_)
    assert_array_equal(one.predict(X), many.predict(X))


def test_loss_falls_and_curve_is_kept(data):
    X, y = data
    model = RNNRegressor(**{**SMALL, "max_iter": 150, "learning_rate_init": 0.02}).fit(X, y)
    assert model.loss_curve_[-1] < 0.5 * model.loss_curve_[0]
    assert model.n_iter_ == len(model.loss_curve_)
    assert model.t_ == 50 * model.n_iter_
    assert model.loss_ == model.loss_curve_[-1]
    assert model.best_loss_ == min(model.loss_curve_)
    assert model.score(X, y) > 0.5


def test_first_loss_is_the_naive_loss(data):
    import naive

    X, y = data
    w = np.linspace(0, 2, len(X))
    model = RNNRegressor(**{**SMALL, "max_iter": 1, "alpha": 0.3})
    model.fit(X, y, sample_weight=w)
    start = RNNRegressor(**{**SMALL, "max_iter": 1, "learning_rate_init": 1e-300, "alpha": 0.3})
    start.fit(X, y, sample_weight=w)
    expected = naive.objective(
        start.get_weights(), X, y[:, None], loss="squared_error", alpha=0.3, sample_weight=w, cell="elman"
    )
    assert_allclose(model.loss_curve_[0], expected, rtol=1e-10)


@pytest.mark.parametrize("solver", ["adam", "adamw", "rmsprop", "sgd", "lbfgs"])
def test_solvers_learn(solver, data):
    X, y = data
    rate = 0.1 if solver == "sgd" else 0.02
    model = RNNRegressor(**{**SMALL, "max_iter": 150}, solver=solver, learning_rate_init=rate).fit(X, y)
    assert model.score(X, y) > 0.5


@pytest.mark.parametrize("schedule", ["constant", "invscaling", "adaptive", "cosine", "one_cycle"])
def test_schedules_learn(schedule, data):
    X, y = data
    model = RNNRegressor(**{**SMALL, "max_iter": 60}, learning_rate=schedule, learning_rate_init=0.03).fit(X, y)
    assert model.loss_curve_[-1] < model.loss_curve_[0]


def test_early_stopping_keeps_the_best_weights(data):
    X, y = data
    model = RNNRegressor(
        **{**SMALL, "max_iter": 300, "learning_rate_init": 0.05}, early_stopping=True, validation_fraction=0.2, tol=0
    ).fit(X, y)
    assert model.n_iter_ < 300
    held_back = -0.5 * np.mean((model.predict(X[-10:]) - y[-10:]) ** 2)
    assert_allclose(held_back, max(model.validation_scores_), rtol=1e-10)
    assert model.best_validation_score_ == max(model.validation_scores_)


def test_warm_start_and_partial_fit_go_on(data):
    X, y = data
    model = RNNRegressor(**SMALL, warm_start=True).fit(X, y)
    assert model.fit(X, y).n_iter_ == 10
    cold = RNNRegressor(**SMALL).fit(X, y)
    assert_array_equal(cold.theta_, cold.fit(X, y).theta_)
    online = RNNRegressor(**SMALL)
    for _ in range(4):
        online.partial_fit(X, y)
    assert online.n_iter_ == 4
    assert online.loss_curve_[-1] < online.loss_curve_[0]


@pytest.mark.parametrize("warm_start", [False, True])
def test_each_pass_has_an_order_and_masks_of_its_own(data, warm_start, monkeypatch):
    """Else a stream of partial fits would train one subnetwork alone, whatever the dropout."""
    X, y = data
    drawn, masks = [], Objective.masks

    def noted(*args):
        drawn.append(masks(*args))
        return drawn[-1]

    monkeypatch.setattr(Objective, "masks", noted)

    def passes():
        drawn.clear()
        model = RNNRegressor(**{**SMALL, "max_iter": 1}, dropout=0.5, warm_start=warm_start)
        for _ in range(3):
            (model.fit if warm_start else model.partial_fit)(X, y)
        return [mask.tobytes() for mask in drawn], model.theta_

    (first, theta), (second, same) = passes(), passes()
    assert len(set(first)) == len(first) >= 3
    assert first == second
    assert_array_equal(theta, same)


def test_partial_fit_of_classes(data):
    X, y = data
    labels = np.where(y > 0, "b", "a")
    model = RNNClassifier(**SMALL).partial_fit(X, np.full(50, "a"), classes=["a", "b", "c"])
    model.partial_fit(X, labels)
    assert model.predict_proba(X).shape == (50, 3)
    with pytest.raises(ValueError, match="not among the classes"):
        model.partial_fit(X, np.full(50, "d"))


def test_weights_act_like_repetition(data):
    X, y = data
    counts = np.arange(50) % 3
    weighted = RNNRegressor(**SMALL, shuffle=False).fit(X, y, sample_weight=counts)
    repeated = RNNRegressor(**SMALL, shuffle=False).fit(np.repeat(X, counts, axis=0), np.repeat(y, counts))
    assert_allclose(weighted.theta_, repeated.theta_, rtol=1e-9, atol=1e-12)


def test_class_weight_moves_the_boundary(data):
    X, y = data
    labels = (y > 0.3).astype(int)
    plain = RNNClassifier(**SMALL).fit(X, labels)
    balanced = RNNClassifier(**SMALL, class_weight="balanced").fit(X, labels)
    assert balanced.predict_proba(X)[:, 1].mean() > plain.predict_proba(X)[:, 1].mean()


def test_partial_fit_takes_weights_but_cannot_balance(data):
    X, y = data
    labels = (y > 0.3).astype(int)
    model = RNNClassifier(**SMALL, class_weight="balanced")
    for trained in (model, clone(model).fit(X, labels)):
        with pytest.raises(ValueError, match=r"class_weight='balanced' is not for partial_fit.*compute_class_weight"):
            trained.partial_fit(X, labels, classes=[0, 1])
    assert not hasattr(model, "theta_")
    by_hand = compute_class_weight("balanced", classes=np.array([0, 1]), y=labels)
    weighted = RNNClassifier(**SMALL, class_weight=dict(enumerate(by_hand))).partial_fit(X, labels)
    balanced = RNNClassifier(**{**SMALL, "max_iter": 1}, class_weight="balanced").fit(X, labels)
    assert_array_equal(weighted.theta_, balanced.theta_)


@pytest.mark.parametrize(
    "class_weight, words",
    [
        ({0: -1.0, 1: 1.0}, "not negative"),
        ({0: np.nan}, "finite"),
        ({0: 0.0, 1: 0.0}, "every sample a weight of zero"),
        ({0: 0.0, 1: 5.0}, "every sample a weight of zero"),
    ],
)
def test_bad_class_weights(class_weight, words, data):
    X, y = data
    labels = (y > 0.3).astype(int)
    with pytest.raises(ValueError, match=f"class_weight=.* {words}"):
        RNNClassifier(**SMALL, class_weight=class_weight).fit(X, labels, sample_weight=1.0 * (labels == 0))


def test_divergence_warns_and_keeps_finite_weights(data):
    X, y = data
    model = RNNRegressor(
        **{**SMALL, "max_iter": 50}, solver="sgd", activation="relu", learning_rate_init=1e3, max_grad_norm=None
    )
    with pytest.warns(DivergenceWarning, match="diverged"):
        model.fit(X, 1e6 * y)
    assert np.isfinite(model.predict(X)).all()


@pytest.mark.parametrize(
    "words, scale",
    [
        ({"solver": "sgd", "learning_rate_init": 1e30, "max_grad_norm": None, "dtype": "float32"}, 1.0),
        ({"solver": "sgd", "learning_rate_init": 1e300, "max_grad_norm": None, "early_stopping": True}, 1.0),
        ({"solver": "adam"}, 1e300),
        ({"solver": "lbfgs"}, 1e300),
    ],
)
def test_divergence_is_the_only_warning(words, scale, data):
    X, y = data
    with pytest.warns(DivergenceWarning) as caught:
        RNNRegressor(**{**SMALL, "cell_type": "lstm", **words}).fit(X, scale * y)
    assert [warning.category for warning in caught] == [DivergenceWarning]


@pytest.mark.parametrize("max_iter", [1, 3])
def test_weights_that_diverged_are_told_where_the_loss_did_not(max_iter, data, capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "tqdm.auto", None)
    X, y = data
    words = {**SMALL, "max_iter": max_iter, "solver": "sgd", "learning_rate_init": 1e308, "max_grad_norm": None}
    words |= {"n_init": 2, "verbose": 1}
    with pytest.warns(DivergenceWarning, match="diverged in epoch 1: weights became infinite or NaN; the weights of"):
        model = RNNRegressor(**words).fit(X, 100 * y)
    assert "diverged, weights not finite" in capsys.readouterr().out
    assert np.isfinite(model.theta_).all()


def test_lbfgs_that_diverged_at_once_has_no_loss_and_is_never_the_best(data, monkeypatch):
    X, y = data
    words = {**SMALL, "activation": "relu", "solver": "lbfgs", "dtype": "float64"}
    with pytest.warns(DivergenceWarning, match="in epoch 1: the loss became nan, from nan at the start"):
        model = RNNRegressor(**words).fit(1e155 * X, y)
    assert model.loss_curve_ == []
    assert model.init_losses_ == [np.inf]
    expected = RNNRegressor(**words, n_init=2).fit(X, y)
    begin, starts = RNNRegressor._begin, []

    def begin_beyond_all_numbers(*args):
        progress = begin(*args)
        starts.append(progress)
        if len(starts) == 1:
            progress.theta[:] = 1e150
        return progress

    monkeypatch.setattr(RNNRegressor, "_begin", begin_beyond_all_numbers)
    with pytest.warns(DivergenceWarning, match="1 of 2 networks"):
        model = RNNRegressor(**words, n_init=2).fit(X, y)
    assert model.init_losses_ == [np.inf, expected.init_losses_[1]]
    assert np.isfinite(model.loss_)


def test_an_easy_first_minibatch_is_no_divergence(rng):
    """A series of zeros with two spikes: most minibatches have none, and a loss near zero at the start."""
    y = np.zeros(320)
    y[[100, 250]] = 10
    X = np.lib.stride_tricks.sliding_window_view(y[:-1], 5)
    words = {**SMALL, "batch_size": 16, "learning_rate_init": 1e-3}
    for seed in range(5):
        assert RNNRegressor(**words | {"random_state": seed}).fit(X, y[5:]).n_iter_ == 5


def test_the_penalty_is_no_divergence(data):
    """Not even where the head starts from the only target, so that the rest of the loss is close to zero."""
    X, y = data
    RNNRegressor(**SMALL, alpha=0.1).fit(0 * X[:1], y[:1])


def test_interrupted_fit_can_be_repeated(data, monkeypatch):
    X, y = data
    model = RNNRegressor(**SMALL)
    with monkeypatch.context() as patch:
        patch.setattr(Epochs, "epoch", lambda *args: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            model.fit(X, y)
    assert_array_equal(model.fit(X, y).theta_, RNNRegressor(**SMALL).fit(X, y).theta_)


def test_input_is_left_alone(data):
    X, y = data
    X.setflags(write=False)
    y.setflags(write=False)
    before = X.copy()
    RNNRegressor(**SMALL).fit(X, y).predict(X)
    assert_array_equal(X, before)


def test_several_outputs_and_quantiles(data):
    X, y = data
    assert RNNRegressor(**SMALL).fit(X, np.stack([y, -y], axis=1)).predict(X).shape == (50, 2)
    assert RNNRegressor(**SMALL).fit(X, y[:, None]).predict(X).shape == (50, 1)
    bands = RNNRegressor(**{**SMALL, "max_iter": 150}, loss="quantile", quantiles=(0.1, 0.9), solver="lbfgs")
    low, high = bands.fit(X, y).predict(X).T
    assert (low < high).mean() > 0.8


@pytest.mark.parametrize("loss", ["poisson", "gamma", "tweedie"])
def test_positive_targets_through_a_log_link(loss, rng):
    """The mean of a seasonal rate; the first prediction, before any training, is the mean of the targets."""
    X = np.sin(np.arange(400)[:, None] / 3 + np.arange(5))
    mean = np.exp(1 + X[:, -1])
    y = {"poisson": rng.poisson(mean), "gamma": mean * rng.gamma(5, 0.2, 400), "tweedie": rng.gamma(rng.poisson(mean))}
    model = RNNRegressor(**{**SMALL, "max_iter": 150, "learning_rate_init": 0.02}, loss=loss).fit(X, y[loss])
    predicted = model.predict(X)
    assert predicted.min() > 0
    assert np.corrcoef(predicted, mean)[0, 1] > 0.95
    assert_allclose(predicted.mean(), y[loss].mean(), rtol=0.05)


def test_the_power_of_tweedie_is_heard(rng):
    X, y = rng.normal(size=(50, 4)), rng.gamma(2, size=50)
    one, two = (RNNRegressor(**SMALL, loss="tweedie", power=power).fit(X, y) for power in (1.2, 1.8))
    assert not np.array_equal(one.predict(X), two.predict(X))


def test_a_target_at_every_step(data):
    X, _ = data
    Y = np.cumsum(X[:, :, 0], axis=1)
    model = RNNRegressor(**{**SMALL, "max_iter": 150, "learning_rate_init": 0.02}, return_sequences=True).fit(X, Y)
    assert model.predict(X).shape == (50, 7)
    assert model.score(X, Y) > 0.5
    labels = np.where(Y > 0, "high", "low")
    tagger = RNNClassifier(**SMALL, return_sequences=True).fit(X, labels)
    assert tagger.predict(X).shape == (50, 7)
    assert tagger.predict_proba(X).shape == (50, 7, 2)
    with pytest.raises(ValueError, match="n_timesteps"):
        model.fit(X, Y[:, :3])


def test_verbose_shows_progress_and_is_silent_otherwise(data, capfd):
    X, y = data
    RNNRegressor(**SMALL).fit(X, y)
    assert capfd.readouterr() == ("", "")
    RNNRegressor(**SMALL, verbose=1).fit(X, y)
    assert "loss=" in "".join(capfd.readouterr())


@pytest.mark.parametrize("early_stopping", [False, True])
def test_best_of_several_starts(data, early_stopping):
    X, y = data
    options = {**SMALL, "early_stopping": early_stopping}
    several = RNNRegressor(**options, n_init=4).fit(X, y)
    assert len(several.init_losses_) == 4
    assert several.theta_.ndim == 1
    best = min(several.init_losses_)
    told = -several.best_validation_score_ if early_stopping else several.loss_
    assert told == best
    first = RNNRegressor(**options).fit(X, y)
    assert first.init_losses_ == several.init_losses_[:1]
    if several.init_losses_.index(best) == 0:
        assert_array_equal(several.theta_, first.theta_)


def test_mean_of_several_starts(data):
    X, y = data
    model = RNNRegressor(**SMALL, n_init=3, ensemble="mean").fit(X, y)
    assert len(model.theta_) == len(model.loss_curves_) == 3
    members = []
    for theta in model.theta_:
        one = RNNRegressor(**SMALL).fit(X, y)
        one.theta_ = theta
        members.append(one.predict(X))
    assert_array_equal(members[0], RNNRegressor(**SMALL).fit(X, y).predict(X))
    assert_allclose(model.predict(X), np.mean(members, axis=0), rtol=1e-12)
    assert model.partial_fit(X, y).theta_.shape[0] == 3
    assert [len(curve) for curve in model.loss_curves_] == [6, 6, 6]


def test_mean_of_classifiers(data):
    X, y = data
    model = RNNClassifier(**SMALL, n_init=3, ensemble="mean").fit(X, np.where(y > 0, "b", "a"))
    probabilities = model.predict_proba(X)
    assert_allclose(probabilities.sum(axis=1), 1, rtol=1e-12)
    assert_array_equal(model.classes_[(model.decision_function(X) > 0).astype(int)], model.predict(X))


def test_scores_of_classes_that_no_classifier_believes_in(data):
    X, y = data
    model = RNNClassifier(**SMALL, n_init=2, ensemble="mean", input_skip=True).fit(X, np.arange(50) % 3)
    scores = model.decision_function(1e5 * X)
    assert np.isneginf(scores).any()
    assert_array_equal(model.classes_[scores.argmax(axis=1)], model.predict(1e5 * X))


def test_changed_architecture_needs_a_new_fit(data):
    X, y = data
    model = RNNRegressor(**SMALL).fit(X, y).set_params(hidden_size=9)
    with pytest.raises(ValueError, match="fit again"):
        model.predict(X)
