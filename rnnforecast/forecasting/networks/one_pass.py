"""Forecasts of networks that read every series once, from its first row on, and carry their state past all origins."""

from dataclasses import replace

import numpy as np

from ...network.prediction import predict
from ...network.windows import Windows
from .reach import Reach
from .windows import cut

LONGEST = 512  # rows that are read in one call
MOST_STREAMS = 4096  # states that are carried side by side
MOST_NUMBERS = 2**22  # of outputs or states that are held at a time


def check_one_pass(params, plan):
    """Refuse a forecaster whose forecasts are no function of a state that can be carried on.

    Parameters
    ----------
    params : RNNForecaster
    plan : Plan
    """
    wanted = {"window_scaler": None, "linear_skip": False, "bidirectional": False}
    reasons = {
        "window_scaler": "a carried state belongs to no window that could be scaled",
        "linear_skip": "its linear map reads the window itself",
        "bidirectional": "half of its state comes from the rows after",
    }
    for name, value in wanted.items():
        if getattr(params, name) != value:
            raise ValueError(f"one_pass=True needs {name}={value}, not {getattr(params, name)!r}: {reasons[name]}")
    if not plan.design.is_empty:
        raise ValueError(
            "one_pass=True needs a network that reads the target alone: no covariates, calendar, lags, "
            "series_embedding and missing"
        )
    if any(reach.n_segments for reach in plan.reaches):
        here = ", which is 'segment' for these data" if params.strategy == "auto" else ""
        raise ValueError(
            f"one_pass=True needs strategy='mimo', 'direct' or 'recursive', not {params.strategy!r}{here}: it has no "
            "output after each row"
        )


