"""RNNRegressor.predict of 1, 100 and 10,000 windows of 48 steps, 32 hidden units, against PyTorch; one thread each.

PyTorch runs without gradients, on tensors that are ready, and takes 10,000 windows in pieces of 1,000, which are faster
than the whole (their states stay in the cache). Ours gets an array, and checks it.

Run: python benchmarks/bench_predict.py [--cells lstm gru] [--sizes 1 100 10000] [--repeats 15] [--quick]
"""

import numpy as np
import torch
from measure import alternate, compare, head, parse, torch_network

from rnnforecast import RNNRegressor

N_STEPS, HIDDEN = 48, 32
PIECE = 1000
MOST_CALLS = 200


def our_predict(cell, X):
    """A function that predicts X with ours."""
    model = RNNRegressor(cell_type=cell, hidden_size=HIDDEN, max_iter=1, dtype="float32", random_state=0)
    model.fit(X[:1], X[:1, -1, 0])
    return lambda: model.predict(X)


def torch_predict(cell, X):
    """A function that predicts X with PyTorch's."""
    rnn, linear = (part.eval() for part in torch_network(cell, 1, HIDDEN))
    pieces = torch.from_numpy(X).split(PIECE)

    def predict():
        with torch.no_grad():
            answers = [linear(rnn(piece)[0][:, -1]) for piece in pieces]
            return torch.cat(answers) if len(answers) > 1 else answers[0]

    return predict


def main():
    arguments = parse(__doc__, repeats=15, quick=2, cells=["lstm", "gru"], sizes=[1, 100, 10_000])
    head()
    torch.set_num_threads(1)
    for cell in arguments.cells:
        for size in arguments.sizes:
            X = np.random.default_rng(0).normal(size=(size, N_STEPS, 1)).astype(np.float32)
            rivals = {"ours": our_predict(cell, X), "PyTorch": torch_predict(cell, X)}
            times = alternate(rivals, arguments.repeats, calls=max(1, MOST_CALLS // size))
            compare(f"predict {cell:5s} {size:6,d} windows", times, "us" if size == 1 else "ms")


if __name__ == "__main__":
    main()
