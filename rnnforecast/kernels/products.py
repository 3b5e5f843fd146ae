"""Small matrix products, C = D + A B, that keep a block of C in registers.

BLAS libraries pack their operands before they multiply, which pays for large matrices; a recurrent network multiplies
small ones, thousands of times per second. Here a block of 8 rows by 2 vectors of C lives in registers while k runs
over the shared dimension: each step loads two vectors of B, broadcasts 8 numbers of A and issues 16 multiply-adds. That
reaches the sgemm rate of one core from 8 rows and 16 columns on, needs no packing, no BLAS and no BLAS threads, and
each element of C is one chain of fused multiply-adds in the order of k, so a result never depends on how rows were
cut into tiles.

The block is written in LLVM IR because LLVM's own vectoriser will not keep a block of C in registers.
"""

from llvmlite import binding, ir
from numba import types
from numba.extending import intrinsic

from .._jit import DISABLED, bind, kernel

BLOCK_ROWS = 8


def _vector_bytes():
    """Width of the widest vector register of this machine, in bytes."""
    features = binding.get_host_cpu_features()
    return next((n for name, n in (("avx512f", 64), ("avx2", 32)) if features.get(name)), 16)


VECTOR_BYTES = _vector_bytes()


def _block(n_rows, width):
    """Build the intrinsic that computes one block of C of `n_rows` rows and `width` vectors.

    `width` counts whole vectors when it is an int, and is a fraction of one vector, or 0 for one column, otherwise.
    """

    @intrinsic
    def block(typing_context, a, b, d, c, row, column, d_row_bytes):
        def codegen(context, builder, signature, args):
            a_type, b_type, d_type, c_type = signature.args[:4]
            arrays = [context.make_array(t)(context, builder, v) for t, v in zip(signature.args[:4], args[:4], strict=True)]
            return _emit_block(context, builder, arrays, c_type.dtype, args[4:], n_rows, width)

        return types.void(a, b, d, c, row, column, d_row_bytes), codegen

    return block


