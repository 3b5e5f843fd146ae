"""The plan: one table of integers that tells the kernels where everything of a network lies.

Row 0 speaks of the whole network, row 1 + layer * n_directions + direction of one recurrent layer. Then come a row for
a decoder that is a layer, one for each category among the inputs, one for each column that decays, and those for
matrices that the way back reads transposed. Offsets ending in `_AT` count numbers from the start of theta (parameters)
or of the arena (the workspace of one tile of rows); an offset of -1 says that the part does not exist, and so does an
address of -1. One table serves networks of any depth with one compiled signature.
"""

import math

import numpy as np
from numba import types
from numba.extending import intrinsic

from .._jit import DISABLED, kernel
from .addresses import array_from, array_in, data_at, field

# row 0: sizes
(
    N_TIMESTEPS, N_FEATURES, N_OUTPUTS, N_TARGETS, N_LAYERS, N_DIRECTIONS, TILE_ROWS, PER_STEP,
    OUT_STEPS, N_SEGMENTS, TOP_SIZE, STATE_SIZE,
    # row 0: the windows; distance of the outputs that the loss wants on the scale of the series, 0 for none
    SCALER, N_COLUMNS, N_SCALED, TARGET_STRIDE, LOCATION_STEP,
    # row 0: the columns of a row, and the features of a segment that are known in the future
    N_WINDOW_ROWS, FIRST_CATEGORY, ROWS_PER_STEP, N_ROWWISE, N_STATIC, N_CATEGORIES, N_DECAYS, FIRST_FUTURE,
    STOP_FUTURE, N_FUTURE, N_LINEAR_FEATURES,
    # row 0: the head in theta
    V_AT, HEAD_B_AT, S_AT, L_AT, P_AT, FUTURE_W_AT, FUTURE_S_AT,
    # row 0: buffers in the arena
    X_AT, Y_AT, CENTRE_AT, SCALE_AT, TOP_AT, DTOP_AT, OUT_AT, DOUT_AT, DY_AT, DX_AT, SPLIT_AT, TURNED_AT, DSTATE_AT,
    SCRATCH_AT, WEIGHT_AT, WANT_DX, SEGMENT_Z_AT, SEGMENT_STATES_AT, SEGMENT_DSTATE_AT, FUTURE_AT, DFUTURE_AT,
    SEGMENT_TOP_AT, SEGMENT_TOP_ROWS, DECODER_X_AT, DECODER_DX_AT,
    # row 0: the cell's numbers of slots and states, and of slots with W and with U
    N_SLOTS, N_STATES, N_INPUT, N_RECURRENT,
    # row 0: addresses, see addresses.py, of the stack, the matrix product, the cell's two loops over time, the loss and
    # the optimiser; and of what only some networks have: how inputs of several kinds are gathered, a decoder, joins of
    # directions and dropout, turns of time, direct paths, outputs on the scale of the series, copies of weights
    STACK, STACK_BACK, MULTIPLY, FORWARD, BACKWARD, LOSS, UPDATE, GATHER, GATHER_BACK, DECODE, DECODE_BACK,
    FIRST_VALUES, JOIN, SPLIT, REVERSE, ADD_REVERSED, RECURRENT_MASK, DIRECT, DIRECT_BACK, DIRECT_INPUT, LOCATE,
    LOCATE_BACK, SPREAD,
    # row 0: the first of the rows for matrices, and their number
    FIRST_MATRIX, N_MATRICES,
    N_NETWORK_COLUMNS,
) = range(90)  # fmt: skip

# rows 1, 2, ...: sizes, parameters in theta, buffers in the arena, columns of the dropout masks, place in the state
(
    INPUT_SIZE, HIDDEN_SIZE, W_AT, U_AT, B_AT, Z_AT, STATES_AT, H_IN_AT, REVERSED_AT, JOINED_AT, MASK_AT,
    KEEP_AT, RECURRENT_KEEP_AT, STATE_AT, N_STEPS,
    # copies of U and of its transposes in the arena, and the numbers from row to row in them, see spreading.py
    U_SPREAD_AT, UT_SPREAD_AT, SPREAD_WIDTH,
    N_LAYER_COLUMNS,
) = range(19)  # fmt: skip

