"""Single steps, compiled for exactly the arrays that a stream has: the call is most of what a step costs."""

from functools import cache

from numba import from_dtype, types

from .._jit import DISABLED, specialise
from . import engine


@cache
def step_of(dtype, n_dimensions):
    """`engine.step_one` (n_dimensions = 1) or `engine.step` (2) for contiguous, writable arrays of this dtype only.

    Called with other arrays, or anything else, it raises TypeError.
    """
    template = engine.step_one if n_dimensions == 1 else engine.step
    if DISABLED:
        return template
    number = from_dtype(dtype)
    flat, table, row = types.Array(number, 1, "C"), types.Array(number, 2, "C"), types.Array(number, n_dimensions, "C")
    signature = types.int64(flat, types.Array(types.int64, 2, "C"), flat, row, table, row, table)
    return specialise(template, str(dtype), signature)
