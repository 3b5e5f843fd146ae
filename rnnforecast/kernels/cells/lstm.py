"""Long short-term memory (Hochreiter and Schmidhuber 1997) with forget gates (Gers, Schmidhuber and Cummins 2000).

    i, f, o = sigmoid(z_i), sigmoid(z_f), sigmoid(z_o)        input, forget and output gate
    g       = tanh(z_g)                                       candidate
    c_t     = f c_{t-1} + i g
    h_t     = o tanh(c_t)

Four slots (i, f, g, o), two states (h, c). Several short loops instead of one: LLVM vectorises a loop only while it
can check that the few arrays in it do not overlap.
"""

import numpy as np
from scipy.special import expit

from ..._jit import kernel
from ..maths import sigmoid, tanh
from .cell import Cell


@kernel
def gates_forward(first, last, step, t, z, states):
    """Gates in place over their pre-activations, then c' = f c + i g and h' = o tanh(c')."""
    i, f, g, o = z[0, t], z[1, t], z[2, t], z[3, t]
    c, new_c, new_h = states[1, t], states[1, t + 1], states[0, t + 1]
    for j in range(first, last, step):
        i[j] = sigmoid(i[j])
    for j in range(first, last, step):
        f[j] = sigmoid(f[j])
    for j in range(first, last, step):
        g[j] = tanh(g[j])
    for j in range(first, last, step):
        o[j] = sigmoid(o[j])
    for j in range(first, last, step):
        new_c[j] = f[j] * c[j] + i[j] * g[j]
    for j in range(first, last, step):
        new_h[j] = o[j] * tanh(new_c[j])


@kernel
def gates_backward(first, last, step, t, z, states, dstate):
    """With dc = dc' + dh' o (1 - tanh(c')^2): do = dh' tanh(c'), di = dc g, dg = dc i, df = dc c, and dc = dc f."""
    i, f, g, o = z[0, t], z[1, t], z[2, t], z[3, t]
    c, new_c = states[1, t], states[1, t + 1]
    dh, dc = dstate[0], dstate[1]
    one = z.dtype.type(1)
    zero = z.dtype.type(0)
    for j in range(first, last, step):
        tanh_c = tanh(new_c[j])
        dc[j] += dh[j] * o[j] * (one - tanh_c * tanh_c)
        o[j] = dh[j] * tanh_c * o[j] * (one - o[j])
    for j in range(first, last, step):
        d_i = dc[j] * g[j] * i[j] * (one - i[j])
        g[j] = dc[j] * i[j] * (one - g[j] * g[j])
        i[j] = d_i
    for j in range(first, last, step):
        d_f = dc[j] * c[j] * f[j] * (one - f[j])
        dc[j] *= f[j]
        f[j] = d_f
    for j in range(first, last, step):
        dh[j] = zero


def equations(z, states):
    """The step in plain NumPy: (h', c') from z (4, ...) and states (h, c)."""
    i, f, g, o = expit(z[0]), expit(z[1]), np.tanh(z[2]), expit(z[3])
    c = f * states[1] + i * g
    return o * np.tanh(c), c


CELLS = (
    Cell(
        name="lstm",
        slots="ifgo",
        states="hc",
        input_slots=(0, 4),
        recurrent_slots=(0, 4),
        gates_forward=gates_forward,
        gates_backward=gates_backward,
        equations=equations,
        forget_slot=1,
    ),
)
