"""The compiled entry points: training on minibatches, predictions of windows, and single steps of streams.

One compilation per dtype serves all networks: what belongs to a cell, a loss or an optimiser is called by its address
in the plan. Each call drives any number of networks of one architecture.
"""

from .._jit import kernel
from . import plan as p
from .addresses import call_at, number_at
from .crew import CLAIMED, FINISHED, RELEASED, increase, wait_for
from .gather import gather_inputs, gather_targets
from .optimisers.optimiser import LOSS, WEIGHT
from .plan import net, no_keep, row, view1, view2, view3
from .stack import layer_row, layer_states, transpose_weights

DONE, UNFIT, NOT_FINITE = range(3)  # what a step answers
NETWORK, FIRST, STOP, SLAB, KEEP_FIRST, ROW, N_JOB_COLUMNS = range(7)  # columns of the jobs
LEADS, REST = range(2)  # what a thread of a crew is told


@kernel
def train(
    theta, theta_T, moments, counts, plan, values, starts, futures, targets, offsets, weights, order, jobs, rates, keep,
    keep_scale, param, penalty, hyper, arena, slabs, sums, crew, counters,
):  # fmt: skip
    """Do the jobs one after the other: gradients of chunks of minibatches, and updates at the end of minibatches.

    The threads of a crew call this with the same jobs: each does the chunks that it is the first to claim, and the one
    that leads does the ends, for which all wait.

    theta, theta_T  : (K, P)  parameters of K networks, and the same with every matrix transposed
    moments, counts : (K, 2, P), (K,)  the optimiser's memory, and the number of its updates
    values, starts, targets, offsets : the windows and their targets, see gather.py
    futures         : (n_windows,)  where their targets begin in `values`; (0,) where no future is read
    weights         : (n_windows,)  sample weights
    order           : (n,)          the samples of the minibatches, one after the other
    jobs            : (n_jobs, N_JOB_COLUMNS)  a chunk has its NETWORK, its FIRST and last + 1 (STOP) position in
                      `order`, the SLAB and the ROW of `sums` that are its own, and its first row in `keep`.
                      An end (FIRST = STOP) adds the first SLAB slabs, whose chunks have the rows from ROW on, updates
                      the network when there are any, and transposes its weights
    rates           : (n_jobs,)     learning rates, read at ends
    keep, keep_scale, param : see stack.py and losses/loss.py
    penalty, hyper  : see optimisers/optimiser.py
    arena           : (n,)          workspace of one thread
    slabs           : (n_slabs, P)  out: the sum of the gradients of each chunk
    sums            : (n, N_SUMS)   out: weighted loss and weight of each chunk, and what the update says
    crew            : (2,)          whether this thread LEADS, and the address of REST, see crew.py
    counters        : (N_COUNTERS,) of the crew, zeros at first; (0,) for a thread alone
    """
    alone = counters.shape[0] == 0
    n_chunks = n_ends = 0
    mine = -1 if alone else increase(counters, CLAIMED)
    for i in range(jobs.shape[0]):
        job = jobs[i]
        network, first, stop, slab, sums_row = job[NETWORK], job[FIRST], job[STOP], job[SLAB], job[ROW]
        if first < stop:
            if alone or n_chunks == mine:
                add_chunk(
                    theta[network], theta_T[network], plan, values, starts, futures, targets, offsets, weights,
                    order[first:stop], keep[job[KEEP_FIRST] :], keep_scale, param, arena, slabs[slab], sums[sums_row],
                )  # fmt: skip
                if not alone:
                    increase(counters, FINISHED)
                    mine = increase(counters, CLAIMED)
            n_chunks += 1
            continue
        n_ends += 1
        if not alone:
            if not crew[LEADS]:
                wait_for(counters, RELEASED, n_ends, crew[REST])
                continue
            wait_for(counters, FINISHED, n_chunks, crew[REST])
        if slab > 0:
            call_at(
                net(plan, p.UPDATE),
                (
                    slabs[:slab], sums[sums_row : sums_row + slab], theta[network], moments[network],
                    counts[network : network + 1], rates[i : i + 1], penalty, hyper,
                ),
            )  # fmt: skip
        transpose_weights(plan, theta[network], theta_T[network])
        if not alone:
            increase(counters, RELEASED)


