"""1,000 independent LSTM networks in one call, each on its own series, against PyTorch and single fits in a loop.

Each network has 16 units and its own 100 points: windows of 12 steps, 50 epochs of shuffled minibatches of 32, Adam,
clipped gradients. The loops train the first networks only, and their time is scaled up; losses are printed side by
side. PyTorch runs on one thread, which is its faster choice at this size, ours on two.

Run: python benchmarks/bench_many.py [--networks 1000] [--threads 2] [--repeats 3] [--quick]
"""

import statistics

import numpy as np
import torch
from measure import alternate, head, parse, spread, torch_network

from rnnforecast.kernels.cells import CELLS
from rnnforecast.kernels.losses import LOSSES
from rnnforecast.kernels.optimisers import OPTIMISERS
from rnnforecast.network.network import Network
from rnnforecast.network.objective import Objective
from rnnforecast.network.training import Progress, Settings, train
from rnnforecast.network.windows import Windows

N_POINTS, N_STEPS, HIDDEN = 100, 12, 16
EPOCHS, BATCH, RATE, MAX_NORM = 50, 32, 3e-3, 1.0
HYPER = {"beta_1": 0.9, "beta_2": 0.999, "epsilon": 1e-8}
NETWORK = Network(CELLS["lstm"], 1, (HIDDEN,), 1)


def data(n_series):
    """Series (n, 100): a season of a year and a random walk, standardised."""
    rng = np.random.default_rng(0)
    series = np.sin(2 * np.pi * (np.arange(N_POINTS) + rng.uniform(0, 12, (n_series, 1))) / 12)
    series += 0.1 * rng.normal(size=series.shape).cumsum(axis=1)
    return ((series - series.mean(axis=1, keepdims=True)) / series.std(axis=1, keepdims=True)).astype(np.float32)


def our_fit(series, seeds, threads):
    """Train one network for each series in one call; return their losses."""
    n, per_series = len(series), N_POINTS - N_STEPS
    starts = (np.arange(n)[:, None] * N_POINTS + np.arange(per_series)).ravel()
    windows = Windows(series.reshape(-1), starts, N_STEPS, 1, series.reshape(-1), starts + N_STEPS)
    objective = Objective(
        NETWORK, windows, LOSSES["squared_error"], OPTIMISERS["adam"], loss_parameters=(1.0,), batch_size=BATCH,
        spans=per_series * np.stack([np.arange(n), np.arange(1, n + 1)], axis=1),
    )  # fmt: skip
    rngs = [np.random.default_rng(seed) for seed in seeds]
    progresses = [Progress.start(NETWORK.initial_theta(rng, np.float32, init="torch")) for rng in rngs]
    settings = Settings(
        batch_size=BATCH, learning_rate_init=RATE, max_iter=EPOCHS, tol=0, n_iter_no_change=EPOCHS,
        max_grad_norm=MAX_NORM, hyper=HYPER, n_jobs=threads,
    )  # fmt: skip
    train(objective, progresses, settings, rngs)
    return [progress.loss_curve[-1] for progress in progresses]


def torch_fit(series, seed):
    """Train PyTorch's network on one series; return the mean loss of the last epoch."""
    torch.manual_seed(seed)
    rnn, linear = torch_network("lstm", 1, HIDDEN)
    parameters = [*rnn.parameters(), *linear.parameters()]
    optimiser = torch.optim.Adam(parameters, lr=RATE, fused=True)
    values = torch.from_numpy(series)
    X, y = values[:-1].unfold(0, N_STEPS, 1)[..., None].contiguous(), values[N_STEPS:, None]
    for _ in range(EPOCHS):
        total = 0.0
        for rows in torch.randperm(len(X)).split(BATCH):
            optimiser.zero_grad()
            loss = 0.5 * torch.nn.functional.mse_loss(linear(rnn(X[rows])[0][:, -1]), y[rows])
            loss.backward()
            torch.nn.utils.clip_grad_norm_(parameters, MAX_NORM)
            optimiser.step()
            total += loss.item() * len(rows)
    return total / len(X)


def main():
    arguments = parse(__doc__, repeats=3, quick=1, networks=[1000], threads=[2])
    head()
    torch.set_num_threads(1)
    n, threads = 100 if arguments.quick else arguments.networks[0], arguments.threads[0]
    n_loop = max(5, n // 50)
    series, losses = data(n), {}

    def rival(name, fit):
        return lambda: losses.update({name: fit()})

    ours, loop, theirs = "ours, one call", "ours, single fits in a loop", "PyTorch, loop"
    rivals = {
        ours: rival(ours, lambda: our_fit(series, range(n), threads)),
        loop: rival(loop, lambda: [our_fit(series[k : k + 1], [k], threads)[0] for k in range(n_loop)]),
        theirs: rival(theirs, lambda: [torch_fit(series[k], k) for k in range(n_loop)]),
    }
    times = alternate(rivals, arguments.repeats)
    assert losses[ours][:n_loop] == losses[loop], "a network among others must equal the network alone, bit for bit"
    each = {name: [t / (n if name == ours else n_loop) for t in times[name]] for name in times}
    for name in rivals:
        share = statistics.median(each[name]) / statistics.median(each[ours])
        loss = np.mean(losses[name][:n_loop])
        print(f"many {name:28s} {spread(each[name])} a network, ratio {share:5.2f}, mean loss {loss:.4f}")
    print(f"many {n} networks in one call: {statistics.median(times[ours]):.1f} s on {threads} threads")


if __name__ == "__main__":
    main()
