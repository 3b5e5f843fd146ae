"""Problems whose rows have columns of several kinds, and their numbers for the naive twin."""

from dataclasses import replace

import naive
import numpy as np
from kernels_support import Problem, assert_gradients, naive_arguments, run_gradient, run_predict
from numpy.testing import assert_allclose

from rnnforecast.kernels.cells import CELLS
from rnnforecast.kernels.scalers import SCALERS
from rnnforecast.network.inputs import Category, Inputs
from rnnforecast.network.network import Network
from rnnforecast.network.windows import Windows

STATIC, ROWWISE, FUTURE = Category(3, 2, is_static=True), Category(4, 1), Category(3, 2, is_future=True)

# Inputs, and what the network is beside its cell; every problem has windows of 8 rows.
KINDS = {
    "numbers": (Inputs(1, 3, rows_per_step=4), {}),
    "static": (Inputs(2, 3, n_static=2, rows_per_step=4), {"n_linear": 2}),
    "static_alone": (Inputs(1, 1, n_static=1), {"n_linear": 8}),
    "category": (Inputs(1, 1, categories=(STATIC,)), {"bidirectional": True, "hidden_sizes": (4,)}),
    "categories": (Inputs(1, 2, n_static=1, categories=(ROWWISE, STATIC), rows_per_step=4), {"n_linear": 2}),
    "categories_per_step": (Inputs(1, 2, categories=(STATIC, ROWWISE)), {"per_step": True, "input_skip": True}),
    "future": (Inputs(2, 4, (2, 4)), {"n_segments": 3}),
    "future_mimo": (Inputs(2, 3, (1, 3)), {"n_segments": 1, "n_linear": 8}),
    "future_segments": (Inputs(2, 4, (1, 3), rows_per_step=4), {"n_segments": 3, "n_linear": 2, "hidden_sizes": (4,)}),
    "future_category": (Inputs(1, 1, categories=(FUTURE,), rows_per_step=4), {"n_segments": 3}),
    "decay": (Inputs(1, 2, decay=((0, 1),)), {"n_linear": 8, "hidden_sizes": (4,)}),
    "decays": (
        Inputs(2, 5, decay=((1, 3), (2, 3), (0, 4)), rows_per_step=4), {"n_linear": 2, "bidirectional": True}
    ),
    "everything": (
        Inputs(3, 6, (1, 4), 2, (FUTURE, STATIC, ROWWISE, FUTURE), rows_per_step=4, decay=((3, 4), (0, 5))),
        {"n_segments": 3, "n_linear": 2},
    ),
    "everything_at_once": (
        Inputs(3, 5, (1, 4), 1, (STATIC, ROWWISE, FUTURE), decay=((1, 4),)),
        {"n_segments": 1, "n_linear": 8, "hidden_sizes": (4,)},
    ),
}  # fmt: skip
SEQUENTIAL = {
    "in_turn": (Inputs(1, 1), {"n_segments": 3}),
    "in_turn_one": (Inputs(1, 1), {"n_segments": 1, "n_linear": 8}),
    "in_turn_wide": (Inputs(1, 1, rows_per_step=4), {"n_segments": 2, "n_outputs": 10, "hidden_sizes": (4,)}),
    "in_turn_future": (Inputs(2, 4, (1, 3), rows_per_step=4), {"n_segments": 3, "n_linear": 2}),
    "in_turn_everything": (
        Inputs(3, 6, (1, 4), 2, (FUTURE, STATIC, ROWWISE, FUTURE), rows_per_step=4, decay=((3, 4), (0, 5))),
        {"n_segments": 3, "n_linear": 2, "hidden_sizes": (3, 4)},
    ),
}
SEQUENTIAL = {kind: (inputs, {"decoder": "sequential"} | words) for kind, (inputs, words) in SEQUENTIAL.items()}
N_ROWS = 8


