"""The whole network over one tile of rows: stacked layers, both directions, and the head.

The plan (see plan.py) says where parameters lie in theta and buffers in the arena, and which code runs the cell.
"""

from .._jit import kernel
from . import plan as p
from .join import add_reversed, join_direction, recurrent_mask, reverse_time, split_direction
from .layer import run_backward, run_forward
from .plan import view2, view3, view4
from .products import add_product, affine
from .recurrence import add_column_sums


@kernel
def layer_row(plan, layer, direction):
    """The row of the plan that speaks of one direction of one layer."""
    return plan[1 + layer * plan[0, p.N_DIRECTIONS] + direction]


@kernel
def layer_states(plan, layer, direction, arena, B):
    """The states (S, T+1, B, H) of one direction of one layer."""
    net, row = plan[0], layer_row(plan, layer, direction)
    return view4(arena, row[p.STATES_AT], net[p.N_STATES], net[p.N_TIMESTEPS] + 1, B, row[p.HIDDEN_SIZE])


@kernel
def input_at(plan, layer, B):
    """Where the input (T, B, F) of a layer lies: the windows, the states of the layer below, or its joined outputs."""
    if layer == 0:
        return plan[0, p.X_AT]
    below = layer_row(plan, layer - 1, 0)
    if below[p.JOINED_AT] >= 0:
        return below[p.JOINED_AT]
    return below[p.STATES_AT] + B * below[p.HIDDEN_SIZE]


@kernel
def stack_forward(theta, plan, arena, keep, keep_scale, B):
    """Run all layers over the tile whose input lies in the arena, and the head; return the output (R, O).

    theta      : (P,)          parameters
    arena      : (n,)          workspace; the input x and the initial states[:, 0] are already there
    keep       : (B, n) uint8  dropout masks, not read where the plan has none
    keep_scale : (2,)          1 / keep probability between layers, and of the recurrent connections
    R is B, or T * B (time-major) when every step has an output.
    """
    net = plan[0]
    T = net[p.N_TIMESTEPS]
    for layer in range(net[p.N_LAYERS]):
        x_at = input_at(plan, layer, B)
        for direction in range(net[p.N_DIRECTIONS]):
            row = layer_row(plan, layer, direction)
            F, H = row[p.INPUT_SIZE], row[p.HIDDEN_SIZE]
            source_at = x_at
            if direction == 1:
                source_at = row[p.REVERSED_AT]
                reverse_time(view3(arena, x_at, T, B, F), view3(arena, source_at, T, B, F))
            if row[p.MASK_AT] >= 0:
                recurrent_mask(keep, row[p.RECURRENT_KEEP_AT], keep_scale[1], view2(arena, row[p.MASK_AT], B, H))
            run_forward(plan, theta, arena, 1 + layer * net[p.N_DIRECTIONS] + direction, source_at, B)
            if row[p.JOINED_AT] >= 0:
                joined = view3(arena, row[p.JOINED_AT], T, B, H * net[p.N_DIRECTIONS])
                states = layer_states(plan, layer, direction, arena, B)
                join_direction(states[0, 1:], direction, keep, row[p.KEEP_AT], keep_scale[0], joined)
    return head_forward(theta, plan, arena, keep, keep_scale, B)


@kernel
def top_features(plan, arena, keep, keep_scale, B):
    """What the head reads, (R, D): the joined outputs of every step, or the final states of both directions."""
    net = plan[0]
    last = net[p.N_LAYERS] - 1
    D = net[p.TOP_SIZE]
    if net[p.PER_STEP]:
        row = layer_row(plan, last, 0)
        at = row[p.JOINED_AT] if row[p.JOINED_AT] >= 0 else row[p.STATES_AT] + B * D
        return view2(arena, at, net[p.N_TIMESTEPS] * B, D)
    top = view3(arena, net[p.TOP_AT], 1, B, D)
    for direction in range(net[p.N_DIRECTIONS]):
        row = layer_row(plan, last, direction)
        states = layer_states(plan, last, direction, arena, B)
        join_direction(states[0, -1:], direction, keep, row[p.KEEP_AT], keep_scale[0], top)
    return view2(top, 0, B, D)


@kernel
def head_forward(theta, plan, arena, keep, keep_scale, B):
    """o = y V + b (+ x S): the output layer, with the direct path W_xo where `input_skip` asks for it."""
    net = plan[0]
    O, D, F, T = net[p.N_OUTPUTS], net[p.TOP_SIZE], net[p.N_FEATURES], net[p.N_TIMESTEPS]
    top = top_features(plan, arena, keep, keep_scale, B)
    out = view2(arena, net[p.OUT_AT], top.shape[0], O)
    affine(net[p.MULTIPLY], top, view2(theta, net[p.V_AT], D, O), theta[net[p.HEAD_B_AT] : net[p.HEAD_B_AT] + O], out)
    if net[p.S_AT] >= 0:
        x = view2(arena, net[p.X_AT], T * B, F)[T * B - top.shape[0] :]
        add_product(net[p.MULTIPLY], x, view2(theta, net[p.S_AT], F, O), out)
    return out


