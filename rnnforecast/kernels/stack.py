"""The whole network over one tile of rows: stacked layers, both directions, and the head.

The plan (see plan.py) says where parameters lie in theta and buffers in the arena, and which code runs the cell and
what else the network has. Both directions of the stack are called by address themselves: training, prediction and
explanation share their code.
"""

from functools import cache

from .._jit import kernel
from . import plan as p
from .addresses import INT, MASKS, MATRIX, PLAN, VECTOR, address_of, call_at
from .head import head_backward, head_forward
from .plan import net, row, view2, view3, view4


@kernel
def layer_row(n_directions, layer, direction):
    """The row of the plan that speaks of one direction of one layer."""
    return 1 + layer * n_directions + direction


@kernel
def layer_states(plan, layer, direction, arena, B):
    """The states (S, T+1, B, H) of one direction of one layer."""
    i = layer_row(net(plan, p.N_DIRECTIONS), layer, direction)
    return view4(
        arena,
        row(plan, i, p.STATES_AT),
        net(plan, p.N_STATES),
        net(plan, p.N_TIMESTEPS) + 1,
        B,
        row(plan, i, p.HIDDEN_SIZE),
    )


@kernel
def input_at(plan, layer, B):
    """Where the input (T, B, F) of a layer lies: the windows, the states of the layer below, or its joined outputs."""
    if layer == 0:
        return net(plan, p.X_AT)
    i = layer_row(net(plan, p.N_DIRECTIONS), layer - 1, 0)
    if row(plan, i, p.JOINED_AT) >= 0:
        return row(plan, i, p.JOINED_AT)
    return row(plan, i, p.STATES_AT) + B * row(plan, i, p.HIDDEN_SIZE)


@kernel
def stack_forward(theta, plan, arena, keep, keep_scale, B):
    """Run all layers over the tile whose input lies in the arena, and the head, which writes the output (R, O) there.

    theta      : (P,)          parameters
    arena      : (n,)          workspace; the input x and the initial states[:, 0] are already there
    keep       : (B, n) uint8  dropout masks, not read where the plan has none
    keep_scale : (2,)          1 / keep probability between layers, and of the recurrent connections
    R is B; or T * B (time-major) when every step has an output; or Q * B when the horizon has Q segments.
    """
    T = net(plan, p.N_TIMESTEPS)
    for layer in range(net(plan, p.N_LAYERS)):
        x_at = input_at(plan, layer, B)
        for direction in range(net(plan, p.N_DIRECTIONS)):
            i = layer_row(net(plan, p.N_DIRECTIONS), layer, direction)
            F, H = row(plan, i, p.INPUT_SIZE), row(plan, i, p.HIDDEN_SIZE)
            source_at = x_at
            if direction == 1:
                source_at = row(plan, i, p.REVERSED_AT)
                call_at(net(plan, p.REVERSE), (view3(arena, x_at, T, B, F), view3(arena, source_at, T, B, F)))
            if row(plan, i, p.MASK_AT) >= 0:
                mask = view2(arena, row(plan, i, p.MASK_AT), B, H)
                call_at(net(plan, p.RECURRENT_MASK), (keep, row(plan, i, p.RECURRENT_KEEP_AT), keep_scale[1:], mask))
            call_at(net(plan, p.FORWARD), (plan, theta, arena, i, source_at, B))
            is_decoded = layer == net(plan, p.N_LAYERS) - 1 and net(plan, p.N_SEGMENTS) > 0
            if row(plan, i, p.JOINED_AT) >= 0 and not is_decoded:
                joined = view3(arena, row(plan, i, p.JOINED_AT), T, B, H * net(plan, p.N_DIRECTIONS))
                h = layer_states(plan, layer, direction, arena, B)[0, 1:]
                call_at(net(plan, p.JOIN), (h, direction, keep, row(plan, i, p.KEEP_AT), keep_scale, joined))
    if net(plan, p.N_SEGMENTS) > 0:
        call_at(net(plan, p.DECODE), (plan, theta, arena, B))
    head_forward(theta, plan, arena, top_features(plan, arena, keep, keep_scale, B), B)


@kernel
def top_features(plan, arena, keep, keep_scale, B):
    """What the head reads, (R, D): joined outputs of every step, decoded segments, or the final states."""
    last = net(plan, p.N_LAYERS) - 1
    D, Q = net(plan, p.TOP_SIZE), net(plan, p.N_SEGMENTS)
    if Q > 0:
        i = layer_row(1, last, 0)
        at = net(plan, p.SEGMENT_TOP_AT) + net(plan, p.SEGMENT_TOP_ROWS) * B * D
        if row(plan, i, p.JOINED_AT) >= 0:
            h, at = view3(arena, at, Q, B, D), row(plan, i, p.JOINED_AT)
            call_at(net(plan, p.JOIN), (h, 0, keep, row(plan, i, p.KEEP_AT), keep_scale, view3(arena, at, Q, B, D)))
        return view2(arena, at, Q * B, D)
    if net(plan, p.PER_STEP):
        i = layer_row(net(plan, p.N_DIRECTIONS), last, 0)
        at = row(plan, i, p.JOINED_AT) if row(plan, i, p.JOINED_AT) >= 0 else row(plan, i, p.STATES_AT) + B * D
        return view2(arena, at, net(plan, p.N_TIMESTEPS) * B, D)
    top = view3(arena, net(plan, p.TOP_AT), 1, B, D)
    for direction in range(net(plan, p.N_DIRECTIONS)):
        i = layer_row(net(plan, p.N_DIRECTIONS), last, direction)
        h = layer_states(plan, last, direction, arena, B)[0, net(plan, p.N_TIMESTEPS) :]
        call_at(net(plan, p.JOIN), (h, direction, keep, row(plan, i, p.KEEP_AT), keep_scale, top))
    return view2(top, 0, B, D)


