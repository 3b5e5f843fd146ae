"""Drive the kernels over plain arrays, as the trainer does, and give their numbers to the naive twin."""

from dataclasses import dataclass, replace

import naive
import numpy as np

from rnnforecast.kernels import engine
from rnnforecast.kernels import plan as p
from rnnforecast.kernels.cells import CELLS
from rnnforecast.kernels.losses import LOSSES
from rnnforecast.kernels.optimisers.optimiser import LOSS, N_SUMS, WEIGHT
from rnnforecast.kernels.scalers import SCALERS
from rnnforecast.kernels.stack import transpose_weights
from rnnforecast.network.network import Network
from rnnforecast.network.objective import ALONE
from rnnforecast.network.windows import Windows
from rnnforecast.network.workspace import make_workspace

DROPOUT, RECURRENT_DROPOUT = 0.4, 0.3


@dataclass(frozen=True)
class Problem:
    """A network, its parameters and its samples, with dropout masks where it has dropout."""

    network: Network
    windows: Windows
    theta: np.ndarray  # (K, P)
    loss: str = "squared_error"
    param: tuple = (0.5,)
    dropout: bool = False
    recurrent_dropout: bool = False

    def workspace(self, rows=8, **options):
        rates = {"dropout": DROPOUT * self.dropout, "recurrent_dropout": RECURRENT_DROPOUT * self.recurrent_dropout}
        return make_workspace(self.network, self.windows, LOSSES[self.loss], **rates, rows=rows, **options)

    def keep(self, workspace):
        """The masks of all samples, (n, columns of the masks)."""
        chances = np.random.default_rng(5).random((len(self.windows), len(workspace.keep)))
        return (chances < workspace.keep).astype(np.uint8)

    @property
    def keep_scale(self):
        return (1 / (1 - np.array([DROPOUT, RECURRENT_DROPOUT]))).astype(self.theta.dtype)


def make_problem(
    cell="elman", *, hidden_sizes=(5,), n_features=3, n_outputs=2, n_targets=None, T=5, n=11, dtype=np.float64,
    loss="squared_error", param=(0.5,), weighted=True, n_networks=1, dropout=False, recurrent_dropout=False,
    seed=0, **options,
):  # fmt: skip
    """A Problem of random numbers; `options` are those of Network."""
    rng = np.random.default_rng(seed)
    network = Network(CELLS[cell], n_features, tuple(hidden_sizes), n_outputs, **options)
    network_steps = network.n_out_steps(T)
    steps = (network_steps,) if network.per_step or network.n_segments else ()
    x = rng.normal(size=(n, T, n_features)).astype(dtype)
    y = random_targets(rng, loss, (n, *steps, n_targets or n_outputs), n_outputs).astype(dtype)
    weights = (rng.uniform(0.5, 2, n) if weighted else np.ones(n)).astype(dtype)
    theta = (0.5 * rng.normal(size=(n_networks, network.layout.size))).astype(dtype)
    windows = Windows.from_arrays(x, y, weights)
    return Problem(network, windows, theta, loss, tuple(param), dropout, recurrent_dropout)


def random_targets(rng, loss, shape, n_outputs):
    if loss == "log_loss":
        return rng.integers(0, n_outputs, (*shape[:-1], 1))
    if loss in ("poisson", "negative_binomial"):
        return rng.poisson(2.0, shape)
    return rng.gamma(2.0, size=shape) if loss in ("gamma", "tweedie") else rng.normal(size=shape)


def loss_options(loss, param):
    """The numbers of a loss as options of the naive twin."""
    one, many = {"huber": "delta", "tweedie": "power"}.get(loss), {"quantile", "noncrossing_quantile"}
    return {one: float(param[0])} if one else {"quantiles": tuple(map(float, param))} if loss in many else {}


