"""How the recurrent estimators learn from arrays: checks, windows held back, weights, and what is kept of them."""

import numpy as np
from sklearn.base import _fit_context
from sklearn.utils import check_random_state
from sklearn.utils.validation import _check_sample_weight

from ..kernels.losses import LOSSES
from ..kernels.optimisers import OPTIMISERS
from ..network.objective import Objective
from ..network.prediction import predict
from ..network.training import Progress, Settings, train
from ..network.windows import Windows
from .inputs import check_windows, in_dtype

SMALL_DATA = 200  # as in MLPRegressor: data of up to 200 samples are one batch


class Fitting:
    """Gives an estimator `fit`, and the `_partial_fit` that is one epoch of it."""

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
        rngs = self._generators(self._n_networks, self.t_) if go_on else self._generators(self.n_init)
        network = self._network(theta=None)
        objective = self._objective(network, windows, len(rngs))
        progresses = self._resume() if go_on else [self._begin(network, rng, dtype, Y, weight) for rng in rngs]
        scores = None if held_back is None else [self._scorer(network, held_back, len(rngs))] * len(rngs)
        train(objective, progresses, self._settings(windows, one_epoch), rngs, scores=scores)
        self._keep(progresses, network)
        return self

    def _generators(self, n, n_seen=0):
        """One source of random numbers for each network; the first is that of a single network.

        Who goes on after `n_seen` windows draws others, or each `partial_fit` would drop the same units of its rows.
        """
        seeds = check_random_state(self.random_state).randint(2**31 - 1, size=(n, 4))
        return [np.random.default_rng([*seed, n_seen] if n_seen else seed) for seed in seeds]

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
