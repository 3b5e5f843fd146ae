"""One direction of one layer, found through the plan, and run by the code that is compiled for its cell."""

from functools import cache

import numpy as np

from .._jit import DISABLED, bind, kernel
from . import plan as p
from . import recurrence
from .addresses import INTERPRETED, address_of, array_from, call_at, data_at, interpreted
from .plan import net, row, view2, view3, view4


@kernel
def run_forward(plan, theta, arena, i, source_at, B):
    """`recurrence.layer_forward` for the layer and direction in row i of the plan, on the input at `source_at`."""
    call_at(
        net(plan, p.FORWARD),
        (data_at(plan), plan.shape[0], data_at(theta), theta.shape[0], data_at(arena), arena.shape[0], i, source_at, B),
    )


@kernel
def run_backward(plan, theta_T, arena, gradient, i, source_at, dy_at, dx_at, B):
    """`recurrence.layer_backward`, likewise; dy and dx (T, B, ...) lie in the arena, or do not exist at -1."""
    call_at(
        net(plan, p.BACKWARD),
        (
            data_at(plan), plan.shape[0], data_at(theta_T), data_at(gradient), theta_T.shape[0], data_at(arena),
            arena.shape[0], i, source_at, dy_at, dx_at, B,
        ),
    )  # fmt: skip


def forward_entry(plan_at, n_rows, theta_at, n_parameters, arena_at, arena_size, i, source_at, B):
    """What the address of `run_forward` leads to: the arrays again, then the parts of them that row i speaks of."""
    plan = array_from(plan_at, (n_rows, PLAN_COLUMNS), np.int64)
    theta = array_from(theta_at, (n_parameters,), DTYPE)
    arena = array_from(arena_at, (arena_size,), DTYPE)
    forward_layer(plan, theta, arena, i, source_at, B)


def backward_entry(
    plan_at, n_rows, theta_at, gradient_at, n_parameters, arena_at, arena_size, i, source_at, dy_at, dx_at, B
):
    """What the address of `run_backward` leads to."""
    plan = array_from(plan_at, (n_rows, PLAN_COLUMNS), np.int64)
    theta_T = array_from(theta_at, (n_parameters,), DTYPE)
    gradient = array_from(gradient_at, (n_parameters,), DTYPE)
    arena = array_from(arena_at, (arena_size,), DTYPE)
    backward_layer(plan, theta_T, arena, gradient, i, source_at, dy_at, dx_at, B)


def forward_layer(plan, theta, arena, i, source_at, B):
    """Name the parts of theta and the arena that row i speaks of, and run them."""
    T, F, H = row(plan, i, p.N_STEPS), row(plan, i, p.INPUT_SIZE), row(plan, i, p.HIDDEN_SIZE)
    G, S, n_input, n_recurrent = (
        net(plan, p.N_SLOTS),
        net(plan, p.N_STATES),
        net(plan, p.N_INPUT),
        net(plan, p.N_RECURRENT),
    )
    layer_forward(
        net(plan, p.MULTIPLY),
        view3(arena, source_at, T, B, F),
        view3(theta, row(plan, i, p.W_AT), n_input, F, H),
        view3(theta, row(plan, i, p.U_AT), n_recurrent, H, H),
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
    layer_backward(
        net(plan, p.MULTIPLY),
        view3(arena, source_at, T, B, F),
        view3(theta_T, row(plan, i, p.W_AT), n_input, H, F),
        view3(theta_T, row(plan, i, p.U_AT), n_recurrent, H, H),
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
    forward = bind(forward_layer, f"{cell.name}", layer_forward=cell_kernels(cell)[0])
    if DISABLED:
        return interpreted(forward)
    name = f"{cell.name}_{dtype}"
    return address_of(forward_entry, name, 9, forward_layer=forward, DTYPE=dtype.type, PLAN_COLUMNS=p.WIDTH)


@cache
def backward_address(cell, dtype):
    """The address of a cell's way back through time."""
    backward = bind(backward_layer, f"{cell.name}", layer_backward=cell_kernels(cell)[1])
    if DISABLED:
        return interpreted(backward)
    name = f"{cell.name}_{dtype}"
    return address_of(backward_entry, name, 12, backward_layer=backward, DTYPE=dtype.type, PLAN_COLUMNS=p.WIDTH)


if DISABLED:

    def run_forward(plan, theta, arena, i, source_at, B):
        """The interpreted form."""
        INTERPRETED[net(plan, p.FORWARD)](plan, theta, arena, i, source_at, B)

    def run_backward(plan, theta_T, arena, gradient, i, source_at, dy_at, dx_at, B):
        """The interpreted form."""
        INTERPRETED[net(plan, p.BACKWARD)](plan, theta_T, arena, gradient, i, source_at, dy_at, dx_at, B)
