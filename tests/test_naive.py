"""The naive code itself: against central differences, against numbers worked out by hand, and against PyTorch."""

import naive
import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

CELLS = [("elman", "tanh"), ("elman", "relu"), ("elman", "sigmoid"), ("lstm", "tanh"), ("gru", "tanh")]
N_STATES = {"elman": 1, "lstm": 2, "gru": 1}
B, T, F, N_OUTPUTS = 3, 4, 2, 3


@pytest.fixture
def torch():
    return pytest.importorskip("torch")


def random_states(rng, cell, hidden_sizes, bidirectional):
    return [[rng.normal(size=(N_STATES[cell], B, H)) for _ in range(1 + bidirectional)] for H in hidden_sizes]


def random_mask(rng, *shape, keep=0.7):
    return (rng.random(shape) < keep) / keep


def flat_states(states):
    return np.concatenate([s.ravel() for layer in states for s in layer])


def states_like(theta, states):
    """The inverse of flat_states."""
    flat = {(i, j): s for i, layer in enumerate(states) for j, s in enumerate(layer)}
    filled = naive.unflatten(theta, flat)
    return [[filled[i, j] for j in range(len(layer))] for i, layer in enumerate(states)]


# ------------------------------------------------------------------------------------------- gradients of the network


@pytest.mark.parametrize("hidden_sizes, bidirectional", [((3,), False), ((3,), True), ((3, 2), False), ((3, 2), True)])
@pytest.mark.parametrize("steps", ["last", "all"])
@pytest.mark.parametrize("cell, activation", CELLS)
def test_gradients_meet_central_differences(cell, activation, steps, hidden_sizes, bidirectional):
    """With everything on: the skip, both kinds of masks, initial states, sample weights and the penalty."""
    rng = np.random.default_rng(0)
    n_directions = 1 + bidirectional
    params = naive.random_params(
        rng,
        cell=cell,
        n_features=F,
        hidden_sizes=hidden_sizes,
        n_outputs=N_OUTPUTS,
        bidirectional=bidirectional,
        input_skip=True,
    )
    x = rng.normal(size=(B, T, F))
    y = rng.normal(size=(B, T, N_OUTPUTS) if steps == "all" else (B, N_OUTPUTS))
    initial = random_states(rng, cell, hidden_sizes, bidirectional)
    dropout_masks = [random_mask(rng, T, B, H * n_directions) for H in hidden_sizes]
    if steps == "last":
        dropout_masks[-1] = dropout_masks[-1][0]
    options = {
        "cell": cell,
        "activation": activation,
        "steps": steps,
        "dropout_masks": dropout_masks,
        "recurrent_masks": [[random_mask(rng, B, H) for _ in range(n_directions)] for H in hidden_sizes],
        "loss": "squared_error",
        "alpha": 0.3,
        "sample_weight": rng.uniform(0.5, 2, size=B),
    }
    gradients, dx, d_initial = naive.objective_gradient(params, x, y, initial=initial, **options)

    for name in params:
        expected = naive.numerical_gradient(
            lambda p, name=name: naive.objective({**params, name: p}, x, y, initial=initial, **options), params[name]
        )
        assert naive.relative_error(gradients[name], expected) < 1e-6, name
    expected = naive.numerical_gradient(lambda a: naive.objective(params, a, y, initial=initial, **options), x)
    assert naive.relative_error(dx, expected) < 1e-6
    expected = naive.numerical_gradient(
        lambda s: naive.objective(params, x, y, initial=states_like(s, initial), **options), flat_states(initial)
    )
    assert naive.relative_error(flat_states(d_initial), expected) < 1e-6


@pytest.mark.parametrize("cell, activation", CELLS)
def test_gradient_through_the_final_states(cell, activation):
    rng = np.random.default_rng(1)
    hidden_sizes = (3, 2)
    params = naive.random_params(
        rng, cell=cell, n_features=F, hidden_sizes=hidden_sizes, n_outputs=N_OUTPUTS, bidirectional=True
    )
    x = rng.normal(size=(B, T, F))
    d_final = random_states(rng, cell, hidden_sizes, True)

    def value(a):
        _, final, _ = naive.forward(params, a, cell=cell, activation=activation)
        return flat_states(final) @ flat_states(d_final)

    o, _, tape = naive.forward(params, x, cell=cell, activation=activation)
    _, dx, _ = naive.backward(params, tape, np.zeros_like(o), d_final)
    assert naive.relative_error(dx, naive.numerical_gradient(value, x)) < 1e-6


