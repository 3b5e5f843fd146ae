"""What the fitted networks of an estimator answer, before a subclass makes numbers or classes of it."""

import numpy as np
from sklearn.utils.validation import check_is_fitted

from ..network.prediction import predict
from ..network.windows import Windows
from .inputs import check_windows, in_dtype


class Answering:
    """Gives an estimator the outputs of its networks, with states that are handed in and given back."""

    def _answers(self, X, state, return_state):
        """Predictions (n, steps, O) after the link, the mean over the networks; and the final states."""
        outputs, final = self._outputs(X, state, return_state)
        answers = self._link(outputs)
        return (answers[0] if len(answers) == 1 else answers.mean(axis=0)), final

    def _outputs(self, X, state, return_state):
        """Outputs (K, n, steps, O) of the K networks before the link, and the final states (n, state_size)."""
        if "theta_" not in self.__dict__:  # asked first, for the check itself takes a third of a prediction's time
            check_is_fitted(self, "theta_")
        X = in_dtype(check_windows(self, X, reset=False), self.theta_.dtype, "X")
        network, K, n = self._network(), self._n_networks, len(X)
        state = self._check_state(network, state, n)
        if K > 1 and state is not None:
            state = state.reshape(n, K, -1).swapaxes(0, 1).reshape(K * n, -1)
        outputs, final = predict(
            network, self.theta_, Windows.from_arrays(X), samples=np.tile(np.arange(n), K) if K > 1 else None,
            spans=n * np.stack([np.arange(K), np.arange(1, K + 1)], axis=1) if K > 1 else None, initial=state,
            return_state=return_state, n_jobs=self.n_jobs, backend=self.backend,
        )  # fmt: skip
        if K > 1 and final is not None:
            final = final.reshape(K, n, -1).swapaxes(0, 1).reshape(n, -1)
        return outputs.reshape(K, n, *outputs.shape[1:]), final

    def _check_state(self, network, state, n):
        if state is None:
            return None
        state, needed = np.asarray(state), (n, network.state_size * self._n_networks)
        if state.shape != needed:
            raise ValueError(
                f"state has shape {state.shape}; needed is {needed}, one row per sample, as initial_state() returns it"
            )
        if not np.issubdtype(state.dtype, np.floating) or not np.isfinite(state).all():
            raise ValueError("state must hold finite floating-point numbers")
        return state
