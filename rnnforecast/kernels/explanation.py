"""The compiled entry point for gradients of outputs with respect to the inputs."""

from .._jit import kernel
from . import plan as p
from .addresses import call_at
from .engine import clear_initial_states, load_tile
from .inputs import input_gradient_at
from .plan import net, view2, view3
from .stack import transpose_weights


@kernel
def input_gradients(
    theta, theta_T, plan, values, starts, futures, samples, out_step, output, keep, keep_scale, arena, gradient, dx, df,
    scale,
):  # fmt: skip
    """The gradient of one output of each window with respect to what the network reads, both as they are scaled.

    theta, theta_T : (P,), (P,)  parameters, and workspace for the same with every matrix transposed
    samples  : (n,)              windows
    out_step, output : int       which output
    gradient : (P,)              workspace
    dx       : (n, T, F)         out;  df : (n, Q, n_future) out, or (0, Q, n_future) where nothing is known
    scale    : (n,)              out: the scale of each window
    """
    T, F, O, steps = net(plan, p.N_TIMESTEPS), net(plan, p.N_FEATURES), net(plan, p.N_OUTPUTS), net(plan, p.OUT_STEPS)
    zero, one, tile = theta.dtype.type(0), theta.dtype.type(1), net(plan, p.TILE_ROWS)
    transpose_weights(plan, theta, theta_T)
    gradient[:] = zero
    for begin in range(0, samples.shape[0], tile):
        B = min(tile, samples.shape[0] - begin)
        rows = samples[begin : begin + B]
        load_tile(plan, theta, values, starts, futures, rows, arena, B)
        clear_initial_states(plan, arena, B)
        call_at(net(plan, p.STACK), (theta, plan, arena, keep, keep_scale, B))
        dout = view2(arena, net(plan, p.DOUT_AT), steps * B, O)
        dout[:] = zero
        for b in range(B):
            dout[out_step * B + b, output] = one
        call_at(net(plan, p.STACK_BACK), (theta_T, plan, arena, keep, keep_scale, dout, gradient, B))
        if net(plan, p.GATHER_BACK) >= 0:
            call_at(net(plan, p.GATHER_BACK), (plan, theta, gradient, values, starts, futures, rows, arena, B))
        store_rows(view3(arena, input_gradient_at(plan), T, B, F), dx[begin : begin + B])
        if df.shape[0] > 0:
            found = view3(arena, net(plan, p.DFUTURE_AT), net(plan, p.N_SEGMENTS), B, net(plan, p.N_FUTURE))
            store_rows(found, df[begin : begin + B])
        for b in range(B):
            scale[begin + b] = arena[net(plan, p.SCALE_AT) + b] if net(plan, p.SCALER) >= 0 else one


@kernel
def store_rows(a, out):
    """out[b, t] = a[t, b], from (T, B, F) to (B, T, F)."""
    T, B, F = a.shape
    for t in range(T):
        for b in range(B):
            for f in range(F):
                out[b, t, f] = a[t, b, f]
