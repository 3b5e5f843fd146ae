"""The loss of a network over some of its windows, and its gradient, summed in an order that threads cannot change."""

import numpy as np

from ..kernels.engine import gradient
from ..kernels.stack import transpose_weights
from .threads import n_threads, workers
from .workspace import make_workspace

MOST_CHUNKS = 8
LEAST_CHUNK_WORK = 1e6


class Objective:
    """Sums of loss and gradient over a minibatch.

    A minibatch is cut into chunks of whole row tiles, by its size and the architecture alone; each chunk sums its
    gradient in a slab of its own, and the slabs are added in order. So the bits are the same for any number of
    threads.

    Parameters
    ----------
    network : Network
    windows : Windows
        With targets.
    loss : Loss
    loss_parameters : sequence of float
        The numbers of the loss, such as the quantiles.
    dropout, recurrent_dropout : float
        Shares of units dropped between layers, and of the recurrent connections.
    batch_size : int
        The most windows that a minibatch has.
    """

    def __init__(self, network, windows, loss, *, loss_parameters, dropout=0.0, recurrent_dropout=0.0, batch_size):
        self.network, self.windows = network, windows
        self.dtype = dtype = windows.values.dtype
        self.workspace = make_workspace(network, windows, loss, dropout=dropout, recurrent_dropout=recurrent_dropout)
        n_weights = len(windows)
        self.weights = np.ones(n_weights, dtype) if windows.weights is None else windows.weights.astype(dtype)
        self.loss_parameters = np.array(loss_parameters, dtype=dtype)
        self.keep_scale = np.array([1 / (1 - dropout), 1 / (1 - recurrent_dropout)], dtype=dtype)
        tiles = -(-batch_size // self.workspace.tile_rows)
        split = batch_size * self.workspace.work > LEAST_CHUNK_WORK
        self.chunk_rows = self.workspace.tile_rows * (-(-tiles // MOST_CHUNKS) if split else tiles)
        self.n_chunks = -(-batch_size // self.chunk_rows)
        self.work = 3 * batch_size * self.workspace.work
        self.slabs = np.empty((self.n_chunks, network.layout.size), dtype)
        self.losses = np.empty(self.n_chunks, dtype)
        self.transposed = np.empty((1, network.layout.size), dtype)
        self.arenas = {}

    def workers(self, n_jobs):
        """A context of as many threads as a minibatch repays."""
        return workers(n_threads(n_jobs, self.n_chunks, self.work))

    def gradient(self, theta, order, rng, run):
        """Leave the gradient's parts in the first slabs; return how many, the sum of losses and that of weights.

        Parameters
        ----------
        theta : (1, P) array
        order : (n,) int array
            The windows of the minibatch.
        rng : numpy.random.Generator
            Draws the dropout masks.
        run : callable
            What `workers` yielded.
        """
        windows, workspace = self.windows, self.workspace
        first = np.arange(0, len(order), self.chunk_rows)
        jobs = np.zeros((len(first), 5), dtype=np.int64)
        jobs[:, 1], jobs[:, 3], jobs[:, 4] = first, np.arange(len(first)), first
        jobs[:, 2] = np.minimum(first + self.chunk_rows, len(order))
        keep = np.empty((0, 0), dtype=np.uint8)
        if workspace.keep.size:
            keep = (rng.random((len(order), workspace.keep.size), dtype=np.float32) < workspace.keep).astype(np.uint8)
        transpose_weights(workspace.plan, theta, self.transposed)

        def part(thread, first, stop):
            if thread not in self.arenas:
                self.arenas[thread] = np.zeros(workspace.arena_size, self.dtype)
            gradient(
                theta, self.transposed, workspace.plan, windows.values, windows.starts, windows.targets,
                windows.offsets, self.weights, order, jobs[first:stop], keep, self.keep_scale, self.loss_parameters,
                self.arenas[thread], self.slabs, self.losses,
            )  # fmt: skip

        run(part, len(jobs))
        total = len(order) if windows.weights is None else float(self.weights[order].sum(dtype=np.float64))
        return len(jobs), float(self.losses[: len(jobs)].sum(dtype=np.float64)), total
