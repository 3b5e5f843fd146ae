"""One optimiser step (forward, backward, clip, Adam) against PyTorch, alternating in one process.

Printed are medians in milliseconds with the quartiles, PyTorch's time over ours, and our rate as a share of the
single-core sgemm rate measured in the same run. FLOPs are counted as 3 * 2 * B * T * slots * H * (F + H).

Run: python benchmarks/bench_train.py [--threads 1] [--cells lstm gru elman] [--repeats 15]
"""

import argparse
import statistics
import time

import numpy as np
import torch
from threadpoolctl import threadpool_limits

from rnnforecast.kernels.cells import CELLS
from rnnforecast.kernels.losses import LOSSES
from rnnforecast.network.network import Network
from rnnforecast.network.objective import Objective
from rnnforecast.network.threads import workers
from rnnforecast.network.training import Progress, Settings, _Epochs
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


def our_step(cell, B, T, F, H, layers, X, y, run):
    """A function that does one step of ours, and the objective."""
    windows = Windows.from_arrays(X, y)
    network = Network(CELLS[cell], F, (H,) * layers, 1)
    objective = Objective(network, windows, LOSSES["squared_error"], loss_parameters=(1.0,), batch_size=B)
    rng = np.random.default_rng(0)
    settings = Settings(batch_size=B, max_grad_norm=1.0, hyper=HYPER)
    epochs = _Epochs(objective, Progress.start(network.initial_theta(rng, np.float32)), settings, rng, None)
    order = np.arange(B)

    def step():
        n_slabs, _, weight = objective.gradient(epochs.theta, order, rng, run)
        epochs.step(n_slabs, weight)

    return step


def torch_step(cell, B, T, F, H, layers, X, y):
    """A function that does one step of PyTorch's."""
    layer = {"lstm": torch.nn.LSTM, "gru": torch.nn.GRU, "elman": torch.nn.RNN}[cell]
    rnn, head = layer(F, H, layers, batch_first=True), torch.nn.Linear(H, 1)
    parameters = [*rnn.parameters(), *head.parameters()]
    optimiser = torch.optim.Adam(parameters, lr=1e-3)
    X, y = torch.from_numpy(X), torch.from_numpy(y)

    def step():
        optimiser.zero_grad(set_to_none=True)
        loss = 0.5 * ((head(rnn(X)[0][:, -1]) - y) ** 2).mean()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(parameters, 1.0)
        optimiser.step()

    return step


def seconds(step, repeats):
    """Seconds of each of `repeats` calls."""
    times = []
    for _ in range(repeats):
        began = time.perf_counter()
        step()
        times.append(time.perf_counter() - began)
    return times


def sgemm_rate():
    """GFLOP/s of a large single-threaded matrix product: the ceiling of one core."""
    a = np.random.default_rng(0).normal(size=(1024, 1024)).astype(np.float32)
    with threadpool_limits(1):
        a @ a
        return 2 * 1024**3 / min(seconds(lambda: a @ a, 10)) / 1e9


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--cells", nargs="+", default=list(GATES))
    parser.add_argument("--repeats", type=int, default=15)
    arguments = parser.parse_args()
    ceiling = sgemm_rate()
    print(f"PyTorch {torch.__version__}, sgemm of one core {ceiling:.0f} GFLOP/s")
    rng = np.random.default_rng(0)
    for threads in arguments.threads:
        torch.set_num_threads(threads)
        for cell in arguments.cells:
            ratios = []
            for B, T, F, H, layers in SIZES:
                X = rng.normal(size=(B, T, F)).astype(np.float32)
                y = X[:, -1, :1].copy()
                with workers(threads) as run:
                    ours = our_step(cell, B, T, F, H, layers, X, y, run)
                    theirs = torch_step(cell, B, T, F, H, layers, X, y)
                    seconds(ours, 3), seconds(theirs, 3)
                    a, b = [], []
                    for _ in range(arguments.repeats):
                        a += seconds(ours, 3)
                        b += seconds(theirs, 3)
                flops = 6 * B * T * GATES[cell] * (H * (F + H) + (layers - 1) * H * 2 * H)
                median = statistics.median(a)
                ratios.append(statistics.median(b) / median)
                quartiles = statistics.quantiles(a, n=4)
                print(
                    f"{threads} threads {cell:5s} {B:4d} {T:4d} {F:2d} {H:4d} {layers}: ours {1e3 * median:7.3f} ms "
                    f"({1e3 * quartiles[0]:.3f}-{1e3 * quartiles[2]:.3f}), PyTorch {1e3 * statistics.median(b):7.3f}, "
                    f"ratio {ratios[-1]:5.2f}, {100 * flops / median / 1e9 / ceiling / threads:3.0f} % of sgemm",
                    flush=True,
                )
            mean = statistics.geometric_mean(ratios)
            print(f"threads {threads} {cell}: geometric mean {mean:.2f}, least {min(ratios):.2f}")


if __name__ == "__main__":
    main()