def test_a_model_in_float32_stays_in_float32():
    rng = np.random.default_rng(2)
    x, y = rng.normal(size=(B, T, F)).astype("f4"), rng.normal(size=(B, N_OUTPUTS)).astype("f4")
    for cell in N_STATES:
        params = naive.random_params(rng, cell=cell, n_features=F, hidden_sizes=(3,), n_outputs=N_OUTPUTS, dtype="f4")
        o, final, _ = naive.forward(params, x, cell=cell)
        gradients, dx, d_initial = naive.objective_gradient(
            params, x, y, cell=cell, loss="squared_error", alpha=0.1, sample_weight=np.arange(1.0, B + 1)
        )
        arrays = [o, dx, final[0][0], d_initial[0][0], *gradients.values()]
        assert {a.dtype for a in arrays} == {np.dtype("f4")}


# ------------------------------------------------------------------------------------------- meaning of the options


@pytest.mark.parametrize(
    "activation, sigma",
    [("tanh", np.tanh), ("relu", lambda z: max(z, 0.0)), ("sigmoid", lambda z: 1 / (1 + np.exp(-z)))],
)
def test_elman_with_one_unit_by_hand(activation, sigma):
    params = {
        "layer0.W": np.array([[[0.5], [-1.0]]]),
        "layer0.U": np.array([[[0.25]]]),
        "layer0.b": np.array([[0.1]]),
        "head.V": np.array([[2.0]]),
        "head.b": np.array([-1.0]),
        "head.S": np.array([[3.0], [0.5]]),
    }
    x = np.array([[[1.0, 0.2], [-0.4, -0.6]]])
    h_1 = sigma(0.5 * 1.0 - 1.0 * 0.2 + 0.25 * 0.8 + 0.1)
    h_2 = sigma(0.5 * -0.4 - 1.0 * -0.6 + 0.25 * h_1 + 0.1)
    o_1, o_2 = 2 * h_1 - 1 + 3 * 1.0 + 0.5 * 0.2, 2 * h_2 - 1 + 3 * -0.4 + 0.5 * -0.6
    options = {"cell": "elman", "activation": activation, "initial": [[np.array([[[0.8]]])]]}
    o, final, _ = naive.forward(params, x, steps="all", **options)
    assert_allclose(o, [[[o_1], [o_2]]], rtol=1e-14)
    assert_allclose(final[0][0], [[[h_2]]], rtol=1e-14)
    o, _, _ = naive.forward(params, x, steps="last", **options)
    assert_allclose(o, [[o_2]], rtol=1e-14)


def one_unit(rng, cell):
    """A network of one unit that hands its h out, with its weights as lists of numbers, one for each slot."""
    params = naive.random_params(rng, cell=cell, n_features=1, hidden_sizes=(1,), n_outputs=1)
    params |= {"head.V": np.ones((1, 1)), "head.b": np.zeros(1)}
    return params, *(params["layer0." + letter].ravel() for letter in "WUb")


def test_lstm_with_one_unit_by_hand():
    params, W, U, b = one_unit(np.random.default_rng(10), "lstm")
    x, h, c = 0.7, -0.3, 0.4
    i, f, g, o = (W[k] * x + U[k] * h + b[k] for k in range(4))
    i, f, g, o = 1 / (1 + np.exp(-i)), 1 / (1 + np.exp(-f)), np.tanh(g), 1 / (1 + np.exp(-o))
    initial = [[np.array([[[h]], [[c]]])]]
    got, final, _ = naive.forward(params, np.full((1, 1, 1), x), cell="lstm", initial=initial)
    assert_allclose(final[0][0].ravel(), [o * np.tanh(f * c + i * g), f * c + i * g], rtol=1e-14)
    assert_allclose(got, [[o * np.tanh(f * c + i * g)]], rtol=1e-14)


def test_gru_with_one_unit_by_hand():
    params, W, U, b = one_unit(np.random.default_rng(11), "gru")
    (W_n, W_r, W_u), (U_r, U_u, U_m), (b_n, b_r, b_u, b_m) = W, U, b
    x, h = 0.7, -0.3
    r = 1 / (1 + np.exp(-(W_r * x + U_r * h + b_r)))
    u = 1 / (1 + np.exp(-(W_u * x + U_u * h + b_u)))
    n = np.tanh(W_n * x + b_n + r * (U_m * h + b_m))
    got, _, _ = naive.forward(params, np.full((1, 1, 1), x), cell="gru", initial=[[np.array([[[h]]])]])
    assert_allclose(got, [[(1 - u) * n + u * h]], rtol=1e-14)


@pytest.fixture(params=sorted(N_STATES))
def two_layers(request):
    """cell, params and x of a bidirectional network with two layers of 3 and 2 units."""
    rng = np.random.default_rng(3)
    params = naive.random_params(
        rng, cell=request.param, n_features=F, hidden_sizes=(3, 2), n_outputs=N_OUTPUTS, bidirectional=True
    )
    return request.param, params, rng.normal(size=(B, T, F))


