"""The whole network over one tile of rows: stacked layers, both directions, and the head.

The plan (see plan.py) says where parameters lie in theta and buffers in the arena, and which code runs the cell.
"""

from .._jit import kernel
from . import plan as p
from .decoder import run_decode, run_decode_back
from .join import add_reversed, join_direction, recurrent_mask, reverse_time, split_direction
from .layer import run_backward, run_forward
from .plan import net, row, view2, view3, view4
from .products import add_product, affine
from .recurrence import add_column_sums


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
    """Run all layers over the tile whose input lies in the arena, and the head; return the output (R, O).

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
                reverse_time(view3(arena, x_at, T, B, F), view3(arena, source_at, T, B, F))
            if row(plan, i, p.MASK_AT) >= 0:
                recurrent_mask(
                    keep, row(plan, i, p.RECURRENT_KEEP_AT), keep_scale[1], view2(arena, row(plan, i, p.MASK_AT), B, H)
                )
            run_forward(plan, theta, arena, 1 + layer * net(plan, p.N_DIRECTIONS) + direction, source_at, B)
            is_decoded = layer == net(plan, p.N_LAYERS) - 1 and net(plan, p.N_SEGMENTS) > 0
            if row(plan, i, p.JOINED_AT) >= 0 and not is_decoded:
                joined = view3(arena, row(plan, i, p.JOINED_AT), T, B, H * net(plan, p.N_DIRECTIONS))
                states = layer_states(plan, layer, direction, arena, B)
                join_direction(states[0, 1:], direction, keep, row(plan, i, p.KEEP_AT), keep_scale[0], joined)
    if net(plan, p.N_SEGMENTS) > 0:
        run_decode(plan, theta, arena, B)
    return head_forward(theta, plan, arena, keep, keep_scale, B)


@kernel
def top_features(plan, arena, keep, keep_scale, B):
    """What the head reads, (R, D): joined outputs of every step, decoded segments, or the final states."""
    last = net(plan, p.N_LAYERS) - 1
    D, Q = net(plan, p.TOP_SIZE), net(plan, p.N_SEGMENTS)
    if Q > 0:
        i = layer_row(1, last, 0)
        at = net(plan, p.SEGMENT_STATES_AT) + Q * B * D
        if row(plan, i, p.JOINED_AT) >= 0:
            h, at = view3(arena, at, Q, B, D), row(plan, i, p.JOINED_AT)
            join_direction(h, 0, keep, row(plan, i, p.KEEP_AT), keep_scale[0], view3(arena, at, Q, B, D))
        return view2(arena, at, Q * B, D)
    if net(plan, p.PER_STEP):
        i = layer_row(net(plan, p.N_DIRECTIONS), last, 0)
        at = row(plan, i, p.JOINED_AT) if row(plan, i, p.JOINED_AT) >= 0 else row(plan, i, p.STATES_AT) + B * D
        return view2(arena, at, net(plan, p.N_TIMESTEPS) * B, D)
    top = view3(arena, net(plan, p.TOP_AT), 1, B, D)
    for direction in range(net(plan, p.N_DIRECTIONS)):
        i = layer_row(net(plan, p.N_DIRECTIONS), last, direction)
        states = layer_states(plan, last, direction, arena, B)
        join_direction(states[0, -1:], direction, keep, row(plan, i, p.KEEP_AT), keep_scale[0], top)
    return view2(top, 0, B, D)


@kernel
def head_forward(theta, plan, arena, keep, keep_scale, B):
    """o = y V + b (+ x S) (+ sum_t x_t L_t): the output layer, with a direct path from the last or from all inputs."""
    O, D, F, T = net(plan, p.N_OUTPUTS), net(plan, p.TOP_SIZE), net(plan, p.N_FEATURES), net(plan, p.N_TIMESTEPS)
    top = top_features(plan, arena, keep, keep_scale, B)
    out = view2(arena, net(plan, p.OUT_AT), top.shape[0], O)
    affine(
        net(plan, p.MULTIPLY),
        top,
        view2(theta, net(plan, p.V_AT), D, O),
        theta[net(plan, p.HEAD_B_AT) : net(plan, p.HEAD_B_AT) + O],
        out,
    )
    if net(plan, p.S_AT) >= 0:
        x = view2(arena, net(plan, p.X_AT), T * B, F)[T * B - top.shape[0] :]
        add_product(net(plan, p.MULTIPLY), x, view2(theta, net(plan, p.S_AT), F, O), out)
    if net(plan, p.L_AT) >= 0:
        steps = net(plan, p.OUT_STEPS)
        L = view3(theta, net(plan, p.L_AT), T, F, steps * O)
        for t in range(T):
            x = view2(arena, net(plan, p.X_AT) + t * B * F, B, F)
            for q in range(steps):
                add_product(net(plan, p.MULTIPLY), x, L[t, :, q * O : (q + 1) * O], out[q * B : (q + 1) * B])
    return out


@kernel
def head_backward(theta_T, plan, arena, keep, keep_scale, dout, gradient, B):
    """Add the gradient of the head's parameters, and leave that of its features (R, D) in the arena."""
    O, D, F, T = net(plan, p.N_OUTPUTS), net(plan, p.TOP_SIZE), net(plan, p.N_FEATURES), net(plan, p.N_TIMESTEPS)
    top = top_features(plan, arena, keep, keep_scale, B)
    add_product(net(plan, p.MULTIPLY), top.T, dout, view2(gradient, net(plan, p.V_AT), D, O))
    add_column_sums(dout, gradient[net(plan, p.HEAD_B_AT) : net(plan, p.HEAD_B_AT) + O])
    if net(plan, p.S_AT) >= 0:
        x = view2(arena, net(plan, p.X_AT), T * B, F)[T * B - top.shape[0] :]
        add_product(net(plan, p.MULTIPLY), x.T, dout, view2(gradient, net(plan, p.S_AT), F, O))
    if net(plan, p.L_AT) >= 0:
        steps = net(plan, p.OUT_STEPS)
        dL = view3(gradient, net(plan, p.L_AT), T, F, steps * O)
        for t in range(T):
            x = view2(arena, net(plan, p.X_AT) + t * B * F, B, F)
            for q in range(steps):
                add_product(net(plan, p.MULTIPLY), x.T, dout[q * B : (q + 1) * B], dL[t, :, q * O : (q + 1) * O])
    dtop = view2(arena, net(plan, p.DTOP_AT), top.shape[0], D)
    dtop[:] = 0
    add_product(net(plan, p.MULTIPLY), dout, view2(theta_T, net(plan, p.V_AT), O, D), dtop)


