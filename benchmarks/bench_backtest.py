"""Backtests of RNNForecaster on one series: what many origins cost, by windows and in one pass.

First 100 origins without refit, against one fit and one predict, with the forecaster as it comes and with a long window
of an hourly series. Then the forecasts of 1,000 origins by a network that is trained already, with windows of 336 rows:
each window read anew, against one pass that carries the state over the whole series.

Run: python benchmarks/bench_backtest.py [--origins 1000] [--repeats 5] [--quick]
"""

import numpy as np
import pandas as pd
from measure import alternate, compare, head, parse, ratio, spread

from rnnforecast import RNNForecaster, backtest
from rnnforecast.forecasting.panels.reading import as_panel

H, N_WINDOWS = 24, 100
CASES = {
    "M 120 rows, as it comes": ("MS", 220, {"h": 12}),
    "h 3,000 rows, window 336": ("h", 3100, {"input_size": 336}),
}


def series(freq, n):
    """A season and a random walk."""
    rng = np.random.default_rng(0)
    season = 12 if freq == "MS" else 24
    values = 100 + 10 * np.sin(2 * np.pi * np.arange(n) / season) + rng.normal(size=n).cumsum()
    return pd.Series(values, index=pd.date_range("2000", periods=n, freq=freq))


def fit_and_backtest(freq, n, words):
    """Functions that fit and predict once, and that make a backtest of N_WINDOWS origins, on the same training rows."""
    y, model = series(freq, n), RNNForecaster(**{"h": H, "random_state": 0, **words})
    past = y.iloc[: n - model.h - N_WINDOWS + 1]
    return {
        "fit and predict": lambda: model.fit(past).predict(),
        f"{N_WINDOWS} origins": lambda: backtest(model, y, n_windows=N_WINDOWS),
    }


def two_ways(n_origins):
    """Functions that forecast from many origins: in one pass, and by windows."""
    words = {
        "strategy": "mimo",
        "window_scaler": None,
        "linear_skip": False,
        "intervals": None,
        "max_iter": 1,
        "n_init": 1,
    }
    y = series("h", 2000 + n_origins + H)
    model = RNNForecaster(H, input_size=336, random_state=0, **words).fit(y.iloc[:2000])
    panel, drops = as_panel(y), list(range(H, H + n_origins))[::-1]
    return {
        "one pass": lambda: model._predict_one_pass(panel, drops, H, ()),
        "windows": lambda: model._predict_origins(panel, drops, H, ()),
    }


def main():
    arguments = parse(__doc__, repeats=5, quick=1, origins=[1000])
    head()
    for name, case in CASES.items():
        times = alternate(fit_and_backtest(*case), arguments.repeats)
        once, many = times
        share = ratio(times, many, once)
        print(
            f"backtest {name}: {once} {spread(times[once], 's')}; {many} {spread(times[many], 's')}, ratio {share:.2f}"
        )
    for n_origins in arguments.origins:
        times = alternate(two_ways(n_origins), arguments.repeats)
        compare(f"backtest {n_origins:,d} origins, window 336", times)


if __name__ == "__main__":
    main()