def test_last_takes_each_direction_where_it_ends(two_layers):
    cell, params, x = two_layers
    y_all = naive.forward(params, x, cell=cell, steps="all")[2]["y"]
    _, final, tape = naive.forward(params, x, cell=cell, steps="last")
    assert_array_equal(tape["y"], np.concatenate([y_all[:, -1, :2], y_all[:, 0, 2:]], axis=1))
    assert_array_equal(tape["y"], np.concatenate([final[1][0][0], final[1][1][0]], axis=1))


def test_backward_direction_is_the_forward_one_over_the_reversed_sequence(two_layers):
    cell, params, x = two_layers
    mirrored = dict(params)
    for letter in "WUb":
        mirrored[f"layer0.{letter}"] = params[f"layer0.reverse.{letter}"]
        mirrored[f"layer0.reverse.{letter}"] = params[f"layer0.{letter}"]
    one_layer = {name: p for name, p in params.items() if "layer1" not in name} | {"head.V": np.eye(6)[:, :N_OUTPUTS]}
    mirrored = {name: p for name, p in mirrored.items() if "layer1" not in name} | {"head.V": np.eye(6)[:, :N_OUTPUTS]}
    y = naive.forward(one_layer, x, cell=cell, steps="all")[2]["y"]
    y_mirrored = naive.forward(mirrored, x[:, ::-1], cell=cell, steps="all")[2]["y"]
    assert_array_equal(y_mirrored[:, ::-1, :3], y[:, :, 3:])
    assert_array_equal(y_mirrored[:, ::-1, 3:], y[:, :, :3])


def test_states_carry_over_a_cut_sequence():
    rng = np.random.default_rng(4)
    for cell in N_STATES:
        params = naive.random_params(rng, cell=cell, n_features=F, hidden_sizes=(3, 2), n_outputs=N_OUTPUTS)
        x = rng.normal(size=(B, T, F))
        whole, final, _ = naive.forward(params, x, cell=cell, steps="all")
        head, between, _ = naive.forward(params, x[:, :1], cell=cell, steps="all")
        tail, end, _ = naive.forward(params, x[:, 1:], cell=cell, steps="all", initial=between)
        assert_allclose(np.concatenate([head, tail], axis=1), whole, rtol=1e-13)
        assert_allclose(flat_states(end), flat_states(final), rtol=1e-13)


def test_dropout_mask_scales_what_the_next_layer_reads(two_layers):
    cell, params, x = two_layers
    column = np.array([0.0, 2.0, 1.0, 0.0, 3.0, 0.5])  # one factor for each output of layer 0, at all times
    masked, _, _ = naive.forward(params, x, cell=cell, dropout_masks=[np.tile(column, (T, B, 1)), None])
    scaled = dict(params)
    for name in ("layer1.W", "layer1.reverse.W"):
        scaled[name] = params[name] * column[:, None]
    assert_allclose(masked, naive.forward(scaled, x, cell=cell)[0], rtol=1e-13)


@pytest.mark.parametrize("steps", ["last", "all"])
def test_dropout_mask_of_the_last_layer_scales_what_the_head_reads(two_layers, steps):
    cell, params, x = two_layers
    mask = random_mask(np.random.default_rng(5), *([T] if steps == "all" else []), B, 4)
    masked, _, _ = naive.forward(params, x, cell=cell, steps=steps, dropout_masks=[None, mask])
    y = naive.forward(params, x, cell=cell, steps=steps)[2]["y"]
    for i in range(B):
        if steps == "last":
            assert_allclose(masked[i], (y[i] * mask[i]) @ params["head.V"] + params["head.b"], rtol=1e-13)
        else:
            for t in range(T):
                expected = (y[i, t] * mask[t, i]) @ params["head.V"] + params["head.b"]
                assert_allclose(masked[i, t], expected, rtol=1e-13)


def test_recurrent_mask_scales_h_on_its_way_to_the_recurrent_weights_only(two_layers):
    """The GRU's carried u h stays whole: a mask of 0.5 is the same as half of U, and not half of h."""
    cell, params, x = two_layers
    masks = [[np.full((B, H), 0.5) for _ in range(2)] for H in (3, 2)]
    halved = {name: 0.5 * p if name.endswith("U") else p for name, p in params.items()}
    masked, _, _ = naive.forward(params, x, cell=cell, recurrent_masks=masks)
    assert_allclose(masked, naive.forward(halved, x, cell=cell)[0], rtol=1e-13)


# ------------------------------------------------------------------------------------------- losses


