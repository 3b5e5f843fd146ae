"""One observation at a time: the state that a stream begins with, and one step of it."""

import numpy as np
from sklearn.utils.validation import check_is_fitted

from .._jit import DISABLED
from .stepper import SlowStepper, Stepper


class Streaming:
    """Gives an estimator `initial_state` and `step`."""

    def set_params(self, **params):
        """Set parameters, as in scikit-learn; the next `step` already goes by them.

        Parameters
        ----------
        **params : object

        Returns
        -------
        self
        """
        vars(self).pop("_stepper", None)
        return super().set_params(**params)

    def initial_state(self, n_streams=1):
        """The state before the first observation: zeros of shape (n_streams, state_size)."""
        check_is_fitted(self, "theta_")
        return np.zeros((n_streams, self._network().state_size * self._n_networks), self.theta_.dtype)

    def step(self, x, state, *, out=None):
        """Take one observation of each stream, and answer; safe to call from several threads with separate states.

        Parameters
        ----------
        x : array-like of shape (n_step_features,) or (n_streams, n_step_features)
        state : array of shape (n_streams, state_size)
            What `initial_state` or the last `step` returned; it is not changed, unless it is in `out` too.
        out : tuple of arrays (output, state), optional
            Where to write the results, of the dtype of `theta_`; they are also returned. The state may be the one
            handed in.

        Returns
        -------
        output : array of shape (n_outputs,) or (n_streams, n_outputs)
            Predictions, for a classifier probabilities.
        state : array of shape (n_streams, state_size)
            The state to hand to the next step.
        """
        try:
            stepper = self._stepper
            if stepper.theta is self.theta_:
                return stepper(x, state, out)
        except AttributeError:
            pass
        self._stepper = self._make_stepper()
        return self._stepper(x, state, out)

    def _make_stepper(self):
        check_is_fitted(self, "theta_")
        if self.bidirectional:
            raise ValueError("step needs bidirectional=False: a bidirectional network reads the future")
        if self._n_networks > 1 or self.backend == "numpy" or DISABLED:
            return SlowStepper(self)
        return Stepper(self._network(), self.theta_, self._link if self._has_link() else None)
