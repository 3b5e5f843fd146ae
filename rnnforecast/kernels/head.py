"""The output layer, with direct paths from the inputs, and the way back.

The direct paths are called by address, so that networks without them do not compile them.
"""

from functools import cache

from .._jit import kernel
from . import plan as p
from .addresses import INT, MATRIX, PLAN, VECTOR, address_of, call_at
from .plan import net, view2, view3
from .products import add_product, affine
from .recurrence import add_column_sums


@kernel
def future_rows(plan, arena, at, B):
    """What is known of the segments, or its gradient, as (Q * B, n_future); no rows where the network reads none."""
    return view2(arena, at, net(plan, p.N_SEGMENTS) * B, net(plan, p.N_FUTURE))


@kernel
def head_forward(theta, plan, arena, top, B):
    """o = y V + b, and the direct paths; top is (R, D), what the layers below give."""
    O, D = net(plan, p.N_OUTPUTS), net(plan, p.TOP_SIZE)
    out = view2(arena, net(plan, p.OUT_AT), top.shape[0], O)
    b = theta[net(plan, p.HEAD_B_AT) : net(plan, p.HEAD_B_AT) + O]
    affine(net(plan, p.MULTIPLY), top, view2(theta, net(plan, p.V_AT), D, O), b, out)
    if net(plan, p.DIRECT) >= 0:
        call_at(net(plan, p.DIRECT), (theta, plan, arena, out, B))
    return out


@kernel
def head_backward(theta_T, plan, arena, top, dout, gradient, B):
    """Add the gradient of the head's parameters, and leave those of its features (R, D) and of f in the arena."""
    O, D, multiply = net(plan, p.N_OUTPUTS), net(plan, p.TOP_SIZE), net(plan, p.MULTIPLY)
    add_product(multiply, top.T, dout, view2(gradient, net(plan, p.V_AT), D, O))
    add_column_sums(dout, gradient[net(plan, p.HEAD_B_AT) : net(plan, p.HEAD_B_AT) + O])
    dtop = view2(arena, net(plan, p.DTOP_AT), top.shape[0], D)
    dtop[:] = 0
    add_product(multiply, dout, view2(theta_T, net(plan, p.V_AT), O, D), dtop)
    df = future_rows(plan, arena, net(plan, p.DFUTURE_AT), B)
    df[:] = 0
    if net(plan, p.DIRECT_BACK) >= 0:
        call_at(net(plan, p.DIRECT_BACK), (theta_T, plan, arena, dout, gradient, B))


@kernel
def direct_forward(theta, plan, arena, out, B):
    """o += x S + sum_t x_t L_t + f S', what there is of these; of x_t, the path L reads the first columns only.

    S reads the inputs of the steps that have an output, L those of all steps, S' what is known of the future.
    """
    O, F, T, multiply = net(plan, p.N_OUTPUTS), net(plan, p.N_FEATURES), net(plan, p.N_TIMESTEPS), net(plan, p.MULTIPLY)
    if net(plan, p.S_AT) >= 0:
        x = view2(arena, net(plan, p.X_AT), T * B, F)[T * B - out.shape[0] :]
        add_product(multiply, x, view2(theta, net(plan, p.S_AT), F, O), out)
    if net(plan, p.FUTURE_S_AT) >= 0:
        S = view2(theta, net(plan, p.FUTURE_S_AT), net(plan, p.N_FUTURE), O)
        add_product(multiply, future_rows(plan, arena, net(plan, p.FUTURE_AT), B), S, out)
    if net(plan, p.L_AT) >= 0:
        steps, n = net(plan, p.OUT_STEPS), net(plan, p.N_LINEAR_FEATURES)
        L = view3(theta, net(plan, p.L_AT), T, n, steps * O)
        for t in range(T):
            x = view2(arena, net(plan, p.X_AT) + t * B * F, B, F)[:, :n]
            for q in range(steps):
                add_product(multiply, x, L[t, :, q * O : (q + 1) * O], out[q * B : (q + 1) * B])


@kernel
def direct_backward(theta_T, plan, arena, dout, gradient, B):
    """Add the gradients of the direct paths' weights to `gradient`, and that of f to what lies in the arena."""
    O, F, T, multiply = net(plan, p.N_OUTPUTS), net(plan, p.N_FEATURES), net(plan, p.N_TIMESTEPS), net(plan, p.MULTIPLY)
    if net(plan, p.S_AT) >= 0:
        x = view2(arena, net(plan, p.X_AT), T * B, F)[T * B - dout.shape[0] :]
        add_product(multiply, x.T, dout, view2(gradient, net(plan, p.S_AT), F, O))
    if net(plan, p.L_AT) >= 0:
        steps, n = net(plan, p.OUT_STEPS), net(plan, p.N_LINEAR_FEATURES)
        dL = view3(gradient, net(plan, p.L_AT), T, n, steps * O)
        for t in range(T):
            x = view2(arena, net(plan, p.X_AT) + t * B * F, B, F)[:, :n]
            for q in range(steps):
                add_product(multiply, x.T, dout[q * B : (q + 1) * B], dL[t, :, q * O : (q + 1) * O])
    if net(plan, p.FUTURE_S_AT) >= 0:
        f = future_rows(plan, arena, net(plan, p.FUTURE_AT), B)
        add_product(multiply, f.T, dout, view2(gradient, net(plan, p.FUTURE_S_AT), net(plan, p.N_FUTURE), O))
        df = future_rows(plan, arena, net(plan, p.DFUTURE_AT), B)
        if df.shape[0] > 0:
            add_product(multiply, dout, view2(theta_T, net(plan, p.FUTURE_S_AT), O, net(plan, p.N_FUTURE)), df)


@kernel
def direct_input_backward(theta_T, plan, arena, dout, dx_at, B):
    """Add to dx (T, B, F) what reaches x by the direct paths; the layers have written the rest."""
    O, F, T, multiply = net(plan, p.N_OUTPUTS), net(plan, p.N_FEATURES), net(plan, p.N_TIMESTEPS), net(plan, p.MULTIPLY)
    if net(plan, p.S_AT) >= 0:
        dx = view2(arena, dx_at, T * B, F)[T * B - dout.shape[0] :]
        add_product(multiply, dout, view2(theta_T, net(plan, p.S_AT), O, F), dx)
    if net(plan, p.L_AT) >= 0:
        steps, n = net(plan, p.OUT_STEPS), net(plan, p.N_LINEAR_FEATURES)
        LT = view3(theta_T, net(plan, p.L_AT), T, steps * O, n)
        for t in range(T):
            dx = view2(arena, dx_at + t * B * F, B, F)[:, :n]
            for q in range(steps):
                add_product(multiply, dout[q * B : (q + 1) * B], LT[t, q * O : (q + 1) * O], dx)


@cache
def direct_address(dtype):
    """The address of `direct_forward` for float32 or float64."""
    return address_of(direct_forward, dtype, VECTOR, PLAN, VECTOR, MATRIX, INT)


@cache
def direct_back_address(dtype):
    """The address of `direct_backward`."""
    return address_of(direct_backward, dtype, VECTOR, PLAN, VECTOR, MATRIX, VECTOR, INT)


@cache
def direct_input_address(dtype):
    """The address of `direct_input_backward`."""
    return address_of(direct_input_backward, dtype, VECTOR, PLAN, VECTOR, MATRIX, INT, INT)
