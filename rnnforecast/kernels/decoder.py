"""The segments of a horizon, decoded in parallel from the final state: one step of the top layer's cell for each.

Each segment has a position that stands in the place of the input (SegRNN: Lin et al. 2023, their "parallel multi-step
forecasting"), and may read what is known of it beforehand. The functions are templates, as in recurrence.py.
"""

from functools import cache

from .._jit import bind, kernel
from . import plan as p
from .addresses import INT, PLAN, VECTOR, address_of
from .head import future_rows
from .layer import slot_ranges
from .plan import net, row, view2, view3, view4
from .products import add_product, affine
from .recurrence import add_column_sums, add_rows, fill_rows


def decode_forward(multiply, final, f, W, U, b, P, start, z, states):
    """z_k[q] = P_k[q] + f[q] W_k + h U_k + b_k, then the cell's gates, for the segments q = 0 ... Q-1.

    multiply : int         address of the matrix product, see products.py
    final  : (S, B, H)     final states of the top layer, h the first
    f      : (Q * B, F)    what is known of the segments, with weights W : (G_x, F, H); (0, F) for nothing
    U      : (G_h, H, H)   recurrent weights;  b : (G, H) biases;  P : (G_x, Q, H) positions
    start  : (B, H)        workspace
    z      : (G, Q, B, H)  out: what the gates saved for the backward pass
    states : (S, 2, Q * B * H)  out: before and after the step
    """
    G, Q, B, H = z.shape
    n = Q * B * H
    for k in range(G):
        if FIRST_RECURRENT <= k < LAST_RECURRENT:
            affine(multiply, final[0], U[k - FIRST_RECURRENT], b[k], start)
        else:
            fill_rows(b[k], start)
        for q in range(Q):
            copy_rows(start, z[k, q])
            if FIRST_INPUT <= k < LAST_INPUT:
                add_row(P[k - FIRST_INPUT, q], z[k, q])
        if f.shape[0] > 0 and FIRST_INPUT <= k < LAST_INPUT:
            add_product(multiply, f, W[k - FIRST_INPUT], view2(z, k * n, Q * B, H))
    for s in range(states.shape[0]):
        for q in range(Q):
            copy_rows(final[s], view2(states, 2 * s * n + q * B * H, B, H))
    gates_forward(0, n, 1, 0, view3(z, 0, G, 1, n), states)


def decode_backward(multiply, final, f, WT, UT, start, z, states, dstate, dfinal, dW, dU, db, dP, df):
    """The gradient of `decode_forward`.

    dstate : (S, Q * B * H)  gradient of the states after the step; overwritten
    dfinal : (S, B, H)       out: that of the final states
    WT, UT, dW, dU, db, dP   the weights, each matrix transposed; shapes of W, U, b, P, and the gradients are added
    df     : (Q * B, F)      that of f is added, or (0, F) when nobody asks
    """
    G, Q, B, H = z.shape
    n = Q * B * H
    gates_backward(0, n, 1, 0, view3(z, 0, G, 1, n), states, dstate)
    for s in range(states.shape[0]):
        dfinal[s] = 0
        for q in range(Q):
            add_rows(view2(dstate, s * n + q * B * H, B, H), dfinal[s])
    for k in range(G):
        start[:] = 0
        for q in range(Q):
            add_rows(z[k, q], start)
            if FIRST_INPUT <= k < LAST_INPUT:
                add_column_sums(z[k, q], dP[k - FIRST_INPUT, q])
        add_column_sums(start, db[k])
        if f.shape[0] > 0 and FIRST_INPUT <= k < LAST_INPUT:
            dz = view2(z, k * n, Q * B, H)
            add_product(multiply, f.T, dz, dW[k - FIRST_INPUT])
            if df.shape[0] > 0:
                add_product(multiply, dz, WT[k - FIRST_INPUT], df)
        if FIRST_RECURRENT <= k < LAST_RECURRENT:
            add_product(multiply, final[0].T, start, dU[k - FIRST_RECURRENT])
            add_product(multiply, start, UT[k - FIRST_RECURRENT], dfinal[0])


@kernel
def copy_rows(a, out):
    """out = a, both (B, H)."""
    for i in range(a.shape[0]):
        for j in range(a.shape[1]):
            out[i, j] = a[i, j]


