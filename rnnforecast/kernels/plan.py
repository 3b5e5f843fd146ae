"""The plan: one table of integers that tells the kernels where everything of a network lies.

Row 0 speaks of the whole network, row 1 + layer * n_directions + direction of one recurrent layer. Offsets ending in
`_AT` count numbers from the start of theta (parameters) or of the arena (the workspace of one tile of rows); an offset
of -1 says that the part does not exist. One table serves networks of any depth with one compiled signature.
"""

import numpy as np

from .._jit import DISABLED, kernel
from .addresses import array_at, carray, data_at, pointer

# row 0: sizes
(
    N_TIMESTEPS, N_FEATURES, N_OUTPUTS, N_TARGETS, N_LAYERS, N_DIRECTIONS, TILE_ROWS, PER_STEP, TOP_SIZE, STATE_SIZE,
    # row 0: the windows
    SCALER, N_COLUMNS, N_SCALED, TARGET_STRIDE,
    # row 0: the head in theta
    V_AT, HEAD_B_AT, S_AT,
    # row 0: buffers in the arena
    X_AT, Y_AT, CENTRE_AT, SCALE_AT, TOP_AT, DTOP_AT, OUT_AT, DOUT_AT, DY_AT, DX_AT, SPLIT_AT, TURNED_AT, DSTATE_AT,
    SCRATCH_AT, WEIGHT_AT, WANT_DX,
    # row 0: the cell's numbers of slots and states, and of slots with W and with U
    N_SLOTS, N_STATES, N_INPUT, N_RECURRENT,
    # row 0: addresses of the matrix product, the cell's two loops over time, the loss and
    # the optimiser, see addresses.py
    MULTIPLY, FORWARD, BACKWARD, LOSS, UPDATE, VALUE_AT,
    N_NETWORK_COLUMNS,
) = range(44)  # fmt: skip

# rows 1, 2, ...: sizes, parameters in theta, buffers in the arena, columns of the dropout masks, place in the state
(
    INPUT_SIZE, HIDDEN_SIZE, W_AT, U_AT, B_AT, Z_AT, STATES_AT, H_IN_AT, REVERSED_AT, JOINED_AT, MASK_AT,
    KEEP_AT, RECURRENT_KEEP_AT, STATE_AT,
    N_LAYER_COLUMNS,
) = range(15)  # fmt: skip


@kernel
def view1(buffer, at, n0):
    """The (n0,) array that begins at `at`."""
    return array_at(buffer, at, (n0,))


@kernel
def no_keep(plan):
    """The dropout masks of a network that has none, (0, 0)."""
    return carray(pointer(data_at(plan)), (0, 0), np.uint8)


if DISABLED:

    def no_keep(plan):
        """The interpreted form."""
        return np.empty((0, 0), np.uint8)


@kernel
def view2(buffer, at, n0, n1):
    """The (n0, n1) array that begins at `at`; empty when at < 0."""
    return array_at(buffer, max(at, 0), (n0 if at >= 0 else 0, n1))


@kernel
def view3(buffer, at, n0, n1, n2):
    """The (n0, n1, n2) array that begins at `at`; empty when at < 0."""
    return array_at(buffer, max(at, 0), (n0 if at >= 0 else 0, n1, n2))


@kernel
def view4(buffer, at, n0, n1, n2, n3):
    """The (n0, n1, n2, n3) array that begins at `at`."""
    return array_at(buffer, at, (n0, n1, n2, n3))