@pytest.mark.parametrize(
    "loss, options, o, y, expected",
    [
        ("squared_error", {}, [3.0, 0.0], [1.0, 1.0], (2 + 0.5) / 2),
        ("absolute_error", {}, [3.0, 0.0], [1.0, 1.0], (2 + 1) / 2),
        ("huber", {"delta": 1.5}, [3.0, 0.0], [1.0, 1.0], (1.5 * (2 - 0.75) + 0.5) / 2),
        ("quantile", {"quantiles": (0.1, 0.75)}, [3.0, 0.0], [1.0], (0.9 * 2 + 0.75 * 1) / 2),
        (
            "quantile",
            {"quantiles": (0.1, 0.75)},
            [0.0, 3.0, 2.0, 2.0],
            [1.0, 4.0],
            (0.1 + 0.25 * 2 + 0.2 + 0.75 * 2) / 4,
        ),
        ("quantile", {"quantiles": (0.1,)}, [3.0, 0.0], [1.0, 1.0], (0.9 * 2 + 0.1 * 1) / 2),
        ("poisson", {}, [0.0, np.log(2)], [2.0, 3.0], (1 + 2 - 3 * np.log(2)) / 2),
        ("log_loss", {}, [0.0, np.log(3)], 0, np.log(4)),
        ("log_loss", {}, [1000.0, 0.0], 1, 1000.0),
    ],
)
def test_losses_by_hand(loss, options, o, y, expected):
    o, y = np.array(o), np.array(y)
    assert_allclose(naive.sample_losses(loss, o[None], y[None], **options), [expected], rtol=1e-14)
    o_steps, y_steps = np.stack([o, o, o])[None], np.stack([y, y, y])[None]
    assert_allclose(naive.sample_losses(loss, o_steps, y_steps, **options), [3 * expected], rtol=1e-14)


@pytest.mark.parametrize("per_step", [False, True])
@pytest.mark.parametrize("loss", sorted(naive.LOSSES))
def test_loss_gradients_meet_central_differences(loss, per_step):
    rng = np.random.default_rng(6)
    shape = (B, T, 6) if per_step else (B, 6)
    o, y = rng.normal(size=shape), rng.normal(size=shape)
    levels = {"quantiles": (0.1, 0.5, 0.9)}
    options = {"huber": {"delta": 0.8}, "quantile": levels, "noncrossing_quantile": dict(levels)}.get(loss, {})
    if loss in ("quantile", "noncrossing_quantile", "student_t"):
        y = y[..., :2]  # 2 targets, 3 quantiles or parameters
    elif loss == "gaussian":
        y = y[..., :3]
    elif loss in ("poisson", "negative_binomial"):
        y = np.floor(np.abs(3 * y))[..., : 6 if loss == "poisson" else 3]
    elif loss in ("gamma", "tweedie"):
        y = np.exp(y)
    elif loss == "log_loss":
        y = rng.integers(0, 6, size=shape[:-1])
    options["sample_weight"] = np.array([0.5, 0.0, 2.0])
    gradient = naive.total_loss_gradient(loss, o, y, **options)
    expected = naive.numerical_gradient(lambda a: naive.total_loss(loss, a, y, **options), o)
    assert naive.relative_error(gradient, expected) < 1e-6


def test_penalty_spares_biases_and_is_divided_by_the_weights():
    params = {"layer0.W": np.full(2, 2.0), "layer0.reverse.U": np.full(1, 3.0), "layer0.b": np.full(5, 9.0)}
    params |= {"head.V": np.full(1, 1.0), "head.b": np.full(5, 9.0), "head.S": np.full(1, 4.0)}
    o = np.zeros((2, 1))
    total = naive.total_loss("squared_error", o, o, params=params, alpha=0.1, sample_weight=np.array([1.0, 3.0]))
    assert_allclose(total, 0.5 * 0.1 * (4 + 4 + 9 + 1 + 16) / 4)


# ------------------------------------------------------------------------------------------- optimisers, schedules


def test_clip_global_norm():
    gradient = np.array([3.0, -4.0])
    assert_array_equal(naive.clip_global_norm(gradient, 5.0), gradient)
    assert_allclose(naive.clip_global_norm(gradient, 1.0), [0.6, -0.8], rtol=1e-15)
    assert_array_equal(naive.clip_global_norm(np.zeros(2), 1.0), np.zeros(2))


