import numpy as np
import pytest
from numpy.testing import assert_array_equal

from rnnforecast._jit import kernel
from rnnforecast.kernels import products
from rnnforecast.kernels.products import multiplier


@kernel
def add_product(multiply, A, B, C):
    products.add_product(multiply, A, B, C)


@kernel
def affine(multiply, A, B, bias, C):
    products.affine(multiply, A, B, bias, C)


SHAPES = [(1, 1, 1), (8, 1, 1), (1, 40, 1), (3, 2, 5), (8, 8, 16), (9, 7, 33), (16, 3, 31), (17, 40, 40), (9, 300, 49)]
TOLERANCE = {np.float32: 2e-6, np.float64: 1e-14}

dtypes = pytest.mark.parametrize("dtype", [np.float32, np.float64])


def operands(rng, m, k, n, dtype):
    return tuple(rng.normal(size=shape).astype(dtype) for shape in [(m, k), (k, n), (m, n)])


def layouts(A):
    """A as it is, as the transpose of a contiguous array, and with steps in both axes."""
    wide = np.full((2 * A.shape[0], 3 * A.shape[1]), np.nan, A.dtype)
    wide[::2, ::3] = A
    return [A, np.ascontiguousarray(A.T).T, wide[::2, ::3]]


def assert_product(C, A, B, D):
    wide = (D.astype(np.longdouble) + A.astype(np.longdouble) @ B.astype(np.longdouble)).astype(float)
    size = 1 + np.abs(A).astype(float) @ np.abs(B).astype(float) + np.abs(D)
    assert (np.abs(C - wide) / size).max() < TOLERANCE[A.dtype.type]


@pytest.mark.nojit
@dtypes
@pytest.mark.parametrize("m, k, n", SHAPES)
def test_products_match_numpy(m, k, n, dtype, rng):
    A, B, D = operands(rng, m, k, n, dtype)
    for a in layouts(A):
        C = D.copy()
        add_product(multiplier(dtype), a, B, C)
        assert_product(C, A, B, D)
        affine(multiplier(dtype), a, B, D[0], C)
        assert_product(C, A, B, D[:1])


@dtypes
def test_all_sizes(dtype, rng):
    """Every remainder of rows and columns; nothing is written beside C."""
    A, B, D = operands(rng, 40, 40, 40, dtype)
    for m in range(1, 41):
        for n in range(1, 41):
            k = 1 + (7 * m + 3 * n) % 40
            b = np.ascontiguousarray(B[:k, :n])
            guarded = np.full(m * n + 64, 7, dtype)
            C = guarded[32:-32].reshape(m, n)
            C[:] = D[:m, :n]
            add_product(multiplier(dtype), A[:m, :k], b, C)
            assert_product(C, A[:m, :k], b, D[:m, :n])
            assert (guarded[:32] == 7).all() and (guarded[-32:] == 7).all()  # noqa: PT018


@dtypes
@pytest.mark.parametrize("m", [31, 32, 70])
def test_strips_that_are_copied(m, dtype, rng):
    """The same bits as of the rows as they lie, whatever lies between them."""
    A, B, D = operands(rng, m, 300, 75, dtype)
    wide = np.full((300, 256), np.nan, dtype)
    wide[:, :75] = B
    C, expected = D.copy(), np.zeros_like(D)
    add_product(multiplier(dtype), A, wide[:, :75], C)
    assert_product(C, A, B, D)
    for i in range(m):  # too few rows to copy anything for
        expected[i] = D[i]
        add_product(multiplier(dtype), A[i : i + 1], B, expected[i : i + 1])
    assert_array_equal(C, expected)


@pytest.mark.nojit
@dtypes
def test_rows_of_b_that_are_longer(dtype, rng):
    A, B, D = operands(rng, 9, 6, 19, dtype)
    longer, C = np.concatenate([B, np.full((6, 5), np.nan, dtype)], axis=1), D.copy()
    add_product(multiplier(dtype), A, longer, C)
    assert_product(C, A, B, D)


@dtypes
def test_strided_rows_of_b_and_c(dtype, rng):
    A, B, D = operands(rng, 11, 6, 19, dtype)
    wide_b, wide_c = np.full((6, 30), np.nan, dtype), np.full((11, 25), 7, dtype)
    wide_b[:, 3:22], wide_c[:, 2:21] = B, D
    add_product(multiplier(dtype), A, wide_b[:, 3:22], wide_c[:, 2:21])
    assert_product(wide_c[:, 2:21], A, B, D)
    assert (wide_c[:, :2] == 7).all()
    assert (wide_c[:, 21:] == 7).all()


@pytest.mark.nojit
@dtypes
def test_nothing_to_sum_over(dtype):
    C = np.full((9, 5), 3, dtype)
    A, B = np.zeros((9, 0), dtype), np.zeros((0, 5), dtype)
    add_product(multiplier(dtype), A, B, C)
    assert (C == 3).all()
    affine(multiplier(dtype), A, B, np.arange(5, dtype=dtype), C)
    assert_array_equal(C, np.tile(np.arange(5, dtype=dtype), (9, 1)))


@dtypes
@pytest.mark.parametrize("n", [1, 5, 16, 37])
def test_bits_do_not_depend_on_the_tile(n, dtype, rng):
    A, B, D = operands(rng, 37, 23, n, dtype)
    whole = D.copy()
    add_product(multiplier(dtype), A, B, whole)
    for size in [1, 3, 8, 20]:
        parts = D.copy()
        for i in range(0, 37, size):
            add_product(multiplier(dtype), A[i : i + size], B, parts[i : i + size])
        assert_array_equal(parts, whole)


@dtypes
def test_bits_do_not_depend_on_the_columns_beside(dtype, rng):
    A, B, D = operands(rng, 9, 23, 37, dtype)
    whole = D.copy()
    add_product(multiplier(dtype), A, B, whole)
    for n in [1, 2, 3, 7, 16, 36]:
        left = np.ascontiguousarray(D[:, :n])
        add_product(multiplier(dtype), A, np.ascontiguousarray(B[:, :n]), left)
        assert_array_equal(left, whole[:, :n])


@dtypes
def test_nan_stays_in_its_row(dtype, rng):
    A, B, C = operands(rng, 11, 5, 7, dtype)
    A[4, 2] = np.nan
    add_product(multiplier(dtype), A, B, C)
    assert_array_equal(np.isnan(C).any(axis=1), np.arange(11) == 4)


@dtypes
def test_bits_do_not_depend_on_the_blocks(dtype, rng):
    """Each number is one chain over k, whichever block it lies in and however long k is."""
    A, B, D = operands(rng, 9, 3 * products.DEPTH + 5, 97, dtype)
    whole, one = D.copy(), D.copy()
    add_product(multiplier(dtype), A, B, whole)
    for i in range(9):
        for j in range(97):
            add_product(multiplier(dtype), A[i : i + 1], B[:, j : j + 1], one[i : i + 1, j : j + 1])
    assert_array_equal(whole, one)