def make_inputs_problem(
    kind, cell="elman", *, scaler=None, n=9, dtype=np.float64, seed=0, dropout=False, missing=0.0, **options
):
    """A Problem of one of the KINDS: overlapping windows, and targets that are not in them, some of them `missing`."""
    rng = np.random.default_rng(seed)
    inputs, words = (KINDS | SEQUENTIAL)[kind]
    words = {"hidden_sizes": (4, 3), "n_outputs": 2} | words | options
    network = Network(CELLS[cell], inputs.n_features, inputs=inputs, **words)
    T, Q, C = N_ROWS // inputs.rows_per_step, max(network.n_segments, 1), inputs.n_columns
    n_targets, rows = network.rows_per_answer, n + N_ROWS + network.rows_per_answer * Q
    series = rng.normal(size=(rows, C))
    series[:, 0] += 2
    for i, category in enumerate(inputs.categories):
        series[:, inputs.n_rowwise + inputs.n_static + i] = rng.integers(0, category.n_levels, rows)
    for _, delta in inputs.decay:
        series[:, delta] = rng.integers(0, 4, rows) * rng.uniform(0.5, 1, rows)
    firsts = rng.permutation(n)
    futures = (firsts + N_ROWS) * C if inputs.has_future else None
    targets = rng.normal(size=rows + network.n_out_steps(T) * n_targets)
    targets[rng.random(len(targets)) < missing] = np.nan
    windows = Windows(
        values=series.astype(dtype).reshape(-1), starts=firsts * C, n_timesteps=T, n_features=inputs.rows_per_step * C,
        targets=targets.astype(dtype), offsets=firsts, n_targets=n_targets,
        stride=n_targets, weights=rng.uniform(0.5, 2, n).astype(dtype), scaler=SCALERS.get(scaler), n_columns=C,
        n_scaled=inputs.n_scaled, futures=futures,
    )  # fmt: skip
    theta = (0.3 * rng.normal(size=(1, network.layout.size))).astype(dtype)
    return Problem(network, windows, theta, dropout=dropout)


def naive_rows(problem):
    """Rows (n, T, m, C), those of the segments (n, Q, O, C) or None, and shift and scale or None; all scaled."""
    w, network, inputs = problem.windows, problem.network, problem.network.inputs
    n, C, m = len(w), w.n_columns, inputs.rows_per_step
    rows = np.stack([w.values[s : s + N_ROWS * C] for s in w.starts]).reshape(n, N_ROWS, C)
    future = None
    if inputs.has_future:
        shape = (network.n_segments * w.n_targets, C)
        future = np.stack([w.values[s : s + np.prod(shape)] for s in w.futures]).reshape(n, *shape)
    scaling = None
    if w.scaler is not None:
        scaling = naive.window_scale(rows, w.scaler.name)
        rows = naive.scale_windows(rows, *scaling, inputs.n_scaled)
        if future is not None:
            future = naive.scale_windows(future, *scaling, inputs.n_scaled)
    rows = rows.reshape(n, -1, m, C)
    return rows, future if future is None else future.reshape(n, network.n_segments, -1, C), scaling


def naive_categories(inputs):
    """(name, column, is_static) of all categories, and of those that are known in the future."""
    first = inputs.n_rowwise + inputs.n_static
    every = [(f"embedding{i}.E", first + i, c.is_static) for i, c in enumerate(inputs.categories)]
    return every, [one for one, c in zip(every, inputs.categories, strict=True) if c.is_future]


def naive_features(problem, params):
    """x (n, T, F) before the decay, the future (n, Q, n_future) or None, and shift and scale or None."""
    inputs, (rows, future, scaling) = problem.network.inputs, naive_rows(problem)
    every, known = naive_categories(inputs)
    static = range(inputs.n_rowwise, inputs.n_rowwise + inputs.n_static)
    x = naive.features_of(rows, params, range(inputs.n_rowwise), static, every)
    if future is not None:
        future = naive.features_of(future, params, range(*inputs.future), [], known)
    return x, future, scaling


def naive_outputs(problem):
    """What the network answers, (n, steps, O), on the scale of the series."""
    params = problem.network.layout.views(problem.theta[0])
    x, future, scaling = naive_features(problem, params)
    x = naive.decayed(x, params, problem.network.inputs.decay, problem.network.inputs.rows_per_step)
    o, _, _ = naive.forward(params, x, future=future, **naive_arguments(problem), **naive_start(problem, scaling))
    o = o if o.ndim == 3 else o[:, None]
    return naive.unscale_targets(o, *scaling) if scaling else o


