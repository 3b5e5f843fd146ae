"""Import and first fit in a fresh process, with an empty cache of compiled code and with the one that this left.

Seconds of whole processes, from the start of the interpreter to its end: `import rnnforecast`, which imports what it
needs on first use; the import of the class RNNRegressor; a first fit (500 windows of 24 steps, one epoch, float32) with
an empty NUMBA_CACHE_DIR, three times for each cell; and the same fit in later processes, which find its compiled code.
Beside these PyTorch, which compiles nothing, does the same: `import torch` and one epoch. All processes, PyTorch's
alike, are as a user's are, whatever the environment of the benchmark: they keep the bytecode of what they import, as an
installed package has it, and do not see the package coverage, which Numba imports where it is installed for tests.

Run: python benchmarks/bench_cold.py [--cells lstm gru elman] [--repeats 5] [--quick]
"""

import os
import subprocess
import sys
import tempfile

from measure import alternate, compare, head, parse, seconds, spread

OURS = """
import numpy as np
from rnnforecast import RNNRegressor
X = np.random.default_rng(0).normal(size=(500, 24, 1))
RNNRegressor(cell_type={cell!r}, max_iter=1, random_state=0).fit(X, X[:, -1, 0])
"""
TORCH = """
import torch
rnn, linear = torch.nn.{layer}(1, 32, batch_first=True), torch.nn.Linear(32, 1)
optimiser = torch.optim.Adam([*rnn.parameters(), *linear.parameters()])
X = torch.randn(500, 24, 1)
for rows in torch.randperm(500).split(200):
    optimiser.zero_grad()
    torch.nn.functional.mse_loss(linear(rnn(X[rows])[0][:, -1]), X[rows, -1]).backward()
    optimiser.step()
"""
NO_COVERAGE = "import sys; sys.modules['coverage'] = None\n"  # an import of it raises ImportError
FIRST_FITS = 3  # each of which compiles
LAYERS = {"lstm": "LSTM", "gru": "GRU", "elman": "RNN"}


def process(code, **environment):
    """A function that runs the code in a fresh interpreter."""
    command = [sys.executable, "-c", NO_COVERAGE + code]
    environment = {**os.environ, **environment}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    return lambda: subprocess.run(command, check=True, env=environment)


def main():
    arguments = parse(__doc__, repeats=5, quick=1, cells=["lstm", "gru", "elman"])
    head()
    imports = {
        "python -c pass": process("pass"),
        "import rnnforecast": process("import rnnforecast"),
        "from rnnforecast import RNNRegressor": process("from rnnforecast import RNNRegressor"),
    }
    for name, times in alternate(imports, arguments.repeats).items():
        print(f"{name}: {spread(times, 's')}", flush=True)
    for cell in arguments.cells[:1] if arguments.quick else arguments.cells:
        with tempfile.TemporaryDirectory() as folder:
            caches = [os.path.join(folder, str(i)) for i in range(min(arguments.repeats, FIRST_FITS))]
            fits = [process(OURS.format(cell=cell), NUMBA_CACHE_DIR=cache) for cache in caches]
            first = [seconds(fit, 1)[0] for fit in fits]
            print(f"first fit {cell:5s}, empty cache: {spread(first, 's')}", flush=True)
            ours = fits[-1]
            rivals = {"ours": ours, "PyTorch": process(TORCH.format(layer=LAYERS[cell]))}
            compare(f"first fit {cell:5s}, second process", alternate(rivals, arguments.repeats), "s")


if __name__ == "__main__":
    main()