@kernel
def stack_backward(theta_T, plan, arena, keep, keep_scale, dout, gradient, B):
    """Back-propagate dout (R, O) through the head, the layers and time; gradients are added to `gradient` (P,).

    theta_T is theta with every matrix transposed in its place. When the plan wants dx, the gradient of the input
    is left in the arena, (T, B, F) at DX_AT of an even number of layers and DY_AT of an odd one.
    """
    n_directions = net(plan, p.N_DIRECTIONS)
    head_backward(theta_T, plan, arena, keep, keep_scale, dout, gradient, B)
    above, below = net(plan, p.DX_AT), net(plan, p.DY_AT)
    dy_at = net(plan, p.DTOP_AT)
    for layer in range(net(plan, p.N_LAYERS) - 1, -1, -1):
        want_dx = layer > 0 or net(plan, p.WANT_DX) > 0
        dx_at = below if want_dx else -1
        for direction in range(n_directions):
            direction_backward(theta_T, plan, arena, keep, keep_scale, layer, direction, dy_at, dx_at, gradient, B)
        dy_at = dx_at
        above, below = below, above


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
        split_direction(view3(arena, dy_at, Q, B, H), 0, keep, row(plan, i, p.KEEP_AT), keep_scale[0], dh)
        run_decode_back(plan, theta_T, arena, gradient, B)
        dh_at = -1
    elif layer == net(plan, p.N_LAYERS) - 1 and not net(plan, p.PER_STEP):
        dy = view3(arena, dy_at, 1, B, D)
        split_direction(dy, direction, keep, row(plan, i, p.KEEP_AT), keep_scale[0], dstate[:1])
        dh_at = -1
    elif row(plan, i, p.JOINED_AT) >= 0:
        dh_at = net(plan, p.SPLIT_AT)
        dy, dh = view3(arena, dy_at, T, B, D), view3(arena, dh_at, T, B, H)
        split_direction(dy, direction, keep, row(plan, i, p.KEEP_AT), keep_scale[0], dh)
    i = 1 + layer * net(plan, p.N_DIRECTIONS) + direction
    if direction == 0:
        run_backward(plan, theta_T, arena, gradient, i, input_at(plan, layer, B), dh_at, dx_at, B)
    else:
        turned_at = net(plan, p.TURNED_AT) if dx_at >= 0 else -1
        run_backward(plan, theta_T, arena, gradient, i, row(plan, i, p.REVERSED_AT), dh_at, turned_at, B)
        if dx_at >= 0:
            add_reversed(view3(arena, turned_at, T, B, F), view3(arena, dx_at, T, B, F))


@kernel
def transpose_weights(plan, theta, theta_T):
    """theta_T = theta with every weight matrix transposed in its place, both (P,)."""
    for i in range(1, plan.shape[0]):
        F, H = row(plan, i, p.INPUT_SIZE), row(plan, i, p.HIDDEN_SIZE)
        for k in range(net(plan, p.N_INPUT)):
            transpose(view2(theta, row(plan, i, p.W_AT) + k * F * H, F, H), theta_T, row(plan, i, p.W_AT) + k * F * H)
        for k in range(net(plan, p.N_RECURRENT)):
            transpose(view2(theta, row(plan, i, p.U_AT) + k * H * H, H, H), theta_T, row(plan, i, p.U_AT) + k * H * H)
    transpose(
        view2(theta, net(plan, p.V_AT), net(plan, p.TOP_SIZE), net(plan, p.N_OUTPUTS)), theta_T, net(plan, p.V_AT)
    )


@kernel
def transpose(a, buffer, at):
    """Write the transpose of a (m, n) into the buffer from `at` on."""
    out = view2(buffer, at, a.shape[1], a.shape[0])
    for i in range(a.shape[0]):
        for j in range(a.shape[1]):
            out[j, i] = a[i, j]
