"""Build the plan that the kernels read: sizes, places of parameters in theta, places of buffers in the arena."""

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from ..kernels import plan as p
from .linking import addresses, is_located

TAPE_BYTES = 768 * 1024  # what forward leaves for backward should stay in a core's second-level cache
LEAST_ROWS, MOST_ROWS = 8, 32
CACHE_LINE = 64  # bytes: buffers begin on one, so that no vector lies across two


@dataclass(frozen=True)
class Workspace:
    """The plan of one network over one kind of windows.

    Attributes
    ----------
    plan : (1 + n_layers * n_directions + n_categories + n_decays + n_matrix_names, n) int64 array
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


class _Places:
    """Hands out places one after the other, each at a multiple of `step`."""

    def __init__(self, step=1):
        self.size, self.step = 0, step

    def take(self, *shape):
        at = -(-self.size // self.step) * self.step
        self.size = at + math.prod(shape)
        return at


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
    T, F, O = shape.n_timesteps, network.n_features, network.n_outputs
    cell = network.cell
    B = rows or tile_rows(network, T)
    last, joins = network.n_layers - 1, network.bidirectional or dropout > 0
    theta, arena, keep, state = network.layout.offsets, _Places(CACHE_LINE // dtype.itemsize), _Places(), _Places()
    keep_chances = []
    steps, Q = network.n_out_steps(T), network.n_segments
    if network.n_linear not in (0, T):
        raise ValueError(f"the network's linear map reads {network.n_linear} steps; the windows have {T}")

    inputs, is_sequential = network.inputs, network.decoder == "sequential"
    n_layer_rows = network.n_layers * network.n_directions + is_sequential
    categories, decays = ((), ()) if inputs is None else (inputs.categories, inputs.decay)
    if network.n_future and network.rows_per_answer != shape.n_targets:
        raise ValueError(
            f"the network answers for {network.rows_per_answer} rows; the windows have {shape.n_targets} targets"
        )
    if is_sequential:
        _check_sequential(network, shape, loss, want_dx)
    has_way_back = bool(loss or want_dx)
    want_dx = bool(want_dx or (loss and (categories or decays)))

    first_matrix, matrices = 1 + n_layer_rows + len(categories) + len(decays), _matrices(network, want_dx)
    plan = np.full((first_matrix + len(matrices), p.WIDTH), -1, np.int64)
    plan[first_matrix:, [p.MATRIX_AT, p.N_ALIKE, p.N_MATRIX_ROWS, p.N_MATRIX_COLUMNS]] = matrices
    net = plan[0]
    sizes = {
        p.N_TIMESTEPS: T, p.N_FEATURES: F, p.N_OUTPUTS: O, p.N_TARGETS: shape.n_targets,
        p.N_LAYERS: network.n_layers, p.N_DIRECTIONS: network.n_directions, p.TILE_ROWS: B,
        p.PER_STEP: network.per_step, p.OUT_STEPS: steps, p.N_SEGMENTS: Q,
        p.TOP_SIZE: network.top_size, p.STATE_SIZE: network.state_size,
        p.N_COLUMNS: shape.n_columns, p.N_SCALED: shape.n_scaled,
        p.TARGET_STRIDE: shape.stride, p.WANT_DX: want_dx,
        p.LOCATION_STEP: O // shape.n_targets if is_located(loss, shape) else 0,
        p.N_SLOTS: cell.n_slots, p.N_STATES: cell.n_states, p.N_INPUT: cell.n_input, p.N_RECURRENT: cell.n_recurrent,
        p.FIRST_MATRIX: first_matrix, p.N_MATRICES: len(matrices),
        p.V_AT: theta["head.V"], p.HEAD_B_AT: theta["head.b"], p.S_AT: theta.get("head.S", -1),
        p.L_AT: theta.get("head.L", -1), p.P_AT: theta.get("decoder.P", -1),
        p.FIRST_CATEGORY: 1 + n_layer_rows, p.N_WINDOW_ROWS: T * shape.n_features // max(shape.n_columns, 1),
        p.N_LINEAR_FEATURES: network.n_linear_features, p.N_FUTURE: network.n_future,
        p.FUTURE_W_AT: -1 if is_sequential else theta.get("decoder.W", -1), p.FUTURE_S_AT: theta.get("decoder.S", -1),
    }  # fmt: skip
    options = {"want_dx": want_dx, "has_way_back": has_way_back, "recurrent_dropout": recurrent_dropout}
    sizes |= addresses(network, shape, dtype, loss, optimiser, **options)
    widest_input, widest = max(network.input_sizes), max(network.hidden_sizes)
    buffers = {
        p.X_AT: (T, B, F), p.Y_AT: (steps, B, shape.n_targets), p.CENTRE_AT: (B,), p.SCALE_AT: (B,),
        p.TOP_AT: (B, network.top_size), p.DTOP_AT: (steps, B, network.top_size),
        p.OUT_AT: (steps, B, O), p.DOUT_AT: (steps, B, O), p.WEIGHT_AT: (B,), p.SCRATCH_AT: (B, widest),
        p.DSTATE_AT: (cell.n_states, B, widest),
    }  # fmt: skip
    if network.n_layers > 1 or want_dx:
        buffers |= {p.DY_AT: (T, B, widest_input), p.DX_AT: (T, B, widest_input)}
    if Q and not is_sequential:
        n = Q * B * network.top_size
        buffers |= {
            p.SEGMENT_Z_AT: (cell.n_slots, n), p.SEGMENT_STATES_AT: (cell.n_states, 2, n),
            p.SEGMENT_DSTATE_AT: (cell.n_states, n),
        }  # fmt: skip
    if network.n_future:
        buffers[p.FUTURE_AT] = (Q, B, network.n_future)
        if want_dx:
            buffers[p.DFUTURE_AT] = (Q, B, network.n_future)
    if joins:
        buffers[p.SPLIT_AT] = (T, B, widest)
    if network.bidirectional:
        buffers[p.TURNED_AT] = (T, B, widest_input)
    if inputs is not None:
        sizes |= _describe_inputs(network, plan[1 + n_layer_rows :])
    for column, value in sizes.items():
        net[column] = value
    for column, lengths in buffers.items():
        net[column] = arena.take(*lengths)

    if Q and not is_sequential:
        net[p.SEGMENT_TOP_AT], net[p.SEGMENT_TOP_ROWS] = net[p.SEGMENT_STATES_AT], Q

    for i, (layer, direction, prefix) in enumerate(network.prefixes()):
        H, F_in = network.hidden_sizes[layer], network.input_sizes[layer]
        D = H * network.n_directions
        row = plan[1 + i]
        row[p.INPUT_SIZE], row[p.HIDDEN_SIZE], row[p.N_STEPS] = F_in, H, T
        row[p.W_AT], row[p.U_AT], row[p.B_AT] = (theta[f"{prefix}.{name}"] for name in "WUb")
        row[p.Z_AT] = arena.take(cell.n_slots, T, B, H)
        row[p.STATES_AT] = arena.take(cell.n_states, T + 1, B, H)
        row[p.STATE_AT] = state.take(cell.n_states, H)
        if direction:
            row[p.REVERSED_AT] = arena.take(T, B, F_in)
        if joins and (layer < last or network.per_step or Q):
            joined = Q if Q and layer == last else T
            row[p.JOINED_AT] = arena.take(joined, B, D) if direction == 0 else plan[i, p.JOINED_AT]
        if dropout > 0:
            keeps = steps if layer == last else T
            row[p.KEEP_AT] = keep.take(keeps, D) if direction == 0 else plan[i, p.KEEP_AT]
            keep_chances += [1 - dropout] * (keep.size - len(keep_chances))
        if recurrent_dropout > 0:
            row[p.RECURRENT_KEEP_AT] = keep.take(H)
            keep_chances += [1 - recurrent_dropout] * H
            row[p.MASK_AT], row[p.H_IN_AT] = arena.take(B, H), arena.take(T, B, H)
    if is_sequential:
        _describe_decoder(network, plan, arena, B, is_forced=bool(loss))
    work = sum(
        T * h * (cell.n_input * f + cell.n_recurrent * h)
        for h, f in zip(network.hidden_sizes, network.input_sizes, strict=True)
    )
    chances = np.array(keep_chances, dtype=np.float32)
    return Workspace(plan, arena.size, chances, B, float(work * network.n_directions))


def _matrices(network, want_dx):
    """(place in theta, how many, rows, columns) of the matrices that the way back reads transposed."""
    wanted = {"W", "U", "V", "S", "L"} if want_dx else {"W", "U", "V"}
    return [
        (network.layout.offsets[name], math.prod(shape[:-2]), *shape[-2:])
        for name, shape in network.layout.shapes.items()
        if name.rpartition(".")[2] in wanted
    ]


def _check_sequential(network, shape, loss, want_dx):
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


def _describe_decoder(network, plan, arena, B, *, is_forced):
    """Fill the row of a sequential decoder, and what row 0 says of it; with true values all segments are one run."""
    cell, theta, Q, H = network.cell, network.layout.offsets, network.n_segments, network.hidden_sizes[-1]
    net, row, n_steps = plan[0], plan[1 + network.n_layers], Q if is_forced else 1
    size = network.n_outputs + network.n_future
    row[p.INPUT_SIZE], row[p.HIDDEN_SIZE], row[p.N_STEPS] = size, H, n_steps
    row[p.W_AT], row[p.U_AT], row[p.B_AT] = (theta[f"decoder.{name}"] for name in "WUb")
    row[p.Z_AT] = arena.take(cell.n_slots, n_steps, B, H)
    row[p.STATES_AT] = arena.take(cell.n_states, n_steps + 1, B, H)
    net[p.DECODER_X_AT] = arena.take(n_steps, B, size)
    if not is_forced:
        net[p.SEGMENT_TOP_AT], net[p.SEGMENT_TOP_ROWS] = arena.take(Q, B, H), 0
        return
    net[p.SEGMENT_TOP_AT], net[p.SEGMENT_TOP_ROWS] = row[p.STATES_AT], 1  # the first are the initial states
    net[p.SEGMENT_DSTATE_AT] = arena.take(cell.n_states, Q * B * H)
    if net[p.DFUTURE_AT] >= 0:
        net[p.DECODER_DX_AT] = arena.take(Q, B, size)


def _describe_inputs(network, rows):
    """Fill the rows of the plan for categories and decays; return what row 0 says of the inputs."""
    inputs, theta = network.inputs, network.layout.offsets
    n_categories = len(inputs.categories)
    for i, (category, column, at, future_at) in enumerate(inputs.places(network.rows_per_answer)):
        row = rows[i]
        row[p.COLUMN], row[p.DIM], row[p.E_AT] = column, category.dim, theta[f"embedding{i}.E"]
        row[p.FEATURE_AT], row[p.N_ROWS] = at, 1 if category.is_static else inputs.rows_per_step
        if future_at is not None:
            row[p.SEGMENT_FEATURE_AT] = future_at
    for i, (column, delta_column) in enumerate(inputs.decay):
        row = rows[n_categories + i]
        row[p.COLUMN], row[p.DELTA_COLUMN] = column, delta_column
        row[p.DECAY_W_AT], row[p.DECAY_B_AT] = theta["decay.w"] + i, theta["decay.b"] + i
    return {
        p.ROWS_PER_STEP: inputs.rows_per_step, p.N_ROWWISE: inputs.n_rowwise, p.N_STATIC: inputs.n_static,
        p.N_CATEGORIES: n_categories, p.N_DECAYS: len(inputs.decay), p.FIRST_FUTURE: inputs.future[0],
        p.STOP_FUTURE: inputs.future[1],
    }  # fmt: skip
