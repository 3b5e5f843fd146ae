"""Threads that work through one table of jobs together, without leaving compiled code.

Waking a Python thread takes 50 to 100 microseconds, as long as a small minibatch. The threads of a crew therefore wait
by looking at counters, which each of them changes by atomic instructions, and after some looks offer their core to
others. Who does which chunk of a minibatch is settled as they go, so a thread that was held up does less; the results
do not depend on it, since chunks have slabs of their own.
"""

from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from .._jit import kernel
from .addresses import field

# Places of the counters, each on a cache line of its own: chunks that were taken, chunks that are done, ends done.
CLAIMED, FINISHED, RELEASED, N_COUNTERS = 0, 8, 16, 24
LOOKS = 4000  # about 10 microseconds


@intrinsic
def increase(typing_context, counters, place):
    """Add one to a counter, and return what it was before; what this thread wrote until now is seen before it."""

    def codegen(context, builder, signature, args):
        one = context.get_constant(types.int64, 1)
        return builder.atomic_rmw("add", _address(context, builder, signature, args), one, "acq_rel")

    return types.int64(counters, types.intp), codegen


@intrinsic
def look_at(typing_context, counters, place):
    """Read a counter; what other threads wrote before they changed it is seen from here on."""

    def codegen(context, builder, signature, args):
        return builder.load_atomic(_address(context, builder, signature, args), "acquire", 8)

    return types.int64(counters, types.intp), codegen


def _address(context, builder, signature, args):
    data = field(context, builder, signature.args[0], args[0], "data")
    return builder.gep(builder.bitcast(data, ir.IntType(64).as_pointer()), [args[1]])


@intrinsic
def rest_a_moment(typing_context, rest):
    """Call the system's function at an address, which takes nothing."""

    def codegen(context, builder, signature, args):
        function = ir.FunctionType(ir.IntType(32), [])
        builder.call(builder.inttoptr(args[0], function.as_pointer()), [])
        return context.get_dummy_value()

    return types.void(types.int64), codegen


@kernel
def wait_for(counters, place, least, rest):
    """Return once a counter has reached `least`; `rest` is the address of a function that gives the core away."""
    looks = 0
    while look_at(counters, place) < least:
        looks += 1
        if looks > LOOKS:
            rest_a_moment(rest)