@pytest.mark.parametrize(
    "step, options, after_one, after_two",
    [
        (naive.sgd, {}, 0.8, 0.9),
        (naive.sgd, {"momentum": 0.5}, 0.8, 0.8),
        (naive.sgd, {"momentum": 0.5, "nesterov": True}, 0.7, 0.8),
        (naive.adam, {"epsilon": 0}, 0.9, 0.9 - 0.1 * ((0.18 - 0.1) / 0.19) / np.sqrt((0.003996 + 0.001) / 0.001999)),
        (naive.adam, {"epsilon": 2}, 0.95, None),
        (naive.adamw, {"epsilon": 0, "weight_decay": 0.5}, 0.95 - 0.1, None),
        (naive.rmsprop, {"rho": 0.75, "epsilon": 0}, 0.8, 0.8 + 0.1 / 1.0),
        (naive.rmsprop, {"rho": 0.75, "epsilon": 1}, 0.9, None),
    ],
)
def test_optimisers_by_hand(step, options, after_one, after_two):
    """From 1 with the gradients 2 and -1 at the rate 0.1."""
    theta, state = step(np.ones(1), np.full(1, 2.0), None, lr=0.1, **options)
    assert_allclose(theta, after_one, rtol=1e-12)
    if after_two is not None:
        theta, _ = step(theta, np.full(1, -1.0), state, lr=0.1, **options)
        assert_allclose(theta, after_two, rtol=1e-12)


def test_schedules_by_hand():
    assert naive.constant(0.1, 7) == 0.1
    assert_allclose([naive.invscaling(0.1, t) for t in (1, 4, 9)], [0.1, 0.05, 0.1 / 3])
    assert_allclose([naive.cosine(0.1, t, 6) for t in (0, 2, 3, 4, 6)], [0.1, 0.075, 0.05, 0.025, 0], atol=1e-16)
    for linear in (False, True):
        rates = [naive.one_cycle(0.1, t, 10, linear_warm_up=linear) for t in range(10)]
        assert_allclose([rates[i] for i in (0, 1, 2, 9)], [0.004, 0.052, 0.1, 1e-5], rtol=1e-12)
        assert (np.diff(rates[2:]) < 0).all()
    assert_allclose(naive.one_cycle(1.0, 2, 20, linear_warm_up=True), 0.04 + 0.96 * 2 / 5)


# ------------------------------------------------------------------------------------------- windows


def test_gather_by_hand():
    values = np.arange(12.0).reshape(6, 2)
    x = naive.gather_inputs(values, [3, 0], 3)
    assert_array_equal(x, [[[6, 7], [8, 9], [10, 11]], [[0, 1], [2, 3], [4, 5]]])
    y = naive.gather_targets(10 * np.arange(9.0), [0, 3], n_steps=2, n_outputs=2, stride=3)
    assert_array_equal(y, [[[0, 10], [30, 40]], [[30, 40], [60, 70]]])


@pytest.mark.parametrize(
    "scaler, shift, scale",
    [
        ("last", 3, 1),
        ("mean", 0, 3),
        ("standard", 1, np.sqrt(8)),
        ("robust", 3, 3),
        (None, 0, 1),
    ],
)
def test_window_scalers_by_hand(scaler, shift, scale):
    x = np.array([[[-3.0, 0.0, 7.0], [3.0, 0.0, 8.0], [3.0, 0.0, 9.0]]])
    got_shift, got_scale = naive.window_scale(x, scaler)
    assert_allclose(got_shift, [[shift]])
    assert_allclose(got_scale, [[scale]])
    scaled = naive.scale_windows(x, got_shift, got_scale, 2)
    assert_allclose(scaled[0, :, 0], (np.array([-3, 3, 3]) - shift) / scale)
    assert_allclose(scaled[0, :, 1], -shift / scale)
    assert_array_equal(scaled[:, :, 2], x[:, :, 2])
    y = np.array([[5.0, -1.0]])
    scaled = naive.scale_targets(y, got_shift, got_scale)
    assert_allclose(scaled, (y - shift) / scale)
    assert_allclose(naive.unscale_targets(scaled, got_shift, got_scale), y)


def test_a_constant_window_keeps_the_scale_one():
    x = np.full((1, 3, 1), 0.1)  # np.std of these is 1e-17, not 0
    assert_array_equal(naive.window_scale(x, "standard")[1], [[1.0]])
    for scaler in ("last", "mean", "standard", "robust"):
        assert_array_equal(naive.window_scale(np.zeros((1, 3, 1)), scaler), [[[0.0]], [[1.0]]])


# ------------------------------------------------------------------------------------------- inputs of several kinds


def test_features_by_hand():
    rows = np.array([[[[1.0, 5, 70, 1], [2, 6, 80, 0]], [[3, 7, 90, 1], [4, 8, 95, 1]]]])  # one window, 2 steps of 2
    params = {"E": np.array([[0.1, 0.2], [0.3, 0.4]])}
    x = naive.features_of(rows, params, [0, 1], [2], [("E", 3, False)])
    expected = [[1, 2, 5, 6, 80, 0.3, 0.4, 0.1, 0.2], [3, 4, 7, 8, 95, 0.3, 0.4, 0.3, 0.4]]
    assert_array_equal(x, [expected])
    x = naive.features_of(rows, params, [1], [], [("E", 3, True)])
    assert_array_equal(x, [[[5, 6, 0.1, 0.2], [7, 8, 0.3, 0.4]]])


