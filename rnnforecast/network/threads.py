"""A few Python threads for kernels that release the GIL."""

import math
import os
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import numpy as np
from joblib import effective_n_jobs
from joblib.parallel import get_active_backend


@contextmanager
def workers(n_threads):
    """Yield ``run(function, n_items)``: calls function(thread, first, stop) on contiguous parts of range(n_items).

    The caller's own thread takes the first part. The threads live as long as the context, so that nothing is left
    behind for a fork to trip over. With one thread nothing is started.
    """
    if n_threads == 1:
        yield lambda function, n_items: function(0, 0, n_items)
        return
    with ThreadPoolExecutor(n_threads - 1, thread_name_prefix="rnnforecast") as pool:

        def run(function, n_items):
            edges = np.linspace(0, n_items, min(n_threads, max(n_items, 1)) + 1).astype(int)
            others = [pool.submit(function, i, edges[i], edges[i + 1]) for i in range(1, len(edges) - 1)]
            function(0, edges[0], edges[1])
            for other in others:
                other.result()

        yield run


def n_threads(n_jobs, n_items, work, *, least=2e6):
    """How many threads to use: what `n_jobs` asks for, but one when the work (multiply-adds) would not repay it."""
    if n_items < 2 or work < least:
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
