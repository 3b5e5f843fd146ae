"""Minibatch training of some networks in lockstep: one compiled call an epoch and thread, or a few with dropout."""

from itertools import pairwise

import numpy as np

from ..kernels.crew import N_COUNTERS
from ..kernels.engine import FIRST, KEEP_FIRST, NETWORK, ROW, STOP
from ..kernels.optimisers import OPTIMISERS
from .objective import ALONE, ends, new_sums
from .threads import rest_address
from .workspace import aligned

MOST_MASKS = 4 << 20  # bytes of dropout masks that are drawn ahead


class Epochs:
    """The epochs of some networks.

    Parameters
    ----------
    objective : Objective
    weights : Weights
        Of all networks.
    courses : list of Course
        Those to train.
    settings : Settings
    report : callable
        Told of each course after each of its epochs.
    run : callable, optional
        What `workers` yielded: the threads that share the chunks of minibatches.
    n_threads : int, default=1
        How many these are.
    running : list of one bool, optional
        Training ends early when it turns false.
    """

    def __init__(self, objective, weights, courses, settings, report, *, run=None, n_threads=1, running=(True,)):
        self.objective, self.weights, self.courses, self.settings = objective, weights, courses, settings
        self.report, self.share, self.n_threads, self.running = report, run, n_threads, running
        dtype, optimiser = objective.dtype, OPTIMISERS[settings.solver]
        hyper = [settings.max_grad_norm or 0, *(float(settings.hyper[name]) for name in optimiser.hyper_names)]
        self.hyper = np.array(hyper, dtype=dtype)
        self.penalty = (settings.alpha * objective.is_weight).astype(dtype)
        n_chunks = max(objective.n_chunks(course.n) for course in courses)
        self.slabs = aligned((n_chunks, weights.theta.shape[1]), dtype)
        self.arenas = [objective.arena() for _ in range(n_threads)]

    def run(self):
        """Train until every network should stop."""
        self.do(ends([course.index for course in self.courses]))
        active, lap = self.courses, None
        for _ in range(self.settings.max_iter):
            if lap is None or len(lap.courses) != len(active):
                lap = _Lap(self.objective, active)
            self.epoch(lap)
            active = [course for course in active if not course.finished]
            if not active or not self.running[0]:
                break
        for course in self.courses:
            course.check_last(self.weights.theta[course.index])

    def epoch(self, lap):
        """One pass of each network over its windows."""
        theta, dtype = self.weights.theta, self.objective.dtype
        orders = [course.order(theta[course.index]) for course in lap.courses]
        order = orders[0] if len(orders) == 1 else np.concatenate(orders)
        rates, sums, known = np.zeros(len(lap.jobs), dtype), new_sums(lap.n_rows, dtype), {}
        for course, edges in zip(lap.courses, lap.edges, strict=True):
            stage = course.n_updates, course.n_batches, course.factor
            if stage not in known:  # networks that are equally far have the same rates
                known[stage] = course.rates()
            rates[edges[1:] - 1] = known[stage]
        if self.objective.has_masks:
            for course, edges in zip(lap.courses, lap.edges, strict=True):
                for first, stop in self.stretches(lap.jobs, edges):
                    self.with_masks(course, lap.jobs[first:stop], rates[first:stop], order, sums)
        else:
            self.do(lap.jobs, rates, order, sums)
        told = np.add.reduceat(sums.astype(np.float64), [rows.start for rows in lap.rows], axis=0).tolist()
        for course, rows, edges, totals in zip(lap.courses, lap.rows, lap.edges, told, strict=True):
            n_updates = int(self.weights.counts[course.index]) - course.progress.n_updates
            course.after_epoch(totals, sums[rows], edges[1] - edges[0] - 1, theta[course.index], n_updates)
            self.report(course)

    def stretches(self, jobs, edges):
        """(first, stop) jobs of as many minibatches in a row as have masks of at most MOST_MASKS bytes."""
        rows = jobs[edges[1] - 2, STOP] - jobs[edges[0], FIRST]
        several = max(1, MOST_MASKS // int(rows * self.objective.workspace.keep.size))
        return pairwise([*edges[:-1:several], edges[-1]])

    def with_masks(self, course, jobs, rates, order, sums):
        """Some minibatches of one network, with their dropout masks."""
        jobs = jobs.copy()
        chunks = jobs[:, FIRST] < jobs[:, STOP]
        first, stop = jobs[chunks, FIRST], jobs[chunks, STOP]
        jobs[chunks, KEEP_FIRST] = first - first[0]
        self.do(jobs, rates, order, sums, self.objective.masks(int(stop[-1] - first[0]), course.rng))

    def do(self, jobs, rates=None, order=None, sums=None, keep=None):
        """Have the kernel do some jobs, on all threads."""
        dtype = self.objective.dtype
        common = (
            np.empty(0, np.int64) if order is None else order,
            jobs,
            np.empty(0, dtype) if rates is None else rates,
            np.empty((0, 0), np.uint8) if keep is None else keep,
            self.penalty,
            self.hyper,
        )
        sums = new_sums(0, dtype) if sums is None else sums
        if self.n_threads == 1 or order is None:
            self.objective.run(self.weights, *common, self.arenas[0], self.slabs, sums, ALONE)
            return
        counters = aligned((N_COUNTERS,), np.dtype(np.int64))
        # the first that is started leads: should Ctrl-C keep the caller's own thread from coming, the others get along
        crews = [(np.array([thread == 1, rest_address()], np.int64), counters) for thread in range(self.n_threads)]

        def part(thread, *_):
            self.objective.run(self.weights, *common, self.arenas[thread], self.slabs, sums, crews[thread])

        self.share(part, self.n_threads)


class _Lap:
    """The jobs of one epoch of some networks, one network after the other.

    Attributes
    ----------
    courses : list of Course
    jobs : (n, N_JOB_COLUMNS) int64 array
    edges : list of int arrays
        The jobs of minibatch i of course c are ``jobs[edges[c][i]:edges[c][i + 1]]``.
    rows : list of slices
        The rows of the sums that are each course's own; `n_rows` in all.
    """

    def __init__(self, objective, courses):
        self.courses, self.edges, self.rows, tables = courses, [], [], []
        at = job_at = self.n_rows = 0
        for course in courses:
            table, edges = objective.jobs(course.n)
            table = table.copy()
            table[:, NETWORK] = course.index
            table[:, [FIRST, STOP]] += at
            table[:, ROW] += self.n_rows
            n_rows = len(table) - course.n_batches
            tables.append(table)
            self.edges.append(edges + job_at)
            self.rows.append(slice(self.n_rows, self.n_rows + n_rows))
            at, job_at, self.n_rows = at + course.n, job_at + len(table), self.n_rows + n_rows
        self.jobs = np.concatenate(tables)