def test_embedding_gradients_meet_central_differences(rng):
    rows = rng.normal(size=(3, 2, 2, 3))
    rows[..., 1:] = rng.integers(0, 3, (3, 2, 2, 2))
    params = {"E": rng.normal(size=(3, 2)), "G": rng.normal(size=(3, 1))}
    categories = [("E", 1, False), ("G", 2, True)]
    weights = rng.normal(size=naive.features_of(rows, params, [0], [], categories).shape)

    def value(params):
        return (weights * naive.features_of(rows, params, [0], [], categories)).sum()

    gradients = naive.embedding_gradients(rows, params, weights, categories)
    for name in params:
        expected = naive.numerical_gradient(lambda a, name=name: value({**params, name: a}), params[name])
        assert naive.relative_error(gradients[name], expected) < 1e-8


def test_decay_by_hand():
    x = np.array([[[2.0, 3, 0, 2], [2, 3, 1, 4]]])  # two rows a step: of a column, then of its times
    params = {"decay.w": np.array([0.5]), "decay.b": np.array([-1.0])}
    expected = [[[2, 3, 0, 2], [2, 3 * np.exp(-1), 1, 4]]]
    assert_allclose(naive.decayed(x, params, [(0, 1)], 2), expected)
    params["decay.b"][0] = 1
    expected = [[[2, 3 * np.exp(-2), 0, 2], [2 * np.exp(-1.5), 3 * np.exp(-3), 1, 4]]]
    assert_allclose(naive.decayed(x, params, [(0, 1)], 2), expected)


def test_gradients_of_decay_meet_central_differences(rng):
    x, pairs, m = rng.uniform(0.2, 2, size=(3, 4, 8)), [(0, 2), (1, 3)], 2
    params = {"decay.w": np.array([0.5, -0.3]), "decay.b": np.array([-0.4, 0.5])}
    weights = rng.normal(size=x.shape)

    def value(x=x, **changed):
        return (weights * naive.decayed(x, {**params, **changed}, pairs, m)).sum()

    dx, dw, db = naive.decay_gradients(x, params, weights, pairs, m)
    assert naive.relative_error(dx, naive.numerical_gradient(value, x)) < 1e-8
    assert (
        naive.relative_error(dw, naive.numerical_gradient(lambda a: value(**{"decay.w": a}), params["decay.w"])) < 1e-8
    )
    assert (
        naive.relative_error(db, naive.numerical_gradient(lambda a: value(**{"decay.b": a}), params["decay.b"])) < 1e-8
    )


@pytest.mark.parametrize("cell", ["elman", "gru", "lstm"])
def test_gradients_of_the_future_meet_central_differences(cell, rng):
    Q, n_future, n_linear = 3, 2, 1
    params = naive.random_params(rng, cell=cell, n_features=F, hidden_sizes=(4, 3), n_outputs=N_OUTPUTS)
    n_input = params["layer0.W"].shape[0]
    params["head.L"] = rng.normal(size=(T, n_linear, Q * N_OUTPUTS))
    params["decoder.P"], params["decoder.W"] = rng.normal(size=(n_input, Q, 3)), rng.normal(size=(n_input, n_future, 3))
    params["decoder.S"] = rng.normal(size=(n_future, N_OUTPUTS))
    x, future, y = rng.normal(size=(B, T, F)), rng.normal(size=(B, Q, n_future)), rng.normal(size=(B, Q, N_OUTPUTS))

    def value(params, x=x, future=future):
        return 0.5 * ((naive.forward(params, x, cell=cell, steps="segments", future=future)[0] - y) ** 2).sum()

    o, _, tape = naive.forward(params, x, cell=cell, steps="segments", future=future)
    gradients, dx, _ = naive.backward(params, tape, o - y)
    for name in params:
        expected = naive.numerical_gradient(lambda a, name=name: value({**params, name: a}), params[name])
        assert naive.relative_error(gradients[name], expected) < 1e-6, name
    assert naive.relative_error(dx, naive.numerical_gradient(lambda a: value(params, x=a), x)) < 1e-6
    expected = naive.numerical_gradient(lambda a: value(params, future=a), future)
    assert naive.relative_error(tape["d_future"], expected) < 1e-6


# ------------------------------------------------------------------------------------------- PyTorch


