"""Fill the plan that the kernels read: sizes, places of parameters in theta, places of buffers in the arena."""

import math

import numpy as np

from ..kernels import plan as p
from ..kernels.spreading import spread_width
from .linking import addresses, is_located

CACHE_LINE = 64  # bytes: buffers begin on one, so that no vector lies across two


class _Places:
    """Hands out places one after the other, each at a multiple of `step`."""

    def __init__(self, step=1):
        self.size, self.step = 0, step

    def take(self, *shape):
        at = -(-self.size // self.step) * self.step
        self.size = at + math.prod(shape)
        return at


class Plan:
    """The plan of one network over windows of one shape, and what was counted on the way.

    Parameters
    ----------
    network : Network
    shape : WindowShape
    dtype : dtype
    rows : int
        Rows of a tile.
    loss, optimiser : Loss, Optimiser or None
    dropout, recurrent_dropout : float
    want_dx : bool
        Whether the gradient of the inputs is wanted.

    Attributes
    ----------
    table : (n_rows, n) int64 array
        See kernels/plan.py.
    arena_size : int
        Numbers that one thread needs as workspace.
    keep : (n,) float32 array
        The probability to keep each unit that a sample's dropout masks speak of.
    """

    def __init__(self, network, shape, dtype, rows, loss, optimiser, *, dropout, recurrent_dropout, want_dx):
        self.network, self.shape, self.rows, self.loss = network, shape, rows, loss
        self.dropout, self.recurrent_dropout = dropout, recurrent_dropout
        self.is_sequential = network.decoder == "sequential"
        self.inputs = network.inputs
        kinds = ((), ()) if self.inputs is None else (self.inputs.categories, self.inputs.decay)
        has_way_back = bool(loss or want_dx)
        self.want_dx = bool(want_dx or (loss and any(kinds)))
        self.itemsize = dtype.itemsize
        self._arena, self._state = _Places(CACHE_LINE // dtype.itemsize), _Places()
        self._masks, self._chances = _Places(), []

        self.first_category = 1 + network.n_layers * network.n_directions + self.is_sequential
        self.first_matrix, matrices = self.first_category + sum(map(len, kinds)), self._matrices()
        self.table = np.full((self.first_matrix + len(matrices), p.WIDTH), -1, np.int64)
        self.table[self.first_matrix :, [p.MATRIX_AT, p.N_ALIKE, p.N_MATRIX_ROWS, p.N_MATRIX_COLUMNS]] = matrices
        options = {"want_dx": self.want_dx, "has_way_back": has_way_back, "recurrent_dropout": recurrent_dropout}
        self._write(addresses(network, shape, dtype, loss, optimiser, **options))
        self._write(self._sizes() | self._parameters() | {p.N_MATRICES: len(matrices)})
        self._write({column: self._arena.take(*lengths) for column, lengths in self._buffers().items()})
        for i, (layer, direction, prefix) in enumerate(network.prefixes()):
            self._describe_layer(i, layer, direction, prefix)
        if self.inputs is not None:
            self._describe_inputs()
        if self.is_sequential:
            self._describe_decoder()
        elif network.n_segments:
            self._write({p.SEGMENT_TOP_AT: self.table[0, p.SEGMENT_STATES_AT], p.SEGMENT_TOP_ROWS: network.n_segments})
        self.arena_size, self.keep = self._arena.size, np.array(self._chances, dtype=np.float32)

    def _write(self, columns):
        """Write columns of row 0."""
        for column, value in columns.items():
            self.table[0, column] = value

    def _sizes(self):
        network, shape, cell = self.network, self.shape, self.network.cell
        T, O = shape.n_timesteps, network.n_outputs
        return {
            p.N_TIMESTEPS: T, p.N_FEATURES: network.n_features, p.N_OUTPUTS: O, p.N_TARGETS: shape.n_targets,
            p.N_LAYERS: network.n_layers, p.N_DIRECTIONS: network.n_directions, p.TILE_ROWS: self.rows,
            p.PER_STEP: network.per_step, p.OUT_STEPS: network.n_out_steps(T), p.N_SEGMENTS: network.n_segments,
            p.TOP_SIZE: network.top_size, p.STATE_SIZE: network.state_size, p.N_COLUMNS: shape.n_columns,
            p.N_SCALED: shape.n_scaled, p.TARGET_STRIDE: shape.stride, p.WANT_DX: self.want_dx,
            p.LOCATION_STEP: O // shape.n_targets if is_located(self.loss, shape) else 0,
            p.N_WINDOW_ROWS: T * shape.n_features // max(shape.n_columns, 1), p.N_FUTURE: network.n_future,
            p.N_LINEAR_FEATURES: network.n_linear_features, p.N_SLOTS: cell.n_slots, p.N_STATES: cell.n_states,
            p.N_INPUT: cell.n_input, p.N_RECURRENT: cell.n_recurrent, p.FIRST_CATEGORY: self.first_category,
            p.FIRST_MATRIX: self.first_matrix,
        }  # fmt: skip

    def _parameters(self):
        """Where those of the head and the decoder lie in theta."""
        at = self.network.layout.offsets
        return {
            p.V_AT: at["head.V"], p.HEAD_B_AT: at["head.b"], p.S_AT: at.get("head.S", -1),
            p.L_AT: at.get("head.L", -1), p.P_AT: at.get("decoder.P", -1), p.FUTURE_S_AT: at.get("decoder.S", -1),
            p.FUTURE_W_AT: -1 if self.is_sequential else at.get("decoder.W", -1),
        }  # fmt: skip

    def _matrices(self):
        """(place in theta, how many, rows, columns) of the matrices that the way back reads transposed."""
        wanted = {"W", "U", "V", "S", "L"} if self.want_dx else {"W", "U", "V"}
        return [
            (self.network.layout.offsets[name], math.prod(shape[:-2]), *shape[-2:])
            for name, shape in self.network.layout.shapes.items()
            if name.rpartition(".")[2] in wanted
        ]

    def _buffers(self):
        """Shapes of the buffers that row 0 knows."""
        network, shape, B, S = self.network, self.shape, self.rows, self.network.cell.n_states
        T, F, O, Q = shape.n_timesteps, network.n_features, network.n_outputs, network.n_segments
        steps, widest_input, widest = network.n_out_steps(T), max(network.input_sizes), max(network.hidden_sizes)
        shapes = {
            p.X_AT: (T, B, F), p.Y_AT: (steps, B, shape.n_targets), p.CENTRE_AT: (B,), p.SCALE_AT: (B,),
            p.TOP_AT: (B, network.top_size), p.DTOP_AT: (steps, B, network.top_size), p.OUT_AT: (steps, B, O),
            p.DOUT_AT: (steps, B, O), p.WEIGHT_AT: (B,), p.SCRATCH_AT: (B, widest), p.DSTATE_AT: (S, B, widest),
        }  # fmt: skip
        if network.n_layers > 1 or self.want_dx:
            shapes |= {p.DY_AT: (T, B, widest_input), p.DX_AT: (T, B, widest_input)}
        if Q and not self.is_sequential:
            n = Q * B * network.top_size
            shapes |= {
                p.SEGMENT_Z_AT: (network.cell.n_slots, n), p.SEGMENT_STATES_AT: (S, 2, n), p.SEGMENT_DSTATE_AT: (S, n),
            }  # fmt: skip
        if network.n_future:
            shapes[p.FUTURE_AT] = (Q, B, network.n_future)
            if self.want_dx:
                shapes[p.DFUTURE_AT] = (Q, B, network.n_future)
        if self._joins:
            shapes[p.SPLIT_AT] = (T, B, widest)
        if network.bidirectional:
            shapes[p.TURNED_AT] = (T, B, widest_input)
        return shapes

    @property
    def _joins(self):
        """Whether something lies between a layer's states and what reads them: both directions, or dropout."""
        return self.network.bidirectional or self.dropout > 0

    def _describe_layer(self, i, layer, direction, prefix):
        """Fill the row of one direction of one layer."""
        network, T, B, above = self.network, self.shape.n_timesteps, self.rows, self.table[i]
        row, H, F = self.table[1 + i], network.hidden_sizes[layer], network.input_sizes[layer]
        D, Q, is_last = H * network.n_directions, network.n_segments, layer == network.n_layers - 1
        self._describe_cell(row, prefix, F, H, T)
        row[p.STATE_AT] = self._state.take(network.cell.n_states, H)
        width = spread_width(H, self.itemsize)
        if self.loss and width:
            shape = network.cell.n_recurrent, H, width
            row[p.U_SPREAD_AT], row[p.UT_SPREAD_AT] = self._arena.take(*shape), self._arena.take(*shape)
            row[p.SPREAD_WIDTH] = width
        if direction:
            row[p.REVERSED_AT] = self._arena.take(T, B, F)
        if self._joins and (not is_last or network.per_step or Q):
            joined = Q if Q and is_last else T
            row[p.JOINED_AT] = self._arena.take(joined, B, D) if direction == 0 else above[p.JOINED_AT]
        if self.dropout > 0:
            keeps = network.n_out_steps(T) if is_last else T
            row[p.KEEP_AT] = self._mask(self.dropout, keeps, D) if direction == 0 else above[p.KEEP_AT]
        if self.recurrent_dropout > 0:
            row[p.RECURRENT_KEEP_AT] = self._mask(self.recurrent_dropout, H)
            row[p.MASK_AT], row[p.H_IN_AT] = self._arena.take(B, H), self._arena.take(T, B, H)

    def _describe_cell(self, row, prefix, n_features, hidden_size, n_steps):
        """Fill in the sizes, parameters and tape of a recurrent layer."""
        cell, offsets = self.network.cell, self.network.layout.offsets
        row[p.INPUT_SIZE], row[p.HIDDEN_SIZE], row[p.N_STEPS] = n_features, hidden_size, n_steps
        row[p.W_AT], row[p.U_AT], row[p.B_AT] = (offsets[f"{prefix}.{name}"] for name in "WUb")
        row[p.Z_AT] = self._arena.take(cell.n_slots, n_steps, self.rows, hidden_size)
        row[p.STATES_AT] = self._arena.take(cell.n_states, n_steps + 1, self.rows, hidden_size)

    def _mask(self, rate, *shape):
        """Columns of the dropout masks for units of this shape."""
        at = self._masks.take(*shape)
        self._chances += [1 - rate] * (self._masks.size - at)
        return at

    def _describe_decoder(self):
        """Fill the row of a sequential decoder and what row 0 says of it; with true values all segments are one run."""
        network, B, row = self.network, self.rows, self.table[1 + self.network.n_layers]
        Q, H, is_forced = network.n_segments, network.hidden_sizes[-1], bool(self.loss)
        size, n_steps = network.n_outputs + network.n_future, Q if is_forced else 1
        self._describe_cell(row, "decoder", size, H, n_steps)
        self._write({p.DECODER_X_AT: self._arena.take(n_steps, B, size)})
        if not is_forced:
            self._write({p.SEGMENT_TOP_AT: self._arena.take(Q, B, H), p.SEGMENT_TOP_ROWS: 0})
            return
        self._write({p.SEGMENT_TOP_AT: row[p.STATES_AT], p.SEGMENT_TOP_ROWS: 1})  # the first are the initial states
        self._write({p.SEGMENT_DSTATE_AT: self._arena.take(network.cell.n_states, Q * B * H)})
        if self.table[0, p.DFUTURE_AT] >= 0:
            self._write({p.DECODER_DX_AT: self._arena.take(Q, B, size)})

    def _describe_inputs(self):
        """Fill the rows for categories and decays, and what row 0 says of the inputs."""
        inputs, offsets, rows = self.inputs, self.network.layout.offsets, self.table[self.first_category :]
        n_categories = len(inputs.categories)
        for i, (category, column, at, future_at) in enumerate(inputs.places(self.network.rows_per_answer)):
            row = rows[i]
            row[p.COLUMN], row[p.DIM], row[p.E_AT] = column, category.dim, offsets[f"embedding{i}.E"]
            row[p.FEATURE_AT], row[p.N_ROWS] = at, 1 if category.is_static else inputs.rows_per_step
            if future_at is not None:
                row[p.SEGMENT_FEATURE_AT] = future_at
        for i, (column, delta_column) in enumerate(inputs.decay):
            row = rows[n_categories + i]
            row[p.COLUMN], row[p.DELTA_COLUMN] = column, delta_column
            row[p.DECAY_W_AT], row[p.DECAY_B_AT] = offsets["decay.w"] + i, offsets["decay.b"] + i
        self._write({
            p.ROWS_PER_STEP: inputs.rows_per_step, p.N_ROWWISE: inputs.n_rowwise, p.N_STATIC: inputs.n_static,
            p.N_CATEGORIES: n_categories, p.N_DECAYS: len(inputs.decay), p.FIRST_FUTURE: inputs.future[0],
            p.STOP_FUTURE: inputs.future[1],
        })  # fmt: skip
