"""One layer, with the gradients that training a network does not show: of the input and of the initial state."""

import naive
import numpy as np
import pytest
from kernels_support import naive_cell
from numpy.testing import assert_allclose, assert_array_equal

from rnnforecast.kernels.cells import CELLS
from rnnforecast.kernels.layer import cell_kernels
from rnnforecast.kernels.products import multiplier

T, B, F, H = 4, 9, 3, 5


def run_layer(cell, x, W, U, b, mask, initial, dy, d_final):
    """states, and dW, dU, db, dx, d_initial, from the two kernels; time is the first axis."""
    (layer_forward, layer_backward), multiply = cell_kernels(cell), multiplier(np.dtype(np.float64))
    S, G = cell.n_states, cell.n_slots
    z, states = np.full((G, T, B, H), np.nan), np.full((S, T + 1, B, H), np.nan)
    states[:, 0] = initial
    h_in = np.full((T if len(mask) else 0, B, H), np.nan)
    layer_forward(multiply, x, W, U, b, mask, z, states, h_in)
    dW, dU, db, dx = np.ones_like(W), np.ones_like(U), np.ones_like(b), np.full_like(x, np.nan)
    WT, UT = (np.ascontiguousarray(a.swapaxes(1, 2)) for a in (W, U))
    dstate = d_final.copy()
    layer_backward(multiply, x, WT, UT, mask, z, states, h_in, dy, dstate, np.full((B, H), np.nan), dW, dU, db, dx)
    return states, (dW - 1, dU - 1, db - 1, dx, dstate)


@pytest.mark.nojit
@pytest.mark.parametrize("with_dy", [True, False])
@pytest.mark.parametrize("with_mask", [True, False])
@pytest.mark.parametrize("cell", CELLS.values(), ids=CELLS)
def test_layer_matches_naive(cell, with_mask, with_dy, rng):
    x, dy = rng.normal(size=(T, B, F)), rng.normal(size=(T, B, H))
    W, U = 0.5 * rng.normal(size=(cell.n_input, F, H)), 0.5 * rng.normal(size=(cell.n_recurrent, H, H))
    b, mask = rng.normal(size=(cell.n_slots, H)), rng.integers(0, 2, (B, H)) * 1.5
    initial, d_final = rng.normal(size=(2, cell.n_states, B, H))
    mask, dy = mask if with_mask else mask[:0], dy if with_dy else dy[:0]
    states, gradients = run_layer(cell, x, W, U, b, mask, initial, dy, d_final)

    twin = naive.find_cell(**naive_cell(cell.name))
    outputs, final, tape = naive.layer_forward(twin, W, U, b, x.swapaxes(0, 1), initial, mask if with_mask else None)
    d_outputs = dy.swapaxes(0, 1) if with_dy else np.zeros((B, T, H))
    expected = list(naive.layer_backward(twin, W, U, b, tape, d_outputs, d_final))
    expected[3] = expected[3].swapaxes(0, 1)
    assert_array_equal(states[:, 0], initial)
    assert_allclose(states[0, 1:], outputs.swapaxes(0, 1), rtol=1e-12, atol=1e-13)
    assert_allclose(states[:, T], final, rtol=1e-12, atol=1e-13)
    for ours, theirs in zip(gradients, expected, strict=True):
        assert naive.relative_error(ours, theirs) < 1e-12