def to_torch(torch, module, cell, params, rng):
    """Copy the layers' weights; a bias is cut at random into bias_ih and bias_hh where PyTorch has both."""
    for layer in range(naive.count_layers(params)):
        for prefix in naive.directions(params, layer):
            W, U, b = (params[prefix + letter] for letter in "WUb")
            b_hh = rng.normal(size=U.shape[::2])
            if cell == "gru":  # n, r, u, m here; r, z, n there
                W, b_hh[2] = W[[1, 2, 0]], b[3]
                b_ih = np.stack([b[1] - b_hh[0], b[2] - b_hh[1], b[0]])
            else:
                b_ih = b - b_hh
            suffix = f"_l{layer}" + ("_reverse" if "reverse" in prefix else "")
            with torch.no_grad():
                for name, slots in (("weight_ih", W), ("weight_hh", U), ("bias_ih", b_ih), ("bias_hh", b_hh)):
                    stacked = np.concatenate([slot.T for slot in slots])
                    getattr(module, name + suffix).copy_(torch.from_numpy(stacked))


def from_torch(module, cell, params):
    """The gradients of the layers' weights, under our names and in our shapes."""
    gradients = {}
    for layer in range(naive.count_layers(params)):
        for prefix in naive.directions(params, layer):
            suffix = f"_l{layer}" + ("_reverse" if "reverse" in prefix else "")
            hidden = params[prefix + "b"].shape[1]

            def by_slot(name, suffix=suffix, hidden=hidden):
                gradient = getattr(module, name + suffix).grad.numpy()
                return gradient.reshape(-1, hidden, *gradient.shape[1:])

            W, U = by_slot("weight_ih").swapaxes(1, 2), by_slot("weight_hh").swapaxes(1, 2)
            b = by_slot("bias_ih")
            if cell == "gru":
                W, b = W[[2, 0, 1]], np.concatenate([b[[2, 0, 1]], by_slot("bias_hh")[2:]])
            gradients |= {prefix + "W": W, prefix + "U": U, prefix + "b": b}
    return gradients


def torch_forward(torch, module, cell, steps, x, states, head):
    """o and the final states (n_layers * n_directions, B, H), one for each state of the cell, all by PyTorch."""
    outputs, final = module(x, tuple(states) if cell == "lstm" else states[0])
    final = list(final) if cell == "lstm" else [final]
    n_directions = 1 + module.bidirectional
    y = torch.cat(list(final[0][-n_directions:]), dim=1) if steps == "last" else outputs
    x_skip = x[:, -1] if steps == "last" else x
    return y @ head["head.V"] + head["head.b"] + x_skip @ head["head.S"], final


@pytest.mark.parity
@pytest.mark.parametrize("n_layers", [1, 2])
@pytest.mark.parametrize("bidirectional", [False, True])
@pytest.mark.parametrize("steps", ["last", "all"])
@pytest.mark.parametrize("cell, activation", [c for c in CELLS if c[1] != "sigmoid"])
def test_network_equals_torch(torch, cell, activation, steps, bidirectional, n_layers):
    rng, hidden, n_directions = np.random.default_rng(7), 5, 1 + bidirectional
    params = naive.random_params(
        rng,
        cell=cell,
        n_features=F,
        hidden_sizes=(hidden,) * n_layers,
        n_outputs=N_OUTPUTS,
        bidirectional=bidirectional,
        input_skip=True,
    )
    x = rng.normal(size=(B, T, F))
    initial = random_states(rng, cell, (hidden,) * n_layers, bidirectional)
    d_final = random_states(rng, cell, (hidden,) * n_layers, bidirectional)
    o, final, tape = naive.forward(params, x, cell=cell, activation=activation, steps=steps, initial=initial)
    do = rng.normal(size=o.shape)
    gradients, dx, d_initial = naive.backward(params, tape, do, d_final)

    options = {"nonlinearity": activation} if cell == "elman" else {}
    kind = {"elman": torch.nn.RNN, "lstm": torch.nn.LSTM, "gru": torch.nn.GRU}[cell]
    module = kind(F, hidden, n_layers, batch_first=True, bidirectional=bidirectional, dtype=torch.float64, **options)
    to_torch(torch, module, cell, params, rng)

    def stack(states):  # [layer][direction] of (S, B, H) -> (S, n_layers * n_directions, B, H)
        return np.stack([s for layer in states for s in layer], axis=1)

    x_torch = torch.tensor(x, requires_grad=True)
    states = [torch.tensor(s, requires_grad=True) for s in stack(initial)]
    head = {name: torch.tensor(p, requires_grad=True) for name, p in params.items() if name.startswith("head")}
    o_torch, final_torch = torch_forward(torch, module, cell, steps, x_torch, states, head)
    value = (o_torch * torch.tensor(do)).sum()
    for state, d_state in zip(final_torch, stack(d_final), strict=True):
        value = value + (state * torch.tensor(d_state)).sum()
    value.backward()

    assert len(module._flat_weights) == 4 * n_layers * n_directions
    pairs = [("o", o, o_torch.detach()), ("dx", dx, x_torch.grad)]
    pairs += [("final", a, b.detach()) for a, b in zip(stack(final), final_torch, strict=True)]
    pairs += [("d_initial", a, s.grad) for a, s in zip(stack(d_initial), states, strict=True)]
    expected = from_torch(module, cell, params) | {name: p.grad.numpy() for name, p in head.items()}
    assert list(expected) == [name for name in params if not name.startswith("head")] + list(head)
    pairs += [(name, gradients[name], expected[name]) for name in params]
    for name, ours, theirs in pairs:
        assert naive.relative_error(ours, theirs) < 1e-10, name


