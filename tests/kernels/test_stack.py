"""The gradient of the network's input, which training does not ask for; the rest is in test_engine.py."""

import naive
import numpy as np
import pytest
from kernels_support import make_problem, naive_arguments, naive_data, transposed
from numpy.testing import assert_array_equal

from rnnforecast.kernels import engine, stack
from rnnforecast.kernels import plan as p

pytestmark = pytest.mark.nojit


@pytest.mark.parametrize("bidirectional", [False, True])
@pytest.mark.parametrize("hidden_sizes", [(4,), (4, 3), (3, 4, 2)])
def test_gradient_of_the_input(hidden_sizes, bidirectional):
    problem = make_problem("elman", hidden_sizes=hidden_sizes, bidirectional=bidirectional, n=7)
    network, workspace = problem.network, problem.workspace(want_dx=True)
    net = workspace.plan[0]
    x, _, _ = naive_data(problem)
    n, T, F = x.shape
    arena = np.full(workspace.arena_size, np.nan)
    arena[net[p.X_AT] :][: x.size] = x.swapaxes(0, 1).ravel()
    engine.clear_initial_states(workspace.plan, arena, n)
    keep, gradient = problem.keep(workspace), np.zeros(network.layout.size)
    stack.stack_forward(problem.theta[0], workspace.plan, arena, keep, problem.keep_scale, n)
    out = arena[net[p.OUT_AT] :][: n * network.n_outputs].reshape(n, network.n_outputs)
    dout = np.random.default_rng(3).normal(size=out.shape)
    theta_T = transposed(problem, workspace)
    stack.stack_backward(theta_T[0], workspace.plan, arena, keep, problem.keep_scale, dout, gradient, n)
    at = net[p.DX_AT] if network.n_layers % 2 == 0 else net[p.DY_AT]
    dx = arena[at : at + x.size].reshape(T, n, F)

    params = network.layout.views(problem.theta[0])
    expected, _, tape = naive.forward(params, x, **naive_arguments(problem))
    gradients, expected_dx, _ = naive.backward(params, tape, dout)
    assert naive.relative_error(out, expected) < 1e-12
    assert naive.relative_error(dx.swapaxes(0, 1), expected_dx) < 1e-12
    assert naive.relative_error(gradient, np.concatenate([gradients[k].ravel() for k in params])) < 1e-12


def test_transposed_weights():
    problem = make_problem("gru", hidden_sizes=(4, 3), bidirectional=True, input_skip=True, n_networks=2)
    theta_T = transposed(problem, problem.workspace())
    layout = problem.network.layout
    for name, view in layout.views(problem.theta).items():
        at, size = layout.offsets[name], view[0].size
        if name.endswith((".W", ".U", ".V")):
            assert_array_equal(theta_T[:, at : at + size], view.swapaxes(-1, -2).reshape(2, -1))
