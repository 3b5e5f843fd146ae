"""Between layers: join both directions, drop units, turn time round; and the way back.

All are called by address, so that only networks with two directions or dropout compile what these need.
"""

from functools import cache

from .._jit import kernel
from .addresses import CUBE, INT, MASKS, MATRIX, VECTOR, address_of


@kernel
def reverse_time(x, out):
    """out[t] = x[T-1-t], both (T, B, F)."""
    T, B, F = x.shape
    for t in range(T):
        for b in range(B):
            for f in range(F):
                out[t, b, f] = x[T - 1 - t, b, f]


@kernel
def add_reversed(x, out):
    """out[t] += x[T-1-t], both (T, B, F)."""
    T, B, F = x.shape
    for t in range(T):
        for b in range(B):
            for f in range(F):
                out[t, b, f] += x[T - 1 - t, b, f]


@kernel
def join_direction(h, direction, keep, keep_at, keep_scale, joined):
    """Write one direction's outputs into its columns of `joined`, dropped and scaled.

    h      : (T, B, H)    outputs in the direction's own order of time
    keep   : (B, n) uint8 dropout masks; the mask of this layer begins in column keep_at, (T, D) row by row;
             keep_at < 0 for none
    keep_scale : (1,)     1 / keep probability
    joined : (T, B, D)    out: columns direction * H ... of every step
    """
    T, B, H = h.shape
    D = joined.shape[2]
    for t in range(T):
        source = T - 1 - t if direction == 1 else t
        for b in range(B):
            for j in range(H):
                c = direction * H + j
                value = h[source, b, j]
                if keep_at >= 0:
                    value *= keep_scale[0] * keep[b, keep_at + t * D + c]
                joined[t, b, c] = value


@kernel
def split_direction(djoined, direction, keep, keep_at, keep_scale, dh):
    """The gradient of `join_direction`: dh from djoined, shapes as there."""
    T, B, H = dh.shape
    D = djoined.shape[2]
    for t in range(T):
        target = T - 1 - t if direction == 1 else t
        for b in range(B):
            for j in range(H):
                c = direction * H + j
                value = djoined[t, b, c]
                if keep_at >= 0:
                    value *= keep_scale[0] * keep[b, keep_at + t * D + c]
                dh[target, b, j] = value


@kernel
def recurrent_mask(keep, keep_at, keep_scale, mask):
    """mask (B, H) = keep_scale[0] or 0, from the columns keep_at ... of the uint8 masks."""
    B, H = mask.shape
    for b in range(B):
        for j in range(H):
            mask[b, j] = keep_scale[0] * keep[b, keep_at + j]


@cache
def join_address(dtype):
    """The address of `join_direction` for float32 or float64."""
    return address_of(join_direction, dtype, CUBE, INT, MASKS, INT, VECTOR, CUBE)


@cache
def split_address(dtype):
    """The address of `split_direction`."""
    return address_of(split_direction, dtype, CUBE, INT, MASKS, INT, VECTOR, CUBE)


@cache
def reverse_addresses(dtype):
    """The addresses of `reverse_time` and `add_reversed`."""
    return tuple(address_of(turn, dtype, CUBE, CUBE) for turn in (reverse_time, add_reversed))


@cache
def recurrent_mask_address(dtype):
    """The address of `recurrent_mask`."""
    return address_of(recurrent_mask, dtype, MASKS, INT, VECTOR, MATRIX)
