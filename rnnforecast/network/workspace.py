"""What the kernels need to run one network over one kind of windows: its plan, and how much workspace."""

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from .planning import CACHE_LINE, Plan

TAPE_BYTES = 768 * 1024  # what forward leaves for backward should stay in a core's second-level cache
LEAST_ROWS, MOST_ROWS = 8, 32


@dataclass(frozen=True)
class Workspace:
    """The plan of one network over one kind of windows.

    Attributes
    ----------
    plan : (n_rows, n) int64 array
        See kernels/plan.py.
    arena_size : int
        Numbers that one thread needs as workspace.
    keep : (n,) float32 array
        The probability to keep each unit that a sample's dropout masks speak of; empty without dropout.
    tile_rows : int
        Rows that run through forward and backward together. It follows from the architecture alone, never from the
        machine or the number of threads, so that sums have the same order everywhere.
    work : float
        Multiply-adds of one row, forward.
    """

    plan: np.ndarray
    arena_size: int
    keep: np.ndarray
    tile_rows: int
    work: float


def aligned(shape, dtype):
    """Zeros that begin on a cache line."""
    size = math.prod(shape)
    whole = np.zeros(size + CACHE_LINE // dtype.itemsize, dtype)
    at = -whole.ctypes.data % CACHE_LINE // dtype.itemsize
    return whole[at : at + size].reshape(shape)


def tile_rows(network, n_timesteps, itemsize=4):
    """Rows of a tile: as many as keep the tape in the cache, a multiple of the product's block of rows."""
    cell = network.cell
    hidden = sum(network.hidden_sizes) * network.n_directions
    per_row = itemsize * n_timesteps * hidden * (cell.n_slots + cell.n_states)
    rows = TAPE_BYTES // per_row // LEAST_ROWS * LEAST_ROWS
    return min(max(rows, LEAST_ROWS), MOST_ROWS)


def make_workspace(network, windows, loss=None, optimiser=None, **options):
    """The Workspace for a network over these windows; to train, with a loss and an optimiser.

    Options are `dropout` and `recurrent_dropout`, `want_dx` for the gradient of the input, and `rows` of a tile.
    """
    if network.inputs is not None:
        network.inputs.check(windows)
    return _workspace(network, windows.shape, windows.values.dtype, loss, optimiser, **options)


@lru_cache(maxsize=128)  # it holds addresses of this process, and is never stored
def _workspace(network, shape, dtype, loss, optimiser, *, dropout=0.0, recurrent_dropout=0.0, want_dx=False, rows=None):
    _check(network, shape, loss, want_dx)
    cell, T = network.cell, shape.n_timesteps
    rows = rows or tile_rows(network, T)
    options = {"dropout": dropout, "recurrent_dropout": recurrent_dropout, "want_dx": want_dx}
    plan = Plan(network, shape, dtype, rows, loss, optimiser, **options)
    work = sum(
        T * h * (cell.n_input * f + cell.n_recurrent * h)
        for h, f in zip(network.hidden_sizes, network.input_sizes, strict=True)
    )
    return Workspace(plan.table, plan.arena_size, plan.keep, rows, float(work * network.n_directions))


def _check(network, shape, loss, want_dx):
    """Raise ValueError where a network does not fit the windows or the loss."""
    if shape.n_features != network.n_features and network.inputs is None:
        raise ValueError(f"the network reads {network.n_features} features; the windows have {shape.n_features}")
    if network.n_linear not in (0, shape.n_timesteps):
        raise ValueError(
            f"the network's linear map reads {network.n_linear} steps; the windows have {shape.n_timesteps}"
        )
    if network.n_future and network.rows_per_answer != shape.n_targets:
        raise ValueError(
            f"the network answers for {network.rows_per_answer} rows; the windows have {shape.n_targets} targets"
        )
    if network.decoder != "sequential":
        return
    if shape.n_columns < 1:
        raise ValueError("a sequential decoder reads the target in column 0 of windows; they have n_columns=0")
    if loss and (loss.link != "identity" or loss.on_series_scale or shape.n_targets != network.n_outputs):
        raise ValueError(
            f"a sequential decoder reads its own answers as values of the target: it needs a loss whose link is the "
            f"identity, not {loss.link!r} of {loss.name!r}, and {network.n_outputs} targets of a segment, not "
            f"{shape.n_targets}"
        )
    if want_dx and loss is None:
        raise ValueError("gradients of the inputs need decoder='parallel': a sequential one reads its own answers")
