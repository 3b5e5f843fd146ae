"""One observation at a time, in microseconds: the checks and the call of one compiled step."""

import threading

import numpy as np

from ..kernels import engine
from ..network.windows import Windows
from ..network.workspace import make_workspace


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
        self.sizes = network.n_features, network.state_size, network.n_outputs
        one_step = Windows.from_arrays(np.empty((1, 1, network.n_features), theta.dtype))
        self.workspace = make_workspace(network, one_step)
        self.no_masks = np.empty((0, 0), np.uint8), np.ones(2, theta.dtype)
        self.of_thread = threading.local()

    def __call__(self, x, state, out):
        """(predictions, new state), see `step` of the estimators."""
        n_features, state_size, n_outputs = self.sizes
        x = np.asarray(x, self.dtype)
        rows = x if x.ndim == 2 else x[None]
        if rows.ndim != 2 or rows.shape[1] != n_features:
            raise ValueError(f"x has shape {x.shape}; needed is ({n_features},) or (n_streams, {n_features})")
        n = rows.shape[0]
        rows, state = self._plain(rows), self._plain(np.asarray(state, self.dtype))
        if state.shape != (n, state_size):
            raise ValueError(
                f"state has shape {state.shape}; needed is ({n}, {state_size}), one row per stream, as initial_state() "
                "returns it"
            )
        if out is None:
            answer, new_state = np.empty((n, n_outputs), self.dtype), np.empty_like(state)
        else:
            answer, new_state = self._targets(out, x.ndim, n)
        raw = answer if self.link is None else np.empty((n, n_outputs), self.dtype)
        if not engine.step(self.theta, self.workspace.plan, *self.no_masks, self.arena(), rows, state, raw, new_state):
            raise ValueError("x and state must hold finite numbers")
        if self.link is not None:
            if out is None:
                answer = self.link(raw)
            else:
                answer[:] = self.link(raw)
        if out is not None:
            return out
        return (answer[0] if x.ndim == 1 else answer), new_state

    def arena(self):
        """Workspace of the calling thread."""
        try:
            return self.of_thread.arena
        except AttributeError:
            self.of_thread.arena = np.empty(self.workspace.arena_size, self.dtype)
            return self.of_thread.arena

    def _plain(self, array):
        """A contiguous, writable array: the one form that the kernel is compiled for."""
        return array if array.flags.carray else np.array(array, order="C")

    def _targets(self, out, n_dimensions, n):
        """The arrays of `out`, with a row for each stream."""
        _, state_size, n_outputs = self.sizes
        needed = (n_outputs,) if n_dimensions == 1 else (n, n_outputs)
        try:
            answer, new_state = out
            if answer.shape != needed or new_state.shape != (n, state_size):
                raise ValueError(f"shapes {answer.shape} and {new_state.shape}")
            kind = self.dtype if self.link is None else answer.dtype
            if not (answer.dtype == kind and new_state.dtype == self.dtype):
                raise ValueError(f"dtypes {answer.dtype} and {new_state.dtype}")
            if not (answer.flags.carray and new_state.flags.carray):
                raise ValueError("an array that is not contiguous and writable")
        except (AttributeError, TypeError, ValueError) as error:
            raise ValueError(
                f"out must be a tuple of {self.dtype} arrays (output, state) of shapes {needed} and {(n, state_size)}, "
                f"contiguous and writable; got {error}"
            ) from None
        return (answer if n_dimensions == 2 else answer[None]), new_state


class SlowStepper:
    """The same by predictions of windows of one step: for several networks, and without a compiler.

    Parameters
    ----------
    estimator : BaseRNN
        Fitted.
    """

    def __init__(self, estimator):
        self.estimator, self.theta = estimator, estimator.theta_

    def __call__(self, x, state, out):
        """(predictions, new state), see `step` of the estimators."""
        x, n_features = np.asarray(x), self.estimator.n_step_features_
        if x.ndim not in (1, 2) or x.shape[-1] != n_features:
            raise ValueError(f"x has shape {x.shape}; needed is ({n_features},) or (n_streams, {n_features})")
        answers, new_state = self.estimator._answers(x.reshape(-1, 1, n_features), state, True)
        answer = answers[0, 0] if x.ndim == 1 else answers[:, 0]
        if out is None:
            return answer, new_state
        for target, source in zip(out, (answer, new_state), strict=True):
            if target.shape != source.shape:
                raise ValueError(f"out has an array of shape {target.shape}; needed is {source.shape}")
            target[...] = source
        return out
