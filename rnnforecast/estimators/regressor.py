"""RNNRegressor: a recurrent network that predicts numbers."""

from numbers import Real

import numpy as np
from sklearn.base import RegressorMixin, _fit_context
from sklearn.utils._param_validation import Interval, StrOptions

from ..kernels.losses import LOSSES
from .base import BaseRNN
from .documentation import documented
from .inputs import check_targets
from .sequences.any_output import n_dimensions

REGRESSION_LOSSES = {name for name, loss in LOSSES.items() if loss.link in ("identity", "exp")}
UNFIT = {  # losses that not every target suits: which ones do not, and in words which do
    "poisson": (lambda y: y < 0, "not negative"),
    "tweedie": (lambda y: y < 0, "not negative"),
    "gamma": (lambda y: y <= 0, "positive"),
}


@documented
class RNNRegressor(RegressorMixin, BaseRNN):
    """Recurrent network for regression on windows of time series.

    h_t = cell(x_t, h_{t-1}) over the steps of a window, and the prediction is a linear map of the last h (of every
    h with ``return_sequences=True``) through the link of the loss.

    Parameters
    ----------
    {network}
    loss : str, default="squared_error"
        One of "squared_error", "absolute_error", "huber", "quantile", "poisson", "gamma" and "tweedie".
        What training minimises; its mean over outputs, summed over steps. The last three predict a positive mean
        through a log link: of counts, of positive targets whose spread grows with the mean, and of targets that are
        zero or positive.
    quantiles : sequence of float in (0, 1), default=(0.5,)
        For ``loss="quantile"``: `predict` returns one column for each target and quantile, quantiles fastest.
    huber_delta : float, default=1.0
        Where ``loss="huber"`` turns from squared to absolute error.
    power : float in (1, 2), default=1.5
        For ``loss="tweedie"``: the variance is proportional to mean^power, as in TweedieRegressor.
    {training}

    Attributes
    ----------
    {fitted}

    Examples
    --------
    >>> import numpy as np
    >>> from rnnforecast import RNNRegressor
    >>> X = np.sin(np.arange(60)[:, None] + np.arange(8))      # 60 windows of 8 steps
    >>> y = np.sin(np.arange(60) + 8)                          # the step that follows each
    >>> RNNRegressor(random_state=0).fit(X, y).predict(X).shape
    (60,)
    """

    _parameter_constraints: dict = {
        **BaseRNN._parameter_constraints,
        "loss": [StrOptions(REGRESSION_LOSSES)],
        "quantiles": [list, tuple],
        "huber_delta": [Interval(Real, 0, None, closed="neither")],
        "power": [Interval(Real, 1, 2, closed="neither")],
    }

    def __init__(
        self,
        *,
        cell_type="lstm",
        hidden_size=32,
        num_layers=1,
        bidirectional=False,
        activation="tanh",
        input_skip=False,
        dropout=0.0,
        recurrent_dropout=0.0,
        forget_bias=1.0,
        init="glorot_orthogonal",
        loss="squared_error",
        quantiles=(0.5,),
        huber_delta=1.0,
        power=1.5,
        return_sequences=False,
        solver="adam",
        alpha=0.0001,
        batch_size="auto",
        learning_rate="constant",
        learning_rate_init=0.003,
        power_t=0.5,
        momentum=0.9,
        nesterovs_momentum=True,
        beta_1=0.9,
        beta_2=0.999,
        epsilon=1e-8,
        max_grad_norm=5.0,
        max_iter=200,
        max_fun=15_000,
        shuffle=True,
        tol=1e-4,
        early_stopping=False,
        validation_fraction=0.1,
        n_iter_no_change=10,
        warm_start=False,
        n_init=1,
        ensemble="best",
        random_state=None,
        n_features=1,
        time_order="oldest_first",
        dtype="auto",
        backend="auto",
        n_jobs=None,
        verbose=0,
    ):
        self.cell_type = cell_type
        self.hidden_size = hidden_size
        self.num_layers = num_layers
        self.bidirectional = bidirectional
        self.activation = activation
        self.input_skip = input_skip
        self.dropout = dropout
        self.recurrent_dropout = recurrent_dropout
        self.forget_bias = forget_bias
        self.init = init
        self.loss = loss
        self.quantiles = quantiles
        self.huber_delta = huber_delta
        self.power = power
        self.return_sequences = return_sequences
        self.solver = solver
        self.alpha = alpha
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.learning_rate_init = learning_rate_init
        self.power_t = power_t
        self.momentum = momentum
        self.nesterovs_momentum = nesterovs_momentum
        self.beta_1 = beta_1
        self.beta_2 = beta_2
        self.epsilon = epsilon
        self.max_grad_norm = max_grad_norm
        self.max_iter = max_iter
        self.max_fun = max_fun
        self.shuffle = shuffle
        self.tol = tol
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.n_iter_no_change = n_iter_no_change
        self.warm_start = warm_start
        self.n_init = n_init
        self.ensemble = ensemble
        self.random_state = random_state
        self.n_features = n_features
        self.time_order = time_order
        self.dtype = dtype
        self.backend = backend
        self.n_jobs = n_jobs
        self.verbose = verbose

    @_fit_context(prefer_skip_nested_validation=True)
    def partial_fit(self, X, y, sample_weight=None):
        """One pass over these windows, from the present weights; parameters as in `fit`."""
        return self._partial_fit(X, y, sample_weight)

    def predict(self, X, state=None, return_state=False):
        """Predict the target of each window.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_timesteps, n_features) or (n_samples, n_columns)
        state : array of shape (n_samples, state_size), optional
            Initial states; zeros by default.
        return_state : bool, default=False
            Whether to return the final states too.

        Returns
        -------
        y : ndarray
            Of the shape of the training targets, without one output's axis; with several quantiles, one column each.
        state : ndarray of shape (n_samples, state_size)
            With ``return_state=True``.
        """
        predictions, final = self._answers(X, state, return_state)
        if not self.return_sequences:
            predictions = predictions[:, 0]
        if self.flat_targets_ and predictions.shape[-1] == 1:
            predictions = predictions[..., 0]
        return (predictions, final) if return_state else predictions

    def score(self, X, y, sample_weight=None):
        """R^2 of the predictions, over all steps; with several outputs the mean over them."""
        y, predicted = np.asarray(y), self.predict(X)
        if self.return_sequences:
            steps = predicted.shape[1]
            y, predicted = y.reshape(len(y) * steps, -1), predicted.reshape(len(y) * steps, -1)
            sample_weight = None if sample_weight is None else np.repeat(sample_weight, steps)
        from sklearn.metrics import r2_score  # here, as in scikit-learn: it takes 35 ms to import, and fits need none

        return r2_score(y, predicted, sample_weight=sample_weight)

    def _encode_targets(self, y, X, *, reset):
        Y = check_targets(y, X, per_step=self.return_sequences)
        if self.loss in UNFIT:
            unfit, needed = UNFIT[self.loss]
            if unfit(Y).any():
                raise ValueError(f"y holds {Y[unfit(Y)][0]:.6g}; loss={self.loss!r} needs targets that are {needed}")
        n_network_outputs = Y.shape[-1] * self._loss()[2]
        if reset:
            self.n_outputs_, self.n_network_outputs_ = Y.shape[-1], n_network_outputs
            self.flat_targets_ = n_dimensions(y) < Y.ndim
        elif Y.shape[-1] != self.n_outputs_:
            raise ValueError(f"y has {Y.shape[-1]} outputs; the first fit had {self.n_outputs_}")
        elif n_network_outputs != self.n_network_outputs_:
            raise ValueError(
                f"loss={self.loss!r} needs a network of {n_network_outputs} outputs, and the fitted one has "
                f"{self.n_network_outputs_}; fit again without warm_start after a change of the loss or its quantiles"
            )
        return Y

    def _loss(self):
        if self.loss == "quantile":
            if not len(self.quantiles) or not all(isinstance(q, Real) and 0 < q < 1 for q in self.quantiles):
                raise ValueError(f"quantiles={self.quantiles!r} must be numbers between 0 and 1")
            return "quantile", tuple(self.quantiles), len(self.quantiles)
        return self.loss, (self.power if self.loss == "tweedie" else self.huber_delta,), 1

    def _first_outputs(self, Y, weight):
        rows = Y.reshape(len(Y), -1, Y.shape[-1]).mean(axis=1, dtype=np.float64)
        mean = np.average(rows, axis=0, weights=weight)
        if LOSSES[self.loss].link == "exp":
            mean = np.log(np.maximum(mean, 1e-6))
        return np.repeat(mean, self._loss()[2])

    def _has_link(self):
        return LOSSES[self.loss].link != "identity"

    def _link(self, outputs):
        return np.exp(outputs) if self._has_link() else outputs

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags
