"""Call compiled kernels by their address.

A kernel that calls another one directly has LLVM optimise the other's code again, and so does the kernel above it.
What many networks share (tiles, heads, minibatches) and what belongs to one cell or one loss are therefore compiled
apart: the plan carries the addresses of the latter, and each is compiled once, whatever is combined with it.

An address holds in one process only. Plans are made for each fit and predict, and are never stored.
"""

import math

from llvmlite import ir
from numba import carray, types
from numba.core import cgutils
from numba.extending import intrinsic
from numba.np.arrayobj import populate_array

from .._jit import DISABLED, bind, entry_point

INTERPRETED = []  # with Numba switched off, an address is a place in this list


@intrinsic
def call_at(typing_context, address, arguments):
    """Call the machine code at `address` with a tuple of int64."""

    def codegen(context, builder, signature, args):
        numbers = cgutils.unpack_tuple(builder, args[1])
        function = ir.FunctionType(ir.VoidType(), [ir.IntType(64)] * len(numbers))
        builder.call(builder.inttoptr(args[0], function.as_pointer()), numbers)
        return context.get_dummy_value()

    return types.void(types.int64, arguments), codegen


@intrinsic
def data_at(typing_context, array):
    """The address of an array's first number."""

    def codegen(context, builder, signature, args):
        array = context.make_array(signature.args[0])(context, builder, args[0])
        return builder.ptrtoint(array.data, ir.IntType(64))

    return types.int64(array), codegen


@intrinsic
def pointer(typing_context, address):
    """An address as a pointer, for `carray`."""

    def codegen(context, builder, signature, args):
        return builder.inttoptr(args[0], cgutils.voidptr_t)

    return types.voidptr(types.int64), codegen


@intrinsic
def array_at(typing_context, buffer, at, shape):
    """The array of this shape that begins `at` numbers into a contiguous array: two instructions, unlike a reshape."""
    array_type = buffer.copy(ndim=len(shape), layout="C")

    def codegen(context, builder, signature, args):
        buffer = context.make_array(signature.args[0])(context, builder, args[0])
        lengths = cgutils.unpack_tuple(builder, args[2])
        stride = context.get_constant(types.intp, context.get_abi_sizeof(context.get_data_type(array_type.dtype)))
        itemsize, strides = stride, []
        for length in reversed(lengths):
            strides.insert(0, stride)
            stride = builder.mul(stride, length)
        array = context.make_array(array_type)(context, builder)
        populate_array(
            array, builder.gep(buffer.data, [args[1]]), shape=lengths, strides=strides, itemsize=itemsize, meminfo=None
        )
        return array._getvalue()

    return array_type(buffer, types.intp, types.UniTuple(types.intp, len(shape))), codegen


def address_of(template, name, n_numbers, **values):
    """Bind a template that takes `n_numbers` int64, compile it, and return its address."""
    return entry_point(bind(template, name, **values), types.void(*[types.int64] * n_numbers))


def interpreted(function):
    """The stand-in for an address where Numba is switched off."""
    INTERPRETED.append(function)
    return len(INTERPRETED) - 1


if DISABLED:

    def array_at(buffer, at, shape):
        """The interpreted form."""
        return buffer.reshape(-1)[at : at + math.prod(shape)].reshape(shape)


__all__ = ["INTERPRETED", "address_of", "array_at", "call_at", "carray", "data_at", "interpreted", "pointer"]
