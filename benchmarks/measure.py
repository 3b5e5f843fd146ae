"""What the benchmarks share: the head line, timing that alternates the rivals, and lines of medians and ratios."""

import argparse
import os
import platform
import statistics
import time
from importlib.metadata import PackageNotFoundError, version

import numpy as np
from threadpoolctl import threadpool_limits

PACKAGES = {"numpy": "NumPy", "numba": "Numba", "scikit-learn": "scikit-learn", "pandas": "pandas", "torch": "PyTorch"}


def parse(doc, *, repeats, quick, **options):
    """Read the command line; each benchmark has --repeats and --quick.

    Parameters
    ----------
    doc : str
        Docstring of the script.
    repeats, quick : int
        Repeats by default, and with --quick, which looks only whether the script runs.
    options : list
        Defaults of more options, each a list that the command line replaces.
    """
    parser = argparse.ArgumentParser(description=doc.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=repeats)
    parser.add_argument("--quick", action="store_true", help="a trial run: few repeats, the numbers mean little")
    for name, default in options.items():
        parser.add_argument(f"--{name}", nargs="+", type=type(default[0]), default=default)
    arguments = parser.parse_args()
    if arguments.quick:
        arguments.repeats = quick
    return arguments


def head():
    """Print the machine, the versions and the sgemm rate of one core; return that rate."""
    ceiling, versions = sgemm_rate(), [f"Python {platform.python_version()}"]
    for package, name in PACKAGES.items():
        try:
            versions.append(f"{name} {version(package)}")
        except PackageNotFoundError:
            continue
    print(f"{cpu_name()}, {os.cpu_count()} cores; {', '.join(versions)}; sgemm of one core {ceiling:.0f} GFLOP/s")
    return ceiling


def cpu_name():
    """The processor as the system calls it."""
    try:
        with open("/proc/cpuinfo") as file:
            lines = {key.strip(): value.strip() for key, _, value in (line.partition(":") for line in file)}
    except OSError:
        return platform.processor() or platform.machine()
    name = lines.get("model name", platform.machine())
    return name + (", AVX-512" if "avx512f" in lines.get("flags", "").split() else "")


def torch_network(cell, n_features, hidden_size, n_layers=1):
    """PyTorch's network of one output: (recurrent layers, linear layer)."""
    import torch

    layers = {"lstm": torch.nn.LSTM, "gru": torch.nn.GRU, "elman": torch.nn.RNN}[cell]
    return layers(n_features, hidden_size, n_layers, batch_first=True), torch.nn.Linear(hidden_size, 1)


def sgemm():
    """A large matrix product, and its FLOPs: within `one_blas_thread` its rate is the ceiling of one core."""
    a = np.random.default_rng(0).normal(size=(1024, 1024)).astype(np.float32)
    return lambda: a @ a, 2 * 1024**3


def one_blas_thread():
    """A context in which NumPy multiplies on one thread; PyTorch has a product of its own."""
    return threadpool_limits(1, user_api="blas")


def sgemm_rate():
    """GFLOP/s of one core, at best."""
    multiply, flops = sgemm()
    with one_blas_thread():
        return flops / min(seconds(multiply, 11)) / 1e9


def seconds(function, repeats):
    """Seconds of each of `repeats` calls."""
    times = []
    for _ in range(repeats):
        began = time.perf_counter()
        function()
        times.append(time.perf_counter() - began)
    return times


def alternate(rivals, repeats, *, calls=1, warm=1):
    """Call the rivals in turn, so that all meet the same moods of the machine.

    Parameters
    ----------
    rivals : dict of str to callable
    repeats : int
        Rounds that are measured.
    calls : int
        Calls of each rival in a round, one after the other and each measured by itself.
    warm : int
        Calls of each before, which compile and fill caches.

    Returns
    -------
    dict of str to list of float
        Seconds of each call.
    """
    for function in rivals.values():
        seconds(function, warm)
    times = {name: [] for name in rivals}
    for _ in range(repeats):
        for name, function in rivals.items():
            times[name] += seconds(function, calls)
    return times


def spread(times, unit="ms", per=1):
    """Median and quartiles as text; each time is that of `per` things."""
    scale = {"s": 1, "ms": 1e3, "us": 1e6}[unit] / per
    low, middle, high = (scale * time for time in (statistics.quantiles(times, n=4) if len(times) > 1 else 3 * times))
    return f"{middle:8.3f} {unit} ({low:.3f}-{high:.3f})"


def ratio(times, name, ours):
    """How many times as long as ours a rival takes, by the medians."""
    return statistics.median(times[name]) / statistics.median(times[ours])


def compare(label, times, unit="ms", per=1, more=""):
    """Print a line: each rival's median and quartiles, and its median over that of the first, which is ours."""
    ours, *others = times
    parts = [f"{ours} {spread(times[ours], unit, per)}"]
    parts += [f"{name} {spread(times[name], unit, per)}, ratio {ratio(times, name, ours):5.2f}" for name in others]
    print(f"{label}: {'; '.join(parts)}{more}", flush=True)
