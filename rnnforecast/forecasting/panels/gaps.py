"""Insert the rows that a series lacks."""

import numbers
from dataclasses import replace

import numpy as np

from rnnforecast.forecasting.panels.answers import to_data
from rnnforecast.forecasting.panels.insertion import insert_rows, rows_until_next
from rnnforecast.forecasting.panels.reading import as_panel
from rnnforecast.libraries import as_pandas, to_library


def fill_gaps(data, *, freq=None, fill=None, id_col="unique_id", time_col="ds", target_col="y"):
    """Insert a row for every missing stamp between the first and the last one of each series.

    Parameters
    ----------
    data : Series or DataFrame
        As for a forecaster, of any of its kinds and in any order; a target that is NaN stays so. Columns of a
        frame beside the three are kept, and are missing in the rows inserted.
    freq : str, pandas offset or int, optional
        The step between rows. By default the commonest one.
    fill : "linear", "last", float or None, default=None
        What the target is in the rows inserted: on the line between its neighbours, the value before the
        gap, a number, or NaN.
    id_col, time_col, target_col : str
        Columns of a frame.

    Returns
    -------
    Series or DataFrame
        A new object in the kind of `data`, sorted by series and time.

    Examples
    --------
    >>> import pandas as pd
    >>> from rnnforecast.forecasting import fill_gaps
    >>> days = pd.to_datetime(["2024-01-01", "2024-01-02", "2024-01-04"])
    >>> fill_gaps(pd.Series([1.0, 2.0, 4.0], index=days), fill="linear").tolist()
    [1.0, 2.0, 3.0, 4.0]
    """
    number = isinstance(fill, numbers.Real) and not isinstance(fill, bool)
    if not (fill is None or number or fill in ("linear", "last")):
        raise ValueError(f"fill={fill!r} must be 'linear', 'last', a number or None")
    data, library, dates = as_pandas(data, "data")
    panel = as_panel(data, id_col=id_col, time_col=time_col, target_col=target_col, freq=freq, allow_gaps=True)
    counts = rows_until_next(panel)
    full, origin, inserted = insert_rows(panel, counts)
    full.values[inserted] = _fillers(panel, counts, inserted, fill)
    answer = to_data(full)
    if panel.answer.kind != "frame":
        return answer
    answer = _other_columns(answer, data, panel, origin, inserted)
    return to_library(answer, replace(panel.answer, library=library, dates=time_col in dates))


def _fillers(panel, counts, inserted, fill):
    if fill == "linear":
        ends = np.cumsum(counts)
        return np.interp(np.flatnonzero(inserted), ends - counts, panel.values)
    if fill == "last":
        return np.repeat(panel.values, counts - 1)
    return np.nan if fill is None else float(fill)


def _other_columns(answer, data, panel, origin, inserted):
    """Bring along the columns of the frame that a panel does not hold."""
    others = [column for column in data.columns if column not in answer.columns]
    if not others:
        return answer
    keys = [key for key in (panel.answer.id_col, panel.answer.time_col) if key is not None]
    rows = data.sort_values(keys)[others].reset_index(drop=True)
    return answer.join(rows.reindex(np.where(inserted, -1, origin)).reset_index(drop=True))[list(data.columns)]
