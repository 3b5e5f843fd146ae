"""One observation at a time, in microseconds: the checks and the call of one compiled step."""

import threading

import numpy as np

from ..kernels.engine import DONE, NOT_FINITE
from ..kernels.streaming import step_of
from ..network.windows import Windows
from ..network.workspace import aligned, make_workspace


class Stepper:
    """Runs one network over single observations; safe to use from several threads, with a state for each stream.

    Parameters
    ----------
    network : Network
    theta : (P,) array
    link : callable or None
        From outputs to predictions; None where they are the same.
    """

    def __init__(self, network, theta, link):
        self.theta, self.link, self.dtype = theta, link, theta.dtype
        self.weights = np.require(theta, None, ["C", "W", "A"])
        self.n_features, self.state_size, self.n_outputs = network.n_features, network.state_size, network.n_outputs
        self.workspace = make_workspace(network, Windows.from_arrays(np.empty((1, 1, network.n_features), theta.dtype)))
        self.plan = self.workspace.plan
        self.runs = {1: step_of(self.dtype, 1)}
        self.of_thread = threading.local()

    def __call__(self, x, state, out):
        """(predictions, new state), see `step` of the estimators."""
        if self.link is None:
            try:  # what fits needs no other look: the kernel knows only arrays of the right form, and checks the rest
                run = self.runs[x.ndim]
                answer, new_state = out if out is not None else self.room(x.shape[:-1], state)
                if run(self.weights, self.plan, self.arena(), x, state, answer, new_state) == DONE:
                    return out if out is not None else (answer, new_state)
            except (AttributeError, KeyError, TypeError, ValueError):
                pass
        return self.carefully(x, state, out)

    def room(self, streams, state):
        """Arrays for the results."""
        return np.empty((*streams, self.n_outputs), self.dtype), np.empty(state.shape, self.dtype)

    def arena(self):
        """Workspace of the calling thread."""
        try:
            return self.of_thread.arena
        except AttributeError:
            self.of_thread.arena = aligned((self.workspace.arena_size,), self.dtype)
            return self.of_thread.arena

    def carefully(self, x, state, out):
        """The same for all that can be turned into the right arrays; says what is wrong with the rest."""
        x, state = self.plain(x), self.plain(state)
        if x.ndim not in (1, 2) or x.shape[-1] != self.n_features:
            raise ValueError(f"x has shape {x.shape}; needed is ({self.n_features},) or (n_streams, {self.n_features})")
        needed = (1 if x.ndim == 1 else len(x), self.state_size)
        if state.shape != needed:
            raise ValueError(
                f"state has shape {state.shape}; needed is {needed}, one row per stream, as initial_state() returns it"
            )
        answer, new_state = self.room(x.shape[:-1], state)
        if out is not None:
            _check_out(out, answer, new_state, any_dtype=self.link is not None)
        run = self.runs.setdefault(x.ndim, step_of(self.dtype, x.ndim))
        if run(self.weights, self.plan, self.arena(), x, state, answer, new_state) == NOT_FINITE:
            raise ValueError("x and state must hold finite numbers")
        if self.link is not None:
            answer = self.link(answer)
        if out is None:
            return answer, new_state
        out[0][...], out[1][...] = answer, new_state
        return out

    def plain(self, array):
        """A contiguous, aligned, writable array of the dtype of the arithmetic."""
        return np.require(array, self.dtype, ["C", "A", "W"])


def _check_out(out, answer, new_state, *, any_dtype):
    try:
        for target, source, free in zip(out, (answer, new_state), (any_dtype, False), strict=True):
            if target.shape != source.shape:
                raise ValueError(f"shape {target.shape} for {source.shape}")
            if target.dtype != source.dtype and not (free and target.dtype.kind == "f"):
                raise ValueError(f"{target.dtype} for {source.dtype}")
            if not target.flags.writeable:
                raise ValueError("an array that is read-only")
    except (AttributeError, TypeError, ValueError) as error:
        raise ValueError(
            f"out must be a tuple of two writable {source_types(answer, new_state)}; got {error}"
        ) from None


def source_types(answer, new_state):
    """What the arrays of `out` must be, in words."""
    return f"{answer.dtype} arrays, output {answer.shape} and state {new_state.shape}"


class SlowStepper:
    """The same by predictions of windows of one step: for several networks, and without a compiler.

    Parameters
    ----------
    estimator : BaseRNN
        Fitted.
    """

    def __init__(self, estimator):
        self.estimator, self.theta, self.any_dtype = estimator, estimator.theta_, estimator._has_link()

    def __call__(self, x, state, out):
        """(predictions, new state), see `step` of the estimators."""
        x, n_features = np.asarray(x), self.estimator.n_step_features_
        if x.ndim not in (1, 2) or x.shape[-1] != n_features:
            raise ValueError(f"x has shape {x.shape}; needed is ({n_features},) or (n_streams, {n_features})")
        state = np.asarray(state, self.theta.dtype)
        answers, new_state = self.estimator._answers(x.reshape(-1, 1, n_features), state, True)
        answer = answers[0, 0] if x.ndim == 1 else answers[:, 0]
        if out is None:
            return answer, new_state
        _check_out(out, answer, new_state, any_dtype=self.any_dtype)
        out[0][...], out[1][...] = answer, new_state
        return out
