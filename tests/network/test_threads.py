"""Threads, forks and worker processes: the same bits, no deadlock, and no more threads than there are cores left."""

import json
import multiprocessing
import os
import subprocess
import sys
import textwrap
import threading

import joblib
import pytest
from numpy.testing import assert_array_equal

from rnnforecast.network.threads import n_threads, workers

WORK = 1e9  # repays any number of threads

needs_fork = pytest.mark.skipif("fork" not in multiprocessing.get_all_start_methods(), reason="no fork on this system")

# Enough work for several threads; what `started` counts shows that they ran.
FIT = """
import faulthandler, hashlib, json, multiprocessing, threading
import numpy as np
from rnnforecast import RNNRegressor

faulthandler.dump_traceback_later(200, exit=True)  # of a deadlock
started = []
start = threading.Thread.start
threading.Thread.start = lambda thread: (started.append(thread.name), start(thread))
rng = np.random.default_rng(0)
X, y = rng.normal(size=(300, 24, 1)), rng.normal(size=300)

def fit(cell="gru", n_jobs=1, **words):
    words = {"hidden_size": 32, "batch_size": 256, "max_iter": 2, "dropout": 0.2, "random_state": 0} | words
    return RNNRegressor(cell_type=cell, n_jobs=n_jobs, **words).fit(X, y)

def bits(model):
    return hashlib.sha256(model.theta_.tobytes() + model.predict(X).tobytes()).hexdigest()
"""


@pytest.fixture
def run(tmp_path):
    """A function that runs code after FIT in a process of its own, and returns the JSON that it printed."""

    def run(code, **env):
        path = tmp_path / "output"  # not a pipe, which orphans of a killed process would hold open
        with path.open("w") as output:
            # forks of a process with threads, such as those of BLAS, warn since Python 3.12
            options = ["-W", "error", "-W", "ignore:This process:DeprecationWarning"]
            command = [sys.executable, *options, "-c", FIT + textwrap.dedent(code)]
            clean = {key: value for key, value in os.environ.items() if not key.endswith("_NUM_THREADS")}
            done = subprocess.run(
                command, stdout=output, stderr=subprocess.STDOUT, timeout=240, env={**clean, **env}, check=False
            )
        assert done.returncode == 0, path.read_text()
        return json.loads(path.read_text().splitlines()[-1])

    return run


# One pool of threads


@pytest.mark.parametrize("n_items", [0, 1, 3, 10])
@pytest.mark.parametrize("threads", [1, 2, 4])
def test_workers_take_every_item_once(threads, n_items):
    taken, before = [], threading.active_count()
    with workers(threads) as run:
        for _ in range(2):
            run(lambda thread, first, stop: taken.extend((thread, item) for item in range(first, stop)), n_items)
    assert sorted(item for _, item in taken) == sorted([*range(n_items)] * 2)
    assert all(thread < threads for thread, _ in taken)
    assert threading.active_count() == before


@pytest.mark.parametrize("bad", [0, 3])
def test_an_error_in_a_worker_reaches_the_caller(bad):
    def function(thread, first, stop):
        if thread == bad:
            raise ZeroDivisionError

    before = threading.active_count()
    with pytest.raises(ZeroDivisionError), workers(4) as run:
        run(function, 4)
    assert threading.active_count() == before


def test_small_work_stays_on_one_thread():
    assert n_threads(4, 8, WORK) == 4
    assert n_threads(4, 3, WORK) == 3
    assert n_threads(None, 8, WORK) == n_threads(1, 8, WORK) == n_threads(4, 8, 10) == n_threads(4, 1, WORK) == 1


# Several threads in one process


def test_same_bits_for_any_number_of_threads(run):
    """At sizes that do use them; the second process checks that bits do not depend on the process either."""
    code = """
        answers = []
        for n_jobs in ORDER:
            started.clear()
            answers.append([n_jobs, bits(fit(n_jobs=n_jobs)), len(started) > 0])
        print(json.dumps(sorted(answers)))
    """
    first, second = (run(code.replace("ORDER", order)) for order in ("(1, 2, 4)", "(4, 1, 2)"))
    assert first == second
    assert len({digest for _, digest, _ in first}) == 1
    assert [used for _, _, used in first] == [False, True, True]


