"""The windows of a panel's rows: those that train networks, and those before rows to forecast from."""

from dataclasses import dataclass

import numpy as np

from ...kernels.scalers import SCALERS
from ...network.windows import Windows


@dataclass(frozen=True)
class Parts:
    """The windows of several networks, part after part: ``spans[k]`` are those of the k-th."""

    windows: Windows
    spans: np.ndarray

    def __len__(self):
        """The most windows that a network has."""
        return int(np.diff(self.spans, axis=1).max())


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
