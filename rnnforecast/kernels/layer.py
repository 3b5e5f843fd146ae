"""One direction of one layer, found through the plan, and run by the code that is compiled for its cell."""

from functools import cache

from .._jit import bind
from . import plan as p
from . import recurrence
from .addresses import INT, PLAN, VECTOR, address_of
from .plan import net, row, view2, view3, view4


def forward_layer(plan, theta, arena, i, source_at, B):
    """Name the parts of theta and the arena that row i speaks of, and run them."""
    T, F, H = row(plan, i, p.N_STEPS), row(plan, i, p.INPUT_SIZE), row(plan, i, p.HIDDEN_SIZE)
    G, S, n_input, n_recurrent = (
        net(plan, p.N_SLOTS),
        net(plan, p.N_STATES),
        net(plan, p.N_INPUT),
        net(plan, p.N_RECURRENT),
    )
    U = view3(theta, row(plan, i, p.U_AT), n_recurrent, H, H)
    if row(plan, i, p.U_SPREAD_AT) >= 0:
        U = view3(arena, row(plan, i, p.U_SPREAD_AT), n_recurrent, H, row(plan, i, p.SPREAD_WIDTH))
    layer_forward(
        net(plan, p.MULTIPLY),
        view3(arena, source_at, T, B, F),
        view3(theta, row(plan, i, p.W_AT), n_input, F, H),
        U,
        view2(theta, row(plan, i, p.B_AT), G, H),
        view2(arena, row(plan, i, p.MASK_AT), B, H),
        view4(arena, row(plan, i, p.Z_AT), G, T, B, H),
        view4(arena, row(plan, i, p.STATES_AT), S, T + 1, B, H),
        view3(arena, row(plan, i, p.H_IN_AT), T, B, H),
    )


def backward_layer(plan, theta_T, arena, gradient, i, source_at, dy_at, dx_at, B):
    """The same for the way back."""
    T, F, H = row(plan, i, p.N_STEPS), row(plan, i, p.INPUT_SIZE), row(plan, i, p.HIDDEN_SIZE)
    G, S, n_input, n_recurrent = (
        net(plan, p.N_SLOTS),
        net(plan, p.N_STATES),
        net(plan, p.N_INPUT),
        net(plan, p.N_RECURRENT),
    )
    UT = view3(theta_T, row(plan, i, p.U_AT), n_recurrent, H, H)
    if row(plan, i, p.UT_SPREAD_AT) >= 0:
        UT = view3(arena, row(plan, i, p.UT_SPREAD_AT), n_recurrent, H, row(plan, i, p.SPREAD_WIDTH))
    layer_backward(
        net(plan, p.MULTIPLY),
        view3(arena, source_at, T, B, F),
        view3(theta_T, row(plan, i, p.W_AT), n_input, H, F),
        UT,
        view2(arena, row(plan, i, p.MASK_AT), B, H),
        view4(arena, row(plan, i, p.Z_AT), G, T, B, H),
        view4(arena, row(plan, i, p.STATES_AT), S, T + 1, B, H),
        view3(arena, row(plan, i, p.H_IN_AT), T, B, H),
        view3(arena, dy_at, T, B, H),
        view3(arena, net(plan, p.DSTATE_AT), S, B, H),
        view2(arena, net(plan, p.SCRATCH_AT), B, H),
        view3(gradient, row(plan, i, p.W_AT), n_input, F, H),
        view3(gradient, row(plan, i, p.U_AT), n_recurrent, H, H),
        view2(gradient, row(plan, i, p.B_AT), G, H),
        view3(arena, dx_at, T, B, F),
    )


def slot_ranges(cell):
    """What the templates of recurrence.py and decoder.py call the cell's ranges of slots."""
    names = ("FIRST_INPUT", "LAST_INPUT", "FIRST_RECURRENT", "LAST_RECURRENT")
    return dict(zip(names, (*cell.input_slots, *cell.recurrent_slots), strict=True))


@cache
def cell_kernels(cell):
    """(layer_forward, layer_backward) with the cell's gates inlined."""
    ranges = slot_ranges(cell)
    return (
        bind(recurrence.layer_forward, cell.name, gates_forward=cell.gates_forward, **ranges),
        bind(recurrence.layer_backward, cell.name, gates_backward=cell.gates_backward, **ranges),
    )


@cache
def forward_address(cell, dtype):
    """The address of a cell's loop over time for float32 or float64."""
    forward = bind(forward_layer, cell.name, layer_forward=cell_kernels(cell)[0])
    return address_of(forward, dtype, PLAN, VECTOR, VECTOR, INT, INT, INT)


@cache
def backward_address(cell, dtype):
    """The address of a cell's way back through time."""
    backward = bind(backward_layer, cell.name, layer_backward=cell_kernels(cell)[1])
    return address_of(backward, dtype, PLAN, VECTOR, VECTOR, VECTOR, INT, INT, INT, INT, INT)