@kernel
def add_row(a, out):
    """out[i] += a, (H,) to every row of (B, H)."""
    for i in range(out.shape[0]):
        for j in range(out.shape[1]):
            out[i, j] += a[j]


def forward_decoder(plan, theta, arena, B):
    """Name the parts of theta and the arena, and run them."""
    i = net(plan, p.N_LAYERS)
    T, H, Q = net(plan, p.N_TIMESTEPS), row(plan, i, p.HIDDEN_SIZE), net(plan, p.N_SEGMENTS)
    G, S, F = net(plan, p.N_SLOTS), net(plan, p.N_STATES), net(plan, p.N_FUTURE)
    states = view4(arena, row(plan, i, p.STATES_AT), S, T + 1, B, H)
    decode(
        net(plan, p.MULTIPLY),
        states[:, T],
        future_rows(plan, arena, net(plan, p.FUTURE_AT), B),
        view3(theta, net(plan, p.FUTURE_W_AT), net(plan, p.N_INPUT), F, H),
        view3(theta, row(plan, i, p.U_AT), net(plan, p.N_RECURRENT), H, H),
        view2(theta, row(plan, i, p.B_AT), G, H),
        view3(theta, net(plan, p.P_AT), net(plan, p.N_INPUT), Q, H),
        view2(arena, net(plan, p.SCRATCH_AT), B, H),
        view4(arena, net(plan, p.SEGMENT_Z_AT), G, Q, B, H),
        view3(arena, net(plan, p.SEGMENT_STATES_AT), S, 2, Q * B * H),
    )


def backward_decoder(plan, theta_T, arena, gradient, B):
    """The same for the way back."""
    i = net(plan, p.N_LAYERS)
    T, H, Q = net(plan, p.N_TIMESTEPS), row(plan, i, p.HIDDEN_SIZE), net(plan, p.N_SEGMENTS)
    G, S, F = net(plan, p.N_SLOTS), net(plan, p.N_STATES), net(plan, p.N_FUTURE)
    states = view4(arena, row(plan, i, p.STATES_AT), S, T + 1, B, H)
    decode(
        net(plan, p.MULTIPLY),
        states[:, T],
        future_rows(plan, arena, net(plan, p.FUTURE_AT), B),
        view3(theta_T, net(plan, p.FUTURE_W_AT), net(plan, p.N_INPUT), H, F),
        view3(theta_T, row(plan, i, p.U_AT), net(plan, p.N_RECURRENT), H, H),
        view2(arena, net(plan, p.SCRATCH_AT), B, H),
        view4(arena, net(plan, p.SEGMENT_Z_AT), G, Q, B, H),
        view3(arena, net(plan, p.SEGMENT_STATES_AT), S, 2, Q * B * H),
        view2(arena, net(plan, p.SEGMENT_DSTATE_AT), S, Q * B * H),
        view3(arena, net(plan, p.DSTATE_AT), S, B, H),
        view3(gradient, net(plan, p.FUTURE_W_AT), net(plan, p.N_INPUT), F, H),
        view3(gradient, row(plan, i, p.U_AT), net(plan, p.N_RECURRENT), H, H),
        view2(gradient, row(plan, i, p.B_AT), G, H),
        view3(gradient, net(plan, p.P_AT), net(plan, p.N_INPUT), Q, H),
        future_rows(plan, arena, net(plan, p.DFUTURE_AT), B),
    )


@cache
def decoder_kernels(cell):
    """(decode_forward, decode_backward) with the cell's gates inlined."""
    ranges = slot_ranges(cell)
    return (
        bind(decode_forward, cell.name, gates_forward=cell.gates_forward, **ranges),
        bind(decode_backward, cell.name, gates_backward=cell.gates_backward, **ranges),
    )


@cache
def decode_address(cell, dtype):
    """The address of a cell's decoder for float32 or float64."""
    forward = bind(forward_decoder, cell.name, decode=decoder_kernels(cell)[0])
    return address_of(forward, dtype, PLAN, VECTOR, VECTOR, INT)


@cache
def decode_back_address(cell, dtype):
    """The address of a cell's way back through the decoder."""
    backward = bind(backward_decoder, cell.name, decode=decoder_kernels(cell)[1])
    return address_of(backward, dtype, PLAN, VECTOR, VECTOR, VECTOR, INT)