AT_ONCE = """
    from concurrent.futures import ThreadPoolExecutor
    barrier = threading.Barrier(len(CASES))

    def at_once(case):
        barrier.wait(60)
        return bits(fit(**case))

    with ThreadPoolExecutor(len(CASES)) as pool:
        together = list(pool.map(at_once, CASES))
    print(json.dumps([together, [bits(fit(**case)) for case in CASES]]))
"""
CASES = [{"n_jobs": 1}, {"n_jobs": 2}, {"cell": "elman", "n_jobs": 2}, {"n_jobs": 1, "hidden_size": 17}]


def test_fits_at_once_give_the_bits_of_serial_fits(run):
    together, alone = run(f"CASES = {CASES}" + textwrap.dedent(AT_ONCE))
    assert together == alone
    assert len(set(alone)) == 3


@pytest.mark.slow
def test_fits_at_once_may_be_the_first_to_compile(run, tmp_path):
    cases = [{"cell": "elman", "n_jobs": n_jobs} for n_jobs in (1, 1, 2)]
    together, alone = run(f"CASES = {cases}" + textwrap.dedent(AT_ONCE), NUMBA_CACHE_DIR=str(tmp_path / "missing"))
    assert together == alone
    assert len(set(alone)) == 1


def test_threads_may_share_a_model(run):
    code = """
        from concurrent.futures import ThreadPoolExecutor
        model = fit(n_jobs=2)

        def stream(rows):
            state, outputs = model.initial_state(len(rows)), []
            for t in range(24):
                output, state = model.step(X[rows, t], state)
                outputs.append(output)
            return np.concatenate([np.ravel(outputs), state.ravel(), model.predict(X[rows])]).tolist()

        parts = [np.arange(i, 300, 3) for i in range(3)]
        barrier = threading.Barrier(3)
        with ThreadPoolExecutor(3) as pool:
            together = list(pool.map(lambda rows: (barrier.wait(60), stream(rows))[1], parts))
        print(json.dumps([together, [stream(rows) for rows in parts]]))
    """
    together, alone = run(code)
    assert_array_equal(together, alone)


# Forks and worker processes


@needs_fork
def test_a_fork_waits_for_a_thread_that_compiles(run):
    """A child with the compiler's lock, and without the thread that holds it, would hang at its first kernel."""
    code = """
        import time
        from numba.core.compiler_lock import global_compiler_lock

        fit()
        compiling = threading.Event()

        def compile():
            with global_compiler_lock:
                compiling.set()
                time.sleep(1)

        thread = threading.Thread(target=compile)
        thread.start()
        compiling.wait()
        process = multiprocessing.get_context("fork").Process(target=fit, args=("lstm",))
        process.start()
        process.join(60)
        process.kill()  # if it hangs
        thread.join()
        with global_compiler_lock:  # free again
            print(json.dumps(process.exitcode))
    """
    assert run(code) == 0


@needs_fork
def test_a_fork_waits_for_a_thread_that_limits_blas(run):
    """The lock around a number that belongs to the process, the threads of BLAS, is not inherited either."""
    code = """
        import time
        from rnnforecast.network import initialisers

        wide = {"hidden_size": 64, "max_iter": 1}
        fit(**wide)
        limiting = threading.Event()

        def limit():
            with initialisers._one_at_a_time:
                limiting.set()
                time.sleep(1)

        thread = threading.Thread(target=limit)
        thread.start()
        limiting.wait()
        process = multiprocessing.get_context("fork").Process(target=fit, kwargs=wide)
        process.start()
        process.join(60)
        process.kill()  # if it hangs
        thread.join()
        with initialisers._one_at_a_time:  # free again
            print(json.dumps(process.exitcode))
    """
    assert run(code) == 0


def test_an_interrupt_before_the_first_chunk_reaches_the_user(run):
    """Threads that wait for one another must not wait for the caller's, which Ctrl-C may keep from joining in."""
    code = """
        from rnnforecast.network.objective import Objective

        train, main = Objective.run, threading.main_thread()

        def interrupted(objective, *args):
            if len(args[-1][1]) and threading.current_thread() is main:  # counters: one of several threads
                raise KeyboardInterrupt
            train(objective, *args)

        Objective.run = interrupted
        seen = []
        for n_jobs in (2, 3):
            try:
                fit(n_jobs=n_jobs, dropout=0.0)
            except KeyboardInterrupt:
                seen.append([n_jobs, threading.active_count()])
        print(json.dumps(seen))
    """
    assert run(code) == [[2, 1], [3, 1]]


