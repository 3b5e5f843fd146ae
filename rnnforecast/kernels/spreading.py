"""Copies of recurrent weights for training, whose rows lie apart by no power of two.

Every step of every window reads the recurrent matrices, strip by strip, and a strip should stay in the first-level
cache while it meets all rows of a tile. Where its rows lie a power of two of bytes apart, as with 128 units, they share
few sets of that cache and push each other out: products then run at three quarters of their rate. So each thread copies
these matrices into its arena, a cache line longer in each row, once for a chunk of a minibatch.
"""

from functools import cache

from .._jit import kernel
from . import plan as p
from .addresses import PLAN, VECTOR, address_of
from .plan import net, row, view3

SHARED_BYTES, LINE_BYTES = 512, 64  # rows this far apart, or a multiple, share an eighth of the sets


def spread_width(hidden_size, itemsize):
    """Numbers from row to row of the copies of (H, H) matrices; 0 where none are needed."""
    return 0 if hidden_size * itemsize % SHARED_BYTES else hidden_size + LINE_BYTES // itemsize


@kernel
def spread_weights(plan, theta, theta_T, arena):
    """Copy the recurrent matrices of all layers, and their transposes, to their places in the arena."""
    for i in range(1, 1 + net(plan, p.N_LAYERS) * net(plan, p.N_DIRECTIONS)):
        if row(plan, i, p.U_SPREAD_AT) >= 0:
            H, width, G = row(plan, i, p.HIDDEN_SIZE), row(plan, i, p.SPREAD_WIDTH), net(plan, p.N_RECURRENT)
            at = row(plan, i, p.U_AT)
            copy_rows(view3(theta, at, G, H, H), view3(arena, row(plan, i, p.U_SPREAD_AT), G, H, width))
            copy_rows(view3(theta_T, at, G, H, H), view3(arena, row(plan, i, p.UT_SPREAD_AT), G, H, width))


@kernel
def copy_rows(a, out):
    """Write the rows of a (G, m, n) to the beginnings of those of out (G, m, at least n)."""
    for k in range(a.shape[0]):
        for i in range(a.shape[1]):
            for j in range(a.shape[2]):
                out[k, i, j] = a[k, i, j]


@cache
def spread_address(dtype):
    """The address of `spread_weights` for float32 or float64."""
    return address_of(spread_weights, dtype, PLAN, VECTOR, VECTOR, VECTOR)