@pytest.mark.parity
@pytest.mark.parametrize(
    "step, ours, torch_name, theirs",
    [
        (naive.sgd, {}, "SGD", {}),
        (naive.sgd, {"momentum": 0.9}, "SGD", {"momentum": 0.9}),
        (naive.sgd, {"momentum": 0.9, "nesterov": True}, "SGD", {"momentum": 0.9, "nesterov": True}),
        (naive.adam, {}, "Adam", {}),
        (naive.adam, {"beta_1": 0.8, "beta_2": 0.9, "epsilon": 1e-3}, "Adam", {"betas": (0.8, 0.9), "eps": 1e-3}),
        (naive.adamw, {"weight_decay": 0.1}, "AdamW", {"weight_decay": 0.1}),
        (naive.rmsprop, {}, "RMSprop", {}),
        (naive.rmsprop, {"rho": 0.9, "epsilon": 1e-3}, "RMSprop", {"alpha": 0.9, "eps": 1e-3}),
    ],
)
def test_ten_steps_equal_torch(torch, step, ours, torch_name, theirs):
    rng = np.random.default_rng(8)
    A, goal, theta, state = rng.normal(size=(6, 6)), rng.normal(size=6), rng.normal(size=6), None
    theta_torch = torch.tensor(theta, requires_grad=True)
    optimiser = getattr(torch.optim, torch_name)([theta_torch], lr=0.05, **theirs)
    for _ in range(10):
        theta, state = step(theta, A.T @ (A @ theta - goal), state, lr=0.05, **ours)
        optimiser.zero_grad()
        (0.5 * (torch.tensor(A) @ theta_torch - torch.tensor(goal)) ** 2).sum().backward()
        optimiser.step()
    assert naive.relative_error(theta, theta_torch.detach()) < 1e-10


@pytest.mark.parity
@pytest.mark.parametrize("n_updates", [7, 20])
@pytest.mark.parametrize("schedule", ["cosine", "one_cycle", "one_cycle_linear_warm_up"])
def test_schedules_equal_torch(torch, schedule, n_updates):
    optimiser = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.1)
    if schedule == "cosine":
        theirs = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, n_updates)
        expected = [naive.cosine(0.1, t, n_updates) for t in range(n_updates)]
    else:
        theirs = torch.optim.lr_scheduler.OneCycleLR(optimiser, 0.1, n_updates, cycle_momentum=False)
        expected = [naive.one_cycle(0.1, t, n_updates, end_divisor=25e4) for t in range(n_updates)]
    if schedule == "one_cycle_linear_warm_up":  # PyTorch has no such mix: its linear form is linear both ways
        peak = int(0.3 * n_updates - 1)
        theirs = torch.optim.lr_scheduler.OneCycleLR(
            optimiser, 0.1, n_updates, cycle_momentum=False, anneal_strategy="linear"
        )
        expected = [naive.one_cycle(0.1, t, n_updates, linear_warm_up=True) for t in range(peak + 1)]
    rates = []
    for _ in expected:
        rates.append(optimiser.param_groups[0]["lr"])
        optimiser.step()
        theirs.step()
    assert_allclose(rates, expected, rtol=1e-10)


@pytest.mark.parity
def test_losses_equal_torch(torch):
    rng = np.random.default_rng(9)
    o, y, classes = rng.normal(size=(B, 4)), rng.normal(size=(B, 4)), rng.integers(0, 4, size=B)
    functional, o_t, y_t = torch.nn.functional, torch.tensor(o), torch.tensor(y)
    pairs = [
        (naive.squared_error(o, y), 0.5 * functional.mse_loss(o_t, y_t, reduction="none")),
        (naive.absolute_error(o, y), functional.l1_loss(o_t, y_t, reduction="none")),
        (naive.huber(o, y, 0.8), functional.huber_loss(o_t, y_t, reduction="none", delta=0.8)),
        (naive.poisson(o, y), functional.poisson_nll_loss(o_t, y_t, reduction="none")),
        (naive.log_loss(o, classes), functional.cross_entropy(o_t, torch.tensor(classes), reduction="none")),
    ]
    for ours, theirs in pairs:
        assert_allclose(ours, theirs, rtol=1e-12)