@kernel
def add_chunk(
    theta, theta_T, plan, values, starts, futures, targets, offsets, weights, samples, keep, keep_scale, param, arena,
    gradient, sums,
):  # fmt: skip
    """The gradient of the loss over some samples, one row tile after the other."""
    O, steps, tile = net(plan, p.N_OUTPUTS), net(plan, p.OUT_STEPS), net(plan, p.TILE_ROWS)
    located = net(plan, p.LOCATION_STEP)
    loss, weight_sum = theta.dtype.type(0), theta.dtype.type(0)
    gradient[:] = 0
    if net(plan, p.SPREAD) >= 0:
        call_at(net(plan, p.SPREAD), (plan, theta, theta_T, arena))
    for begin in range(0, samples.shape[0], tile):
        B = min(tile, samples.shape[0] - begin)
        rows, kept = samples[begin : begin + B], keep[begin : begin + B]
        load_tile(plan, theta, values, starts, futures, rows, arena, B)
        clear_initial_states(plan, arena, B)
        centre, scale = view1(arena, net(plan, p.CENTRE_AT), B), view1(arena, net(plan, p.SCALE_AT), B)
        scaler = -1 if located else net(plan, p.SCALER)
        steps_y = view3(arena, net(plan, p.Y_AT), steps, B, net(plan, p.N_TARGETS))
        gather_targets(targets, offsets, rows, net(plan, p.TARGET_STRIDE), scaler, centre, scale, steps_y)
        call_at(net(plan, p.STACK), (theta, plan, arena, kept, keep_scale, B))
        if located:
            call_at(net(plan, p.LOCATE), (view3(arena, net(plan, p.OUT_AT), steps, B, O), centre, scale, located))
        weight = arena[net(plan, p.WEIGHT_AT) : net(plan, p.WEIGHT_AT) + B]
        for b in range(B):
            weight[b] = weights[rows[b]]
            weight_sum += weight[b]
        out, dout = view2(arena, net(plan, p.OUT_AT), steps * B, O), view2(arena, net(plan, p.DOUT_AT), steps * B, O)
        y = view2(arena, net(plan, p.Y_AT), steps * B, net(plan, p.N_TARGETS))
        loss += number_at(arena, net(plan, p.LOSS), (out, y, weight, param, dout))
        if located:
            call_at(net(plan, p.LOCATE_BACK), (view3(arena, net(plan, p.DOUT_AT), steps, B, O), scale, located))
        call_at(net(plan, p.STACK_BACK), (theta_T, plan, arena, kept, keep_scale, dout, gradient, B))
        if net(plan, p.GATHER_BACK) >= 0:
            call_at(net(plan, p.GATHER_BACK), (plan, theta, gradient, values, starts, futures, rows, arena, B))
    sums[LOSS], sums[WEIGHT] = loss, weight_sum


