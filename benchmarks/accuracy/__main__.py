"""Accuracy on public data beside the baselines and published figures: fixed seeds, one fit each, time and memory.

Every figure of ours is of one fit with the settings in settings.py, which were chosen with ``--choose`` alone: it
leaves out the test part and scores what comes before it. ``--defaults`` leaves the settings out. Each data set has a
process of its own, so that the memory is its own. Not a part of `make bench`: it needs data that are not in the
repository (data.py says which).

Run: python benchmarks/accuracy FOLDER [--data m4_hourly etth1 intervals timings ...] [--choose] [--defaults] [--quick]
"""

import argparse
import multiprocessing
from concurrent.futures import ProcessPoolExecutor

import check
import data
import forecasts
import report
import timings

JOBS = [*data.POINTS, *(f"intervals_{name}" for name in data.INTERVALS), "timings_panels", "timings_origins"]
# With the defaults one horizon of the long ones tells enough; --data gives the others.
DEFAULTS = [
    name
    for name in data.POINTS
    if name not in {f"{long}_{h}" for long in ("etth1", "exchange") for h in data.HORIZONS[1:]}
]


def run(job, given):
    """Do one job, print its figures, and return the ratio of MASE to the seasonal naive's where there is one."""
    kind, _, name = job.partition("_")
    if kind == "timings":
        return {"panels": timings.panels, "origins": timings.origins}[name](given.quick)
    intervals = kind == "intervals"
    name = name if intervals else job
    task = (data.intervals if intervals else data.points)(given.folder, name, given.choose)
    task = task.thinned(forecasts.QUICK_ORIGINS) if given.quick else task
    report.head(job, task)
    model = forecasts.ours(name, task, defaults=given.defaults, intervals=intervals, quick=given.quick)
    models = {"RNN": model, **forecasts.baselines(task)}
    if intervals:
        models = {key: models[key] for key in ("RNN", "SeasonalNaive")}
    levels = forecasts.LEVELS if intervals else ()
    results = {key: forecasts.score(task, one, levels) for key, one in models.items()}
    return report.intervals(results, levels) if intervals else report.points(name, results)


def chosen(wanted, defaults):
    """Jobs by their names or the beginnings of these."""
    if not wanted:
        return DEFAULTS if defaults else JOBS
    for one in wanted:
        if not any(job.startswith(one) for job in JOBS):
            raise SystemExit(f"--data {one}: no such data; there are {', '.join(JOBS)}")
    return [
        job for job in JOBS if job in wanted or any(job.startswith(f"{one}_") and one not in JOBS for one in wanted)
    ]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", help="where the data lie")
    parser.add_argument(
        "--data", nargs="+", default=[], metavar="NAME", help=f"some of {', '.join(JOBS)}, or beginnings"
    )
    parser.add_argument("--choose", action="store_true", help="score what comes before the test part, never that")
    parser.add_argument("--defaults", action="store_true", help="RNNForecaster(h) as it is")
    parser.add_argument(
        "--quick", action="store_true", help="a trial run: few origins, one epoch; the numbers mean little"
    )
    parser.add_argument("--check", metavar="FILE", help="only compare protocols and metrics with a reference in Python")
    given = parser.parse_args()
    if given.check:
        check.check(given.folder, given.check)
        return
    jobs, ratios = chosen(given.data, given.defaults), {}
    spawn = multiprocessing.get_context("spawn")
    for job in jobs:
        with ProcessPoolExecutor(1, mp_context=spawn) as process:
            ratio = process.submit(run, job, given).result()
        if ratio is not None:
            ratios[job] = ratio
    if ratios:
        report.mean_of_ratios(ratios)


if __name__ == "__main__":
    main()
