"""Train a network: minibatches, learning rates, when to stop, and which weights to keep."""

import warnings
from dataclasses import dataclass, field

import numpy as np
from scipy.optimize import minimize

from ..kernels.optimisers import OPTIMISERS
from .progress import progress_bar
from .schedules import LEAST_ADAPTIVE_RATE, SCHEDULES

RUNAWAY = 100.0  # times the first loss: more is divergence


class DivergenceWarning(UserWarning):
    """Training ran away: the loss became infinite, NaN, or far larger than at the start."""


@dataclass(frozen=True)
class Settings:
    """How to train; the words are those of scikit-learn's MLPRegressor."""

    solver: str = "adam"
    alpha: float = 0.0
    batch_size: int = 32
    learning_rate: str = "constant"
    learning_rate_init: float = 1e-3
    power_t: float = 0.5
    max_iter: int = 200
    max_fun: int = 15_000
    shuffle: bool = True
    tol: float = 1e-4
    n_iter_no_change: int = 10
    max_grad_norm: float | None = None
    hyper: dict = field(default_factory=dict)
    n_jobs: int | None = None
    verbose: int = 0


@dataclass
class Progress:
    """Where training stands; handed back in to go on from there.

    Attributes
    ----------
    theta : (P,) array
    moments : (1, 2, P) array, counts : (1,) int array
        The optimiser's memory, and its number of updates.
    loss_curve, validation_scores : list of float
        One number an epoch; scores are better when higher.
    best_score : float
        The best validation score, or minus the best loss without validation.
    n_seen : int
        Number of windows seen.
    """

    theta: np.ndarray
    moments: np.ndarray
    counts: np.ndarray
    loss_curve: list = field(default_factory=list)
    validation_scores: list = field(default_factory=list)
    best_score: float = -np.inf
    n_seen: int = 0

    @classmethod
    def start(cls, theta):
        """The beginning of a training, from a copy of theta."""
        return cls(theta.copy(), np.zeros((1, 2, theta.size), theta.dtype), np.zeros(1, dtype=np.int64))


def train(objective, progress, settings, rng, *, score=None):
    """Minimise the objective, from where `progress` stands; updates and returns `progress`.

    Parameters
    ----------
    objective : Objective
    progress : Progress
    settings : Settings
    rng : numpy.random.Generator
        Draws permutations and dropout masks.
    score : callable, optional
        ``score(theta) -> float``, higher is better, asked after each epoch: early stopping. The weights of the best
        epoch are kept.

    Warns
    -----
    DivergenceWarning
        When the loss becomes infinite, NaN, or far larger than at the start; the weights of the best epoch are kept.
    """
    if settings.solver == "lbfgs":
        return _train_lbfgs(objective, progress, settings, rng)
    return _Epochs(objective, progress, settings, rng, score).run()


