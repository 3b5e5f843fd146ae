"""What a recurrent cell is: its slots, its states and two pointwise functions."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Cell:
    """A recurrent cell: everything about it that is not the linear part, which all cells share.

    Its two functions are kernels, ``kernel(alone=True)``, so that their loops become vector code.

    A step computes one pre-activation per slot, z_k = W_k x_t + U_k h_{t-1} + b_k, where only the slots in
    `input_slots` have a W and only those in `recurrent_slots` have a U; then the gates turn z and the previous
    states into the new states. The first state is the output h.

    Parameters
    ----------
    name : str
        What `cell_type` calls it.
    slots : str
        One letter for each pre-activation, in the order of the first axis of z.
    states : str
        One letter for each state that is carried from step to step; the first is h.
    input_slots, recurrent_slots : tuple (first, last + 1)
        The contiguous ranges of slots that have input weights W and recurrent weights U.
    gates_forward : callable
        ``(first, last, step, t, z, states)``: turns z[:, t] into what backward needs, in place, and writes
        states[:, t + 1] from states[:, t]; for the elements range(first, last, step).
        z is (G, T, n) and states (S, T + 1, n), where n counts units of all rows.
    gates_backward : callable
        ``(first, last, step, t, z, states, dstate)``: turns what forward left in z[:, t] into the gradient of the
        loss with respect to the pre-activations, in place, and dstate (S, n) from the gradient with respect to
        states[:, t + 1] into the part of the gradient with respect to states[:, t] that does not pass through U.
    equations : callable
        ``(z, states) -> new states``: the same step in plain NumPy, on z (G, ...) and states (S, ...); the path of
        ``backend="numpy"`` and the text a reader should start with.
    forget_slot : int or None
        The slot whose bias the option `forget_bias` sets.
    """

    name: str
    slots: str
    states: str
    input_slots: tuple[int, int]
    recurrent_slots: tuple[int, int]
    gates_forward: Callable
    gates_backward: Callable
    equations: Callable
    forget_slot: int | None = None

    @property
    def n_slots(self):
        """Number of pre-activations."""
        return len(self.slots)

    @property
    def n_states(self):
        """Number of states."""
        return len(self.states)

    @property
    def n_input(self):
        """Number of slots with input weights."""
        return self.input_slots[1] - self.input_slots[0]

    @property
    def n_recurrent(self):
        """Number of slots with recurrent weights."""
        return self.recurrent_slots[1] - self.recurrent_slots[0]
