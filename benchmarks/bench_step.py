"""One observation with carried state: RNNRegressor.step against a cell of PyTorch's with its linear layer; one thread.

A call handles a stream of 1,000 observations, the state handed on from step to step; printed are microseconds a step.
`out=` writes into arrays of the caller. PyTorch runs without gradients on tensors of one row, which are ready.

Run: python benchmarks/bench_step.py [--cells lstm gru] [--sizes 16 32 64] [--repeats 30] [--quick]
"""

import inspect

import numpy as np
import torch
from measure import alternate, compare, head, parse

from rnnforecast import RNNRegressor

N_OBSERVATIONS = 1000


def our_model(cell, hidden_size):
    """A fitted network of ours; its weights are of no account."""
    X = np.random.default_rng(0).normal(size=(10, 5, 1)).astype(np.float32)
    model = RNNRegressor(cell_type=cell, hidden_size=hidden_size, max_iter=1, random_state=0)
    return model.fit(X, X[:, -1, 0])


def our_stream(model, stream):
    """A function that steps through the stream and returns the last output."""

    def run():
        state = model.initial_state()
        for x in stream:
            output, state = model.step(x, state)
        return output

    return run


def our_stream_in_place(model, stream):
    """The same with arrays of the caller's, the state written over."""

    def run():
        state = model.initial_state()
        output = np.empty(1, state.dtype)
        out = output, state
        for x in stream:
            model.step(x, state, out=out)
        return output

    return run


def torch_stream(cell, hidden_size, stream):
    """A function that steps through the stream with PyTorch's."""
    step = {"lstm": torch.nn.LSTMCell, "gru": torch.nn.GRUCell, "elman": torch.nn.RNNCell}[cell](1, hidden_size).eval()
    linear = torch.nn.Linear(hidden_size, 1).eval()
    stream = [torch.from_numpy(x)[None] for x in stream]

    def run():
        with torch.no_grad():
            if cell == "lstm":
                state = torch.zeros(1, hidden_size), torch.zeros(1, hidden_size)
                for x in stream:
                    state = step(x, state)
                    output = linear(state[0])
            else:
                state = torch.zeros(1, hidden_size)
                for x in stream:
                    state = step(x, state)
                    output = linear(state)
        return output

    return run


def main():
    arguments = parse(__doc__, repeats=30, quick=3, cells=["lstm", "gru"], sizes=[16, 32, 64])
    head()
    torch.set_num_threads(1)
    stream = list(np.random.default_rng(0).normal(size=(N_OBSERVATIONS, 1)).astype(np.float32))
    for cell in arguments.cells:
        for size in arguments.sizes:
            model = our_model(cell, size)
            rivals = {"ours": our_stream(model, stream), "PyTorch": torch_stream(cell, size, stream)}
            if "out" in inspect.signature(model.step).parameters:
                rivals["ours, out="] = our_stream_in_place(model, stream)
                np.testing.assert_array_equal(rivals["ours"](), rivals["ours, out="]())
            times = alternate(rivals, arguments.repeats)
            for name in [name for name in rivals if name != "PyTorch"]:
                pair = {name: times[name], "PyTorch": times["PyTorch"]}
                compare(f"step {cell:5s} H = {size:3d}", pair, "us", per=N_OBSERVATIONS)


if __name__ == "__main__":
    main()