class _Epochs:
    """One run of minibatch training."""

    def __init__(self, objective, progress, settings, rng, score):
        self.objective, self.progress, self.settings, self.rng, self.score = objective, progress, settings, rng, score
        dtype = objective.dtype
        optimiser = OPTIMISERS[settings.solver]
        self.update = optimiser.update
        self.hyper = np.array([float(settings.hyper[name]) for name in optimiser.hyper_names], dtype=dtype)
        self.penalty = (settings.alpha * objective.network.layout.is_weight()).astype(dtype)
        self.max_norm = dtype.type(settings.max_grad_norm or 0)
        self.theta = progress.theta[None]
        self.best = progress.theta.copy()
        self.start = self.best
        self.first_loss = None
        self.patience = 0
        self.factor = 1.0
        self.n = len(objective.windows)
        self.batches = range(0, self.n, settings.batch_size)
        self.first_update = int(progress.counts[0])
        self.network = np.zeros(1, dtype=np.int64)
        self.norms = np.empty(1, dtype)

    def run(self):
        settings, progress = self.settings, self.progress
        with self.objective.workers(settings.n_jobs) as run, progress_bar(settings) as report:
            for _ in range(settings.max_iter):
                self.start = self.theta[0].copy()
                loss = self.epoch(run)
                if self.ran_away(loss):
                    return self.give_up(loss)
                progress.loss_curve.append(loss)
                report(progress)
                if self.should_stop(loss):
                    break
            loss = self.first_batch_loss(run)  # of the last update, which no epoch has measured
        if self.ran_away(loss):
            return self.give_up(loss)
        if self.score is not None:
            progress.theta[:] = self.best
        return progress

    def first_batch_loss(self, run):
        """Mean loss of the first minibatch, of the windows in their own order."""
        order = np.arange(min(self.settings.batch_size, self.n))
        _, loss, weight = self.objective.gradient(self.theta, order, self.rng, run)
        return loss / weight if weight > 0 else 0.0

    def ran_away(self, loss):
        """Whether the loss is not finite, or far above that of the first minibatch."""
        if not (np.isfinite(loss) and np.isfinite(self.theta).all()):
            return True
        return loss > self.first_loss + RUNAWAY * (abs(self.first_loss) + self.settings.tol)

    def give_up(self, loss):
        """Go back to the best weights, and say so."""
        self.progress.theta[:] = self.best
        warnings.warn(
            f"training diverged in epoch {len(self.progress.loss_curve) + 1}: the loss became {loss:.3g}, from "
            f"{self.first_loss:.3g} at the start; the weights of the best epoch are kept. A smaller "
            "learning_rate_init, max_grad_norm or scaled data may help.",
            DivergenceWarning,
            stacklevel=4,
        )
        return self.progress

    def epoch(self, run):
        """One pass over the windows; return the mean loss, measured while the weights moved."""
        order = self.rng.permutation(self.n) if self.settings.shuffle else np.arange(self.n)
        total = weight = 0.0
        for first in self.batches:
            batch = order[first : first + self.settings.batch_size]
            n_slabs, loss, batch_weight = self.objective.gradient(self.theta, batch, self.rng, run)
            total, weight = total + loss + self.penalty_value(), weight + batch_weight
            if batch_weight > 0:
                self.first_loss = self.first_loss if self.first_loss is not None else loss / batch_weight
                self.step(n_slabs, batch_weight)
            self.progress.n_seen += len(batch)
        return total / weight

    def penalty_value(self):
        """alpha / 2 times the squared weights."""
        if self.settings.alpha == 0:
            return 0.0
        return 0.5 * float(np.dot(self.penalty * self.theta[0], self.theta[0]))

    def step(self, n_slabs, weight):
        """One update of theta."""
        settings, progress, dtype = self.settings, self.progress, self.objective.dtype
        done = int(progress.counts[0]) - self.first_update
        planned = settings.max_iter * len(self.batches)
        schedule = SCHEDULES[settings.learning_rate]
        rate = self.factor * schedule(settings.learning_rate_init, done, planned, power_t=settings.power_t)
        self.update(
            self.network, np.array([0, n_slabs]), self.objective.slabs, np.array([weight], dtype), self.theta,
            progress.moments, progress.counts, np.array([rate], dtype), self.penalty, self.max_norm, self.hyper,
            self.norms,
        )  # fmt: skip

    def should_stop(self, loss):
        """Keep the best weights, and stop or slow down when nothing improves any more."""
        settings, progress = self.settings, self.progress
        value = -loss
        if self.score is not None:
            value = float(self.score(self.theta[0]))
            progress.validation_scores.append(value)
        self.patience = 0 if value > progress.best_score + settings.tol else self.patience + 1
        if value > progress.best_score:
            progress.best_score = value
            # the loss of an epoch speaks of the weights it began with, a score of those it ended with
            self.best[:] = self.start if self.score is None else self.theta[0]
        if self.patience <= settings.n_iter_no_change:
            return False
        if settings.learning_rate != "adaptive":
            return True
        self.patience = 0
        self.factor /= 5
        return self.factor * settings.learning_rate_init <= LEAST_ADAPTIVE_RATE


def _train_lbfgs(objective, progress, settings, rng):
    """Full-batch training by SciPy's L-BFGS-B (Byrd et al. 1995)."""
    order = np.arange(len(objective.windows))
    penalty = settings.alpha * objective.network.layout.is_weight()
    dtype = objective.dtype

    with objective.workers(settings.n_jobs) as run, progress_bar(settings) as report:

        def value_and_gradient(theta):
            n_slabs, loss, weight = objective.gradient(theta.astype(dtype)[None], order, rng, run)
            gradient = objective.slabs[:n_slabs].sum(axis=0, dtype=np.float64)
            return (loss + 0.5 * penalty @ theta**2) / weight, (gradient + penalty * theta) / weight

        def after_iteration(intermediate_result):
            progress.loss_curve.append(float(intermediate_result.fun))
            report(progress)

        result = minimize(
            value_and_gradient,
            progress.theta.astype(np.float64),
            jac=True,
            method="L-BFGS-B",
            callback=after_iteration,
            options={"maxiter": settings.max_iter, "maxfun": settings.max_fun, "gtol": settings.tol},
        )
    if np.isfinite(result.fun) and np.isfinite(result.x).all():
        progress.theta[:] = result.x
    else:
        warnings.warn(f"training diverged: the loss became {result.fun}", DivergenceWarning, stacklevel=3)
    if not progress.loss_curve:
        progress.loss_curve.append(float(result.fun))
    progress.best_score = -min(progress.loss_curve)
    progress.counts[0] += result.nit
    progress.n_seen += int(result.nit) * len(order)
    return progress
