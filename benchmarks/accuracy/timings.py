"""Times of large panels and of backtests, in one process each."""

import resource
import time

import numpy as np
import pandas as pd

from rnnforecast import RNNForecaster, backtest, datasets

H = 12


def many_series(n_series=10_000, n_timesteps=100):
    """Series with a season of 12 and levels of their own."""
    rng = np.random.default_rng(0)
    level, size = np.exp(rng.normal(3, 1, (2, n_series, 1)))
    steps = np.arange(n_timesteps)
    y = 5 * level + size * (
        np.sin(2 * np.pi * (steps / 12 + rng.uniform(size=(n_series, 1)))) + rng.normal(0, 0.3, (n_series, n_timesteps))
    )
    stamps = pd.date_range("2000-01-01", periods=n_timesteps, freq="MS")
    names = np.repeat([f"s{number:05d}" for number in range(n_series)], n_timesteps)
    return pd.DataFrame({"unique_id": names, "ds": np.tile(stamps, n_series), "y": y.reshape(-1)})


def panels(quick):
    """Print the seconds of one global epoch, of forecasts, and of a fit of one network per series."""
    frame = many_series(200 if quick else 10_000)
    n = frame["unique_id"].nunique()
    once = RNNForecaster(H, max_iter=1, n_init=1, intervals=None, random_state=0, n_jobs=2)
    once.fit(frame.head(2000)).predict()  # compiles
    print(f"{n:,} series of 100 values, h = {H}")
    print(f"  one epoch of one network for all   {_seconds(lambda: once.fit(frame)):8.2f} s")
    print(f"  forecasts of all                   {_seconds(once.predict):8.2f} s")
    if "scope" in once.get_params():
        local = RNNForecaster(H, scope="local", random_state=0, n_jobs=2)
        local.fit(frame.head(2000))
        print(f"  a network for each, all defaults   {_seconds(lambda: local.fit(frame)):8.2f} s")
        print(f"  forecasts of all                   {_seconds(local.predict):8.2f} s")
    _memory()


def origins(quick):
    """Print the seconds of a backtest with 100 origins, and of one fit with one forecast."""
    n_windows = 10 if quick else 100
    frame = datasets.make_series_panel(n_series=10, n_timesteps=1000, random_state=0)
    model = RNNForecaster(H, max_iter=1 if quick else 10, random_state=0, n_jobs=2)
    past = frame[frame.groupby("unique_id").cumcount(ascending=False) >= H + n_windows - 1]
    model.fit(past).predict()  # compiles
    one = _seconds(lambda: model.fit(past).predict())
    many = _seconds(lambda: backtest(model, frame, n_windows=n_windows))
    print("10 series of 1,000 values")
    print(
        f"  fit and forecast {one:.2f} s; backtest of {n_windows} origins {many:.2f} s, {many / one:.2f} times as long"
    )
    _memory()


def _seconds(function):
    began = time.perf_counter()
    function()
    return time.perf_counter() - began


def _memory():
    print(f"  peak {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MiB")
