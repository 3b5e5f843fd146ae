"""Long short-term memory (Hochreiter and Schmidhuber 1997) with forget gates (Gers, Schmidhuber and Cummins 2000).

    i, f, o = sigmoid(z_i), sigmoid(z_f), sigmoid(z_o)        input, forget and output gate
    g       = tanh(z_g)                                       candidate
    c_t     = f c_{t-1} + i g
    h_t     = o tanh(c_t)

Four slots (i, f, g, o), two states (h, c). Numbers are loaded into
locals before anything is stored: a number read back after a store costs up to 1.6 times as much.
"""

from ..._jit import kernel
from ..maths import sigmoid, tanh
from .cell import Cell


@kernel(alone=True)
def gates_forward(first, last, step, t, z, states):
    """Gates in place over their pre-activations, then c' = f c + i g and h' = o tanh(c')."""
    i, f, g, o = z[0, t], z[1, t], z[2, t], z[3, t]
    c, new_c, new_h = states[1, t], states[1, t + 1], states[0, t + 1]
    for j in range(first, last, step):
        i_j, f_j, g_j = sigmoid(i[j]), sigmoid(f[j]), tanh(g[j])
        i[j], f[j], g[j] = i_j, f_j, g_j
        new_c[j] = f_j * c[j] + i_j * g_j
    for j in range(first, last, step):
        o_j = sigmoid(o[j])
        o[j] = o_j
        new_h[j] = o_j * tanh(new_c[j])


@kernel(alone=True)
def gates_backward(first, last, step, t, z, states, dstate):
    """With dc = dc' + dh' o (1 - tanh(c')^2): do = dh' tanh(c'), di = dc g, dg = dc i, df = dc c, and dc = dc f."""
    i, f, g, o = z[0, t], z[1, t], z[2, t], z[3, t]
    c, new_c = states[1, t], states[1, t + 1]
    dh, dc = dstate[0], dstate[1]
    one, zero = z.dtype.type(1), z.dtype.type(0)
    for j in range(first, last, step):
        o_j, tanh_c, dh_j = o[j], tanh(new_c[j]), dh[j]
        dc[j] += dh_j * o_j * (one - tanh_c * tanh_c)
        o[j] = dh_j * tanh_c * o_j * (one - o_j)
        dh[j] = zero
    for j in range(first, last, step):
        dc_j, i_j, f_j, g_j = dc[j], i[j], f[j], g[j]
        i[j] = dc_j * g_j * i_j * (one - i_j)
        g[j] = dc_j * i_j * (one - g_j * g_j)
        f[j] = dc_j * c[j] * f_j * (one - f_j)
        dc[j] = dc_j * f_j


def equations(z, states):
    """The step in plain NumPy: (h', c') from z (4, ...) and states (h, c)."""
    i, f, g, o = sigmoid(z[0]), sigmoid(z[1]), tanh(z[2]), sigmoid(z[3])
    c = f * states[1] + i * g
    return o * tanh(c), c


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
