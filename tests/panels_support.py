"""Stamps of every kind, and panels of numbers."""

import numpy as np
import pandas as pd

from rnnforecast.forecasting.panels.reading import as_panel

INDEXES = [  # twelve stamps of each kind
    pd.date_range("2024-01-01", periods=12, freq="D"),
    pd.date_range("2024-03-25", periods=12, freq="D", tz="Europe/Berlin"),
    pd.date_range("2024-03-30 20:00", periods=12, freq="h", tz="Europe/Berlin"),
    pd.date_range("2024-01-01", periods=12, freq="ME"),
    pd.date_range("2024-01-01", periods=12, freq="B"),
    pd.period_range("2024-01", periods=12, freq="M"),
    pd.RangeIndex(3, 27, 2),
]


def panel_of(**series):
    """A panel of series with integer stamps from 0."""
    parts = [
        pd.DataFrame({"unique_id": name, "ds": np.arange(len(values)), "y": values}) for name, values in series.items()
    ]
    return as_panel(pd.concat(parts), freq=1)


def ragged(*lengths):
    """Series of these lengths, whose values go on counting."""
    parts = [pd.DataFrame({"unique_id": i, "ds": np.arange(n)}) for i, n in enumerate(lengths)]
    frame = pd.concat(parts, ignore_index=True)
    return as_panel(frame.assign(y=np.arange(len(frame), dtype=float)))


def split(panel):
    """The values of each series."""
    return [panel.values[start:stop] for start, stop in zip(panel.indptr[:-1], panel.indptr[1:], strict=True)]