# the rows after the layers, one for each category: the column of its codes, the length of its vectors, where they lie
# in theta, and where those of a step and of a segment begin; rows of a step that have one: all, or the last alone
COLUMN, DIM, E_AT, FEATURE_AT, SEGMENT_FEATURE_AT, N_ROWS = range(6)
# the rows after these, one for each column that decays: after its COLUMN, that of the times, and its place in theta
DELTA_COLUMN, DECAY_W_AT, DECAY_B_AT = range(1, 4)
# the rows after these, one for each name of matrices that the way back reads transposed: where they lie in theta, one
# after the other, how many, and their shape
MATRIX_AT, N_ALIKE, N_MATRIX_ROWS, N_MATRIX_COLUMNS = range(4)

WIDTH = max(N_NETWORK_COLUMNS, N_LAYER_COLUMNS)  # of the table


@intrinsic
def net(typing_context, plan, column):
    """The number in a column of row 0."""
    return types.int64(plan, types.intp), lambda *code: _number(*code[:3], code[3][0], code[3][1])


@intrinsic
def row(typing_context, plan, i, column):
    """The number in a column of row i."""

    def codegen(context, builder, signature, args):
        first = builder.mul(args[1], context.get_constant(types.intp, WIDTH))
        return _number(context, builder, signature, args[0], builder.add(first, args[2]))

    return types.int64(plan, types.intp, types.intp), codegen


def _number(context, builder, signature, plan, place):
    return builder.load(builder.gep(field(context, builder, signature.args[0], plan, "data"), [place]))


def _view(buffer, n_dimensions):
    """Signature and code of a contiguous array over a part of a buffer, as an intrinsic needs them."""
    array_type = buffer.copy(ndim=n_dimensions, layout="C")

    def codegen(context, builder, signature, args):
        array, at, n0, *lengths = args
        zero = context.get_constant(types.intp, 0)
        exists = builder.icmp_signed(">=", at, zero)
        data = field(context, builder, signature.args[0], array, "data")
        data = builder.gep(data, [builder.select(exists, at, zero)])
        return array_in(context, builder, array_type, data, [builder.select(exists, n0, zero), *lengths])

    return array_type(buffer, *[types.intp] * (1 + n_dimensions)), codegen


@intrinsic
def view1(typing_context, buffer, at, n0):
    """The (n0,) array that begins `at` numbers into a contiguous array; empty when at < 0."""
    return _view(buffer, 1)


@intrinsic
def view2(typing_context, buffer, at, n0, n1):
    """The (n0, n1) array that begins there."""
    return _view(buffer, 2)


@intrinsic
def view3(typing_context, buffer, at, n0, n1, n2):
    """The (n0, n1, n2) array that begins there."""
    return _view(buffer, 3)


@intrinsic
def view4(typing_context, buffer, at, n0, n1, n2, n3):
    """The (n0, n1, n2, n3) array that begins there."""
    return _view(buffer, 4)


@kernel
def no_keep(plan):
    """The dropout masks of a network that has none, (0, 0)."""
    return array_from(data_at(plan), (0, 0), np.uint8)


if DISABLED:

    def net(plan, column):
        """As above."""
        return plan[0, column]

    def row(plan, i, column):
        """As above."""
        return plan[i, column]

    def view1(buffer, at, *shape):
        """As above, for any number of dimensions."""
        flat = buffer.reshape(-1)
        return flat[at : at + math.prod(shape)].reshape(shape) if at >= 0 else flat[:0].reshape(0, *shape[1:])

    view2 = view3 = view4 = view1

    def no_keep(plan):
        """As above."""
        return np.empty((0, 0), np.uint8)