def carry(network, theta, rows, ends, h, reach, head, *, local=False, n_jobs=None):
    """Forecast h steps from the states after some rows of each series; see `learner.forecast`, which reads windows.

    Parameters
    ----------
    network : Network
    theta : (n_init * n_parts, P) array
    rows : Rows
    ends : (n_series, n_origins) int64 array
        The row after each origin, rising, and as far from one another in all series.
    h : int
    reach : Reach
        Without segments.
    head : Head
    local : bool
        Whether each series has networks of its own.
    n_jobs : int or None

    Returns
    -------
    (n_init, n_series * n_origins, h, n_numbers) array
    """
    n_series = len(ends)
    thetas = theta.reshape(-1, n_series, theta.shape[1]) if local else theta[:, None]
    size = max(1, MOST_STREAMS // len(thetas))
    parts = []
    for first in range(0, n_series, size):
        some = slice(first, first + size)
        own = thetas[:, some] if local else thetas
        streams = _Streams(network, own, rows, rows.indptr[:-1][some], n_jobs)
        parts.append(_forecasts(streams, ends[some], h, reach, head))
    return np.concatenate(parts, axis=1)


def _forecasts(streams, ends, h, reach, head):
    """The forecasts of some series."""
    outputs = streams.read_up_to(ends[:, 0])[:, None]  # (n_streams, origins, n_outputs), and so below
    if h <= reach.n_targets:
        outputs = np.concatenate([outputs, *_at_origins(streams, ends)], axis=1)
        return _as_answers(outputs, len(ends), reach, head)[:, :, :h]
    parts, size = [], max(1, MOST_NUMBERS // streams.states.size)
    for first in range(0, ends.shape[1], size):
        found, states = [], []
        for origin in range(first, min(first + size, ends.shape[1])):
            if origin:
                outputs = streams.read(ends[:, origin - 1], ends[0, origin] - ends[0, origin - 1])
            found.append(outputs)
            states.append(streams.states)
        answer = _as_answers(np.concatenate(found, axis=1), len(ends), reach, head)
        answer = _fed_back(streams, answer, np.stack(states, axis=1), h, head)
        parts.append(answer.reshape(len(answer), len(ends), -1, *answer.shape[2:]))
    answer = np.concatenate(parts, axis=2)
    return answer.reshape(len(answer), ends.size, *answer.shape[3:])


def _at_origins(streams, ends):
    """Outputs at the origins after the first, some rows at a time."""
    steps = ends[0, 1:] - ends[0, 0]
    n_rows = steps[-1] if len(steps) else 0
    size = min(LONGEST, max(1, MOST_NUMBERS // (len(streams.states) * streams.network.n_outputs)))
    for first in range(0, n_rows, size):
        length = min(size, n_rows - first)
        outputs = streams.read(ends[:, 0] + first, length, per_step=True)
        yield outputs[:, steps[(steps > first) & (steps <= first + length)] - first - 1]


def _as_answers(outputs, n_series, reach, head):
    """Outputs (n_streams, n_origins, ...) as numbers (n_init, n_series * n_origins, n_targets, n_numbers)."""
    n, n_numbers = n_series * outputs.shape[1], head.n_numbers
    numbers = head.kernel.to_parameters(outputs.reshape(-1, reach.n_leads, n, reach.n_outputs, n_numbers))
    return numbers.swapaxes(1, 2).reshape(len(numbers), n, reach.n_targets, n_numbers)


def _fed_back(streams, answer, states, h, head):
    """Go on from states (n_streams, n_origins, state_size) by the networks' own forecasts, as windows do."""
    n, n_targets, answers = answer.shape[1], answer.shape[2], [answer]
    states = states.reshape(-1, states.shape[2])
    counts = np.full(len(streams.theta), len(states) // len(streams.theta))
    for _ in range(n_targets, h, n_targets):
        fed = np.mean([head.point(numbers) for numbers in answers[-1]], axis=0)
        fed = (np.log1p(np.maximum(fed, 0)) if head.is_raw else fed).astype(states.dtype)
        windows = Windows(fed.reshape(-1), np.arange(n, dtype=np.int64) * n_targets, n_targets, 1)
        outputs, states = streams.predict(streams.network, windows, counts, states)
        answers.append(head.kernel.to_parameters(outputs.reshape(answer.shape)))
    return np.concatenate(answers, axis=2)[:, :, :h]


class _Streams:
    """Networks that read series side by side: stream ``k * n_series + s`` is the k-th network on series s.

    Parameters
    ----------
    network : Network
    thetas : (n_networks, n_series or 1, P) array
        One for each series, or one for all.
    rows : Rows
    starts : (n_series,) int64 array
        The first row of each series.
    n_jobs : int or None

    Attributes
    ----------
    states : (n_streams, state_size) array
        After the rows read so far; a new array after each reading.
    """

    def __init__(self, network, thetas, rows, starts, n_jobs):
        self.network, self.rows, self.starts, self.n_jobs = network, rows, starts, n_jobs
        self.n_networks, self.local = len(thetas), thetas.shape[1] == len(starts)
        self.theta = thetas.reshape(-1, thetas.shape[2])
        self.states = np.zeros((self.n_networks * len(starts), network.state_size), self.theta.dtype)

    def read_up_to(self, ends):
        """Read each series from its first row up to an end of its own; return the last outputs (n_streams, n_outputs).

        Series that are not equally long are read together all the same: in pieces whose lengths are powers of two.
        """
        outputs = np.empty((len(self.states), self.network.n_outputs), self.theta.dtype)
        at, length = self.starts.copy(), LONGEST
        while length:
            while len(series := np.flatnonzero(ends - at >= length)):
                self._read(series, at[series], length, self.network, outputs[:, None])
                at[series] += length
            length //= 2
        return outputs

    def read(self, starts, n_rows, *, per_step=False):
        """Read some rows of all series; return the outputs (n_streams, n_rows or 1, n_outputs)."""
        network = replace(self.network, per_step=True) if per_step else self.network
        outputs = np.empty((len(self.states), network.n_out_steps(int(n_rows)), network.n_outputs), self.theta.dtype)
        self._read(np.arange(len(self.starts)), starts, int(n_rows), network, outputs)
        return outputs

    def _read(self, series, starts, n_rows, network, outputs):
        n_series = len(self.starts)
        streams = (n_series * np.arange(self.n_networks)[:, None] + series).reshape(-1)
        windows = cut(self.rows, starts + n_rows, Reach(n_rows, 1), None).windows
        counts = np.full(self.n_networks, len(series))
        if self.local:
            counts = np.tile(np.bincount(series, minlength=n_series), self.n_networks)
        outputs[streams], final = self.predict(network, windows, counts, self.states[streams])
        self.states = self.states.copy()
        self.states[streams] = final

    def predict(self, network, windows, counts, states):
        """Outputs and final states of so many streams of each network, which read the windows in order."""
        edges = np.concatenate([[0], np.cumsum(counts)])
        samples = np.tile(np.arange(len(windows)), self.n_networks)
        spans = np.stack([edges[:-1], edges[1:]], axis=1)
        return predict(
            network, self.theta, windows, samples=samples, spans=spans, initial=states, return_state=True,
            n_jobs=self.n_jobs,
        )  # fmt: skip
