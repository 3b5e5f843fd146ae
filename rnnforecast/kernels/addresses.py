"""Call compiled kernels by their address.

A kernel that calls another one directly has LLVM optimise the other's code again, and so does the kernel above it.
What many networks share (tiles, minibatches) and what only some of them have (a cell, a loss, dropout, a decoder) are
therefore compiled apart: the plan carries the addresses of the latter, and each is compiled once, when the first
network needs it, whatever is combined with it.

An address holds in one process only. Plans are made for each fit and predict, and are never stored.
"""

from llvmlite import ir
from numba import from_dtype, types
from numba.core import cgutils
from numba.extending import intrinsic

from .._jit import DISABLED, entry_point

INT, PLAN, PLACES, MASKS = (
    types.int64,
    types.Array(types.int64, 2, "C"),
    types.Array(types.int64, 1, "C"),
    types.Array(types.uint8, 2, "C"),
)
VECTOR, MATRIX, CUBE = 1, 2, 3  # dimensions of an array of the network's own dtype
INTERPRETED = []  # with Numba switched off, an address is a place in this list


def address_of(function, dtype, *kinds, gives_number=False):
    """Compile a kernel for arguments of these kinds, and return its address.

    Parameters
    ----------
    function : kernel
    dtype : dtype
        float32 or float64.
    kinds : tuple
        For each argument INT, PLAN, PLACES, MASKS or another type of Numba's, or VECTOR, MATRIX or CUBE.
    gives_number : bool
        Whether it returns a number of the dtype, and not nothing.
    """
    if DISABLED:
        INTERPRETED.append(function)
        return len(INTERPRETED) - 1
    number = None if dtype is None else from_dtype(dtype)
    arguments = [types.Array(number, kind, "C") if isinstance(kind, int) else kind for kind in kinds]
    return entry_point(function, (number if gives_number else types.void)(*arguments))


@intrinsic
def call_at(typing_context, address, arguments):
    """Call the kernel at `address`, which returns nothing, with a tuple of contiguous arrays and integers."""
    return _call(types.void, address, arguments)


@intrinsic
def number_at(typing_context, like, address, arguments):
    """The same for a kernel that returns a number of the dtype of the array `like`."""
    return _call(like.dtype, like, address, arguments)


def _call(result, *signature):
    """Signature and code of a call; arrays are passed as contiguous and writable ones, whatever their types say."""
    kinds = [
        kind.copy(layout="C", readonly=False) if isinstance(kind, types.Array) else types.int64
        for kind in signature[-1]
    ]

    def codegen(context, builder, signature, args):
        values = []
        for value, given, kind in zip(cgutils.unpack_tuple(builder, args[-1]), signature.args[-1], kinds, strict=True):
            if isinstance(kind, types.Array):
                shape = cgutils.unpack_tuple(builder, field(context, builder, given, value, "shape"))
                values.append(array_in(context, builder, kind, field(context, builder, given, value, "data"), shape))
            else:
                values.append(context.cast(builder, value, given, kind))
        function = context.call_conv.get_function_type(result, kinds)
        callee = builder.inttoptr(args[-2], function.as_pointer())
        _, number = context.call_conv.call_function(builder, callee, result, kinds, values)
        return number

    return result(*signature), codegen


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


if DISABLED:

    def call_at(address, arguments):
        """The interpreted form."""
        INTERPRETED[address](*arguments)

    def number_at(like, address, arguments):
        """The interpreted form."""
        return INTERPRETED[address](*arguments)
