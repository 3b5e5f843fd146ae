"""The rows of a panel as networks read them: flat, in float32, with room for every window."""

from dataclasses import dataclass, replace

import numpy as np

LARGEST = 1e15  # sums of squares of such numbers stay within float32


@dataclass(frozen=True)
class Rows:
    """Series end to end as the networks read them: transformed, in float32, row by row.

    Parameters
    ----------
    values : (n_rows * n_columns,) float32 array
        The target is the first column.
    target : (n_rows,) float32 array
        The same numbers; NaN where the data have none.
    indptr : (n_series + 1,) int64 array
        The rows ``indptr[i]:indptr[i + 1]`` are those of series i.
    inputs : Inputs or None
        What the columns are; None for the target alone.
    weights : (n_rows,) float32 array or None
        How much each row counts as the first one after a window.
    lags : tuple of int
        How many rows back the columns after the target are the target's own.
    observed : int or None
        The column that says whether the target is known; the next one says for how long it has not been.
    """

    values: np.ndarray
    target: np.ndarray
    indptr: np.ndarray
    inputs: object = None
    weights: np.ndarray | None = None
    lags: tuple = ()
    observed: int | None = None

    @property
    def n_columns(self):
        """Numbers in a row."""
        return 1 if self.inputs is None else self.inputs.n_columns

    @property
    def n_series(self):
        """Number of series."""
        return len(self.indptr) - 1

    @classmethod
    def of_target(cls, panel):
        """The rows of a transformed panel without covariates."""
        values = as_float32(panel).values
        return cls(values, values, panel.indptr)


def as_float32(panel):
    """Return a transformed panel in float32, or raise where its numbers are too large for sums of squares."""
    largest = np.abs(panel.values).max()
    if not largest <= LARGEST:
        raise ValueError(
            f"data has values up to {largest:.3g} after target_transform and series_scaler; the network needs them "
            f"below {LARGEST:g}: use series_scaler='standard'"
        )
    return panel.with_values(panel.values.astype(np.float32))


def with_short_series(rows, reach):
    """Rows in which series that are shorter than a window, but not than their targets, have a training window.

    Parameters
    ----------
    rows : Rows
        With columns that say what is known: what stands before a series is not.
    reach : Reach

    Returns
    -------
    Rows
    """
    lengths = np.diff(rows.indptr)
    first = np.minimum(reach.n_inputs, lengths - reach.n_targets)
    series = np.flatnonzero(first > 0)
    return padded(rows, series, rows.indptr[series] + first[series], reach.n_inputs)[0]


def padded(rows, series, ends, n_inputs):
    """Rows in which every window has room, as series that are too short go on into the past with their first row.

    Where columns say what is known, that row is not known so far back.

    Parameters
    ----------
    rows : Rows
    series, ends : (n,) int64 array
        The series of each window, rising, and the row after it.
    n_inputs : int

    Returns
    -------
    rows : Rows
        The same where nothing is short.
    ends : (n,) int64 array
        The places in them.
    """
    short = np.zeros(rows.n_series, np.int64)
    np.maximum.at(short, series, rows.indptr[series] + n_inputs - ends)
    if not short.any():
        return rows, ends
    lengths = np.diff(rows.indptr)
    indptr = np.concatenate([[0], np.cumsum(lengths + short)])
    row = np.arange(indptr[-1]) - np.repeat(indptr[:-1] + short, lengths + short)  # of its series; below 0 before it
    at = np.repeat(rows.indptr[:-1], lengths + short) + np.maximum(row, 0)
    table, target, before = rows.values.reshape(-1, rows.n_columns)[at], rows.target[at], row < 0
    if rows.observed is not None and before.any():
        table[before, rows.observed] = 0
        table[before, rows.observed + 1] = np.log1p(1 + (row + np.repeat(short, lengths + short))[before])
        target[before] = np.nan
    weights = None if rows.weights is None else rows.weights[at]
    longer = replace(rows, values=table.reshape(-1), target=target, indptr=indptr, weights=weights)
    return longer, ends - rows.indptr[series] + indptr[series] + short[series]
