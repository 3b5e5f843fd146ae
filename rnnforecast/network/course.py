"""One network on its way through training: its order of windows, its learning rates, and when it should stop."""

import math
from itertools import pairwise

import numpy as np

from ..kernels.engine import FIRST, STOP
from ..kernels.optimisers.optimiser import LOSS, PENALTY, WEIGHT
from .objective import Weights, new_sums, squares, totals
from .schedules import LEAST_ADAPTIVE_RATE, SCHEDULES

RUNAWAY = 100.0  # times the first loss: more is divergence


class Course:
    """What training remembers of one network.

    Attributes
    ----------
    index : int
        Which network it is.
    span : (2,) int array
        First and last + 1 of its windows; `n` is their number.
    progress : Progress
    n_epochs : int
        Epochs of this training; `progress` may hold those of an earlier one too.
    finished : bool
    diverged : float or None
        The loss when training ran away.
    lost_weights : bool
        Whether it was weights that ran away, beyond all numbers, and not that loss.
    """

    def __init__(self, objective, index, progress, settings, rng, score):
        self.objective, self.index, self.progress = objective, index, progress
        self.settings, self.rng, self.score = settings, rng, score
        self.span = objective.spans[index]
        self.n = int(self.span[1] - self.span[0])
        self.n_batches = len(objective.jobs(self.n)[1]) - 1
        self.first_theta = progress.theta
        self.best = self.start = progress.theta
        self.first_loss, self.first_loss_is_exact = None, False
        self.n_updates = self.n_epochs = 0
        self.patience, self.factor = 0, 1.0
        self.finished, self.diverged, self.lost_weights = False, None, False

    def order(self, theta):
        """The windows of an epoch that begins with theta."""
        if self.score is None:
            self.start = theta.copy()
        order = self.rng.permutation(self.n) if self.settings.shuffle else np.arange(self.n)
        order += self.span[0]
        return order

    def rates(self):
        """Learning rates of the minibatches of the next epoch."""
        settings = self.settings
        schedule, planned = SCHEDULES[settings.learning_rate], settings.max_iter * self.n_batches
        return [
            self.factor * schedule(settings.learning_rate_init, done, planned, power_t=settings.power_t)
            for done in range(self.n_updates, self.n_updates + self.n_batches)
        ]

    def after_epoch(self, told, sums, n_first, theta, n_updates):
        """Take in what the epoch's chunks told, in all and each; the first `n_first` are of the first minibatch."""
        if self.first_loss is None:
            self.first_loss = _mean(*totals(sums[:n_first]), float(sums[0, PENALTY]))
        self.n_updates = n_updates
        self.progress.n_seen += self.n
        loss = _mean(told[LOSS], told[WEIGHT], told[PENALTY])
        if self.ran_away(loss, theta):
            self.finished = True
            self.note_divergence(loss, theta)
            return
        self.add_epoch(loss)
        self.finished = self.should_stop(loss, theta) or self.n_epochs == self.settings.max_iter

    def add_epoch(self, loss):
        """Note the loss of an epoch, or of an iteration of L-BFGS."""
        self.progress.loss_curve.append(loss)
        self.n_epochs += 1

    def check_last(self, theta):
        """Whether the last update, which no epoch has measured, ran away."""
        loss = self.mean_loss(theta, n_batches=1)
        if self.diverged is None and self.ran_away(loss, theta):
            self.note_divergence(loss, theta)

    def note_divergence(self, loss, theta):
        """Note that training ran away, and whether the loss did or weights alone."""
        self.diverged = loss
        self.lost_weights = math.isfinite(loss) and not np.isfinite(theta).all()

    def ran_away(self, loss, theta):
        """Whether the loss is not finite, or far above that of the first weights."""
        if not (math.isfinite(loss) and np.isfinite(theta).all()):
            return True
        if loss > self.highest_loss and not self.first_loss_is_exact:
            # the first minibatch may have been an easy one, as in a series of zeros with a few spikes
            self.first_loss = max(self.first_loss, self.mean_loss(self.first_theta, self.n_batches))
            self.first_loss_is_exact = True
        return loss > self.highest_loss

    @property
    def highest_loss(self):
        """More is divergence."""
        return self.first_loss + RUNAWAY * (abs(self.first_loss) + self.settings.tol)

    def mean_loss(self, theta, n_batches):
        """Mean loss of the first minibatches, of the windows in their own order."""
        objective = self.objective
        table, edges = objective.jobs(self.n)
        P = objective.network.layout.size
        slabs, arena = np.empty((objective.n_chunks(self.n), P), objective.dtype), objective.arena()
        loss, weight, penalty = 0.0, 0.0, self.settings.alpha * objective.is_weight
        for first, stop in pairwise(edges[: n_batches + 1]):
            jobs = table[first : stop - 1]  # without the update
            sums = new_sums(len(table), objective.dtype)
            objective.run(
                Weights(theta[None]), np.arange(*self.span), jobs, np.empty(len(jobs), objective.dtype),
                objective.masks(int(jobs[-1, STOP] - jobs[0, FIRST]), self.rng), theta, theta, arena, slabs, sums,
            )  # fmt: skip
            part = totals(sums)
            loss, weight = loss + part[0] + squares(penalty, theta), weight + part[1]
        return _mean(loss, weight)

    def should_stop(self, loss, theta):
        """Keep the best weights, and stop or slow down when nothing improves any more."""
        settings, progress = self.settings, self.progress
        value = -loss
        if self.score is not None:
            value = float(self.score(theta))
            progress.validation_scores.append(value)
        self.patience = 0 if value > progress.best_score + settings.tol else self.patience + 1
        if value > progress.best_score:
            progress.best_score = value
            # the loss of an epoch speaks of the weights it began with, a score of those it ended with
            self.best = self.start if self.score is None else theta.copy()
        if self.patience <= settings.n_iter_no_change:
            return False
        if settings.learning_rate != "adaptive":
            return True
        self.patience = 0
        self.factor /= 5
        return self.factor * settings.learning_rate_init <= LEAST_ADAPTIVE_RATE

    def finish(self, weights):
        """Hand the result to the progress."""
        progress, theta = self.progress, weights.theta[self.index]
        progress.theta = theta if self.score is None and self.diverged is None else self.best
        progress.moments, progress.n_updates = weights.moments[self.index], int(weights.counts[self.index])


def _mean(loss, weight, penalty=0.0):
    return (loss + penalty) / weight if weight > 0 else 0.0
