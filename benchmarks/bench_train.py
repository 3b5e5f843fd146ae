"""One optimiser step (forward, backward, clip, Adam) against PyTorch, alternating in one process.

A call does some steps in a row, as an epoch of `fit` does; printed are milliseconds a step. A line names threads, cell,
batch, time steps, features, hidden units and layers, and ends with our rate as a share of the sgemm rate of as many
cores, measured on one in turns with the rivals, for the machine's pace changes within minutes; all by their medians.
FLOPs are counted as 3 * 2 * B * T * gates * H * (F + H). With two threads it also says how much more two cores multiply
at once than one, each a matrix of its own: what the machine leaves to be gained.

Run: python benchmarks/bench_train.py [--threads 1 2] [--cells lstm gru elman] [--repeats 15] [--quick]
"""

import statistics

import numpy as np
import torch
from measure import alternate, compare, head, one_blas_thread, parse, ratio, sgemm, torch_network

from rnnforecast.kernels.cells import CELLS
from rnnforecast.kernels.losses import LOSSES
from rnnforecast.kernels.optimisers import OPTIMISERS
from rnnforecast.network.course import Course
from rnnforecast.network.epochs import Epochs, _Lap
from rnnforecast.network.network import Network
from rnnforecast.network.objective import Objective, Weights, ends
from rnnforecast.network.threads import n_threads, workers
from rnnforecast.network.training import Progress, Settings
from rnnforecast.network.windows import Windows

SIZES = [
    (32, 24, 1, 16, 1),
    (32, 24, 1, 32, 1),
    (32, 48, 1, 64, 1),
    (32, 96, 8, 64, 1),
    (64, 96, 8, 128, 1),
    (128, 96, 8, 256, 1),
    (32, 168, 1, 64, 2),
]
GATES = {"lstm": 4, "gru": 3, "elman": 1}
HYPER = {"beta_1": 0.9, "beta_2": 0.999, "epsilon": 1e-8}


def our_steps(objective, threads, run):
    """A function that does one pass of ours over the windows."""
    settings, rng = Settings(max_grad_norm=1.0, hyper=HYPER, batch_size=objective.batch_size), np.random.default_rng(0)
    progress = Progress.start(objective.network.initial_theta(rng, np.float32))
    course = Course(objective, 0, progress, settings, rng, None)
    weights = Weights(progress.theta[None].copy())
    epochs = Epochs(objective, weights, [course], settings, lambda course: None, run=run, n_threads=threads)
    epochs.do(ends([0]))
    lap = _Lap(objective, [course])
    return lambda: epochs.epoch(lap)


def torch_steps(cell, X, y, batch_size, H, layers):
    """A function that does one pass of PyTorch's over the windows."""
    rnn, linear = torch_network(cell, X.shape[2], H, layers)
    parameters = [*rnn.parameters(), *linear.parameters()]
    optimiser = torch.optim.Adam(parameters, lr=1e-3, fused=True)
    batches = list(zip(torch.from_numpy(X).split(batch_size), torch.from_numpy(y).split(batch_size), strict=True))

    def steps():
        for X, y in batches:
            optimiser.zero_grad()
            loss = 0.5 * torch.nn.functional.mse_loss(linear(rnn(X)[0][:, -1]), y)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(parameters, 1.0)
            optimiser.step()

    return steps


def measure(cell, size, threads, repeats):
    """Seconds of each rival's calls and of matrix products', and how many steps a call does."""
    B, T, F, H, layers = size
    n_steps = max(4, 256 // H)
    X = np.random.default_rng(0).normal(size=(n_steps * B, T, F)).astype(np.float32)
    y = X[:, -1, :1].copy()
    objective = Objective(
        Network(CELLS[cell], F, (H,) * layers, 1), Windows.from_arrays(X, y), LOSSES["squared_error"],
        OPTIMISERS["adam"], loss_parameters=(1.0,), batch_size=B,
    )  # fmt: skip
    threads = n_threads(threads, objective.n_chunks(len(X)), objective.work(B))  # one where more would not pay, as fit
    with workers(threads) as run, one_blas_thread():
        rivals = {"ours": our_steps(objective, threads, run), "PyTorch": torch_steps(cell, X, y, B, H, layers)}
        if threads > 1:
            rivals["ours on one thread"] = our_steps(objective, 1, run)
        multiply, _ = sgemm()
        rivals["sgemm"] = multiply
        if threads > 1:
            rivals["sgemm on all"] = lambda: run(lambda *_: multiply(), threads)
        return alternate(rivals, repeats, calls=1 if H > 128 else 3, warm=2), n_steps


def main():
    arguments = parse(__doc__, repeats=15, quick=1, threads=[1, 2], cells=list(GATES))
    head()
    for threads in arguments.threads:
        torch.set_num_threads(threads)
        for cell in arguments.cells:
            ratios = []
            for size in SIZES[:4] if arguments.quick else SIZES:
                B, T, F, H, layers = size
                times, n_steps = measure(cell, size, threads, arguments.repeats)
                flops = 6 * B * T * GATES[cell] * (H * (F + H) + (layers - 1) * H * 2 * H)
                alone = statistics.median(times.pop("sgemm"))
                ceiling = sgemm()[1] / alone
                at_once = times.pop("sgemm on all", None)
                share = 100 * flops * n_steps / statistics.median(times["ours"]) / ceiling / threads
                label = f"threads {threads} {cell:5s} {B:4d} {T:4d} {F:2d} {H:4d} {layers}"
                more = f", {share:3.0f} % of {ceiling / 1e9:.0f} GFLOP/s"
                if at_once:
                    more += f"; {threads} products at once {threads * alone / statistics.median(at_once):.2f} of one"
                compare(label, times, per=n_steps, more=more)
                ratios.append(ratio(times, "PyTorch", "ours"))
            mean = statistics.geometric_mean(ratios)
            print(f"threads {threads} {cell}: geometric mean {mean:.2f}, least {min(ratios):.2f}", flush=True)


if __name__ == "__main__":
    main()