@kernel
def stack_backward(theta_T, plan, arena, keep, keep_scale, dout, gradient, B):
    """Back-propagate dout (R, O) through the head, the layers and time; gradients are added to `gradient` (P,).

    theta_T is theta with every matrix transposed in its place. When the plan wants dx, the gradient of the input
    is left in the arena, (T, B, F) at DX_AT of an even number of layers and DY_AT of an odd one, and that of what is
    known of the future, (Q, B, n_future) at DFUTURE_AT.
    """
    n_directions = net(plan, p.N_DIRECTIONS)
    head_backward(theta_T, plan, arena, top_features(plan, arena, keep, keep_scale, B), dout, gradient, B)
    above, below = net(plan, p.DX_AT), net(plan, p.DY_AT)
    dy_at = net(plan, p.DTOP_AT)
    for layer in range(net(plan, p.N_LAYERS) - 1, -1, -1):
        want_dx = layer > 0 or net(plan, p.WANT_DX) > 0
        dx_at = below if want_dx else -1
        for direction in range(n_directions):
            direction_backward(theta_T, plan, arena, keep, keep_scale, layer, direction, dy_at, dx_at, gradient, B)
        dy_at = dx_at
        above, below = below, above
    if net(plan, p.WANT_DX) > 0:
        if net(plan, p.DIRECT_INPUT) >= 0:
            call_at(net(plan, p.DIRECT_INPUT), (theta_T, plan, arena, dout, dy_at, B))


@kernel
def direction_backward(theta_T, plan, arena, keep, keep_scale, layer, direction, dy_at, dx_at, gradient, B):
    """Back-propagate through one direction of one layer.

    What lies at dy_at is (T, B, D), or (1, B, D) for the final state alone; the gradient of the input goes to dx_at.
    """
    i = layer_row(net(plan, p.N_DIRECTIONS), layer, direction)
    T, F, H, D = (
        net(plan, p.N_TIMESTEPS),
        row(plan, i, p.INPUT_SIZE),
        row(plan, i, p.HIDDEN_SIZE),
        net(plan, p.N_DIRECTIONS) * row(plan, i, p.HIDDEN_SIZE),
    )
    dstate = view3(arena, net(plan, p.DSTATE_AT), net(plan, p.N_STATES), B, H)
    dstate[:] = 0
    dh_at = dy_at
    if layer == net(plan, p.N_LAYERS) - 1 and net(plan, p.N_SEGMENTS) > 0:
        Q = net(plan, p.N_SEGMENTS)
        dsegments = view3(arena, net(plan, p.SEGMENT_DSTATE_AT), net(plan, p.N_STATES), Q * B, H)
        dsegments[1:] = 0
        dh = view3(arena, net(plan, p.SEGMENT_DSTATE_AT), Q, B, H)
        call_at(net(plan, p.SPLIT), (view3(arena, dy_at, Q, B, H), 0, keep, row(plan, i, p.KEEP_AT), keep_scale, dh))
        call_at(net(plan, p.DECODE_BACK), (plan, theta_T, arena, gradient, B))
        dh_at = -1
    elif layer == net(plan, p.N_LAYERS) - 1 and not net(plan, p.PER_STEP):
        dy = view3(arena, dy_at, 1, B, D)
        call_at(net(plan, p.SPLIT), (dy, direction, keep, row(plan, i, p.KEEP_AT), keep_scale, dstate[:1]))
        dh_at = -1
    elif row(plan, i, p.JOINED_AT) >= 0:
        dh_at = net(plan, p.SPLIT_AT)
        dy, dh = view3(arena, dy_at, T, B, D), view3(arena, dh_at, T, B, H)
        call_at(net(plan, p.SPLIT), (dy, direction, keep, row(plan, i, p.KEEP_AT), keep_scale, dh))
    source_at, turned_at = input_at(plan, layer, B), dx_at
    if direction == 1:
        source_at = row(plan, i, p.REVERSED_AT)
        turned_at = net(plan, p.TURNED_AT) if dx_at >= 0 else -1
    call_at(net(plan, p.BACKWARD), (plan, theta_T, arena, gradient, i, source_at, dh_at, turned_at, B))
    if direction == 1 and dx_at >= 0:
        call_at(net(plan, p.ADD_REVERSED), (view3(arena, turned_at, T, B, F), view3(arena, dx_at, T, B, F)))


@kernel
def transpose_weights(plan, theta, theta_T):
    """Write the matrices that the way back reads, each transposed, to their places in theta_T; both are (P,)."""
    for i in range(net(plan, p.FIRST_MATRIX), net(plan, p.FIRST_MATRIX) + net(plan, p.N_MATRICES)):
        at, m, n = row(plan, i, p.MATRIX_AT), row(plan, i, p.N_MATRIX_ROWS), row(plan, i, p.N_MATRIX_COLUMNS)
        a, out = view3(theta, at, row(plan, i, p.N_ALIKE), m, n), view3(theta_T, at, row(plan, i, p.N_ALIKE), n, m)
        for k in range(a.shape[0]):
            for j in range(m):
                for l in range(n):
                    out[k, l, j] = a[k, j, l]


@cache
def stack_address(dtype):
    """The address of `stack_forward` for float32 or float64."""
    return address_of(stack_forward, dtype, VECTOR, PLAN, VECTOR, MASKS, VECTOR, INT)


@cache
def stack_back_address(dtype):
    """The address of `stack_backward`."""
    return address_of(stack_backward, dtype, VECTOR, PLAN, VECTOR, MASKS, VECTOR, MATRIX, VECTOR, INT)