@kernel
def head_backward(theta_T, plan, arena, keep, keep_scale, dout, gradient, B):
    """Add the gradient of the head's parameters, and leave that of its features (R, D) in the arena."""
    net = plan[0]
    O, D, F, T = net[p.N_OUTPUTS], net[p.TOP_SIZE], net[p.N_FEATURES], net[p.N_TIMESTEPS]
    top = top_features(plan, arena, keep, keep_scale, B)
    add_product(net[p.MULTIPLY], top.T, dout, view2(gradient, net[p.V_AT], D, O))
    add_column_sums(dout, gradient[net[p.HEAD_B_AT] : net[p.HEAD_B_AT] + O])
    if net[p.S_AT] >= 0:
        x = view2(arena, net[p.X_AT], T * B, F)[T * B - top.shape[0] :]
        add_product(net[p.MULTIPLY], x.T, dout, view2(gradient, net[p.S_AT], F, O))
    dtop = view2(arena, net[p.DTOP_AT], top.shape[0], D)
    dtop[:] = 0
    add_product(net[p.MULTIPLY], dout, view2(theta_T, net[p.V_AT], O, D), dtop)


@kernel
def stack_backward(theta_T, plan, arena, keep, keep_scale, dout, gradient, B):
    """Back-propagate dout (R, O) through the head, the layers and time; gradients are added to `gradient` (P,).

    theta_T is theta with every matrix transposed in its place. When the plan wants dx, the gradient of the input
    is left in the arena, (T, B, F) at DX_AT of an even number of layers and DY_AT of an odd one.
    """
    net = plan[0]
    n_directions = net[p.N_DIRECTIONS]
    head_backward(theta_T, plan, arena, keep, keep_scale, dout, gradient, B)
    above, below = net[p.DX_AT], net[p.DY_AT]
    dy_at = net[p.DTOP_AT]
    for layer in range(net[p.N_LAYERS] - 1, -1, -1):
        want_dx = layer > 0 or net[p.WANT_DX] > 0
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
    net, row = plan[0], layer_row(plan, layer, direction)
    T, F, H, D = net[p.N_TIMESTEPS], row[p.INPUT_SIZE], row[p.HIDDEN_SIZE], net[p.N_DIRECTIONS] * row[p.HIDDEN_SIZE]
    dstate = view3(arena, net[p.DSTATE_AT], net[p.N_STATES], B, H)
    dstate[:] = 0
    dh_at = dy_at
    if layer == net[p.N_LAYERS] - 1 and not net[p.PER_STEP]:
        dy = view3(arena, dy_at, 1, B, D)
        split_direction(dy, direction, keep, row[p.KEEP_AT], keep_scale[0], dstate[:1])
        dh_at = -1
    elif row[p.JOINED_AT] >= 0:
        dh_at = net[p.SPLIT_AT]
        dy, dh = view3(arena, dy_at, T, B, D), view3(arena, dh_at, T, B, H)
        split_direction(dy, direction, keep, row[p.KEEP_AT], keep_scale[0], dh)
    i = 1 + layer * net[p.N_DIRECTIONS] + direction
    if direction == 0:
        run_backward(plan, theta_T, arena, gradient, i, input_at(plan, layer, B), dh_at, dx_at, B)
    else:
        turned_at = net[p.TURNED_AT] if dx_at >= 0 else -1
        run_backward(plan, theta_T, arena, gradient, i, row[p.REVERSED_AT], dh_at, turned_at, B)
        if dx_at >= 0:
            add_reversed(view3(arena, turned_at, T, B, F), view3(arena, dx_at, T, B, F))


@kernel
def transpose_weights(plan, theta, theta_T):
    """theta_T = theta with every weight matrix transposed in its place, both (P,)."""
    net = plan[0]
    for i in range(1, plan.shape[0]):
        row = plan[i]
        F, H = row[p.INPUT_SIZE], row[p.HIDDEN_SIZE]
        for k in range(net[p.N_INPUT]):
            transpose(view2(theta, row[p.W_AT] + k * F * H, F, H), theta_T, row[p.W_AT] + k * F * H)
        for k in range(net[p.N_RECURRENT]):
            transpose(view2(theta, row[p.U_AT] + k * H * H, H, H), theta_T, row[p.U_AT] + k * H * H)
    transpose(view2(theta, net[p.V_AT], net[p.TOP_SIZE], net[p.N_OUTPUTS]), theta_T, net[p.V_AT])


@kernel
def transpose(a, buffer, at):
    """Write the transpose of a (m, n) into the buffer from `at` on."""
    out = view2(buffer, at, a.shape[1], a.shape[0])
    for i in range(a.shape[0]):
        for j in range(a.shape[1]):
            out[j, i] = a[i, j]
