"""Small matrix products, C = D + A B, that keep a block of C in registers.

BLAS libraries pack their operands before they multiply, which pays for large matrices; a recurrent network multiplies
small ones, thousands of times per second. Here a block of C, such as 8 rows by 2 vectors, lives in registers while k
runs over the shared dimension: each step loads 2 vectors of B, broadcasts 8 numbers of A and issues 16 multiply-adds.
That comes near the sgemm rate of one core from 8 rows and 16 columns on, needs no packing, no BLAS and no BLAS threads,
and each element of C is one chain of fused multiply-adds in the order of k, so a result never depends on how rows were
cut into tiles, or C into blocks. How large a block may be follows from the number of vector registers: one that does
not fit is spilled in every step, at a third of the rate.

The block is written in LLVM IR because LLVM's own vectoriser will not keep a block of C in registers. The product is
compiled once per dtype and called by its address (`multiplier`), which the plan carries: were it linked into each
kernel that multiplies, LLVM would optimise its blocks again and again, and the first fit would take twice as long.
"""

from functools import cache

from llvmlite import binding, ir
from numba import from_dtype, types
from numba.core import cgutils
from numba.extending import intrinsic

from .._jit import DISABLED, bind
from .addresses import INT, address_of, field

DEPTH = 128  # of the shared dimension at a time: the strips of A and B that meet then stay in the first-level cache
# A strip of B whose rows lie far apart, above all by a power of two, shares few sets of that cache, and does not stay:
# where so many rows of C read it, it is copied first, its rows one after the other.
PACKED_ROWS, PACKED_STRIDE = 32, 256  # bytes


def _registers():
    """(bytes of the widest vector register of this machine, number of these registers)."""
    features = binding.get_host_cpu_features()
    width = next((n for name, n in (("avx512f", 64), ("avx2", 32)) if features.get(name)), 16)
    is_x86 = binding.get_process_triple().startswith(("x86", "i386", "i686"))
    return width, 16 if is_x86 and width < 64 else 32


VECTOR_BYTES, N_REGISTERS = _registers()

# The strips of C: how many vectors they are wide (0 for a single column), and the rows of their blocks. A single row
# has no other rows whose multiply-adds fill the time that one takes: its blocks are wider.
STRIPS = {
    "three_vectors": (3, 4 if N_REGISTERS < 32 else 8),
    "two_vectors": (2, 4 if N_REGISTERS < 32 else 8),
    "one_vector": (1, 8),
    "half": (0.5, 8),
    "quarter": (0.25, 8),
    "column": (0, 8),
    "row_of_four_vectors": (4, 1),
}

_PLACES = ("row", "column", "a", "a_row", "a_column", "b", "b_row", "d", "d_row", "c", "c_row", "depth")