@kernel
def predict(
    theta, plan, values, starts, futures, order, jobs, initial, keep, keep_scale, arena, outputs, final, measures
):
    """The networks' outputs for windows, before the link, on the scale of the series or, with `measures`, the window's.

    theta   : (K, P)
    values, starts, futures       as in `train`
    order   : (n,)                windows
    jobs    : (n_jobs, 3)         a network, and the first and last + 1 position in `order` of the windows that it reads
    initial : (n, state_size)     initial states, or (0, state_size) for zeros
    outputs : (n, steps, O) out;  final : (n, state_size) out, or (0, state_size) when nobody asks
    measures : (n, 2) out, centre and scale of each window, as its targets have them;  (0, 2) when nobody asks
    """
    O, tile, scaled = net(plan, p.N_OUTPUTS), net(plan, p.TILE_ROWS), net(plan, p.SCALER) >= 0
    asked = measures.shape[0] > 0
    for job in range(jobs.shape[0]):
        for begin in range(jobs[job, 1], jobs[job, 2], tile):
            B = min(tile, jobs[job, 2] - begin)
            load_tile(plan, theta[jobs[job, 0]], values, starts, futures, order[begin : begin + B], arena, B)
            if initial.shape[0] > 0:
                load_states(plan, initial[begin : begin + B], arena, B)
            else:
                clear_initial_states(plan, arena, B)
            call_at(net(plan, p.STACK), (theta[jobs[job, 0]], plan, arena, keep, keep_scale, B))
            out = view2(arena, net(plan, p.OUT_AT), net(plan, p.OUT_STEPS) * B, O)
            for r in range(out.shape[0]):
                b = r % B
                for o in range(O):
                    value = out[r, o]
                    if scaled and not asked:
                        value = value * arena[net(plan, p.SCALE_AT) + b] + arena[net(plan, p.CENTRE_AT) + b]
                    outputs[begin + b, r // B, o] = value
            if asked:
                store_measures(plan, arena, B, measures[begin : begin + B])
            if final.shape[0] > 0:
                store_states(plan, arena, B, final[begin : begin + B])


@kernel
def step(theta, plan, arena, x, state, output, new_state):
    """One observation of each stream: x (n, F) and state (n, state_size) to output (n, O) and new_state.

    theta is (P,), and the plan is that of windows of one step. `new_state` may be `state` itself. Returns DONE, or
    with nothing written UNFIT for arrays of other shapes and NOT_FINITE for x or states that are not.
    """
    n, tile = x.shape[0], net(plan, p.TILE_ROWS)
    if x.shape[1] != net(plan, p.N_FEATURES) or output.shape != (n, net(plan, p.N_OUTPUTS)):
        return UNFIT
    if state.shape != (n, net(plan, p.STATE_SIZE)) or new_state.shape != state.shape:
        return UNFIT
    if not (is_finite(x) and is_finite(state)):
        return NOT_FINITE
    no_masks, no_scale = no_keep(plan), view1(theta, 0, 2)
    for begin in range(0, n, tile):
        B = min(tile, n - begin)
        inputs = view2(arena, net(plan, p.X_AT), B, net(plan, p.N_FEATURES))
        for b in range(B):
            for f in range(net(plan, p.N_FEATURES)):
                inputs[b, f] = x[begin + b, f]
        load_states(plan, state[begin : begin + B], arena, B)
        call_at(net(plan, p.STACK), (theta, plan, arena, no_masks, no_scale, B))
        out = view2(arena, net(plan, p.OUT_AT), B, net(plan, p.N_OUTPUTS))
        for b in range(B):
            for o in range(net(plan, p.N_OUTPUTS)):
                output[begin + b, o] = out[b, o]
        store_states(plan, arena, B, new_state[begin : begin + B])
    return DONE


@kernel
def step_one(theta, plan, arena, x, state, output, new_state):
    """`step` of a single stream, with x (F,) and output (O,)."""
    rows, outputs = view2(x, 0, 1, x.shape[0]), view2(output, 0, 1, output.shape[0])
    return step(theta, plan, arena, rows, state, outputs, new_state)


@kernel
def is_finite(a):
    """Whether the 2-D array holds neither NaN nor infinity."""
    zero = a.dtype.type(0)
    for i in range(a.shape[0]):
        for j in range(a.shape[1]):
            if a[i, j] - a[i, j] != zero:
                return False
    return True


@kernel
def load_tile(plan, theta, values, starts, futures, samples, arena, B):
    """Gather the windows of a tile into the arena."""
    if net(plan, p.GATHER) >= 0:
        call_at(net(plan, p.GATHER), (plan, theta, values, starts, futures, samples, arena, B))
    else:
        gather_inputs(
            values,
            starts,
            samples,
            net(plan, p.SCALER),
            net(plan, p.N_COLUMNS),
            net(plan, p.N_SCALED),
            view3(arena, net(plan, p.X_AT), net(plan, p.N_TIMESTEPS), B, net(plan, p.N_FEATURES)),
            view1(arena, net(plan, p.CENTRE_AT), B),
            view1(arena, net(plan, p.SCALE_AT), B),
        )
    if net(plan, p.FIRST_VALUES) >= 0:
        call_at(net(plan, p.FIRST_VALUES), (plan, values, starts, samples, arena, B))


@kernel
def clear_initial_states(plan, arena, B):
    """states[:, 0] = 0 in every layer and direction."""
    for layer in range(net(plan, p.N_LAYERS)):
        for direction in range(net(plan, p.N_DIRECTIONS)):
            states = layer_states(plan, layer, direction, arena, B)
            for s in range(net(plan, p.N_STATES)):
                states[s, 0, :, :] = 0


@kernel
def load_states(plan, initial, arena, B):
    """states[s, 0] of every layer from the rows of `initial` (B, state_size)."""
    for layer in range(net(plan, p.N_LAYERS)):
        for direction in range(net(plan, p.N_DIRECTIONS)):
            at = row(plan, layer_row(net(plan, p.N_DIRECTIONS), layer, direction), p.STATE_AT)
            states = layer_states(plan, layer, direction, arena, B)
            H = states.shape[3]
            for s in range(net(plan, p.N_STATES)):
                for b in range(B):
                    for j in range(H):
                        states[s, 0, b, j] = initial[b, at + s * H + j]


@kernel
def store_measures(plan, arena, B, measures):
    """Centre and scale of each window of a tile, 0 and 1 without a scaler."""
    measures[:, 0] = 0
    measures[:, 1] = 1
    if net(plan, p.SCALER) >= 0:
        for b in range(B):
            measures[b, 0] = arena[net(plan, p.CENTRE_AT) + b]
            measures[b, 1] = arena[net(plan, p.SCALE_AT) + b]


@kernel
def store_states(plan, arena, B, final):
    """The rows of `final` (B, state_size) from states[s, T] of every layer."""
    T = net(plan, p.N_TIMESTEPS)
    for layer in range(net(plan, p.N_LAYERS)):
        for direction in range(net(plan, p.N_DIRECTIONS)):
            at = row(plan, layer_row(net(plan, p.N_DIRECTIONS), layer, direction), p.STATE_AT)
            states = layer_states(plan, layer, direction, arena, B)
            H = states.shape[3]
            for s in range(net(plan, p.N_STATES)):
                for b in range(B):
                    for j in range(H):
                        final[b, at + s * H + j] = states[s, T, b, j]