def with_scaler(problem, scaler, *, n_scaled=1, n_columns=None, n_targets=2, seed=1):
    """The same network over overlapping windows of one series, each scaled by itself."""
    T, F = problem.windows.n_timesteps, problem.network.n_features
    n, per_step = len(problem.windows), problem.network.per_step
    rng, dtype = np.random.default_rng(seed), problem.theta.dtype
    n_columns = n_columns or F
    rows = n + T * F // n_columns + (T + 2) * n_targets
    series = (3 + rng.normal(size=(rows, n_columns))).astype(dtype)
    target = (3 + rng.normal(size=rows)).astype(dtype)
    starts = np.arange(n, dtype=np.int64) * n_columns
    return replace(
        problem,
        windows=Windows(
            series.reshape(-1), starts, T, F, target, np.arange(n, dtype=np.int64) + T, n_targets,
            1 if per_step else 0, problem.windows.weights, SCALERS.get(scaler), n_columns, n_scaled,
        ),
    )  # fmt: skip


def transposed(problem, workspace):
    theta_T = problem.theta.copy()
    for theta, target in zip(problem.theta, theta_T, strict=True):
        transpose_weights(workspace.plan, theta, target)
    return theta_T


def end(network, n_slabs=0, row=0):
    """A job that updates a network, or only transposes its weights."""
    return (network, 0, 0, n_slabs, 0, row)


def run_train(problem, jobs, *, rows=8, order=None, fill=np.nan, guard=0, **state):
    """(slabs, sums) of the training kernel; the weights are transposed before.

    `state` is what updates need: optimiser, theta, moments, counts, rate, penalty and hyper.
    """
    w, n, dtype = problem.windows, len(problem.windows), problem.theta.dtype
    workspace = problem.workspace(rows, optimiser=state.get("optimiser"))
    jobs = np.array([*(end(k) for k in range(len(problem.theta))), *jobs], dtype=np.int64)
    n_slabs = max(1, len(jobs))
    theta = state.get("theta", problem.theta)
    slabs = np.full((n_slabs, problem.network.layout.size), fill, dtype)
    sums = np.full((n_slabs, N_SUMS), fill, dtype)
    arena = np.full(workspace.arena_size + guard, fill, dtype)
    none = np.zeros(0, dtype)
    engine.train(
        theta, theta.copy(), state.get("moments", np.zeros((0, 2, 0), dtype)), state.get("counts", np.zeros(0, int)),
        workspace.plan, w.values, w.starts, w.futures_or_none, w.targets, w.offsets, w.weights,
        np.arange(n) if order is None else order, jobs, np.full(len(jobs), state.get("rate", 0), dtype),
        problem.keep(workspace), problem.keep_scale,
        np.array(problem.param, dtype), state.get("penalty", none), state.get("hyper", none), arena, slabs, sums,
        *ALONE,
    )  # fmt: skip
    assert np.array_equal(arena[workspace.arena_size :], np.full(guard, fill, dtype), equal_nan=True)
    return slabs, sums


def run_gradient(problem, *, jobs=None, order=None, **options):
    """(slabs, losses) of the training kernel; jobs are (network, first, stop), by default one with all samples."""
    n = len(problem.windows) if order is None else len(order)
    jobs = [(0, 0, n)] if jobs is None else jobs
    table = [(k, first, stop, i, first, i) for i, (k, first, stop) in enumerate(jobs)]
    slabs, sums = run_train(problem, table, order=order, **options)
    weights = problem.windows.weights[np.arange(n) if order is None else order]
    for i, (_, first, stop) in enumerate(jobs):
        np.testing.assert_allclose(sums[i, WEIGHT], weights[first:stop].sum(), rtol=1e-6)
    return slabs[: len(jobs)], sums[: len(jobs), LOSS]


def run_predict(problem, *, rows=8, initial=None, first=0, stop=None):
    """(outputs, final states) of the prediction kernel; what it did not write is NaN."""
    w, network, dtype = problem.windows, problem.network, problem.theta.dtype
    n, steps = len(w), network.n_out_steps(w.n_timesteps)
    workspace = make_workspace(network, w, rows=rows)
    outputs = np.full((n, steps, network.n_outputs), np.nan, dtype)
    final = np.full((n, network.state_size), np.nan, dtype)
    jobs = np.array([[0, first, n if stop is None else stop]])
    engine.predict(
        problem.theta, workspace.plan, w.values, w.starts, w.futures_or_none, np.arange(n), jobs,
        np.zeros((0, network.state_size), dtype) if initial is None else initial, np.zeros((0, 0), np.uint8),
        problem.keep_scale, np.full(workspace.arena_size, np.nan, dtype), outputs, final, np.empty((0, 2), dtype),
    )  # fmt: skip
    return outputs, final


