"""The compiled entry points: gradients of minibatches, and predictions of windows.

One compilation per dtype serves all networks: what belongs to a cell or a loss is called by its address in the plan.
"""

from .._jit import kernel
from . import plan as p
from .gather import NONE, gather_inputs, gather_targets
from .losses.loss import run_loss
from .plan import view2, view3
from .stack import layer_row, layer_states, stack_backward, stack_forward


@kernel
def gradient(
    theta, theta_T, plan, values, starts, targets, offsets, weights, order, jobs, keep, keep_scale, param, arena,
    slabs, losses,
):  # fmt: skip
    """Gradients of the loss over chunks of minibatches, one chunk a job, one row tile after the other.

    theta, theta_T  : (K, P)  parameters of K networks, and the same with every matrix transposed
    values, starts, targets, offsets : the windows and their targets, see gather.py
    weights         : (n_windows,)  sample weights
    order           : (n,)          the samples of the minibatches, one after the other
    jobs            : (n_jobs, 5)   network, first and last + 1 position in `order`, slab, first row in `keep`
    keep, keep_scale, param : see stack.py and losses/loss.py
    arena           : (n,)          workspace of one thread
    slabs           : (n_slabs, P)  out: the sum of the gradients of each job
    losses          : (n_slabs,)    out: the weighted sum of the losses of each job
    """
    net = plan[0]
    T, O = net[p.N_TIMESTEPS], net[p.N_OUTPUTS]
    tile = net[p.TILE_ROWS]
    steps = T if net[p.PER_STEP] else 1
    for job in range(jobs.shape[0]):
        network, first, stop, slab, keep_first = jobs[job]
        total = theta.dtype.type(0)
        slabs[slab, :] = 0
        for begin in range(first, stop, tile):
            B = min(tile, stop - begin)
            samples = order[begin : begin + B]
            kept = keep[keep_first + begin - first : keep_first + begin - first + B]
            load_tile(plan, values, starts, samples, arena, B)
            clear_initial_states(plan, arena, B)
            y = view3(arena, net[p.Y_AT], steps, B, net[p.N_TARGETS])
            centre = view2(arena, net[p.CENTRE_AT], B, net[p.N_SCALED])
            scale = view2(arena, net[p.SCALE_AT], B, net[p.N_SCALED])
            gather_targets(targets, offsets, samples, net[p.TARGET_STRIDE], net[p.SCALER], centre, scale, y)
            stack_forward(theta[network], plan, arena, kept, keep_scale, B)
            weight = arena[net[p.WEIGHT_AT] : net[p.WEIGHT_AT] + B]
            for b in range(B):
                weight[b] = weights[samples[b]]
            total += run_loss(
                plan, arena, param, net[p.WEIGHT_AT], net[p.OUT_AT], net[p.Y_AT], net[p.DOUT_AT], B, steps * B
            )
            dout = view2(arena, net[p.DOUT_AT], steps * B, O)
            stack_backward(theta_T[network], plan, arena, kept, keep_scale, dout, slabs[slab], B)
        losses[slab] = total


@kernel
def predict(theta, plan, values, starts, order, first, stop, initial, keep, keep_scale, arena, outputs, final):
    """The network's outputs for the windows order[first:stop], before the link, on the scale of the series.

    theta   : (P,)
    initial : (n, state_size)   initial states, or (0, state_size) for zeros
    outputs : (n, steps, O)     out;  final : (n, state_size) out, or (0, state_size) when nobody asks
    """
    net = plan[0]
    O, tile = net[p.N_OUTPUTS], net[p.TILE_ROWS]
    for begin in range(first, stop, tile):
        B = min(tile, stop - begin)
        load_tile(plan, values, starts, order[begin : begin + B], arena, B)
        if initial.shape[0] > 0:
            load_states(plan, initial[begin : begin + B], arena, B)
        else:
            clear_initial_states(plan, arena, B)
        out = stack_forward(theta, plan, arena, keep, keep_scale, B)
        for r in range(out.shape[0]):
            b = r % B
            for o in range(O):
                value = out[r, o]
                if net[p.SCALER] != NONE:
                    at = b * net[p.N_SCALED]
                    value = value * arena[net[p.SCALE_AT] + at] + arena[net[p.CENTRE_AT] + at]
                outputs[begin + b, r // B, o] = value
        if final.shape[0] > 0:
            store_states(plan, arena, B, final[begin : begin + B])


@kernel
def load_tile(plan, values, starts, samples, arena, B):
    """Gather the windows of a tile into the arena."""
    net = plan[0]
    gather_inputs(
        values,
        starts,
        samples,
        net[p.SCALER],
        net[p.N_COLUMNS],
        net[p.N_SCALED],
        view3(arena, net[p.X_AT], net[p.N_TIMESTEPS], B, net[p.N_FEATURES]),
        view2(arena, net[p.CENTRE_AT], B, net[p.N_SCALED]),
        view2(arena, net[p.SCALE_AT], B, net[p.N_SCALED]),
    )


@kernel
def clear_initial_states(plan, arena, B):
    """states[:, 0] = 0 in every layer and direction."""
    net = plan[0]
    for layer in range(net[p.N_LAYERS]):
        for direction in range(net[p.N_DIRECTIONS]):
            states = layer_states(plan, layer, direction, arena, B)
            for s in range(net[p.N_STATES]):
                states[s, 0, :, :] = 0


@kernel
def load_states(plan, initial, arena, B):
    """states[s, 0] of every layer from the rows of `initial` (B, state_size)."""
    net = plan[0]
    for layer in range(net[p.N_LAYERS]):
        for direction in range(net[p.N_DIRECTIONS]):
            at = layer_row(plan, layer, direction)[p.STATE_AT]
            states = layer_states(plan, layer, direction, arena, B)
            H = states.shape[3]
            for s in range(net[p.N_STATES]):
                for b in range(B):
                    for j in range(H):
                        states[s, 0, b, j] = initial[b, at + s * H + j]


@kernel
def store_states(plan, arena, B, final):
    """The rows of `final` (B, state_size) from states[s, T] of every layer."""
    net = plan[0]
    T = net[p.N_TIMESTEPS]
    for layer in range(net[p.N_LAYERS]):
        for direction in range(net[p.N_DIRECTIONS]):
            at = layer_row(plan, layer, direction)[p.STATE_AT]
            states = layer_states(plan, layer, direction, arena, B)
            H = states.shape[3]
            for s in range(net[p.N_STATES]):
                for b in range(B):
                    for j in range(H):
                        final[b, at + s * H + j] = states[s, T, b, j]
