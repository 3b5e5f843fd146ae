"""The loss of networks over their windows, cut into jobs whose order of sums threads cannot change."""

from functools import cached_property

import numpy as np

from ..kernels import engine
from ..kernels.optimisers.optimiser import LOSS, N_SUMS, WEIGHT
from .workspace import aligned, make_workspace

MOST_CHUNKS = 8
LEAST_CHUNK_WORK = 1e6
ALONE = np.zeros(2, np.int64), np.empty(0, np.int64)  # the crew of a single thread


class Objective:
    """Sums of loss and gradient over minibatches.

    A minibatch is cut into chunks of whole row tiles, by its size and the architecture alone; each chunk sums its
    gradient in a slab of its own, and the slabs are added in order. So the bits are the same for any number of
    threads, and for a network alone or among others.

    Parameters
    ----------
    network : Network
    windows : Windows
        With targets; those of several networks one after the other, or shared.
    loss : Loss
    optimiser : Optimiser, optional
        What turns gradients into steps; None to ask for gradients only.
    loss_parameters : sequence of float
        The numbers of the loss, such as the quantiles.
    dropout, recurrent_dropout : float
        Shares of units dropped between layers, and of the recurrent connections.
    batch_size : int
        The most windows that a minibatch has.
    spans : (n_networks, 2) int array, optional
        First and last + 1 window of each network; by default one network has them all.
    """

    def __init__(
        self, network, windows, loss, optimiser=None, *, loss_parameters, dropout=0.0, recurrent_dropout=0.0,
        batch_size, spans=None,
    ):  # fmt: skip
        self.network, self.windows, self.batch_size = network, windows, batch_size
        self.dtype = dtype = windows.values.dtype
        self.workspace = make_workspace(
            network, windows, loss, optimiser, dropout=dropout, recurrent_dropout=recurrent_dropout
        )
        self.weights = np.ones(len(windows), dtype) if windows.weights is None else windows.weights.astype(dtype)
        self.loss_parameters = np.array(loss_parameters, dtype=dtype)
        self.keep_scale = np.array([1 / (1 - dropout), 1 / (1 - recurrent_dropout)], dtype=dtype)
        self.spans = np.array([[0, len(windows)]]) if spans is None else np.asarray(spans)
        self._tables = {}

    @property
    def has_masks(self):
        """Whether minibatches need dropout masks."""
        return self.workspace.keep.size > 0

    @cached_property
    def is_weight(self):
        """(P,) which parameters are weights, on which penalties act; see `Layout.is_weight`."""
        return self.network.layout.is_weight()

    def work(self, n):
        """Multiply-adds of a gradient over n windows."""
        return 3 * n * self.workspace.work

    def chunk_rows(self, n):
        """Rows of a chunk, where a network has n windows."""
        batch, rows = min(self.batch_size, n), self.workspace.tile_rows
        tiles = -(-batch // rows)
        return rows * (-(-tiles // MOST_CHUNKS) if batch * self.workspace.work > LEAST_CHUNK_WORK else tiles)

    def n_chunks(self, n):
        """Chunks of a full minibatch, where a network has n windows."""
        return -(-min(self.batch_size, n) // self.chunk_rows(n))

    def jobs(self, n):
        """(jobs, edges) of one pass over n windows: those of minibatch i are ``jobs[edges[i]:edges[i + 1]]``.

        They are those of network 0, whose windows stand first in the order; every minibatch ends with an update. The
        masks of a minibatch begin in row 0 of their table.
        """
        if n not in self._tables:
            self._tables[n] = _epoch_jobs(n, min(self.batch_size, n), self.chunk_rows(n))
        return self._tables[n]

    def masks(self, n, rng):
        """Dropout masks of n windows."""
        if not self.has_masks:
            return np.empty((0, 0), dtype=np.uint8)
        return (rng.random((n, self.workspace.keep.size), dtype=np.float32) < self.workspace.keep).astype(np.uint8)

    def arena(self):
        """Workspace of one thread."""
        return aligned((self.workspace.arena_size,), self.dtype)

    def run(self, weights, order, jobs, rates, keep, penalty, hyper, arena, slabs, sums, crew=ALONE):
        """Do jobs on `weights`, see kernels/engine.py."""
        windows = self.windows
        engine.train(
            weights.theta, weights.transposed, weights.moments, weights.counts, self.workspace.plan, windows.values,
            windows.starts, windows.futures_or_none, windows.targets, windows.offsets, self.weights, order, jobs, rates,
            keep, self.keep_scale, self.loss_parameters, penalty, hyper, arena, slabs, sums, *crew,
        )  # fmt: skip


class Weights:
    """Parameters of K networks, with all that moves with them.

    Attributes
    ----------
    theta, transposed : (K, P) arrays
        Parameters, copied, and the same with every matrix transposed.
    moments : (K, 2, P) array, counts : (K,) int64 array
        The optimiser's memory, and the number of its updates.
    """

    def __init__(self, theta, moments=None, counts=None):
        K, P = theta.shape
        self.theta, self.transposed = aligned(theta.shape, theta.dtype), aligned(theta.shape, theta.dtype)
        self.theta[:] = theta
        self.moments = np.zeros((K, 2, P), theta.dtype) if moments is None else moments
        self.counts = np.zeros(K, np.int64) if counts is None else counts


def totals(sums):
    """(sum of the losses, sum of the weights) over rows of sums, in double precision."""
    return tuple(float(total) for total in sums[:, [LOSS, WEIGHT]].sum(axis=0, dtype=np.float64))


def squares(penalty, theta):
    """The penalty, 1/2 sum_i penalty_i theta_i^2; as in the kernels, overflow gives inf or NaN and no warning."""
    with np.errstate(over="ignore", invalid="ignore"):
        return 0.5 * float(penalty @ theta.astype(np.float64) ** 2)


def new_sums(n, dtype):
    """Place for what training tells of n chunks."""
    return np.zeros((n, N_SUMS), dtype)


def ends(networks):
    """Jobs that only transpose the weights of some networks."""
    jobs = np.zeros((len(networks), engine.N_JOB_COLUMNS), np.int64)
    jobs[:, engine.NETWORK] = networks
    return jobs


def _epoch_jobs(n, batch_size, chunk_rows):
    n_batches = -(-n // batch_size)
    first = (np.arange(n_batches)[:, None] * batch_size + np.arange(0, batch_size, chunk_rows)).ravel()
    first = first[first < n]
    batch = first // batch_size
    chunks = np.zeros((len(first), engine.N_JOB_COLUMNS), np.int64)
    chunks[:, engine.FIRST] = first
    chunks[:, engine.STOP] = np.minimum(np.minimum(first + chunk_rows, (batch + 1) * batch_size), n)
    chunks[:, engine.SLAB] = first % batch_size // chunk_rows
    chunks[:, engine.KEEP_FIRST] = first % batch_size
    chunks[:, engine.ROW] = np.arange(len(first))
    edges = np.searchsorted(batch, np.arange(n_batches + 1))
    updates = ends(np.zeros(n_batches, np.int64))
    updates[:, engine.SLAB], updates[:, engine.ROW] = np.diff(edges), edges[:-1]
    return np.insert(chunks, edges[1:], updates, axis=0), edges + np.arange(n_batches + 1)
