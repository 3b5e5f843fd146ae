"""Counters that threads share."""

import threading

import numpy as np
import pytest

from rnnforecast._jit import DISABLED, kernel
from rnnforecast.kernels.crew import CLAIMED, N_COUNTERS, RELEASED, increase, look_at, wait_for
from rnnforecast.network.threads import rest_address

pytestmark = pytest.mark.skipif(DISABLED, reason="crews are machine code")


@kernel
def count(counters, n, seen):
    for i in range(n):
        seen[i] = increase(counters, CLAIMED)


@kernel
def pass_on(counters, own, n_threads, n_rounds, rest, notes):
    """Each thread in turn writes one note, after all notes of those before it can be seen."""
    for turn in range(own, n_rounds * n_threads, n_threads):
        wait_for(counters, RELEASED, turn, rest)
        notes[turn] = notes[turn - 1] + 1
        increase(counters, RELEASED)
    return look_at(counters, RELEASED)


def at_once(*calls):
    threads = [threading.Thread(target=call) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
        assert not thread.is_alive()


def test_no_increase_is_lost_and_each_is_seen_once():
    counters, seen = np.zeros(N_COUNTERS, np.int64), np.zeros((4, 100_000), np.int64)
    count(counters, 0, seen[0])
    at_once(*[lambda row=row: count(counters, len(row), row) for row in seen])
    assert counters[CLAIMED] == seen.size
    np.testing.assert_array_equal(np.sort(seen.ravel()), np.arange(seen.size))


def test_threads_wait_for_each_other_and_see_what_was_written():
    """More threads than most machines have cores, so that some must rest."""
    n_threads, n_rounds = 6, 50
    counters, notes = np.zeros(N_COUNTERS, np.int64), np.zeros(n_threads * n_rounds + 1)
    pass_on(counters, 0, 1, 0, rest_address(), notes)
    at_once(
        *[lambda k=k: pass_on(counters, k, n_threads, n_rounds, rest_address(), notes[1:]) for k in range(n_threads)]
    )
    np.testing.assert_array_equal(notes[1:], 1 + np.arange(n_threads * n_rounds))
