"""The gates of each cell alone; whole layers are in test_recurrence.py, whole networks in test_engine.py."""

import naive
import numba
import numpy as np
import pytest
from kernels_support import naive_cell
from llvm import assert_no_double
from numpy.testing import assert_allclose, assert_array_equal

from rnnforecast.kernels.cells import CELLS

TOLERANCE = {np.float32: 3e-6, np.float64: 1e-13}

cells = pytest.mark.parametrize("cell", CELLS.values(), ids=CELLS)
dtypes = pytest.mark.parametrize("dtype", [np.float32, np.float64])


def one_step(cell, dtype, rng, n=13, scale=2.0):
    """z (G, 2, n), states (S, 3, n) and dstate (S, n); the gates work on step 1."""
    z = scale * rng.normal(size=(cell.n_slots, 2, n))
    states, dstate = rng.normal(size=(cell.n_states, 3, n)), rng.normal(size=(cell.n_states, n))
    return z.astype(dtype), states.astype(dtype), dstate.astype(dtype)


@pytest.mark.nojit
@dtypes
@cells
def test_gates_match_naive(cell, dtype, rng):
    z, states, dstate = one_step(cell, dtype, rng)
    twin = naive.find_cell(**naive_cell(cell.name))
    before, prev, d_new = (a.astype(float) for a in (z[:, 1], states[:, 1], dstate))
    untouched = z[:, 0].copy(), states[:, :2].copy()
    cell.gates_forward(0, z.shape[2], 1, 1, z, states)
    new = twin.step(before, prev)
    assert_allclose(states[:, 2], new, rtol=TOLERANCE[dtype], atol=TOLERANCE[dtype])
    assert_allclose(np.stack(cell.equations(before, prev)), new, rtol=1e-13, atol=1e-13)
    cell.gates_backward(0, z.shape[2], 1, 1, z, states, dstate)
    dz, d_prev = twin.step_backward(before, prev, d_new)
    assert_allclose(z[:, 1], dz, rtol=TOLERANCE[dtype], atol=TOLERANCE[dtype])
    assert_allclose(dstate, d_prev, rtol=TOLERANCE[dtype], atol=TOLERANCE[dtype])
    assert_array_equal(z[:, 0], untouched[0])
    assert_array_equal(states[:, :2], untouched[1])


@pytest.mark.nojit
@cells
def test_gates_take_part_of_the_units(cell, rng):
    """A GPU thread runs range(first, last, step)."""
    z, states, dstate = one_step(cell, np.float64, rng)
    whole = [a.copy() for a in (z, states, dstate)]
    cell.gates_forward(0, 13, 1, 1, whole[0], whole[1])
    cell.gates_backward(0, 13, 1, 1, *whole)
    for first in range(3):
        cell.gates_forward(first, 13, 3, 1, z, states)
        cell.gates_backward(first, 13, 3, 1, z, states, dstate)
    for part, expected in zip((z, states, dstate), whole, strict=True):
        assert_allclose(part, expected, rtol=1e-13, atol=1e-15)


@pytest.mark.nojit
@cells
def test_extreme_numbers(cell, rng):
    z, states, dstate = one_step(cell, np.float64, rng, n=4)
    z[:, 1] = [-1e4, 1e4, -800, 800]
    cell.gates_forward(0, 4, 1, 1, z, states)
    cell.gates_backward(0, 4, 1, 1, z, states, dstate)
    assert all(np.isfinite(a).all() for a in (z, states, dstate))


@pytest.mark.nojit
@cells
def test_nan_is_kept(cell, rng):
    z, states, _ = one_step(cell, np.float64, rng)
    z[:, 1, 3] = np.nan
    cell.gates_forward(0, 13, 1, 1, z, states)
    assert_array_equal(np.isnan(states[0, 2]), np.arange(13) == 3)


@pytest.mark.nojit
@cells
def test_letters_and_ranges_fit(cell):
    assert cell.states[0] == "h"
    assert len(set(cell.slots)) == cell.n_slots
    covered = set(range(*cell.input_slots)) | set(range(*cell.recurrent_slots))
    assert covered == set(range(cell.n_slots))
    assert cell.forget_slot is None or cell.slots[cell.forget_slot] == "f"


@cells
def test_float32_stays_float32(cell):
    i, cube, plane = numba.int64, numba.float32[:, :, ::1], numba.float32[:, ::1]
    assert_no_double(cell.gates_forward, (i, i, i, i, cube, cube))
    assert_no_double(cell.gates_backward, (i, i, i, i, cube, cube, plane))