# ---- the same numbers for the naive twin -----------------------------------------------------------------------------


def naive_cell(name):
    """Arguments `cell` and `activation` of naive.forward."""
    cell, _, activation = name.partition("_")
    return {"cell": cell, "activation": activation or "tanh"}


def naive_arguments(problem):
    """Keyword arguments of naive.forward, dropout masks included."""
    network, workspace = problem.network, problem.workspace()
    steps = "all" if network.per_step else "segments" if network.n_segments else "last"
    arguments = naive_cell(network.cell.name) | {"steps": steps}
    if network.decoder == "sequential":
        arguments |= {"steps": "in turn", "segments": network.n_segments}
    keep, (scale, recurrent_scale) = problem.keep(workspace), problem.keep_scale
    n, T = len(keep), problem.windows.n_timesteps
    rows = {(layer, d): workspace.plan[1 + i] for i, (layer, d, _) in enumerate(network.prefixes())}

    def columns(at, size):
        return keep[:, at : at + size]

    if problem.dropout:
        masks = []
        for layer, H in enumerate(network.hidden_sizes):
            D, at = H * network.n_directions, rows[layer, 0][p.KEEP_AT]
            last = layer == network.n_layers - 1
            length = network.n_out_steps(T) if last else T
            every = not last or network.per_step or network.n_segments
            mask = columns(at, length * D).reshape(n, length, D).swapaxes(0, 1) if every else columns(at, D)
            masks.append(scale * mask)
        arguments["dropout_masks"] = masks
    if problem.recurrent_dropout:
        arguments["recurrent_masks"] = [
            [recurrent_scale * columns(rows[layer, d][p.RECURRENT_KEEP_AT], H) for d in range(network.n_directions)]
            for layer, H in enumerate(network.hidden_sizes)
        ]
    return arguments


def naive_data(problem):
    """x (n, T, F), y, and the shift and scale of each window (None without a scaler)."""
    w, network = problem.windows, problem.network
    T, F = w.n_timesteps, w.n_features
    steps = network.n_out_steps(T)
    x = np.stack([w.values[s : s + T * F] for s in w.starts])
    y = naive.gather_targets(w.targets, w.offsets, steps, w.n_targets, w.stride)
    y = y if network.per_step or network.n_segments else y[:, 0]
    if problem.loss == "log_loss":
        y = y[..., 0]
    if w.scaler is None:
        return x.reshape(-1, T, F), y, None
    by_row = x.reshape(len(x), -1, w.n_columns)
    shift, scale = naive.window_scale(by_row, w.scaler.name)
    x = naive.scale_windows(by_row, shift, scale, w.n_scaled).reshape(-1, T, F)
    return x, naive.scale_targets(y, shift, scale), (shift, scale)


def naive_gradient(problem, network_index=0, samples=None):
    """(gradients by name, loss) as the kernel sums them: not divided by the sum of the weights."""
    x, y, _ = naive_data(problem)
    params, weights = problem.network.layout.views(problem.theta[network_index]), problem.windows.weights
    samples = np.arange(len(x)) if samples is None else samples
    options = loss_options(problem.loss, problem.param)
    arguments = {
        "loss": problem.loss, "loss_options": options, "sample_weight": weights[samples], **naive_arguments(problem)
    }  # fmt: skip
    total = weights[samples].sum()
    gradients, _, _ = naive.objective_gradient(params, x[samples], y[samples], **arguments)
    loss = naive.objective(params, x[samples], y[samples], **arguments)
    return {name: total * g for name, g in gradients.items()}, total * loss


def assert_gradients(network, gradient, expected, tolerance):
    """Each named part of the flat gradient, relative to the largest number of its expectation."""
    for name, part in network.layout.views(gradient).items():
        error = naive.relative_error(part, expected[name])
        assert error < tolerance, f"{name}: {error}"
