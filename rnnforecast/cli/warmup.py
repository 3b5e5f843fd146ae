"""``rnnforecast warmup``: compile what fits and forecasts need, ahead of the first use."""

import sys
import time
import warnings

from rnnforecast.cli.options import CELLS


def add_to(commands):
    """Add the command to a parser's commands."""
    parser = commands.add_parser("warmup", help="compile ahead of the first use, such as while an image is built")
    parser.add_argument("--cell", nargs="+", choices=CELLS, default=list(CELLS), help="cells (default: all)")
    parser.set_defaults(command=run)


def run(arguments):
    """Compile, and say where the kernels are kept; return the exit code."""
    from rnnforecast._cache import cache_place
    from rnnforecast._jit import DISABLED

    if DISABLED:
        print("rnnforecast: nothing to compile: Numba is switched off by NUMBA_DISABLE_JIT", file=sys.stderr)
        return 1
    began = time.perf_counter()
    for cell in dict.fromkeys(arguments.cell):
        for dtype in ("float32", "float64"):
            start = time.perf_counter()
            _use_once(cell, dtype)
            print(f"{cell}, {dtype}: {time.perf_counter() - start:.1f} s", flush=True)
    place = cache_place()
    if place is None:
        print("rnnforecast: nothing is kept: no folder for compiled kernels can be written to", file=sys.stderr)
        return 1
    print(f"{time.perf_counter() - began:.1f} s in all; compiled kernels are in {place}")
    return 0


def _use_once(cell, dtype):
    """Fit and predict what users do, as small as can be."""
    import numpy as np
    import pandas as pd

    from rnnforecast import RNNClassifier, RNNForecaster, RNNRegressor

    words = {"cell_type": cell, "hidden_size": 4, "max_iter": 1, "random_state": 0, "dtype": dtype}
    X = np.linspace(0, 1, 240, dtype=dtype).reshape(20, 6, 2)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # one pass over the data does not converge
        for solver in ("adam", "sgd"):
            model = RNNRegressor(solver=solver, **words).fit(X, X[:, -1, 0])
        model.predict(X)
        model.step(X[:1, 0], model.initial_state(1))
        RNNClassifier(**words).fit(X, np.arange(20) % 2).predict(X)
        RNNClassifier(**words).fit(X, np.arange(20) % 3).predict(X)
        series = pd.Series(np.sin(np.arange(80.0)))
        for strategy in ("mimo", "segment"):
            model = RNNForecaster(2, 6, strategy=strategy, cell_type=cell, hidden_size=4, max_iter=1)
            model.fit(series).predict(level=80)
