"""Accuracy on public data beside the seasonal naive forecast and published figures; fixed seeds, time and memory.

Every figure is of one fit with the settings in PANELS, which were chosen with ``--choose`` alone: it leaves out the
test part, and scores the last h rows of the training part instead. sMAPE, MASE and OWA are those of the M4 competition
(Makridakis, Spiliotis and Assimakopoulos 2020). Not a part of `make bench`: it needs data that are not in the
repository, long panels ``unique_id, ds, y, split`` with integer `ds` in files NAME.csv.gz.

Run: python benchmarks/accuracy.py FOLDER [--panels m4_hourly ...] [--choose] [--defaults]
"""

import argparse
import resource
import time
import warnings
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from rnnforecast import RNNForecaster

SEGMENTS = {"strategy": "segment", "linear_skip": True, "learning_rate_init": 1e-3, "batch_size": 64}
MIMO = {"strategy": "mimo", "linear_skip": True, "learning_rate_init": 3e-3, "batch_size": 64}


@dataclass(frozen=True)
class Protocol:
    """How one panel is forecast and scored.

    Parameters
    ----------
    freq : str
        Frequency that the integer stamps stand for.
    season : int
        Of MASE's scale; `naive_season` of the seasonal naive forecast.
    h : int
    settings : dict
        Of RNNForecaster.
    naive2 : (float, float) or None
        sMAPE and MASE of Naive2, published by the organisers.
    published : str
        What others reached.
    """

    freq: str
    season: int
    h: int
    settings: dict = field(default_factory=dict)
    naive2: tuple | None = None
    published: str = ""


PANELS = {
    "m4_hourly": Protocol(
        "h", 24, 48, naive2=(18.383, 2.395),
        published="OWA: Smyl 0.440, best of all 0.410, the organisers' RNN 1.036",
        settings=SEGMENTS | {
            "target_transform": "log", "window_scaler": "standard", "hidden_size": 64, "dropout": 0.1, "max_iter": 12,
            "n_init": 3,
        },
    ),
    "m4_weekly": Protocol(
        "W", 1, 13, naive2=(9.161, 2.777), published="OWA: Smyl 0.851, best of all 0.739",
        settings=MIMO | {"target_transform": "log", "input_size": 52, "batch_size": 128, "max_iter": 3, "n_init": 5},
    ),
    "m4_monthly_200": Protocol(
        "MS", 12, 18, published="MASE: Smyl 0.884 on all of M4 Monthly",
        settings=MIMO | {"target_transform": "log", "input_size": 24, "max_iter": 10, "n_init": 5},
    ),
    "m3_monthly_1000": Protocol(
        "MS", 12, 18, published="sMAPE: Theta 13.9 on all of M3 Monthly, Naive2 17.2 on these series",
        settings=MIMO | {"target_transform": "log", "input_size": 24, "max_iter": 10, "n_init": 5},
    ),
    "hospital": Protocol(
        "MS", 12, 12, published="MAE: DeepAR 18.25, TBATS 17.43",
        settings=SEGMENTS | {"input_size": 48, "max_iter": 30, "n_init": 5},
    ),
}  # fmt: skip


def read(folder, name, protocol, choose):
    """(training frame with real stamps, values by series before and after the origin)."""
    table = pd.read_csv(Path(folder) / f"{name}.csv.gz")
    if choose:
        table = table[table["split"] == "train"]
        last = table.groupby("unique_id")["ds"].transform("max") - protocol.h
        known, future = table[table["ds"] <= last], table[table["ds"] > last]
    else:
        known, future = table[table["split"] == "train"], table[table["split"] == "test"]
    stamps = pd.date_range("1980-01-01", periods=int(table["ds"].max()) + 1, freq=protocol.freq)
    frame = known[["unique_id", "y"]].assign(ds=stamps[known["ds"].to_numpy()])
    series = {part: dict(tuple(rows.groupby("unique_id")["y"])) for part, rows in (("known", known), ("new", future))}
    return frame, {key: (y.to_numpy(float), series["new"][key].to_numpy(float)) for key, y in series["known"].items()}


def scores(series, forecasts, season):
    """(sMAPE, MASE, MAE), means over the series; series without a scale are left out of MASE."""
    smape, mase, mae = [], [], []
    for key, (known, new) in series.items():
        error, size = np.abs(new - forecasts[key]), np.abs(new) + np.abs(forecasts[key])
        scale = np.abs(known[season:] - known[:-season]).mean()
        smape.append(np.mean(200 * np.divide(error, size, out=np.zeros_like(size), where=size > 0)))
        mae.append(error.mean())
        if scale > 0:
            mase.append(error.mean() / scale)
    return np.mean(smape), np.mean(mase), np.mean(mae)


def line(name, values, protocol):
    """One row of figures."""
    smape, mase, mae = values
    owa = ""
    if protocol.naive2 is not None:
        owa = f"  OWA {0.5 * (smape / protocol.naive2[0] + mase / protocol.naive2[1]):.3f}"
    return f"  {name:16s} sMAPE {smape:7.3f}  MASE {mase:6.3f}  MAE {mae:9.3f}{owa}"


def measure(folder, name, choose, defaults):
    """Fit, forecast, print."""
    protocol = PANELS[name]
    frame, series = read(folder, name, protocol, choose)
    settings = {} if defaults else protocol.settings | {"intervals": None}
    began = time.perf_counter()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        model = RNNForecaster(protocol.h, random_state=0, n_jobs=2, **settings).fit(frame)
    answer = dict(tuple(model.predict().groupby("unique_id")["RNN"]))
    seconds = time.perf_counter() - began
    forecasts = {key: values.to_numpy() for key, values in answer.items()}
    naive = {key: np.resize(known[-protocol.season :], protocol.h) for key, (known, _) in series.items()}
    ours, theirs = scores(series, forecasts, protocol.season), scores(series, naive, protocol.season)
    part = "the last rows of the training part" if choose else "the test part"
    print(f"{name}: {len(series)} series, h = {protocol.h}, on {part}")
    print(line("RNN", ours, protocol))
    print(line("SeasonalNaive", theirs, protocol))
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"  MASE over the seasonal naive's {ours[1] / theirs[1]:.3f}; {seconds:.0f} s, peak {memory:.0f} MiB")
    print(f"  published {protocol.published}", flush=True)
    return ours[1] / theirs[1]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", help="where the panels lie")
    parser.add_argument("--panels", nargs="+", default=list(PANELS), choices=list(PANELS))
    parser.add_argument("--choose", action="store_true", help="score the end of the training part, never the test part")
    parser.add_argument("--defaults", action="store_true", help="RNNForecaster(h) as it is")
    given = parser.parse_args()
    ratios = [measure(given.folder, name, given.choose, given.defaults) for name in given.panels]
    print(f"geometric mean of the ratios of MASE: {np.exp(np.mean(np.log(ratios))):.3f}")


if __name__ == "__main__":
    main()