@needs_fork
@pytest.mark.parametrize("n_jobs", [1, 2])
def test_a_fork_after_a_fit_goes_on(n_jobs, run):
    code = """
        context = multiprocessing.get_context("fork")

        def child(answer, model):
            answer.send([bits(model), *(bits(fit(n_jobs=n)) for n in (1, 2))])

        model = fit(n_jobs=N_JOBS)
        answers = [[bits(model)]]
        for _ in range(2):
            here, there = context.Pipe()
            process = context.Process(target=child, args=(there, model))
            process.start()
            there.close()
            process.join(60)
            process.kill()  # if it hangs
            answers.append(here.recv())
        answers.append([bits(fit(n_jobs=N_JOBS)), *(["no thread"] if N_JOBS > 1 and not started else [])])
        print(json.dumps(answers))
    """
    parent, *children, after = run(code.replace("N_JOBS", str(n_jobs)))
    assert children == [3 * parent] * 2
    assert after == parent


def test_joblib_workers_get_their_share_of_the_cores(run):
    code = """
        import joblib, os
        from rnnforecast.network.threads import n_threads

        def threads():
            given = [n_threads(n_jobs, 10**6, 1e9) for n_jobs in (None, 1, 2, 4, -1)]
            asked = [joblib.effective_n_jobs(n_jobs) for n_jobs in (None, 1, 2, 4, -1)]
            return given, asked

        def look(n_workers, **words):
            with joblib.parallel_config("loky", **words):
                return joblib.Parallel(n_workers)(joblib.delayed(threads)() for _ in range(4))

        cores = joblib.cpu_count()
        print(json.dumps([cores, threads(), look(2), look(2, inner_max_num_threads=3)]))
    """
    cores, (given, asked), by_cores, by_choice = run(code)
    assert given == asked == [1, 1, 2, 4, cores]
    for share, answers in ((max(1, cores // 2), by_cores), (3, by_choice)):
        for given, asked in answers:
            assert given == [min(n, share) for n in asked]


def test_numba_num_threads_bounds_workers_alone(monkeypatch):
    """What a user asks for in this process is what he gets."""
    monkeypatch.setenv("NUMBA_NUM_THREADS", "1")
    assert n_threads(4, 8, WORK) == 4
    for words, expected in (("1", 1), ("3", 3), ("0", 1), ("", 4), ("many", 4)):
        monkeypatch.setenv("NUMBA_NUM_THREADS", words)
        inside = joblib.Parallel(2, backend="threading")(joblib.delayed(n_threads)(4, 8, WORK) for _ in range(2))
        assert inside == [expected] * 2


def test_grid_search_of_estimators_with_threads(run):
    """Also from the read-only memory maps that joblib makes of large arrays."""
    code = """
        import joblib
        from sklearn.model_selection import GridSearchCV, TimeSeriesSplit

        def search(n_workers, n_jobs):
            model = RNNRegressor(cell_type="gru", max_iter=2, batch_size=256, random_state=0, n_jobs=n_jobs)
            grid = {"hidden_size": [32, 33]}
            search = GridSearchCV(model, grid, cv=TimeSeriesSplit(2), n_jobs=n_workers, error_score="raise")
            with joblib.parallel_config("loky", max_nbytes=1000):
                search.fit(X, y)
            scores = [search.cv_results_[f"split{i}_test_score"].tolist() for i in range(2)]
            return [scores, bits(search.best_estimator_)]

        before = X.tobytes(), y.tobytes()
        answers = [search(*case) for case in ((1, 1), (1, 2), (2, 2), (2, -1))]
        assert before == (X.tobytes(), y.tobytes())
        print(json.dumps(answers))
    """
    alone, *others = run(code)
    assert others == [alone] * 3


@pytest.mark.parametrize("backend", ["threading", pytest.param("multiprocessing", marks=needs_fork)])
def test_other_backends_of_joblib(backend, run):
    code = """
        import joblib

        def work(n_jobs):
            return bits(fit(n_jobs=n_jobs))

        expected = work(1)
        answers = joblib.Parallel(2, backend="BACKEND", timeout=100)(joblib.delayed(work)(n) for n in (1, 2, 2, -1))
        print(json.dumps([expected, *answers]))
    """
    assert len(set(run(code.replace("BACKEND", backend), JOBLIB_START_METHOD="fork"))) == 1
