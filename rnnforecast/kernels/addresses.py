"""Call compiled kernels by their address.

A kernel that calls another one directly has LLVM optimise the other's code again, and so does the kernel above it.
What many networks share (tiles, heads, minibatches) and what belongs to one cell or one loss are therefore compiled
apart: the plan carries the addresses of the latter, and each is compiled once, whatever is combined with it.

An address holds in one process only. Plans are made for each fit and predict, and are never stored.
"""

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from .._jit import bind, entry_point

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
        return builder.ptrtoint(field(context, builder, signature.args[0], args[0], "data"), ir.IntType(64))

    return types.int64(array), codegen


@intrinsic
def array_from(typing_context, address, shape, dtype):
    """The contiguous array of this shape and dtype at an address."""
    array_type = types.Array(dtype.dtype, len(shape), "C")

    def codegen(context, builder, signature, args):
        kind = context.get_data_type(array_type.dtype).as_pointer()
        lengths = cgutils.unpack_tuple(builder, args[1])
        return array_in(context, builder, array_type, builder.inttoptr(args[0], kind), lengths)

    return array_type(types.int64, types.UniTuple(types.intp, len(shape)), dtype), codegen


def field(context, builder, array_type, array, name):
    """A field of an array in LLVM, read off the value: Numba's own way stores the array first, and loads it again."""
    places = context.data_model_manager[array_type]
    return builder.extract_value(array, places.get_field_position(name))


def array_in(context, builder, array_type, data, lengths):
    """A contiguous array in LLVM over memory that somebody else owns."""
    size = context.get_abi_sizeof(context.get_data_type(array_type.dtype))
    itemsize = stride = context.get_constant(types.intp, size)
    n_items, strides = context.get_constant(types.intp, 1), []
    for length in reversed(lengths):
        strides.insert(0, stride)
        stride, n_items = builder.mul(stride, length), builder.mul(n_items, length)
    values = {
        "meminfo": context.get_constant_null(types.voidptr), "parent": context.get_constant_null(types.pyobject),
        "nitems": n_items, "itemsize": itemsize, "data": data, "shape": cgutils.pack_array(builder, lengths),
        "strides": cgutils.pack_array(builder, strides),
    }  # fmt: skip
    places, array = context.data_model_manager[array_type], ir.Constant(context.get_value_type(array_type), None)
    for name, value in values.items():
        array = builder.insert_value(array, value, places.get_field_position(name))
    return array


def address_of(template, name, n_numbers, **values):
    """Bind a template that takes `n_numbers` int64, compile it, and return its address."""
    return entry_point(bind(template, name, **values), types.void(*[types.int64] * n_numbers))


def interpreted(function):
    """The stand-in for an address where Numba is switched off."""
    INTERPRETED.append(function)
    return len(INTERPRETED) - 1