def _emit_block(context, builder, arrays, dtype, places, n_rows, width):
    """Emit: load the block of D, run k over the shared dimension, store the block of C."""
    a, b, d, c = arrays
    row, column, d_row_bytes = places
    i64 = ir.IntType(64)
    scalar = context.get_value_type(dtype)
    itemsize = dtype.bitwidth // 8
    lanes = max(1, int(VECTOR_BYTES // itemsize * min(width, 1)))
    n_vectors = max(1, int(width))
    vector = ir.VectorType(scalar, lanes)
    name = f"llvm.fmuladd.v{lanes}f{dtype.bitwidth}"
    muladd = builder.module.globals.get(name) or ir.Function(
        builder.module, ir.FunctionType(vector, [vector] * 3), name
    )

    def number(n):
        return ir.Constant(i64, n)

    def at(base, *offsets):
        """Pointer to the byte `base + sum(offsets)`."""
        address = builder.ptrtoint(base, i64) if isinstance(base.type, ir.PointerType) else base
        for offset in offsets:
            address = builder.add(address, offset)
        return address

    def strides(array, axis):
        return builder.extract_value(array.strides, axis)

    def load(address):
        return builder.load(builder.inttoptr(address, vector.as_pointer()), align=itemsize)

    def columns_of(row_address):
        return [at(row_address, number(v * lanes * itemsize)) for v in range(n_vectors)]

    def splat(address):
        lane0 = builder.load(builder.inttoptr(address, scalar.as_pointer()))
        undefined = ir.Constant(vector, ir.Undefined)
        alone = builder.insert_element(undefined, lane0, ir.Constant(ir.IntType(32), 0))
        return builder.shuffle_vector(alone, undefined, ir.Constant(ir.VectorType(ir.IntType(32), lanes), [0] * lanes))

    column_bytes = builder.mul(column, number(itemsize))
    d_first = at(d.data, builder.mul(row, d_row_bytes), column_bytes)
    c_first = at(c.data, builder.mul(row, strides(c, 0)), column_bytes)
    b_first = at(b.data, column_bytes)
    a_first = at(a.data, builder.mul(row, strides(a, 0)))
    depth = builder.extract_value(a.shape, 1)

    initial = []
    for r in range(n_rows):
        initial += [load(p) for p in columns_of(at(d_first, builder.mul(d_row_bytes, number(r))))]
    before, loop, after = builder.block, builder.append_basic_block("over_k"), builder.append_basic_block("store")
    builder.cbranch(builder.icmp_signed(">", depth, number(0)), loop, after)

    builder.position_at_end(loop)
    k = builder.phi(i64)
    sums = [builder.phi(vector) for _ in initial]
    b_vectors = [load(p) for p in columns_of(at(b_first, builder.mul(k, strides(b, 0))))]
    a_column = at(a_first, builder.mul(k, strides(a, 1)))
    new = []
    for r in range(n_rows):
        factor = splat(at(a_column, builder.mul(strides(a, 0), number(r))))
        for v in range(n_vectors):
            new.append(builder.call(muladd, [factor, b_vectors[v], sums[r * n_vectors + v]]))
    next_k = builder.add(k, number(1))
    builder.cbranch(builder.icmp_signed("<", next_k, depth), loop, after)
    k.add_incoming(number(0), before)
    k.add_incoming(next_k, loop)
    for phi, first, later in zip(sums, initial, new, strict=True):
        phi.add_incoming(first, before)
        phi.add_incoming(later, loop)

    builder.position_at_end(after)
    final = []
    for first, later in zip(initial, new, strict=True):
        phi = builder.phi(vector)
        phi.add_incoming(first, before)
        phi.add_incoming(later, loop)
        final.append(phi)
    for r in range(n_rows):
        for v, p in enumerate(columns_of(at(c_first, builder.mul(strides(c, 0), number(r))))):
            builder.store(final[r * n_vectors + v], builder.inttoptr(p, vector.as_pointer()), align=itemsize)
    return context.get_dummy_value()



def _strip(A, B, D, d_row_bytes, C, j):
    """All rows of C in the columns from j on that one block is wide."""
    n_rows = C.shape[0]
    last_block = n_rows - n_rows % BLOCK_ROWS
    for i in range(0, last_block, BLOCK_ROWS):
        block(A, B, D, C, i, j, d_row_bytes)  # noqa: F821  (bound below)
    for i in range(last_block, n_rows):
        row(A, B, D, C, i, j, d_row_bytes)  # noqa: F821


_two_vectors, _one_vector, _half, _quarter, _column = (
    bind(_strip, name, block=_block(BLOCK_ROWS, width), row=_block(1, width))
    for name, width in (("two_vectors", 2), ("one_vector", 1), ("half", 0.5), ("quarter", 0.25), ("column", 0))
)


@kernel
def _product(A, B, D, d_row_bytes, C):
    """C = D + A B; `d_row_bytes` is the distance of two rows of D, zero to repeat one row."""
    lanes = VECTOR_BYTES // C.itemsize
    j, n_columns = 0, C.shape[1]
    while n_columns - j >= 2 * lanes:
        _two_vectors(A, B, D, d_row_bytes, C, j)
        j += 2 * lanes
    if n_columns - j >= lanes:
        _one_vector(A, B, D, d_row_bytes, C, j)
        j += lanes
    if n_columns - j >= lanes // 2:
        _half(A, B, D, d_row_bytes, C, j)
        j += lanes // 2
    if lanes >= 4 and n_columns - j >= lanes // 4:
        _quarter(A, B, D, d_row_bytes, C, j)
        j += lanes // 4
    while j < n_columns:
        _column(A, B, D, d_row_bytes, C, j)
        j += 1


@kernel
def add_product(A, B, C):
    """C += A B.

    A : (m, k)  any strides
    B : (k, n)  rows contiguous
    C : (m, n)  in and out, rows contiguous, no overlap with A or B
    """
    _product(A, B, C, C.strides[0], C)


@kernel
def affine(A, B, bias, C):
    """C = bias + A B, the row `bias` repeated.

    A : (m, k)  any strides
    B : (k, n)  rows contiguous
    bias : (n,)
    C : (m, n)  out, rows contiguous
    """
    _product(A, B, bias, 0, C)


if DISABLED:  # LLVM IR cannot run in the interpreter

    def add_product(A, B, C):
        C += A @ B

    def affine(A, B, bias, C):
        C[...] = A @ B + bias


