"""Train networks: K of one architecture, each on its own windows, as if each were alone."""

import warnings
from dataclasses import dataclass, field

import numpy as np

from .course import Course
from .epochs import Epochs
from .lbfgs import minimise
from .objective import Weights
from .progress import progress_bar
from .threads import n_threads, workers

MOST_TOGETHER = 64  # networks that a thread drives in lockstep: few enough to spread work evenly


class DivergenceWarning(UserWarning):
    """Training ran away: the loss or a weight became infinite or NaN, or the loss far larger than at the start."""


@dataclass(frozen=True)
class Settings:
    """How to train; the words are those of scikit-learn's MLPRegressor, and `label` is what progress is called."""

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
    label: str = ""


@dataclass
class Progress:
    """Where the training of one network stands; handed back in to go on from there.

    Attributes
    ----------
    theta : (P,) array
    moments : (2, P) array
        The optimiser's memory.
    n_updates : int
        Updates done.
    loss_curve, validation_scores : list of float
        One number an epoch; scores are better when higher.
    best_score : float
        The best validation score, or minus the best loss without validation.
    n_seen : int
        Number of windows seen.
    """

    theta: np.ndarray
    moments: np.ndarray
    n_updates: int = 0
    loss_curve: list = field(default_factory=list)
    validation_scores: list = field(default_factory=list)
    best_score: float = -np.inf
    n_seen: int = 0

    @classmethod
    def start(cls, theta):
        """The beginning of a training."""
        return cls(theta, np.zeros((2, theta.size), theta.dtype))


def train(objective, progresses, settings, rngs, *, scores=None):
    """Minimise the objective of each network, from where its progress stands.

    Each network is trained exactly as if it were alone: its minibatches, its random numbers and the order of all sums
    are its own. One network shares its minibatches among the threads; several are themselves shared among them.

    Parameters
    ----------
    objective : Objective
    progresses : list of K Progress
        Updated, with new arrays: what they held before stays as it was.
    settings : Settings
    rngs : list of K numpy.random.Generator
        Draw permutations and dropout masks.
    scores : list of K callables, optional
        ``score(theta) -> float``, higher is better, asked after each epoch: early stopping. The weights of the best
        epoch are kept.

    Warns
    -----
    DivergenceWarning
        When a loss or a weight becomes infinite or NaN, or a loss far larger than at the start; the weights of the best
        epoch are kept.
    """
    K = len(progresses)
    weights = Weights(
        np.stack([progress.theta for progress in progresses]),
        np.stack([progress.moments for progress in progresses]),
        np.array([progress.n_updates for progress in progresses], dtype=np.int64),
    )
    objective.network.check(weights.theta)
    courses = [
        Course(objective, k, progresses[k], settings, rngs[k], scores[k] if scores is not None else None)
        for k in range(K)
    ]
    method = minimise if settings.solver == "lbfgs" else _descend
    with progress_bar(settings, K) as report:
        method(objective, weights, courses, settings, report)
    for course in courses:
        course.finish(weights)
    _warn_of([course for course in courses if course.diverged is not None], K)


def _descend(objective, weights, courses, settings, report):
    """Minibatch training."""
    K = len(courses)
    if K == 1:
        n = courses[0].n
        threads = n_threads(settings.n_jobs, objective.n_chunks(n), objective.work(min(objective.batch_size, n)))
        with workers(threads) as run:
            Epochs(objective, weights, courses, settings, report, run=run, n_threads=threads).run()
        return
    threads = n_threads(settings.n_jobs, K, objective.work(len(objective.windows)))
    size = max(1, min(MOST_TOGETHER, -(-K // threads)))
    groups = iter([courses[first : first + size] for first in range(0, K, size)])
    running = [True]

    def part(*_):
        try:
            for group in groups:  # whoever is free takes the next
                Epochs(objective, weights, group, settings, report, running=running).run()
        except BaseException:
            running[0] = False
            raise

    with workers(threads) as run:
        run(part, threads)


def _warn_of(diverged, K):
    if not diverged:
        return
    first = diverged[0]
    which = "" if K == 1 else f" of {len(diverged)} of {K} networks, the first"
    what = f"the loss became {first.diverged:.3g}, from {first.first_loss:.3g} at the start"
    if first.lost_weights:
        what = "weights became infinite or NaN"
    warnings.warn(
        f"training{which} diverged in epoch {len(first.progress.loss_curve) + 1}: {what}; the weights of the best "
        "epoch are kept. A smaller learning_rate_init, max_grad_norm or scaled data may help.",
        DivergenceWarning,
        stacklevel=4,
    )
