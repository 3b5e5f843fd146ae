"""What can be run: a data set by its points, one by its intervals, or timings."""

import data
import forecasts
import report
import timings

JOBS = [*data.POINTS, *(f"intervals_{name}" for name in data.INTERVALS), "timings_panels", "timings_origins"]
# With the defaults one horizon of the long ones tells enough; --data gives the others.
DEFAULTS = [name for name in data.POINTS if not name.endswith(("_192", "_336", "_720"))]


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
    """Jobs by their names, or by beginnings such as "etth1"."""
    if not wanted:
        return DEFAULTS if defaults else JOBS
    found = {one: [one] if one in JOBS else [job for job in JOBS if job.startswith(f"{one}_")] for one in wanted}
    for one, jobs in found.items():
        if not jobs:
            raise SystemExit(f"--data {one}: no such data; there are {', '.join(JOBS)}")
    return [job for job in JOBS if any(job in jobs for jobs in found.values())]
