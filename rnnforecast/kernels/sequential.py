"""The segments of a horizon, decoded one after the other by a recurrent layer of their own.

It begins with the final states of the top layer (Sutskever, Vinyals and Le 2014), and reads the values of the segment
before and what is known of this one. In training these values are the true ones (teacher forcing: Williams and Zipser
1989), so that all segments are one call of recurrence.py; in prediction they are the network's own answers.
The functions are called at the addresses of those in decoder.py.
"""

from functools import cache

from .._jit import kernel
from . import plan as p
from .addresses import INT, PLACES, PLAN, VECTOR, address_of, call_at
from .decoder import copy_rows
from .head import future_rows, head_forward
from .plan import net, row, view1, view2, view3, view4
from .products import add_product


@kernel
def decoder_row(plan):
    """The row of the plan that speaks of the decoder's layer; the layers below have one direction each."""
    return 1 + net(plan, p.N_LAYERS)


@kernel
def decoder_inputs(plan, arena, B):
    """What the decoder reads, (n_steps, B, O + n_future)."""
    i = decoder_row(plan)
    return view3(arena, net(plan, p.DECODER_X_AT), row(plan, i, p.N_STEPS), B, row(plan, i, p.INPUT_SIZE))


@kernel
def first_values(plan, values, starts, samples, arena, B):
    """Have the decoder begin with the window's last O values of the target; too short a window repeats its first."""
    O, C, n = net(plan, p.N_OUTPUTS), net(plan, p.N_COLUMNS), net(plan, p.N_WINDOW_ROWS)
    centre, scale = view1(arena, net(plan, p.CENTRE_AT), B), view1(arena, net(plan, p.SCALE_AT), B)
    x = decoder_inputs(plan, arena, B)
    for b in range(B):
        for o in range(O):
            x[0, b, o] = values[starts[samples[b]] + max(n - O + o, 0) * C]
            if net(plan, p.SCALER) >= 0:
                x[0, b, o] = (x[0, b, o] - centre[b]) / scale[b]


@kernel
def force(y, x):
    """x[q, b, :O] = y[q - 1, b] for q = 1 ... Q-1; where a target is NaN, the last value that is known.

    y : (Q, B, O) targets;  x : (Q, B, O + n_future) in: x[0]; out: the others
    """
    Q, B, O = y.shape
    for b in range(B):
        known = x[0, b, O - 1]
        for q in range(1, Q):
            for o in range(O):
                if y[q - 1, b, o] == y[q - 1, b, o]:
                    known = y[q - 1, b, o]
                x[q, b, o] = known


@kernel
def read_future(plan, arena, q, x, B):
    """x[b, O:] = what is known of segment q; x is (B, O + n_future)."""
    n, O = net(plan, p.N_FUTURE), net(plan, p.N_OUTPUTS)
    f = future_rows(plan, arena, net(plan, p.FUTURE_AT), B)
    for b in range(B):
        for j in range(n):
            x[b, O + j] = f[q * B + b, j]


@kernel
def hand_over(plan, arena, B):
    """The final states of the top layer are the decoder's first; return its states (S, n_steps + 1, B, H)."""
    i, T, S = decoder_row(plan), net(plan, p.N_TIMESTEPS), net(plan, p.N_STATES)
    H = row(plan, i, p.HIDDEN_SIZE)
    final = view4(arena, row(plan, i - 1, p.STATES_AT), S, T + 1, B, H)
    states = view4(arena, row(plan, i, p.STATES_AT), S, row(plan, i, p.N_STEPS) + 1, B, H)
    for s in range(S):
        copy_rows(final[s, T], states[s, 0])
    return states


@kernel
def forced_decode(plan, theta, arena, B):
    """All segments, from the true values."""
    hand_over(plan, arena, B)
    x = decoder_inputs(plan, arena, B)
    force(view3(arena, net(plan, p.Y_AT), net(plan, p.N_SEGMENTS), B, net(plan, p.N_OUTPUTS)), x)
    for q in range(x.shape[0]):
        read_future(plan, arena, q, x[q], B)
    call_at(net(plan, p.FORWARD), (plan, theta, arena, decoder_row(plan), net(plan, p.DECODER_X_AT), B))


@kernel
def forced_decode_back(plan, theta_T, arena, gradient, B):
    """Its way back: from the gradient at SEGMENT_DSTATE_AT to that of the top layer's final states at DSTATE_AT.

    The latter comes as zeros, as nobody reads the decoder's own final states.
    """
    i, x_at, dx_at = decoder_row(plan), net(plan, p.DECODER_X_AT), net(plan, p.DECODER_DX_AT)
    dy_at = net(plan, p.SEGMENT_DSTATE_AT)
    call_at(net(plan, p.BACKWARD), (plan, theta_T, arena, gradient, i, x_at, dy_at, dx_at, B))
    df = future_rows(plan, arena, net(plan, p.DFUTURE_AT), B)
    dx = view2(arena, dx_at, df.shape[0], row(plan, i, p.INPUT_SIZE))
    for r in range(df.shape[0]):
        for j in range(df.shape[1]):
            df[r, j] += dx[r, net(plan, p.N_OUTPUTS) + j]


@kernel
def feed_back(plan, theta, arena, B):
    """One segment after the other, each from the answer before; their features (Q, B, H) go to SEGMENT_TOP_AT."""
    i, O, Q = decoder_row(plan), net(plan, p.N_OUTPUTS), net(plan, p.N_SEGMENTS)
    H = row(plan, i, p.HIDDEN_SIZE)
    states, x = hand_over(plan, arena, B), decoder_inputs(plan, arena, B)
    top = view3(arena, net(plan, p.SEGMENT_TOP_AT), Q, B, H)
    top[:] = 0
    out = head_forward(theta, plan, arena, view2(top, 0, Q * B, H), B)  # all that does not come from the features
    V = view2(theta, net(plan, p.V_AT), H, O)
    for q in range(Q):
        read_future(plan, arena, q, x[0], B)
        call_at(net(plan, p.FORWARD), (plan, theta, arena, i, net(plan, p.DECODER_X_AT), B))
        for s in range(states.shape[0]):
            copy_rows(states[s, 1], states[s, 0])
        copy_rows(states[0, 1], top[q])
        answer = out[q * B : (q + 1) * B]
        add_product(net(plan, p.MULTIPLY), top[q], V, answer)
        copy_rows(answer, x[0])


@cache
def first_values_address(dtype):
    """The address of `first_values` for float32 or float64."""
    return address_of(first_values, dtype, PLAN, VECTOR, PLACES, PLACES, VECTOR, INT)


@cache
def sequential_address(dtype, *, forced):
    """The address of `forced_decode` or `feed_back`."""
    return address_of(forced_decode if forced else feed_back, dtype, PLAN, VECTOR, VECTOR, INT)


@cache
def sequential_back_address(dtype):
    """The address of `forced_decode_back`."""
    return address_of(forced_decode_back, dtype, PLAN, VECTOR, VECTOR, VECTOR, INT)
