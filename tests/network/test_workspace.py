"""What the plan says. That buffers hold what they must and no more, test_engine.py shows with guarded arenas."""

from itertools import pairwise, product

import numpy as np
import pytest

from rnnforecast.kernels import plan as p
from rnnforecast.kernels.cells import CELLS
from rnnforecast.kernels.losses import LOSSES
from rnnforecast.network.network import Network
from rnnforecast.network.windows import Windows
from rnnforecast.network.workspace import LEAST_ROWS, MOST_ROWS, make_workspace, tile_rows

pytestmark = pytest.mark.nojit

T, F, O, B = 5, 3, 2, 8
OPTIONS = [
    dict(zip(("bidirectional", "per_step", "input_skip"), bits, strict=True)) for bits in product([0, 1], repeat=3)
]


def windows(n_targets=O):
    return Windows.from_arrays(np.zeros((2, T, F)), np.zeros((2, n_targets)))


def buffers(network, plan):
    """(place, size) of all buffers of the arena."""
    net, H_max, F_max, S = plan[0], max(network.hidden_sizes), max(network.input_sizes), network.cell.n_states
    steps, D = T if network.per_step else 1, network.top_size
    sizes = {
        p.X_AT: T * B * F, p.Y_AT: steps * B * O, p.TOP_AT: B * D, p.DTOP_AT: steps * B * D, p.OUT_AT: steps * B * O,
        p.DOUT_AT: steps * B * O, p.DY_AT: T * B * F_max, p.DX_AT: T * B * F_max, p.SPLIT_AT: T * B * H_max,
        p.TURNED_AT: T * B * F_max, p.DSTATE_AT: S * B * H_max, p.SCRATCH_AT: B * H_max, p.WEIGHT_AT: B,
    }  # fmt: skip
    places = [(net[column], size) for column, size in sizes.items()]
    for row in plan[1:]:
        size, H = row[p.INPUT_SIZE], row[p.HIDDEN_SIZE]
        sizes = {
            p.Z_AT: network.cell.n_slots * T * B * H, p.STATES_AT: S * (T + 1) * B * H, p.H_IN_AT: T * B * H,
            p.REVERSED_AT: T * B * size, p.MASK_AT: B * H, p.JOINED_AT: T * B * H * network.n_directions,
        }  # fmt: skip
        places += [(row[column], size) for column, size in sizes.items()]
    return sorted({(at, size) for at, size in places if at >= 0})  # both directions share what is joined


@pytest.mark.parametrize("rate", [0.0, 0.3])
@pytest.mark.parametrize("options", OPTIONS)
@pytest.mark.parametrize("hidden_sizes", [(4,), (5, 2), (2, 6, 3)])
@pytest.mark.parametrize("cell", ["elman", "lstm"])
def test_buffers_do_not_overlap(cell, hidden_sizes, options, rate):
    network = Network(CELLS[cell], F, hidden_sizes, O, **options)
    workspace = make_workspace(network, windows(), dropout=rate, recurrent_dropout=rate, rows=B, want_dx=rate > 0)
    places = buffers(network, workspace.plan)
    for (at, size), (after, _) in pairwise(places):
        assert at + size <= after
    assert sum(places[-1]) <= workspace.arena_size


@pytest.mark.parametrize("per_step", [False, True])
@pytest.mark.parametrize("bidirectional", [False, True])
def test_dropout_masks(bidirectional, per_step):
    """Every step of every layer has a mask between layers, the last step alone where the head reads no other."""
    network = Network(CELLS["gru"], F, (4, 3), O, bidirectional=bidirectional, per_step=per_step)
    D = network.n_directions
    between = T * 4 * D + (T if per_step else 1) * 3 * D
    for dropout, recurrent, expected in [(0.2, 0, between), (0, 0.4, 7 * D), (0.2, 0.4, between + 7 * D), (0, 0, 0)]:
        keep = make_workspace(network, windows(), dropout=dropout, recurrent_dropout=recurrent).keep
        assert len(keep) == expected
        assert np.isclose(keep, 0.8).sum() == (between if dropout else 0)
        assert np.isclose(keep, 0.6).sum() == (7 * D if recurrent else 0)


def test_places_of_parameters():
    network = Network(CELLS["lstm"], F, (4, 3), O, bidirectional=True)
    plan, offsets = make_workspace(network, windows()).plan, network.layout.offsets
    for i, (_, _, prefix) in enumerate(network.prefixes()):
        assert [plan[1 + i, at] for at in (p.W_AT, p.U_AT, p.B_AT)] == [offsets[f"{prefix}.{n}"] for n in "WUb"]
    assert (plan[0, p.V_AT], plan[0, p.HEAD_B_AT], plan[0, p.S_AT]) == (offsets["head.V"], offsets["head.b"], -1)


def test_places_of_copies():
    """Of square matrices of 128 columns in float32, which training reads again and again; nobody else pays for them."""
    network = Network(CELLS["gru"], F, (128, 4, 256), O)
    training = make_workspace(network, windows(), LOSSES["squared_error"])
    plan, names = training.plan, [p.U_SPREAD_AT, p.UT_SPREAD_AT, p.SPREAD_WIDTH]
    assert plan[1, p.SPREAD_WIDTH] == 128 + 64 // 8
    places = sorted((plan[i, at], 3 * h * plan[i, p.SPREAD_WIDTH]) for i, h in ((1, 128), (3, 256)) for at in names[:2])
    for (at, size), (after, _) in pairwise(places):
        assert at + size <= after
    assert sum(places[-1]) <= training.arena_size
    assert (plan[2, names] == -1).all()
    assert plan[0, p.SPREAD] >= 0
    for other in (make_workspace(network, windows()), make_workspace(network, windows(), want_dx=True)):
        assert (other.plan[1:4, names] == -1).all()
        assert other.plan[0, p.SPREAD] == -1


def test_places_of_states():
    network = Network(CELLS["lstm"], F, (4, 3), O, bidirectional=True)
    plan = make_workspace(network, windows()).plan
    assert list(plan[1:5, p.STATE_AT]) == [0, 8, 16, 22]
    assert plan[0, p.STATE_SIZE] == network.state_size == 28


@pytest.mark.parametrize("cell", CELLS.values(), ids=CELLS)
def test_tile_rows(cell):
    """A multiple of the product's block of rows, the smaller the more a row leaves behind."""
    sizes = [tile_rows(Network(cell, 1, (H,), 1), T) for H in (1, 16, 64) for T in (1, 24, 1000)]
    assert all(LEAST_ROWS <= rows <= MOST_ROWS and rows % 8 == 0 for rows in sizes)
    assert sizes[0] == MOST_ROWS
    assert sizes[-1] == LEAST_ROWS


def test_work_counts_multiply_adds():
    network = Network(CELLS["gru"], F, (4, 2), O)
    assert make_workspace(network, windows()).work == T * 3 * (F * 4 + 4 * 4 + 4 * 2 + 2 * 2)


def test_windows_must_have_the_features_that_the_network_reads():
    with pytest.raises(ValueError, match="the network reads 2 features; the windows have 3"):
        make_workspace(Network(CELLS["gru"], 2, (4,), O), windows())
