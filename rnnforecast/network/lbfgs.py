"""Full-batch training by SciPy's L-BFGS-B (Byrd et al. 1995)."""

import numpy as np

from .objective import Weights, ends, new_sums, squares, totals
from .threads import n_threads, workers


def minimise(objective, weights, courses, settings, report):
    """Train each network in turn; the objective's minibatch is all of its windows."""
    for course in courses:
        threads = n_threads(settings.n_jobs, objective.n_chunks(course.n), objective.work(course.n))
        with workers(threads) as run:
            _minimise_one(objective, weights, course, settings, run, report)


def _minimise_one(objective, weights, course, settings, run, report):
    from scipy.optimize import minimize  # here, as it takes 0.15 s to import

    progress, dtype = course.progress, objective.dtype
    penalty = settings.alpha * objective.network.layout.is_weight()
    jobs = objective.jobs(course.n)[0][:-1]  # the chunks of the one minibatch, without its update
    order, slabs = np.arange(*course.span), np.empty((len(jobs), penalty.size), dtype)
    arenas = {}

    def value_and_gradient(theta):
        now, sums, nothing = Weights(theta.astype(dtype)[None]), new_sums(len(jobs), dtype), np.empty(0, dtype)

        def part(thread, first, stop):
            arena = arenas.setdefault(thread, objective.arena())
            rates, keep = np.empty(stop - first, dtype), np.empty((0, 0), np.uint8)
            objective.run(now, order, jobs[first:stop], rates, keep, nothing, nothing, arena, slabs, sums)

        arenas.setdefault(0, objective.arena())
        objective.run(
            now, order, ends([0]), nothing, np.empty((0, 0), np.uint8), nothing, nothing, arenas[0], slabs, sums
        )
        run(part, len(jobs))
        loss, weight = totals(sums)
        gradient = slabs.sum(axis=0, dtype=np.float64)
        return (loss + squares(penalty, theta)) / weight, (gradient + penalty * theta) / weight

    def after_iteration(intermediate_result):
        course.add_epoch(float(intermediate_result.fun))
        report(course)

    result = minimize(
        value_and_gradient,
        progress.theta.astype(np.float64),
        jac=True,
        method="L-BFGS-B",
        callback=after_iteration,
        options={"maxiter": settings.max_iter, "maxfun": settings.max_fun, "gtol": settings.tol},
    )
    if np.isfinite(result.fun) and np.isfinite(result.x).all():
        weights.theta[course.index] = result.x
        if not progress.loss_curve:
            course.add_epoch(float(result.fun))
    else:
        course.note_divergence(float(result.fun), result.x)
        course.first_loss = progress.loss_curve[0] if progress.loss_curve else course.diverged
    progress.best_score = -min(progress.loss_curve, default=np.inf)
    weights.counts[course.index] += result.nit
    progress.n_seen += int(result.nit) * course.n
    course.finished = True
    report(course)
