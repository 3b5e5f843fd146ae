"""Panels for the tests of transforms."""

import numpy as np
import pandas as pd

from rnnforecast.forecasting.reading import as_panel


def panel_of(**series):
    """A panel of series with integer stamps from 0."""
    parts = [
        pd.DataFrame({"unique_id": name, "ds": np.arange(len(values)), "y": values}) for name, values in series.items()
    ]
    return as_panel(pd.concat(parts), freq=1)


def split(panel):
    """The values of each series."""
    return [panel.values[start:stop] for start, stop in zip(panel.indptr[:-1], panel.indptr[1:], strict=True)]
