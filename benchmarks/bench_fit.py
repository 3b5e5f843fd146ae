"""RNNRegressor.fit as a user calls it, against a training loop in PyTorch and against MLPRegressor; one thread each.

2,000 windows of 24 and of 48 steps, 32 hidden units, ten epochs of shuffled minibatches of 32, Adam, clipped gradients.
PyTorch's tensors are indexed directly, without a DataLoader, and its Adam is the fused one; MLPRegressor sees the
flattened window, has one hidden layer with as many parameters as the recurrent network, and clips nothing. The mean
squared errors after the last fit show that the same work was done.

Run: python benchmarks/bench_fit.py [--cells lstm gru elman] [--steps 24 48] [--repeats 5] [--quick]
"""

import warnings

import numpy as np
import torch
from measure import alternate, compare, head, parse, torch_network
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPRegressor
from threadpoolctl import threadpool_limits

from rnnforecast import RNNRegressor, sliding_windows

N_WINDOWS, HIDDEN = 2000, 32
EPOCHS, BATCH, RATE, MAX_NORM = 10, 32, 3e-3, 1.0


def data(n_windows, n_steps):
    """Windows (n, T, 1) of two seasons and noise, and the value after each, (n,)."""
    t = np.arange(n_windows + n_steps)
    series = np.sin(2 * np.pi * t / 24) + 0.5 * np.sin(2 * np.pi * t / 168)
    series += 0.2 * np.random.default_rng(0).normal(size=len(t))
    X, Y = sliding_windows(series.astype(np.float32)[:, None], n_steps=n_steps, horizon=1)
    return X.copy(), Y[:, 0].copy()


def our_fit(cell, X, y, epochs):
    """Fit ours; return the function that predicts. The first weights are drawn as PyTorch draws them."""
    model = RNNRegressor(
        cell_type=cell, hidden_size=HIDDEN, init="torch", forget_bias=None, alpha=0, batch_size=BATCH,
        learning_rate_init=RATE, max_grad_norm=MAX_NORM, max_iter=epochs, tol=0, n_iter_no_change=epochs,
        random_state=0,
    )  # fmt: skip
    return model.fit(X, y).predict


def torch_fit(cell, X, y, epochs):
    """Fit PyTorch's; return the function that predicts."""
    torch.manual_seed(0)
    rnn, linear = torch_network(cell, 1, HIDDEN)
    parameters = [*rnn.parameters(), *linear.parameters()]
    optimiser = torch.optim.Adam(parameters, lr=RATE, fused=True)
    X, y = torch.from_numpy(X), torch.from_numpy(y)[:, None]
    for _ in range(epochs):
        for rows in torch.randperm(len(X)).split(BATCH):
            optimiser.zero_grad()
            loss = 0.5 * torch.nn.functional.mse_loss(linear(rnn(X[rows])[0][:, -1]), y[rows])
            loss.backward()
            torch.nn.utils.clip_grad_norm_(parameters, MAX_NORM)
            optimiser.step()

    def predict(X):
        with torch.inference_mode():
            return linear(rnn(torch.from_numpy(X))[0][:, -1])[:, 0].numpy()

    return predict


def mlp_fit(cell, X, y, epochs):
    """Fit scikit-learn's on the flattened window; return the function that predicts."""
    n_parameters = sum(p.numel() for part in torch_network(cell, 1, HIDDEN) for p in part.parameters())
    model = MLPRegressor(
        hidden_layer_sizes=(round(n_parameters / (X.shape[1] + 2)),), alpha=0, batch_size=BATCH,
        learning_rate_init=RATE, max_iter=epochs, tol=0, n_iter_no_change=epochs, random_state=0,
    )  # fmt: skip
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        model.fit(X[:, :, 0], y)
    return lambda X: model.predict(X[:, :, 0])


def main():
    arguments = parse(__doc__, repeats=5, quick=1, cells=["lstm", "gru", "elman"], steps=[24, 48])
    head()
    torch.set_num_threads(1)
    for n_steps in arguments.steps:
        X, y = data(N_WINDOWS // 10 if arguments.quick else N_WINDOWS, n_steps)
        for cell in arguments.cells:
            measure(f"fit {cell:5s} {n_steps} steps", cell, X, y, arguments.repeats)


def measure(label, cell, X, y, repeats):
    """Print the times of the three, and their errors."""
    fits, predict = {"ours": our_fit, "PyTorch": torch_fit, "MLPRegressor": mlp_fit}, {}

    def rival(name):
        return lambda: predict.update({name: fits[name](cell, X, y, EPOCHS)})

    with threadpool_limits(1):
        times = alternate({name: rival(name) for name in fits}, repeats)
    compare(label, times, "s")
    errors = [f"{name} {np.mean((predict[name](X) - y) ** 2):.5f}" for name in fits]
    print(f"{label}: mean squared error {', '.join(errors)}; variance {np.var(y):.5f}", flush=True)


if __name__ == "__main__":
    main()
