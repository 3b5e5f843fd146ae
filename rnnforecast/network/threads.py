"""A few Python threads for kernels that release the GIL."""

import ctypes
import math
import os
import sys
import threading
from contextlib import contextmanager
from functools import cache

import numpy as np
from joblib import effective_n_jobs
from joblib.parallel import get_active_backend

from .._jit import DISABLED


@contextmanager
def workers(n_threads):
    """Yield ``run(function, n_items)``: calls function(thread, first, stop) on contiguous parts of range(n_items).

    The caller's own thread takes the first part. The threads live as long as the context, so that nothing is left
    behind for a fork to trip over. With one thread nothing is started.
    """
    if n_threads == 1:
        yield lambda function, n_items: function(0, 0, n_items)
        return
    others = [_Worker(thread) for thread in range(1, n_threads)]
    try:

        def run(function, n_items):
            edges = np.linspace(0, n_items, min(n_threads, max(n_items, 1)) + 1).astype(int).tolist()
            busy = others[: len(edges) - 2]
            for worker, first, stop in zip(busy, edges[1:], edges[2:], strict=False):
                worker.start(function, first, stop)
            try:
                function(0, edges[0], edges[1])
            finally:
                errors = [worker.wait() for worker in busy]
            for error in filter(None, errors):
                raise error

        yield run
    finally:
        for worker in others:
            worker.end()


class _Worker:
    """A thread that waits for work: two locks, for waking through a pool's queue took 50 microseconds a minibatch."""

    def __init__(self, number):
        self.number, self.task, self.error = number, None, None
        self.called, self.done = threading.Lock(), threading.Lock()
        self.called.acquire(), self.done.acquire()
        self.thread = threading.Thread(target=self._live, name=f"rnnforecast-{number}", daemon=True)
        self.thread.start()

    def _live(self):
        while True:
            self.called.acquire()
            if self.task is None:
                return
            function, first, stop = self.task
            try:
                function(self.number, first, stop)
            except BaseException as error:
                self.error = error
            self.done.release()

    def start(self, function, first, stop):
        """Begin function(number, first, stop)."""
        self.task, self.error = (function, first, stop), None
        self.called.release()

    def wait(self):
        """Return what the function raised, or None, once it is done."""
        self.done.acquire()
        return self.error

    def end(self):
        """Let the thread end, once it is idle."""
        self.task = None
        self.called.release()
        self.thread.join()


def n_threads(n_jobs, n_items, work, *, least=2e6):
    """How many threads to use: what `n_jobs` asks for, but one when the work (multiply-adds) would not repay it."""
    if n_items < 2 or work < least or DISABLED:
        return 1
    return min(effective_n_jobs(n_jobs), n_items, threads_left())


def threads_left():
    """The most threads that one of joblib's worker processes should start; no bound elsewhere.

    effective_n_jobs knows nothing of the other workers: n_jobs=2 in each of two would be four threads. joblib divides
    the cores in the variables of its MAX_NUM_THREADS_VARS, of which we heed the one that Numba heeds.
    """
    limit = os.environ.get("NUMBA_NUM_THREADS", "")
    if getattr(get_active_backend()[0], "nesting_level", 0) and limit.isdecimal():
        return max(1, int(limit))
    return math.inf


@cache
def rest_address():
    """The address of the system's function by which a thread that waits offers its core to others."""
    library = ctypes.WinDLL("kernel32") if sys.platform == "win32" else ctypes.CDLL(None)
    function = library.SwitchToThread if sys.platform == "win32" else library.sched_yield
    return ctypes.cast(function, ctypes.c_void_p).value
