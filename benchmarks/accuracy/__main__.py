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
import report
from jobs import JOBS, chosen, run


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
