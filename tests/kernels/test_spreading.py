import numpy as np
import pytest
from numpy.testing import assert_array_equal

from rnnforecast import RNNRegressor
from rnnforecast.kernels import plan as p
from rnnforecast.kernels.cells import CELLS
from rnnforecast.kernels.losses import LOSSES
from rnnforecast.kernels.spreading import spread_weights, spread_width
from rnnforecast.network import linking, planning, workspace
from rnnforecast.network.network import Network
from rnnforecast.network.windows import Windows


@pytest.mark.nojit
@pytest.mark.parametrize("hidden_size, itemsize, expected", [(128, 4, 144), (256, 4, 272), (64, 8, 72), (96, 4, 0)])
def test_rows_of_copies_lie_an_odd_number_of_cache_lines_apart(hidden_size, itemsize, expected):
    assert spread_width(hidden_size, itemsize) == expected
    assert expected * itemsize // 64 % 2 == (expected > 0)


@pytest.mark.nojit
def test_copies_match_numpy(rng):
    network = Network(CELLS["lstm"], 3, (64, 5), 2, bidirectional=True)
    windows = Windows.from_arrays(np.zeros((2, 4, 3)), np.zeros((2, 2)))
    made = workspace.make_workspace(network, windows, LOSSES["squared_error"])
    theta, theta_T = rng.normal(size=(2, network.layout.size))
    arena = np.full(made.arena_size, np.nan)
    spread_weights(made.plan, theta, theta_T, arena)
    written = np.zeros(arena.shape, bool)
    for i in (1, 2):
        row, size = made.plan[i], 4 * 64 * 72
        for at, source in ((row[p.U_SPREAD_AT], theta), (row[p.UT_SPREAD_AT], theta_T)):
            expected = source[row[p.U_AT] :][: 4 * 64 * 64].reshape(4, 64, 64)
            copies = arena[at : at + size].reshape(4, 64, 72)
            assert_array_equal(copies[:, :, :64], expected)
            written[at : at + size] = True
    assert np.isnan(arena[~written]).all()


@pytest.mark.parametrize("words", [{}, {"num_layers": 2, "bidirectional": True, "recurrent_dropout": 0.2}])
@pytest.mark.parametrize("cell_type", ["lstm", "gru", "elman"])
def test_a_fit_has_the_same_bits_without_copies(cell_type, words, rng, monkeypatch):
    X, y = rng.normal(size=(50, 6, 3)).astype(np.float32), rng.normal(size=50)
    model = RNNRegressor(cell_type=cell_type, hidden_size=128, max_iter=2, batch_size=20, random_state=0, **words)
    with_copies = model.fit(X, y).theta_.copy()
    workspace._workspace.cache_clear()
    for module in (planning, linking):
        monkeypatch.setattr(module, "spread_width", lambda *_: 0)
    without = model.fit(X, y).theta_
    workspace._workspace.cache_clear()
    assert_array_equal(with_copies, without)
