"""Choose the demo's settings on the months before those that it scores; then score the chosen ones, and only them.

Three splits of the months up to 1957, each with 12 origins, 12 steps ahead; four seeds. Printed is the mean absolute
error over that of the seasonal naive, mean and worst. It takes seconds, and shows that what became faster still learns.

Run: python benchmarks/bench_airline.py [--repeats 4] [--quick]    (the repeats are the seeds)
"""

import statistics

from measure import parse

from rnnforecast import NaiveForecaster, RNNForecaster, backtest, datasets, metrics
from rnnforecast.cli.demo import DEMO, DEMO_H, DEMO_ORIGINS, DEMO_SEASON

N_SCORED = DEMO_H + DEMO_ORIGINS - 1
CANDIDATES = [
    {"cell_type": cell, "target_transform": "log", "input_size": size}
    for cell in ("elman", "gru", "lstm")
    for size in (None, 12, 36)
]


def ratio(settings, y, n_windows, seed):
    """Error of the network over that of the seasonal naive."""
    model = RNNForecaster(DEMO_H, **{**settings, "random_state": seed, "intervals": None})
    naive = NaiveForecaster(DEMO_H, method="seasonal", season_length=DEMO_SEASON)
    table = backtest({"RNN": model, "Naive": naive}, y, n_windows=n_windows)
    return metrics.mae(table["y"], table["RNN"]) / metrics.mae(table["y"], table["Naive"])


def main():
    seeds = range(parse(__doc__, repeats=4, quick=1).repeats)
    y = datasets.load_airline()
    earlier = y.iloc[:-N_SCORED]
    for settings in CANDIDATES:
        splits = [[ratio(settings, earlier.iloc[: len(earlier) - cut], 12, s) for s in seeds] for cut in (0, 6, 12)]
        text = ", ".join(f"{statistics.mean(r):.3f} (worst {max(r):.3f})" for r in splits)
        print(f"{settings['cell_type']:6s} input_size={settings['input_size']}: {text}", flush=True)
    scores = [ratio(DEMO, y, DEMO_ORIGINS, seed) for seed in range(5)]
    print(f"the demo's settings {DEMO} on the scored months, seeds 0-4:", ", ".join(f"{s:.3f}" for s in scores))


if __name__ == "__main__":
    main()
