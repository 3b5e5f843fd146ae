"""Gated recurrent unit (Cho et al. 2014), with the reset gate after the product, as PyTorch and cuDNN compute it.

    r, u = sigmoid(z_r), sigmoid(z_u)                reset and update gate
    n    = tanh(z_n + r z_m)                         candidate; z_n = W_n x_t + b_n,  z_m = U_m h_{t-1} + b_m
    h_t  = (1 - u) n + u h_{t-1}

Four slots (n, r, u, m), one state (h): n, r, u have input weights, and r, u, m have recurrent weights.
"""

import numpy as np
from scipy.special import expit

from ..._jit import kernel
from ..maths import sigmoid, tanh
from .cell import Cell


@kernel
def gates_forward(first, last, step, t, z, states):
    """Gates in place over their pre-activations (m stays as it is), then h' = (1 - u) n + u h."""
    n, r, u, m = z[0, t], z[1, t], z[2, t], z[3, t]
    h, new_h = states[0, t], states[0, t + 1]
    for j in range(first, last, step):
        r[j] = sigmoid(r[j])
    for j in range(first, last, step):
        u[j] = sigmoid(u[j])
    for j in range(first, last, step):
        n[j] = tanh(n[j] + r[j] * m[j])
    for j in range(first, last, step):
        new_h[j] = n[j] + u[j] * (h[j] - n[j])


@kernel
def gates_backward(first, last, step, t, z, states, dstate):
    """dn = dh' (1 - u) (1 - n^2), dm = dn r, dr = dn m r (1 - r), du = dh' (h - n) u (1 - u), and dh = dh' u."""
    n, r, u, m = z[0, t], z[1, t], z[2, t], z[3, t]
    h, dh = states[0, t], dstate[0]
    one = z.dtype.type(1)
    for j in range(first, last, step):
        d_n = dh[j] * (one - u[j]) * (one - n[j] * n[j])
        d_u = dh[j] * (h[j] - n[j]) * u[j] * (one - u[j])
        dh[j] *= u[j]
        n[j] = d_n
        u[j] = d_u
    for j in range(first, last, step):
        d_r = n[j] * m[j] * r[j] * (one - r[j])
        m[j] = n[j] * r[j]
        r[j] = d_r


def equations(z, states):
    """The step in plain NumPy: (h',) from z (4, ...) and states (h,)."""
    r, u = expit(z[1]), expit(z[2])
    n = np.tanh(z[0] + r * z[3])
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
