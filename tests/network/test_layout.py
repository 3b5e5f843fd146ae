import numpy as np
import pytest
from numpy.testing import assert_array_equal

from rnnforecast.kernels.cells import CELLS
from rnnforecast.network.layout import Layout
from rnnforecast.network.network import Network

LAYOUT = Layout({"layer0.W": (2, 3, 4), "layer0.b": (2, 4), "head.V": (4, 1), "head.b": (1,)})


def test_places():
    assert LAYOUT.size == 24 + 8 + 4 + 1
    assert LAYOUT.offsets == {"layer0.W": 0, "layer0.b": 24, "head.V": 32, "head.b": 36}


def test_views_write_into_theta():
    theta = np.arange(37.0)
    views = LAYOUT.views(theta)
    assert_array_equal(np.concatenate([view.ravel() for view in views.values()]), theta)
    for view in views.values():
        view[...] = -1
    assert_array_equal(theta, np.full(37, -1.0))


def test_views_of_several_networks():
    theta = np.arange(2 * 37.0).reshape(2, 37)
    both, second = LAYOUT.views(theta), LAYOUT.views(theta[1])
    for name, shape in LAYOUT.shapes.items():
        assert both[name].shape == (2, *shape)
        assert np.shares_memory(both[name], theta)
        assert_array_equal(both[name][1], second[name])


def test_biases_are_no_weights():
    mask = LAYOUT.is_weight()
    assert mask.dtype == bool
    assert_array_equal(mask, [True] * 24 + [False] * 8 + [True] * 4 + [False])


@pytest.mark.parametrize("bidirectional", [False, True])
@pytest.mark.parametrize("cell", CELLS.values(), ids=CELLS)
def test_parameters_of_a_network(cell, bidirectional):
    network = Network(cell, 3, (5, 2), 4, bidirectional=bidirectional, input_skip=True)
    D = 2 if bidirectional else 1
    n_in, n_rec, G = cell.n_input, cell.n_recurrent, cell.n_slots
    sizes = [D * (n_in * 3 * 5 + n_rec * 25 + G * 5), D * (n_in * 5 * D * 2 + n_rec * 4 + G * 2), 2 * D * 4, 4, 3 * 4]
    assert network.layout.size == sum(sizes)
    assert network.state_size == D * 7 * cell.n_states
    reverse = [name for name in network.layout.shapes if ".reverse." in name]
    assert len(reverse) == (6 if bidirectional else 0)
