"""The same weights and samples through PyTorch: outputs, gradients and ten steps of training."""

import numpy as np
import pytest
from kernels_support import end, make_problem, run_gradient, run_predict, run_train

from rnnforecast.kernels.optimisers import OPTIMISERS

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.parity

DTYPES = {np.float32: 1e-5, np.float64: 1e-10}  # tolerance, relative to the largest number
SOLVERS = {
    "sgd": (lambda theta: torch.optim.SGD([theta], lr=0.1), "sgd", (0.0, 0.0), 0.1),
    "momentum": (lambda theta: torch.optim.SGD([theta], lr=0.1, momentum=0.9), "sgd", (0.9, 0.0), 0.1),
    "adam": (lambda theta: torch.optim.Adam([theta], lr=0.01), "adam", (0.9, 0.999, 1e-8), 0.01),
    "adamw": (
        lambda theta: torch.optim.AdamW([theta], lr=0.01, weight_decay=0.1), "adamw", (0.9, 0.999, 1e-8), 0.01
    ),
}  # fmt: skip

cells = pytest.mark.parametrize("cell", ["elman", "lstm", "gru"])
depths = pytest.mark.parametrize("hidden_sizes", [(7,), (8, 5)])


@pytest.fixture(autouse=True, scope="module")
def one_thread():
    """Threads that wait for one another took 20 s on a busy machine."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def pack(cell, W, U, b):
    """w_ih, w_hh, b_ih, b_hh as PyTorch stacks them: i f g o for the LSTM, r z n for the GRU."""

    def stacked(matrices):
        return torch.cat([m.T for m in matrices])

    if cell == "gru":  # here W has n r u, U has r u m and b has n r u m
        none = torch.zeros_like(b[0])
        return stacked([W[1], W[2], W[0]]), stacked(U), torch.cat([b[1], b[2], b[0]]), torch.cat([none, none, b[3]])
    return stacked(W), stacked(U), b.reshape(-1), torch.zeros_like(b.reshape(-1))


def torch_output(network, theta, x):
    """o (B, O) by PyTorch's own layers, with gradients back to theta."""
    views = {
        name: theta[at : at + int(np.prod(shape))].reshape(shape)
        for (name, shape), at in zip(network.layout.shapes.items(), network.layout.offsets.values(), strict=True)
    }
    run = {"elman": torch.rnn_tanh, "lstm": torch.lstm, "gru": torch.gru}[network.cell.name]
    h = x
    for layer, H in enumerate(network.hidden_sizes):
        weights = pack(network.cell.name, *(views[f"layer{layer}.{name}"] for name in "WUb"))
        zeros = torch.zeros(1, len(x), H, dtype=x.dtype)
        start = (zeros, zeros) if network.cell.name == "lstm" else zeros
        h = run(h, start, weights, True, 1, 0.0, False, False, True)[0]
    return h[:, -1] @ views["head.V"] + views["head.b"]


def torch_samples(problem):
    w = problem.windows
    x = torch.tensor(w.values.reshape(len(w), w.n_timesteps, w.n_features))
    return x, torch.tensor(w.targets.reshape(len(w), -1))


def torch_loss(problem, theta):
    x, y = torch_samples(problem)
    return 0.5 * ((torch_output(problem.network, theta, x) - y) ** 2).mean(dim=1).sum()


def relative_error(ours, theirs):
    theirs = theirs.detach().numpy()
    return np.abs(ours - theirs).max() / np.abs(theirs).max()


@pytest.mark.parametrize("dtype", DTYPES)
@depths
@cells
def test_outputs_and_gradients(cell, hidden_sizes, dtype):
    problem = make_problem(cell, hidden_sizes=hidden_sizes, T=12, n=19, dtype=dtype, weighted=False)
    theta = torch.tensor(problem.theta[0], requires_grad=True)
    outputs, _ = run_predict(problem)
    assert (
        relative_error(outputs[:, 0], torch_output(problem.network, theta, torch_samples(problem)[0])) < DTYPES[dtype]
    )
    (gradient,), (loss,) = run_gradient(problem)
    expected = torch_loss(problem, theta)
    expected.backward()
    assert abs(loss - expected.item()) < DTYPES[dtype] * expected.item()
    for name, part in problem.network.layout.views(gradient).items():
        theirs = theta.grad[problem.network.layout.offsets[name] :][: part.size]
        assert relative_error(part.ravel(), theirs) < DTYPES[dtype], name


@pytest.mark.parametrize("solver", SOLVERS)
@cells
def test_ten_steps(cell, solver):
    problem = make_problem(cell, hidden_sizes=(8, 5), T=12, n=19, weighted=False)
    make, name, hyper, rate = SOLVERS[solver]
    theirs = torch.tensor(problem.theta[0], requires_grad=True)
    optimiser = make(theirs)
    state = {
        "theta": problem.theta.copy(), "moments": np.zeros((1, 2, problem.theta.size)), "counts": np.zeros(1, np.int64),
        "optimiser": OPTIMISERS[name], "rate": rate, "hyper": np.array([0.0, *hyper]),
        "penalty": np.full(problem.theta.size, 0.1 if solver == "adamw" else 0.0),
    }  # fmt: skip
    for _ in range(10):
        optimiser.zero_grad()
        (torch_loss(problem, theirs) / 19).backward()
        optimiser.step()
        run_train(problem, [(0, 0, 11, 0, 0, 0), (0, 11, 19, 1, 11, 1), end(0, n_slabs=2)], **state)
    assert np.abs(state["theta"] - problem.theta).max() > 0.01
    assert relative_error(state["theta"][0], theirs) < 1e-9
