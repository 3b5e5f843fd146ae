"""Peak memory of RNNForecaster.fit on a series of 1,000,000 rows with input_size=168, against the windows' bytes.

A child process per fit: it makes the series, fits once on 1,000 rows (which loads or compiles the kernels), notes the
memory that it holds, fits the long series, and takes the peak (ru_maxrss) less what it held. "Before the fit" is how
far the peak was above what was held before: were that large, it would hide the fit's own. One epoch of a small Elman
network, as the network's size does not change what is kept per row. A first child fills the cache of compiled code.

Run: python benchmarks/bench_memory.py [--repeats 2] [--rows 1000000] [--quick]
"""

import os
import resource
import subprocess
import sys
import time

import numpy as np
from measure import head, parse, spread

INPUT_SIZE = 168
MIB = 2**20


def held_bytes():
    """Resident memory of this process now."""
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def peak_bytes():
    """The most resident memory that this process has had. A child begins with its parent's, so the parent is small."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def fit(n_rows, index):
    """In the child: print the extra bytes of the fit, how far the peak before it exceeds what is held, and seconds."""
    import pandas as pd

    from rnnforecast import RNNForecaster

    def forecaster():
        return RNNForecaster(
            1, input_size=INPUT_SIZE, cell_type="elman", hidden_size=8, batch_size=1024, max_iter=1, n_init=1,
            random_state=0,
        )  # fmt: skip

    rng = np.random.default_rng(0)
    stamps = pd.date_range("1900", periods=n_rows, freq="h") if index == "hours" else pd.RangeIndex(n_rows)
    series = pd.Series(np.sin(np.arange(n_rows) * (2 * np.pi / 24)) + rng.normal(size=n_rows), index=stamps)
    forecaster().fit(series.iloc[:1000])
    before, held = peak_bytes(), held_bytes()
    began = time.perf_counter()
    forecaster().fit(series)
    print(peak_bytes() - held, before - held, time.perf_counter() - began)


def run_child(n_rows, index):
    """What `fit` prints in a process of its own, as numbers."""
    command = [sys.executable, __file__, "--child", str(n_rows), index]
    answer = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    return [float(number) for number in answer.split()]


def main():
    arguments = parse(__doc__, repeats=2, quick=1, rows=[1_000_000])
    head()
    run_child(1000, "integers")
    for n_rows in [100_000] if arguments.quick else arguments.rows:
        windows = 4 * n_rows * INPUT_SIZE
        for index in ("integers", "hours"):
            runs = [run_child(n_rows, index) for _ in range(arguments.repeats)]
            extra, slack, times = zip(*runs, strict=True)
            share = 100 * max(extra) / windows
            print(
                f"fit of {n_rows:,d} rows, index of {index:8s}: {max(extra) / MIB:.1f} MiB more at the peak (least "
                f"{min(extra) / MIB:.1f}, before the fit {max(slack) / MIB:.1f}), {share:.1f} % of the "
                f"{windows / MIB:.1f} MiB of the windows; fit {spread(times, 's').strip()}",
                flush=True,
            )


if __name__ == "__main__":
    if sys.argv[1:2] == ["--child"]:
        fit(int(sys.argv[2]), sys.argv[3])
    else:
        main()
