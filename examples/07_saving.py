"""Fit today, save to one file, and go on tomorrow: newer rows come in without another fit."""

import tempfile
from pathlib import Path

import pandas as pd

from rnnforecast import RNNForecaster, datasets

# Monthly airline passengers: the last year arrives later.
airline = datasets.load_airline()
past, newer = airline[:-12], airline[-12:]
forecaster = RNNForecaster(12, target_transform="log", random_state=0).fit(past)

with tempfile.TemporaryDirectory() as folder:
    path = Path(folder) / "airline.npz"
    forecaster.save(path)  # arrays and JSON, no pickle; the file appears whole or not at all
    print(f"{path.name}: {path.stat().st_size / 1024:.0f} KiB")

    # In another process, or on another machine:
    loaded = RNNForecaster.load(path)

pd.testing.assert_frame_equal(loaded.predict(level=80), forecaster.predict(level=80), check_exact=True)
print(f"the forecasts are the same, to the last bit:\n{loaded.predict(level=80).head(3).round(1)}\n")

# The year that has come moves the forecasts on; what the network learned stays as it is.
loaded.update(newer)
print(f"after update:\n{loaded.predict(level=80).head(3).round(1)}")
