"""What a network reads of a series and what it answers, and the windows that this makes of a panel."""

from dataclasses import dataclass, replace

import numpy as np

from ...kernels.scalers import SCALERS
from ...network.windows import Windows

LARGEST = 1e15  # sums of squares of such numbers stay within float32


@dataclass(frozen=True)
class Reach:
    """What a network reads of a window, and what it answers.

    Parameters
    ----------
    n_inputs : int
        Rows of a window, a multiple of `segment`.
    n_outputs : int
        Rows of one answer.
    segment : int
        Rows that make one step of the network.
    n_segments : int
        Answers that make the horizon, decoded one by one; 0 for one that is all of it.
    n_leads : int
        Networks that share the horizon, each with answers that begin one row later than those of the one before.
    """

    n_inputs: int
    n_outputs: int
    segment: int = 1
    n_segments: int = 0
    n_leads: int = 1

    @property
    def n_steps(self):
        """Steps of the network."""
        return self.n_inputs // self.segment

    @property
    def n_answers(self):
        """Rows that one network answers."""
        return self.n_outputs * max(self.n_segments, 1)

    @property
    def n_targets(self):
        """Rows after a window that are targets of any network."""
        return self.n_answers + self.n_leads - 1


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


@dataclass(frozen=True)
class Parts:
    """The windows of several networks, part after part: ``spans[k]`` are those of the k-th."""

    windows: Windows
    spans: np.ndarray

    def __len__(self):
        """The most windows that a network has."""
        return int(np.diff(self.spans, axis=1).max())


def as_float32(panel):
    """Return a transformed panel in float32, or raise where its numbers are too large for sums of squares."""
    largest = np.abs(panel.values).max()
    if not largest <= LARGEST:
        raise ValueError(
            f"data has values up to {largest:.3g} after target_transform and series_scaler; the network needs them "
            f"below {LARGEST:g}: use series_scaler='standard'"
        )
    return panel.with_values(panel.values.astype(np.float32))


def training_windows(rows, reach, scaler, *, local=False):
    """All windows whose targets are known: places in the flat rows, no copies.

    Parameters
    ----------
    rows : Rows
        A series of fewer than ``reach.n_inputs + reach.n_targets`` rows has no window. Those without any known target
        or of no weight are left out.
    reach : Reach
    scaler : str or None
        Scales each window, and its targets with it.
    local : bool
        Whether each series has a network of its own.

    Returns
    -------
    Parts
        One part for each lead, or one for each lead and series.
    """
    counts = np.maximum(np.diff(rows.indptr) - reach.n_inputs - reach.n_targets + 1, 0)
    skipped = np.repeat(rows.indptr[:-1] - np.concatenate([[0], np.cumsum(counts)[:-1]]), counts)
    ends = np.arange(counts.sum(), dtype=np.int64) + skipped + reach.n_inputs
    useful = np.ones(len(ends), bool)
    known = np.isfinite(rows.target)
    if not known.all():
        useful &= _any_after(known, ends, reach.n_targets)
    if rows.weights is not None:
        useful &= _any_after(rows.weights > 0, ends, reach.n_leads)
    if not useful.all():
        counts = np.bincount(np.repeat(np.arange(rows.n_series), counts)[useful], minlength=rows.n_series)
        ends = ends[useful]
    return cut(rows, ends, reach, scaler, counts=counts if local else None, with_targets=True)


def can_train(panel, reach, n_lost, weights=None):
    """Whether each series of a panel, before its transforms, has a window that trains networks.

    Parameters
    ----------
    panel : Panel
    reach : Reach
    n_lost : int
        Rows that the transforms take from each series.
    weights : (n_rows,) array, optional

    Returns
    -------
    (n_series,) bool array
    """
    n_rows, known = reach.n_inputs + n_lost, np.isfinite(panel.values)
    if weights is None and known.all():
        return panel.lengths >= n_rows + reach.n_targets
    places = np.arange(panel.n_rows)
    begins, stops = np.repeat(panel.indptr[:-1], panel.lengths), np.repeat(panel.indptr[1:], panel.lengths)
    found = (places >= begins + n_rows) & (places + reach.n_targets <= stops)
    found &= _any_after(known, places, reach.n_targets)
    if weights is not None:
        found &= _any_after(weights > 0, places, reach.n_leads)
    return np.logical_or.reduceat(found, panel.indptr[:-1])


def _any_after(flags, places, n):
    """Whether any of the n flags from each place on is up."""
    counts = np.concatenate([[0], np.cumsum(flags)])
    return counts[np.minimum(places + n, len(flags))] > counts[places]


def cut(rows, ends, reach, scaler, *, counts=None, with_targets=False):
    """Windows that end before the rows `ends`, as the parts of as many networks as share the horizon.

    Parameters
    ----------
    rows : Rows
    ends : (n,) int64 array
        The row after each window.
    reach : Reach
    scaler : str or None
    counts : (n_series,) int array, optional
        How many of these windows belong to each series, in order, where each series has networks of its own.
    with_targets : bool
    """
    C, inputs, n = rows.n_columns, rows.inputs, len(ends)
    starts, first = (ends - reach.n_inputs) * C, ends
    if reach.n_leads > 1:  # else no copies: there may be millions of windows
        starts, first = np.tile(starts, reach.n_leads), np.tile(ends, reach.n_leads)
        first += np.repeat(np.arange(reach.n_leads), n)
    fields = {}
    if with_targets:
        fields = {"targets": rows.target, "offsets": first}
        if rows.weights is not None:
            fields["weights"] = rows.weights[first]
    if inputs is not None and inputs.has_future:
        if n and first.max() + reach.n_answers > len(rows.target):
            raise ValueError(f"rows end {len(rows.target) - first.max()} after a window; {reach.n_answers} are read")
        fields["futures"] = first * C
    windows = Windows(
        values=rows.values,
        starts=starts,
        n_timesteps=reach.n_steps,
        n_features=reach.segment * C,
        n_targets=reach.n_outputs,
        stride=reach.n_outputs if reach.n_segments else 0,
        scaler=SCALERS.get(scaler),
        n_columns=C,
        n_scaled=1 if inputs is None else inputs.n_scaled,
        **fields,
    )
    sizes = np.tile([n] if counts is None else counts, reach.n_leads)
    edges = np.concatenate([[0], np.cumsum(sizes)])
    return Parts(windows, np.stack([edges[:-1], edges[1:]], axis=1))


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
