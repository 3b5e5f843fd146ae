"""What RNNRegressor and RNNClassifier share: the parameters, the fit, streaming, and files."""

from abc import ABCMeta, abstractmethod
from numbers import Integral, Real

import numpy as np
from sklearn.base import BaseEstimator, _fit_context
from sklearn.utils import check_random_state
from sklearn.utils._param_validation import Interval, StrOptions
from sklearn.utils.validation import _check_sample_weight, check_is_fitted

from .._jit import DISABLED
from ..kernels.cells import CELLS, Cell
from ..kernels.losses import LOSSES
from ..kernels.optimisers import OPTIMISERS
from ..network.initialisers import INITIALISERS
from ..network.network import Network
from ..network.objective import Objective
from ..network.prediction import predict
from ..network.schedules import SCHEDULES
from ..network.training import Progress, Settings, train
from ..network.windows import Windows
from .inputs import check_windows, in_dtype
from .parameters import architecture, network_arguments
from .saving import Saving
from .stepper import SlowStepper, Stepper

NOT_STORED = {"_stepper", "_known_network"}  # made again when they are needed
SMALL_DATA = 200  # as in MLPRegressor: data of up to 200 samples are one batch


class BaseRNN(Saving, BaseEstimator, metaclass=ABCMeta):
    """Base class of the recurrent estimators. Do not use it; use RNNRegressor or RNNClassifier."""

    _parameter_constraints: dict = {
        "cell_type": [StrOptions({"elman", "lstm", "gru"} | set(CELLS)), Cell],
        "hidden_size": [Interval(Integral, 1, None, closed="left"), list, tuple],
        "num_layers": [Interval(Integral, 1, None, closed="left")],
        "bidirectional": ["boolean"],
        "activation": [StrOptions({"tanh", "relu", "sigmoid"})],
        "input_skip": ["boolean"],
        "dropout": [Interval(Real, 0, 1, closed="left")],
        "recurrent_dropout": [Interval(Real, 0, 1, closed="left")],
        "forget_bias": [Interval(Real, None, None, closed="neither"), None],
        "init": [StrOptions(set(INITIALISERS))],
        "return_sequences": ["boolean"],
        "solver": [StrOptions({*OPTIMISERS, "lbfgs"})],
        "alpha": [Interval(Real, 0, None, closed="left")],
        "batch_size": [StrOptions({"auto"}), Interval(Integral, 1, None, closed="left")],
        "learning_rate": [StrOptions(set(SCHEDULES))],
        "learning_rate_init": [Interval(Real, 0, None, closed="neither")],
        "power_t": [Interval(Real, 0, None, closed="left")],
        "momentum": [Interval(Real, 0, 1, closed="both")],
        "nesterovs_momentum": ["boolean"],
        "beta_1": [Interval(Real, 0, 1, closed="left")],
        "beta_2": [Interval(Real, 0, 1, closed="left")],
        "epsilon": [Interval(Real, 0, None, closed="neither")],
        "max_grad_norm": [Interval(Real, 0, None, closed="neither"), None],
        "max_iter": [Interval(Integral, 1, None, closed="left")],
        "max_fun": [Interval(Integral, 1, None, closed="left")],
        "shuffle": ["boolean"],
        "tol": [Interval(Real, 0, None, closed="left")],
        "early_stopping": ["boolean"],
        "validation_fraction": [Interval(Real, 0, 1, closed="neither")],
        "n_iter_no_change": [Interval(Integral, 1, None, closed="left")],
        "warm_start": ["boolean"],
        "n_init": [Interval(Integral, 1, None, closed="left")],
        "ensemble": [StrOptions({"best", "mean"})],
        "random_state": ["random_state"],
        "n_features": [Interval(Integral, 1, None, closed="left")],
        "time_order": [StrOptions({"oldest_first", "newest_first"})],
        "dtype": [StrOptions({"auto", "float32", "float64"})],
        "backend": [StrOptions({"auto", "numba", "numpy"})],
        "n_jobs": [
            Interval(Integral, 1, None, closed="left"),
            Interval(Integral, None, -1, closed="right"),
            None,
        ],
        "verbose": ["verbose"],
    }

    @abstractmethod
    def _encode_targets(self, y, X, *, reset):
        """Check y; return it as float (n, [T,] n_targets), with one row of targets per sample."""

    @abstractmethod
    def _loss(self):
        """(name of the loss, its numbers, network outputs per target)."""

    @abstractmethod
    def _first_outputs(self, Y, weight):
        """The constant output that the head's bias starts from, (n_outputs,)."""

    @abstractmethod
    def _has_link(self):
        """Whether predictions differ from network outputs."""

    @abstractmethod
    def _link(self, outputs):
        """From network outputs to predictions."""

    @_fit_context(prefer_skip_nested_validation=True)
    def fit(self, X, y, sample_weight=None):
        """Train the network.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_timesteps, n_features) or (n_samples, n_columns)
            Windows, oldest step first; a 2-D X is folded, see `n_features` and `time_order`.
        y : array-like
            (n_samples,) or (n_samples, n_outputs); with ``return_sequences=True`` one target per step,
            (n_samples, n_timesteps[, n_outputs]).
        sample_weight : array-like of shape (n_samples,), optional

        Returns
        -------
        self

        Warns
        -----
        DivergenceWarning
            When the loss becomes infinite, NaN or far larger than at the start; the best weights are kept.
        """
        return self._fit(X, y, sample_weight, go_on=self.warm_start and hasattr(self, "theta_"))

    def _partial_fit(self, X, y, sample_weight):
        return self._fit(X, y, sample_weight, go_on=hasattr(self, "theta_"), one_epoch=True)

    def _fit(self, X, y, sample_weight, *, go_on, one_epoch=False):
        """Train from new weights, or go on from the present ones."""
        if y is None:
            raise ValueError(f"{type(self).__name__} requires y to be passed, but the target y is None")
        if self.solver == "lbfgs":
            self._check_full_batch(one_epoch)
        X = check_windows(self, X, reset=not go_on)
        Y = self._encode_targets(y, X, reset=not go_on)
        weight = self._weights(sample_weight, y, X)
        dtype = self.theta_.dtype if go_on else self._dtype(X)
        X, Y = in_dtype(X, dtype, "X"), in_dtype(Y, dtype, "y")
        if not go_on:
            self.n_step_features_, self.n_timesteps_ = X.shape[2], X.shape[1]
        windows = Windows.from_arrays(X, Y, weight)
        windows, held_back = self._hold_back(windows, one_epoch)
        rngs = self._generators(self._n_networks if go_on else self.n_init)
        network = self._network(theta=None)
        objective = self._objective(network, windows, len(rngs))
        progresses = self._resume() if go_on else [self._begin(network, rng, dtype, Y, weight) for rng in rngs]
        scores = None if held_back is None else [self._scorer(network, held_back, len(rngs))] * len(rngs)
        train(objective, progresses, self._settings(windows, one_epoch), rngs, scores=scores)
        self._keep(progresses, network)
        return self

    def _generators(self, n):
        """One source of random numbers for each network; the first is that of a single network."""
        seeds = check_random_state(self.random_state).randint(2**31 - 1, size=(n, 4))
        return [np.random.default_rng(seed) for seed in seeds]

    def _check_full_batch(self, one_epoch):
        """Refuse what has no meaning when each evaluation must see the same loss of all data."""
        if one_epoch:
            raise AttributeError("partial_fit is only for stochastic solvers; solver='lbfgs' needs all data at once")
        for name in ("early_stopping", "dropout", "recurrent_dropout"):
            if getattr(self, name):
                raise ValueError(f"{name}={getattr(self, name)!r} needs a stochastic solver, not solver='lbfgs'")

    def _weights(self, sample_weight, y, X):
        """Sample weights as float64, or None."""
        if sample_weight is None:
            return None
        weight = _check_sample_weight(sample_weight, X, dtype=np.float64, ensure_non_negative=True)
        if not weight.any():
            raise ValueError("sample_weight is zero for every sample; at least one needs a positive weight")
        return weight

    def _dtype(self, X):
        """float32, but float64 where precision is cheap or needed: small data, and L-BFGS."""
        if self.dtype != "auto":
            return np.dtype(self.dtype)
        exact = X.dtype == np.float64 and (len(X) <= SMALL_DATA or self.solver == "lbfgs")
        return np.dtype(np.float64 if exact else np.float32)

    def _hold_back(self, windows, one_epoch):
        """(windows to train on, validation tail or None)."""
        if not self.early_stopping or one_epoch:
            return windows, None
        n_held = int(np.ceil(self.validation_fraction * len(windows)))
        if n_held >= len(windows):
            raise ValueError(
                f"early_stopping holds back {n_held} of {len(windows)} samples and leaves none to train on; use more "
                "samples or a smaller validation_fraction"
            )
        parts = windows.part(slice(None, -n_held)), windows.part(slice(-n_held, None))
        if windows.weights is not None and not all(part.weights.any() for part in parts):
            raise ValueError(
                "sample_weight is zero for all samples before, or in, the part that early_stopping holds back"
            )
        return parts

    def _begin(self, network, rng, dtype, Y, weight):
        """New weights; the head's bias starts from the best constant, so that the network learns the rest."""
        theta = network.initial_theta(rng, dtype, init=self.init, forget_bias=self.forget_bias)
        network.layout.views(theta)["head.b"][:] = self._first_outputs(Y, weight)
        return Progress.start(theta)

    def _network(self, theta="fitted"):
        """The architecture that the parameters and the data ask for, which must be that of the fitted weights."""
        key = architecture(self), self.n_step_features_, self.n_network_outputs_
        known = self.__dict__.get("_known_network")
        if known is None or known[0] != key:
            network = Network(
                **network_arguments(self), n_features=self.n_step_features_, n_outputs=self.n_network_outputs_
            )
            known = self._known_network = key, network
        network = known[1]
        if theta is not None and self.theta_.shape[-1] != network.layout.size:
            raise ValueError(
                f"the parameters ask for a network of {network.layout.size} weights, but the fitted one has "
                f"{self.theta_.shape[-1]}; fit again after a change of the architecture"
            )
        return network

    def _objective(self, network, windows, n_networks):
        name, numbers, _ = self._loss()
        return Objective(
            network,
            windows,
            LOSSES[name],
            OPTIMISERS.get(self.solver),
            loss_parameters=numbers,
            dropout=self.dropout,
            recurrent_dropout=self.recurrent_dropout,
            batch_size=self._batch_size(len(windows)),
            spans=[[0, len(windows)]] * n_networks,
        )

    def _batch_size(self, n):
        if self.solver == "lbfgs":
            return n
        return min(SMALL_DATA if self.batch_size == "auto" else self.batch_size, n)

    def _settings(self, windows, one_epoch):
        return Settings(
            batch_size=self._batch_size(len(windows)),
            hyper={
                name: getattr(self, name)
                for name in ("momentum", "nesterovs_momentum", "beta_1", "beta_2", "epsilon")
            },
            **{
                name: getattr(self, name)
                for name in (
                    "solver", "alpha", "learning_rate", "learning_rate_init", "power_t", "max_fun", "shuffle", "tol",
                    "n_iter_no_change", "max_grad_norm", "n_jobs",
                )
            },
            max_iter=1 if one_epoch else self.max_iter,
            verbose=0 if one_epoch else int(self.verbose),
        )  # fmt: skip

    def _scorer(self, network, held_back, n_networks):
        """Score of a theta: minus its mean loss on the validation tail."""
        name, numbers, _ = self._loss()
        O, dtype = held_back.n_targets, held_back.values.dtype
        steps = held_back.n_timesteps if network.per_step else 1
        at = held_back.offsets[:, None] + np.arange(steps * O)
        targets = held_back.targets[at].reshape(-1, O)
        weight = np.ones(len(held_back)) if held_back.weights is None else held_back.weights
        rows = np.repeat(weight, steps).astype(dtype)
        n_jobs = self.n_jobs if n_networks == 1 else 1  # several networks are themselves shared among the threads

        def score(theta):
            outputs, _ = predict(network, theta, held_back, n_jobs=n_jobs, backend=self.backend)
            outputs = outputs.reshape(-1, network.n_outputs)
            value = LOSSES[name].rows(outputs, targets, rows, np.array(numbers, dtype), np.empty_like(outputs))
            return -float(value) / float(weight.sum())

        return score

    def _resume(self):
        """Progress of the last fit; what `train` makes of it is new, so an interrupted fit changes nothing."""
        thetas, moments = np.atleast_2d(self.theta_), self.moments_.reshape(-1, 2, self.theta_.shape[-1])
        return [
            Progress(
                theta,
                moments[k],
                self.n_updates_[k],
                list(self.loss_curves_[k]),
                list(self.validation_curves_[k]),
                n_seen=self.t_,
            )
            for k, theta in enumerate(thetas)
        ]

    def _keep(self, progresses, network):
        """Store what was learned, as arrays and plain types."""
        losses = [
            min([-score for score in progress.validation_scores] or progress.loss_curve[-1:] or [np.inf])
            for progress in progresses
        ]
        winner = int(np.argmin(losses))
        self.init_losses_ = [float(loss) for loss in losses]
        kept = progresses if self.ensemble == "mean" else [progresses[winner]]
        progress = progresses[winner]
        several = len(kept) > 1
        self.theta_ = np.stack([part.theta for part in kept]) if several else progress.theta
        self.moments_ = np.stack([part.moments for part in kept]) if several else progress.moments
        self.n_updates_ = [part.n_updates for part in kept]
        self.loss_curves_ = [part.loss_curve for part in kept]
        self.validation_curves_ = [part.validation_scores for part in kept]
        self.loss_curve_ = progress.loss_curve
        self.validation_scores_ = progress.validation_scores if self.early_stopping else None
        self.best_validation_score_ = max(progress.validation_scores, default=None)
        self.loss_ = progress.loss_curve[-1] if progress.loss_curve else np.nan
        self.best_loss_ = min(progress.loss_curve, default=np.nan)
        self.n_iter_ = len(progress.loss_curve)
        self.t_ = progress.n_seen
        self.n_layers_ = network.n_layers

    @property
    def _n_networks(self):
        return 1 if self.theta_.ndim == 1 else len(self.theta_)

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

    def __getstate__(self):
        return {name: value for name, value in super().__getstate__().items() if name not in NOT_STORED}

    def get_weights(self):
        """The parameters by name, such as ``layer0.W``, ``layer0.U``, ``layer0.b``, ``head.V``: views of `theta_`."""
        check_is_fitted(self, "theta_")
        return self._network().layout.views(self.theta_)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.three_d_array = True
        return tags