def _strip(dtype, n_rows, width):
    """Build the intrinsic that computes a strip of C, `width` vectors wide (0 for one column), in blocks of `n_rows`.

    It takes the rows of C and the strip's first column, the addresses of A, B, D and C with their strides in bytes, and
    the length of the shared dimension, all as int64. A strip is a function of its own in LLVM: in one function with the
    others it would share their registers.
    """

    @intrinsic
    def strip(typing_context, m, j, a, a_row, a_column, b, b_row, d, d_row, c, c_row, depth):
        def codegen(context, builder, signature, args):
            function_type = ir.FunctionType(ir.VoidType(), [ir.IntType(64)] * len(args))
            function = ir.Function(builder.module, function_type, f"strip_{dtype}_{n_rows}_{width}")
            function.linkage = "internal"
            function.attributes.add("noinline")
            _emit_strip(function, context.get_value_type(dtype), dtype.bitwidth // 8, n_rows, width)
            builder.call(function, args)
            return context.get_dummy_value()

        return types.void(*[types.int64] * len(_PLACES)), codegen

    return strip


def _emit_strip(function, scalar, itemsize, n_rows, width):
    """Emit the loops over blocks of `n_rows` rows and over the rows that are left."""
    builder = ir.IRBuilder(function.append_basic_block())
    m, *others = function.args
    at = dict(zip(_PLACES[1:], others, strict=True))
    zero, one, n = (ir.Constant(ir.IntType(64), number) for number in (0, 1, n_rows))
    at["b"] = builder.add(at["b"], builder.mul(at["column"], ir.Constant(ir.IntType(64), itemsize)))
    if n_rows > 1 and width > 1:
        at["b"], at["b_row"] = _emit_packing(builder, m, at, int(width) * VECTOR_BYTES)
    in_blocks = builder.mul(builder.sdiv(m, n), n)
    for first, stop, step in ((zero, in_blocks, n), (in_blocks, m, one))[: 1 if n_rows == 1 else 2]:
        with cgutils.for_range_slice(builder, first, stop, step) as (i, _):
            _emit_block(builder, scalar, itemsize, at | {"row": i}, step.constant, width)
    builder.ret_void()


def _emit_packing(builder, m, at, row_bytes):
    """Emit: copy the strip of B where that pays; the address and the stride in bytes of what is to be read."""
    i64, vector = ir.IntType(64), ir.VectorType(ir.IntType(8), VECTOR_BYTES)
    buffer = builder.alloca(vector, DEPTH * row_bytes // VECTOR_BYTES)
    buffer.align = 64
    packed, row = builder.ptrtoint(buffer, i64), ir.Constant(i64, row_bytes)
    pays = builder.and_(
        builder.icmp_signed(">=", m, ir.Constant(i64, PACKED_ROWS)),
        builder.icmp_signed(">=", at["b_row"], ir.Constant(i64, PACKED_STRIDE)),
    )
    with builder.if_then(pays), cgutils.for_range(builder, at["depth"]) as loop:
        source, goal = builder.mul(loop.index, at["b_row"]), builder.mul(loop.index, row)
        for first in range(0, row_bytes, VECTOR_BYTES):
            places = [
                builder.inttoptr(builder.add(base, builder.add(k, ir.Constant(i64, first))), vector.as_pointer())
                for base, k in ((at["b"], source), (packed, goal))
            ]
            builder.store(builder.load(places[0], align=4), places[1], align=VECTOR_BYTES)
    return builder.select(pays, packed, at["b"]), builder.select(pays, row, at["b_row"])


def _emit_block(builder, scalar, itemsize, at, n_rows, width):
    """Emit: load the block of D, run k over the shared dimension, store the block of C."""
    i64, i32 = ir.IntType(64), ir.IntType(32)
    lanes = max(1, int(VECTOR_BYTES // itemsize * min(width, 1)))
    n_vectors = max(1, int(width))
    vector = ir.VectorType(scalar, lanes)
    name = f"llvm.fmuladd.v{lanes}f{8 * itemsize}"
    muladd = builder.module.globals.get(name)
    if muladd is None:
        muladd = ir.Function(builder.module, ir.FunctionType(vector, [vector] * 3), name)
    undefined, zeros = ir.Constant(vector, ir.Undefined), ir.Constant(ir.VectorType(i32, lanes), [0] * lanes)

    def times(a, n):
        return builder.mul(a, ir.Constant(i64, n) if isinstance(n, int) else n)

    def places(first, row_bytes, r):
        """Addresses of the vectors in row r of the block."""
        start = builder.add(first, times(row_bytes, r))
        return [builder.add(start, ir.Constant(i64, v * lanes * itemsize)) for v in range(n_vectors)]

    def load(address):
        return builder.load(builder.inttoptr(address, vector.as_pointer()), align=itemsize)

    def splat(address):
        number = builder.load(builder.inttoptr(address, scalar.as_pointer()))
        return builder.shuffle_vector(builder.insert_element(undefined, number, ir.Constant(i32, 0)), undefined, zeros)

    left = times(at["column"], itemsize)
    a = builder.add(at["a"], times(at["row"], at["a_row"]))
    d = builder.add(builder.add(at["d"], left), times(at["row"], at["d_row"]))
    c = builder.add(builder.add(at["c"], left), times(at["row"], at["c_row"]))
    rows = range(n_rows)

    first = [load(p) for r in rows for p in places(d, at["d_row"], r)]
    before, loop, after = builder.block, builder.append_basic_block("over_k"), builder.append_basic_block("store")
    builder.cbranch(builder.icmp_signed(">", at["depth"], ir.Constant(i64, 0)), loop, after)

    builder.position_at_end(loop)
    k, sums = builder.phi(i64), [builder.phi(vector) for _ in first]
    b_vectors = [load(p) for p in places(at["b"], at["b_row"], k)]
    a_column = builder.add(a, times(at["a_column"], k))
    factors = [splat(builder.add(a_column, times(at["a_row"], r))) for r in rows]
    new = [builder.call(muladd, [factors[i // n_vectors], b_vectors[i % n_vectors], s]) for i, s in enumerate(sums)]
    next_k = builder.add(k, ir.Constant(i64, 1))
    builder.cbranch(builder.icmp_signed("<", next_k, at["depth"]), loop, after)
    for phi, start, later in zip([k, *sums], [ir.Constant(i64, 0), *first], [next_k, *new], strict=True):
        phi.add_incoming(start, before)
        phi.add_incoming(later, loop)

    builder.position_at_end(after)
    final = [builder.phi(vector) for _ in first]
    for phi, start, later in zip(final, first, new, strict=True):
        phi.add_incoming(start, before)
        phi.add_incoming(later, loop)
    for value, p in zip(final, [p for r in rows for p in places(c, at["c_row"], r)], strict=True):
        builder.store(value, builder.inttoptr(p, vector.as_pointer()), align=itemsize)


def _product(m, n, a, a_row, a_column, b, b_row, d, d_row, c, c_row, depth):
    """C (m, n) = D + A B; a d_row of zero repeats one row of D."""
    k = 0
    while k < depth or k == 0:
        ak, bk, part = a + k * a_column, b + k * b_row, min(depth - k, DEPTH)
        j = 0
        while m == 1 and n - j >= 4 * LANES:
            row_of_four_vectors(m, j, ak, a_row, a_column, bk, b_row, d, d_row, c, c_row, part)
            j += 4 * LANES
        while WITH_THREE and n - j >= 3 * LANES and n - j != 4 * LANES:
            three_vectors(m, j, ak, a_row, a_column, bk, b_row, d, d_row, c, c_row, part)
            j += 3 * LANES
        while n - j >= 2 * LANES:
            two_vectors(m, j, ak, a_row, a_column, bk, b_row, d, d_row, c, c_row, part)
            j += 2 * LANES
        if n - j >= LANES:
            one_vector(m, j, ak, a_row, a_column, bk, b_row, d, d_row, c, c_row, part)
            j += LANES
        if n - j >= LANES // 2:
            half(m, j, ak, a_row, a_column, bk, b_row, d, d_row, c, c_row, part)
            j += LANES // 2
        if LANES >= 4 and n - j >= LANES // 4:
            quarter(m, j, ak, a_row, a_column, bk, b_row, d, d_row, c, c_row, part)
            j += LANES // 4
        while j < n:
            column(m, j, ak, a_row, a_column, bk, b_row, d, d_row, c, c_row, part)
            j += 1
        d, d_row, k = c, c_row, k + DEPTH


@cache
def multiplier(dtype):
    """The address of the compiled product for float32 or float64: what `add_product` and `affine` take first."""
    if DISABLED:
        return 0
    dtype = from_dtype(dtype)
    strips = {name: _strip(dtype, rows, width) for name, (width, rows) in STRIPS.items()}
    lanes = VECTOR_BYTES // (dtype.bitwidth // 8)
    product = bind(_product, str(dtype), LANES=lanes, WITH_THREE=N_REGISTERS < 32, **strips)
    return address_of(product, None, *[INT] * len(_PLACES))


@intrinsic
def add_product(typing_context, multiply, A, B, C):
    """C += A B.

    multiply : int  the address of the product, `multiplier(dtype)`
    A : (m, k)  any strides
    B : (k, n)  rows contiguous; of longer ones, the first n numbers
    C : (m, n)  in and out, rows contiguous, no overlap with A or B
    """

    def codegen(context, builder, signature, args):
        return _call(context, builder, signature, args, bias=args[3], repeated=False)

    return types.void(types.int64, A, B, C), codegen


@intrinsic
def affine(typing_context, multiply, A, B, bias, C):
    """C = bias + A B, the row `bias` repeated.

    multiply : int  the address of the product, `multiplier(dtype)`
    A : (m, k)  any strides
    B : (k, n)  rows contiguous
    bias : (n,)
    C : (m, n)  out, rows contiguous
    """

    def codegen(context, builder, signature, args):
        return _call(context, builder, signature, args, bias=args[3], repeated=True)

    return types.void(types.int64, A, B, bias, C), codegen


def _call(context, builder, signature, args, *, bias, repeated):
    """Call the product at the address args[0] on the arrays A, B, the bias (its one row `repeated`), and C."""
    A, B, *_, C = args[1:]
    kinds = signature.args[1:]

    def of(array, kind, name, axis=None):
        value = field(context, builder, kind, array, name)
        return value if axis is None else builder.extract_value(value, axis)

    def at(array, kind):
        return builder.ptrtoint(of(array, kind, "data"), ir.IntType(64))

    c_row = of(C, kinds[-1], "strides", 0)
    numbers = [
        of(C, kinds[-1], "shape", 0), of(C, kinds[-1], "shape", 1), at(A, kinds[0]), of(A, kinds[0], "strides", 0),
        of(A, kinds[0], "strides", 1), at(B, kinds[1]), of(B, kinds[1], "strides", 0), at(bias, kinds[2]),
        ir.Constant(ir.IntType(64), 0) if repeated else c_row, at(C, kinds[-1]), c_row, of(A, kinds[0], "shape", 1),
    ]  # fmt: skip
    kinds = [types.int64] * len(numbers)
    function = context.call_conv.get_function_type(types.void, kinds)
    multiply = builder.inttoptr(args[0], function.as_pointer())
    return context.call_conv.call_function(builder, multiply, types.void, kinds, numbers)[1]


if DISABLED:  # LLVM IR cannot run in the interpreter

    def add_product(multiply, A, B, C):
        """C += A B."""
        C += A @ B[:, : C.shape[1]]

    def affine(multiply, A, B, bias, C):
        """C = bias + A B."""
        C[...] = A @ B + bias
