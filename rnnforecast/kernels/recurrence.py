"""One recurrent layer over a tile of rows, forward and back through time, for any cell.

The functions here are templates: `bind` gives each cell its own copy with its gates and its slot ranges inlined.
Time is the outer axis everywhere, and the rows of one step are contiguous, so each step is a few small products over
all rows and a few pointwise loops over all units of all rows.
"""

from .._jit import kernel
from .plan import view2, view3
from .products import add_product, affine


def layer_forward(multiply, x, W, U, b, mask, z, states, h_in):
    """z_k[t] = x[t] W_k + h[t-1] U_k + b_k, then the cell's gates, for t = 0 ... T-1.

    multiply : int          address of the matrix product, see products.py
    x      : (T, B, F)      input
    W      : (G_x, F, H)    input weights;  U : (G_h, H, H) recurrent weights;  b : (G, H) biases; the rows of U may be
                            longer, see spreading.py, and so may those of UT below
    mask   : (B, H)         recurrent dropout: multiplies h before U; (0, H) for none
    z      : (G, T, B, H)   out: what the gates saved for the backward pass
    states : (S, T+1, B, H) states[:, 0] is the initial state; out: the others
    h_in   : (T, B, H)      out: the masked h that entered U; (0, B, H) without a mask
    """
    T, B, F = x.shape
    G, H = b.shape
    n = B * H
    flat_z = view3(z, 0, G, T, n)
    flat_states = view3(states, 0, states.shape[0], T + 1, n)
    rows = view2(x, 0, T * B, F)
    for k in range(G):
        if FIRST_INPUT <= k < LAST_INPUT:
            affine(multiply, rows, W[k - FIRST_INPUT], b[k], view2(z, k * T * n, T * B, H))
        else:
            fill_rows(b[k], view2(z, k * T * n, T * B, H))
    for t in range(T):
        h = states[0, t]
        if mask.shape[0] > 0:
            masked(h, mask, h_in[t])
            h = h_in[t]
        for k in range(FIRST_RECURRENT, LAST_RECURRENT):
            add_product(multiply, h, U[k - FIRST_RECURRENT], z[k, t])
        gates_forward(0, n, 1, t, flat_z, flat_states)


def layer_backward(multiply, x, WT, UT, mask, z, states, h_in, dy, dstate, scratch, dW, dU, db, dx):
    """Back-propagation through time (Werbos 1990) for `layer_forward`.

    multiply, x, mask, z, states, h_in : as the forward pass left them; z becomes the gradient of the pre-activations
    WT, UT  : (G_x, H, F), (G_h, H, H)  the weights, each matrix transposed
    dy      : (T, B, H)  gradient of the outputs h[1:], or (0, B, H) when only the final state has one
    dstate  : (S, B, H)  gradient of the final states; out: that of the initial states
    scratch : (B, H)     workspace, used with a mask
    dW, dU, db : shapes of W, U, b; the gradients are added to them
    dx      : (T, B, F)  out: gradient of x, or (0, B, F) when nobody asks
    """
    T, B, F = x.shape
    G, H = db.shape
    n = B * H
    flat_z = view3(z, 0, G, T, n)
    flat_states = view3(states, 0, states.shape[0], T + 1, n)
    flat_dstate = view2(dstate, 0, states.shape[0], n)
    for t in range(T - 1, -1, -1):
        if dy.shape[0] > 0:
            add_rows(dy[t], dstate[0])
        gates_backward(0, n, 1, t, flat_z, flat_states, flat_dstate)
        if mask.shape[0] > 0:
            scratch[:] = 0
            for k in range(FIRST_RECURRENT, LAST_RECURRENT):
                add_product(multiply, z[k, t], UT[k - FIRST_RECURRENT], scratch)
            add_masked(scratch, mask, dstate[0])
        else:
            for k in range(FIRST_RECURRENT, LAST_RECURRENT):
                add_product(multiply, z[k, t], UT[k - FIRST_RECURRENT], dstate[0])

    inputs = view2(x, 0, T * B, F).T
    previous = view2(states, 0, T * B, H).T
    if mask.shape[0] > 0:
        previous = view2(h_in, 0, T * B, H).T
    for k in range(G):
        dz = view2(z, k * T * n, T * B, H)
        add_column_sums(dz, db[k])
        if FIRST_RECURRENT <= k < LAST_RECURRENT:
            add_product(multiply, previous, dz, dU[k - FIRST_RECURRENT])
        if FIRST_INPUT <= k < LAST_INPUT:
            add_product(multiply, inputs, dz, dW[k - FIRST_INPUT])
    if dx.shape[0] > 0:
        dx[:] = 0
        for k in range(FIRST_INPUT, LAST_INPUT):
            add_product(multiply, view2(z, k * T * n, T * B, H), WT[k - FIRST_INPUT], view2(dx, 0, T * B, F))


@kernel
def fill_rows(row, out):
    """out[i, j] = row[j]."""
    for i in range(out.shape[0]):
        for j in range(out.shape[1]):
            out[i, j] = row[j]


@kernel
def masked(a, mask, out):
    """out = a * mask, all (B, H)."""
    for i in range(out.shape[0]):
        for j in range(out.shape[1]):
            out[i, j] = a[i, j] * mask[i, j]


@kernel
def add_masked(a, mask, out):
    """out += a * mask, all (B, H)."""
    for i in range(out.shape[0]):
        for j in range(out.shape[1]):
            out[i, j] += a[i, j] * mask[i, j]


@kernel
def add_rows(a, out):
    """out += a, both (B, H)."""
    for i in range(out.shape[0]):
        for j in range(out.shape[1]):
            out[i, j] += a[i, j]


@kernel
def add_column_sums(a, out):
    """out[j] += sum_i a[i, j]."""
    for i in range(a.shape[0]):
        for j in range(out.shape[0]):
            out[j] += a[i, j]
