"""Make problems that only a long memory solves: the adding problem and the copy memory problem."""

from numbers import Integral

import numpy as np
from sklearn.utils import check_random_state, check_scalar


def make_adding_problem(*, n_samples=1000, n_timesteps=100, random_state=None):
    """Make the adding problem: the target is the sum of the two marked numbers of a long sequence.

    ::

        y = X[a, 0] + X[b, 0],   X[t, 0] ~ U(0, 1),   X[t, 1] = 1 if t is a or b else 0

    with a in the first half of the steps and b in the second. The constant answer 1 has a mean squared error of 1/6; a
    network that beats it clearly carries a number over half of the sequence.

    Parameters
    ----------
    n_samples : int, default=1000
        Number of sequences.
    n_timesteps : int, default=100
        Steps of a sequence, at least 2.
    random_state : int, RandomState or None, default=None
        Source of the numbers and the places.

    Returns
    -------
    X : ndarray of shape (n_samples, n_timesteps, 2)
        Numbers and markers.
    y : ndarray of shape (n_samples,)
        Sums.

    References
    ----------
    Hochreiter & Schmidhuber (1997), Long short-term memory. Neural Computation 9.
    """
    check_scalar(n_samples, "n_samples", Integral, min_val=1)
    check_scalar(n_timesteps, "n_timesteps", Integral, min_val=2)
    rng = check_random_state(random_state)
    half, rows = n_timesteps // 2, np.arange(n_samples)
    X = np.zeros((n_samples, n_timesteps, 2))
    X[:, :, 0] = rng.uniform(size=(n_samples, n_timesteps))
    first, second = rng.randint(0, half, n_samples), rng.randint(half, n_timesteps, n_samples)
    X[rows, first, 1] = X[rows, second, 1] = 1
    return X, X[rows, first, 0] + X[rows, second, 0]


def make_copy_memory(*, n_samples=1000, delay=50, n_symbols=8, length=10, random_state=None):
    """Make the copy memory problem: repeat the symbols of the beginning, in order, after a long silence.

    The steps of a sequence, where 0 is silence, s the symbols (from 1 to ``n_symbols``) and G the signal to go::

        X    s_1 ... s_length   0 ... 0  (delay - 1)   G   0   ...   0
        y    0       ...        0 ... 0  (delay)           s_1 ... s_length

    X is one-hot over the silence, the symbols and the signal, in this order; y holds a label for each step. An answer
    without memory reaches a mean cross-entropy of ``length * log(n_symbols) / (delay + 2 * length)``.

    Parameters
    ----------
    n_samples : int, default=1000
        Number of sequences.
    delay : int, default=50
        Steps between the last symbol and the first repetition, at least 1.
    n_symbols : int, default=8
        Size of the alphabet.
    length : int, default=10
        Symbols to remember.
    random_state : int, RandomState or None, default=None
        Source of the symbols.

    Returns
    -------
    X : ndarray of shape (n_samples, delay + 2 * length, n_symbols + 2)
        One-hot sequences.
    y : ndarray of shape (n_samples, delay + 2 * length)
        Labels of the steps, integers from 0 to ``n_symbols``.

    References
    ----------
    Arjovsky, Shah & Bengio (2016), Unitary evolution recurrent neural networks, after Hochreiter & Schmidhuber (1997).
    """
    for name, value in {"n_samples": n_samples, "delay": delay, "n_symbols": n_symbols, "length": length}.items():
        check_scalar(value, name, Integral, min_val=1)
    symbols = check_random_state(random_state).randint(1, n_symbols + 1, size=(n_samples, length))
    shown = np.zeros((n_samples, delay + 2 * length), dtype=np.int64)
    y = np.zeros_like(shown)
    shown[:, :length] = y[:, -length:] = symbols
    shown[:, length + delay - 1] = n_symbols + 1
    return np.eye(n_symbols + 2)[shown], y
