"""Gated recurrent unit (Cho et al. 2014), with the reset gate after the product, as PyTorch and cuDNN compute it.

    r, u = sigmoid(z_r), sigmoid(z_u)                reset and update gate
    n    = tanh(z_n + r z_m)                         candidate; z_n = W_n x_t + b_n,  z_m = U_m h_{t-1} + b_m
    h_t  = (1 - u) n + u h_{t-1}

Four slots (n, r, u, m), one state (h): n, r, u have input weights, and r, u, m have recurrent weights.
"""

from ..._jit import kernel
from ..maths import sigmoid, tanh
from .cell import Cell


@kernel(alone=True)
def gates_forward(first, last, step, t, z, states):
    """Gates in place over their pre-activations (m stays as it is), then h' = (1 - u) n + u h."""
    n, r, u, m = z[0, t], z[1, t], z[2, t], z[3, t]
    h, new_h = states[0, t], states[0, t + 1]
    for j in range(first, last, step):
        r_j, u_j = sigmoid(r[j]), sigmoid(u[j])
        n_j = tanh(n[j] + r_j * m[j])
        n[j], r[j], u[j] = n_j, r_j, u_j
        new_h[j] = n_j + u_j * (h[j] - n_j)


@kernel(alone=True)
def gates_backward(first, last, step, t, z, states, dstate):
    """dn = dh' (1 - u) (1 - n^2), dm = dn r, dr = dn m r (1 - r), du = dh' (h - n) u (1 - u), and dh = dh' u."""
    n, r, u, m = z[0, t], z[1, t], z[2, t], z[3, t]
    h, dh = states[0, t], dstate[0]
    one = z.dtype.type(1)
    for j in range(first, last, step):
        n_j, r_j, u_j, dh_j = n[j], r[j], u[j], dh[j]
        d_n = dh_j * (one - u_j) * (one - n_j * n_j)
        dh[j] = dh_j * u_j
        u[j] = dh_j * (h[j] - n_j) * u_j * (one - u_j)
        r[j] = d_n * m[j] * r_j * (one - r_j)
        m[j] = d_n * r_j
        n[j] = d_n


def equations(z, states):
    """The step in plain NumPy: (h',) from z (4, ...) and states (h,)."""
    r, u = sigmoid(z[1]), sigmoid(z[2])
    n = tanh(z[0] + r * z[3])
    return (n + u * (states[0] - n),)


CELLS = (
    Cell(
        name="gru",
        slots="nrum",
        states="h",
        input_slots=(0, 3),
        recurrent_slots=(1, 4),
        gates_forward=gates_forward,
        gates_backward=gates_backward,
        equations=equations,
    ),
)
