"""Time per epoch of RNNForecaster.fit as the series, the hidden size, the window and the number of series grow 8 times.

One of the four grows from the base (a series of 1,000 rows, 16 hidden units of a GRU, a window of 24) while the others
stay; the sizes alternate. The work grows as the size does, but with the square of the hidden size. Reading the pandas
data is part of the time, as it is for the user.

Run: python benchmarks/bench_scale.py [--cells gru] [--repeats 7] [--quick]
"""

import numpy as np
import pandas as pd
from measure import alternate, head, parse, ratio, spread

from rnnforecast import RNNForecaster

BASE = {"length": 1000, "hidden_size": 16, "input_size": 24, "n_series": 1}
GROWTH = (1, 2, 4, 8)
EPOCHS = 5


def one_fit(cell, length, hidden_size, input_size, n_series):
    """A function that fits a forecaster on a long frame for EPOCHS epochs."""
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(
        {
            "unique_id": np.repeat(np.arange(n_series), length),
            "ds": np.tile(pd.date_range("2000", periods=length, freq="h"), n_series),
            "y": rng.normal(size=n_series * length).cumsum(),
        }
    )
    forecaster = RNNForecaster(
        1, input_size=input_size, cell_type=cell, hidden_size=hidden_size, intervals=None, max_iter=EPOCHS,
        n_init=1, random_state=0,
    )  # fmt: skip
    return lambda: forecaster.fit(frame)


def main():
    arguments = parse(__doc__, repeats=7, quick=1, cells=["gru"])
    head()
    for cell in arguments.cells:
        for name, start in BASE.items():
            sizes = [start * factor for factor in (GROWTH[:2] if arguments.quick else GROWTH)]
            times = alternate({size: one_fit(cell, **{**BASE, name: size}) for size in sizes}, arguments.repeats)
            for size in sizes:
                growth = ratio(times, size, start)
                label = f"{cell} {name:11s} {size:5,d} ({size // start} x)"
                print(f"{label}: {spread(times[size], per=EPOCHS)} an epoch, grown {growth:.2f} times", flush=True)


if __name__ == "__main__":
    main()
