"""Rows for the steps to forecast, which carry what is known of them."""

from dataclasses import replace

import numpy as np
import pandas as pd

from rnnforecast.forecasting.covariates.rows import join_columns


def extended(panel, h, future=None):
    """Put h rows under each series, with the stamps that follow it.

    Parameters
    ----------
    panel : Panel
    h : int
    future : DataFrame of n_series * h rows, optional
        Columns that are known ahead, as `as_future` returns them. All other columns repeat their last row.

    Returns
    -------
    extended : Panel
        The targets of the new rows repeat the last one, so that transforms can take them; nobody reads them.
    ends : ndarray of shape (n_series,), int64
        Where the new rows of each series begin.
    """
    ends = panel.indptr[1:] + h * np.arange(panel.n_series)
    indptr = np.concatenate([[0], ends + h])
    origin = np.repeat(panel.indptr[:-1], panel.lengths + h) + np.arange(indptr[-1])
    origin -= np.repeat(indptr[:-1], panel.lengths + h)
    new = (ends[:, None] + np.arange(h)).reshape(-1)
    origin[new] = np.repeat(panel.indptr[1:] - 1, h)
    place = origin.copy()  # in the old rows with the new ones under them
    place[new] = panel.n_rows + np.arange(len(new))
    times = panel.times.append(panel.future_times(h))[place]
    columns = panel.columns
    if columns is not None:
        under = columns.iloc[np.repeat(panel.indptr[1:] - 1, h)].reset_index(drop=True)
        if future is not None:
            under = pd.DataFrame({name: future[name] if name in future else under[name] for name in columns.columns})
        columns = join_columns(columns, under).iloc[place].reset_index(drop=True)
    return replace(panel, values=panel.values[origin], indptr=indptr, times=times, columns=columns), ends