def naive_inputs_gradient(problem):
    """(gradients by name, loss), summed as the kernel sums them."""
    w, network = problem.windows, problem.network
    params = network.layout.views(problem.theta[0])
    plain, future, scaling = naive_features(problem, params)
    pairs, m = network.inputs.decay, network.inputs.rows_per_step
    x = naive.decayed(plain, params, pairs, m)
    y = naive.gather_targets(w.targets, w.offsets, network.n_out_steps(w.n_timesteps), w.n_targets, w.stride)
    y = y if network.per_step or network.n_segments else y[:, 0]
    if scaling:
        y = naive.scale_targets(y, *scaling)
    start = naive_start(problem, scaling, y)
    o, _, tape = naive.forward(params, x, future=future, **naive_arguments(problem), **start)
    total = w.weights.sum()
    do = total * naive.total_loss_gradient(problem.loss, o, y, sample_weight=w.weights)
    gradients, dx, _ = naive.backward(params, tape, do)
    dx, gradients["decay.w"], gradients["decay.b"] = naive.decay_gradients(plain, params, dx, pairs, m)
    rows, future_rows, _ = naive_rows(problem)
    every, known = naive_categories(network.inputs)
    gradients |= naive.embedding_gradients(rows, params, dx, every)
    if known:
        for name, gradient in naive.embedding_gradients(future_rows, params, tape["d_future"], known).items():
            gradients[name] = gradients[name] + gradient
    return gradients, total * naive.total_loss(problem.loss, o, y, sample_weight=w.weights)


def naive_start(problem, scaling, targets=None):
    """What a sequential decoder reads beside the future: the last values of each window, and the targets if given."""
    w, O = problem.windows, problem.network.n_outputs
    if problem.network.decoder != "sequential":
        return {}
    first = np.stack([w.values[s : s + N_ROWS * w.n_columns : w.n_columns] for s in w.starts])
    first = np.concatenate([np.repeat(first[:, :1], O, axis=1), first], axis=1)[:, -O:]
    return {"first": naive.scale_targets(first, *scaling) if scaling else first, "targets": targets}


def as_dtype(problem, dtype):
    """The same problem in another dtype."""
    w = problem.windows
    arrays = {name: getattr(w, name).astype(dtype) for name in ("values", "targets", "weights")}
    return replace(problem, theta=problem.theta.astype(dtype), windows=replace(w, **arrays))


# ---- what holds for every problem ------------------------------------------------------------------------------------


def assert_gradient_matches_naive(problem, tolerance=1e-11):
    expected, expected_loss = naive_inputs_gradient(problem)
    (gradient,), (loss,) = run_gradient(problem, guard=16)
    assert_allclose(loss, expected_loss, rtol=tolerance)
    assert_gradients(problem.network, gradient, expected, tolerance)


def assert_gradient_matches_differences(problem):
    """Of the kernel's own loss, for each group of parameters by itself."""

    def loss(theta):
        return run_gradient(replace(problem, theta=theta[None]))[1][0]

    (gradient,), _ = run_gradient(problem)
    numerical = naive.numerical_gradient(loss, problem.theta[0])
    assert_gradients(problem.network, gradient, problem.network.layout.views(numerical), 1e-6)


def assert_prediction_matches_naive(problem):
    outputs, _ = run_predict(problem)
    assert_allclose(outputs, naive_outputs(problem), rtol=1e-11, atol=1e-11)


def assert_float32_follows_float64(problem):
    expected, expected_loss = naive_inputs_gradient(problem)
    single = as_dtype(problem, np.float32)
    (gradient,), (loss,) = run_gradient(single)
    assert gradient.dtype == np.float32
    assert_gradients(problem.network, gradient, expected, 5e-5)
    assert_allclose(loss, expected_loss, rtol=1e-4)
    outputs, _ = run_predict(single)
    assert_allclose(outputs, naive_outputs(problem), rtol=1e-4, atol=1e-4)
