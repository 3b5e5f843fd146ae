"""RNNClassifier: a recurrent network that predicts classes."""

import numpy as np
from sklearn.base import ClassifierMixin, _fit_context
from sklearn.utils import column_or_1d
from sklearn.utils._param_validation import StrOptions
from sklearn.utils.class_weight import compute_sample_weight
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import _check_y, check_consistent_length, check_is_fitted

from .base import BaseRNN
from .documentation import documented


@documented
class RNNClassifier(ClassifierMixin, BaseRNN):
    """Recurrent network for classification of windows of time series, or of each of their steps.

    h_t = cell(x_t, h_{t-1}) over the steps of a window, and the probabilities are the softmax of a linear map of the
    last h (of every h with ``return_sequences=True``). Training minimises the cross entropy, summed over steps.

    Parameters
    ----------
    {network}
    class_weight : dict, "balanced" or None, default=None
        Weights of the classes; not with ``return_sequences=True``. "balanced" weighs by the data that `fit` is given,
        n_samples / (n_classes * count of the class); `partial_fit`, which never sees them all, refuses it.
    {training}

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
    {fitted}

    Examples
    --------
    >>> import numpy as np
    >>> from rnnforecast import RNNClassifier
    >>> X = np.sin(np.arange(60)[:, None] + np.arange(8))
    >>> y = np.where(X[:, -1] > X[:, -2], "up", "down")
    >>> RNNClassifier(random_state=0).fit(X, y).classes_
    array(['down', 'up'], dtype='<U4')
    """

    _parameter_constraints: dict = {
        **BaseRNN._parameter_constraints,
        "class_weight": [dict, StrOptions({"balanced"}), None],
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
        class_weight=None,
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
        self.class_weight = class_weight
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
    def partial_fit(self, X, y, classes=None, sample_weight=None):
        """One pass over these windows, from the present weights.

        Parameters
        ----------
        X, y, sample_weight : as in `fit`
        classes : array-like of shape (n_classes,), optional
            All classes that will ever come; needed at the first call unless y holds them all.

        Raises
        ------
        ValueError
            With ``class_weight="balanced"``, as in scikit-learn: one batch does not show how frequent classes are.
        """
        if isinstance(self.class_weight, str):
            raise ValueError(
                "class_weight='balanced' is not for partial_fit, as one batch does not tell how frequent the classes "
                "are; compute the weights by hand with sklearn.utils.class_weight.compute_class_weight('balanced', "
                "classes=classes, y=y), of a sample that is large enough, and set class_weight to a dict of them"
            )
        if classes is not None:
            classes = np.unique(classes)
            if hasattr(self, "theta_") and not np.array_equal(classes, self.classes_):
                raise ValueError(f"classes={classes!r} is not the same as on the last call: {self.classes_!r}")
            self._classes = classes
        try:
            return self._partial_fit(X, y, sample_weight)
        finally:
            if hasattr(self, "_classes"):
                del self._classes

    def predict_proba(self, X, state=None, return_state=False):
        """Probability of each class, (n_samples[, n_timesteps], n_classes), in the order of `classes_`.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_timesteps, n_features) or (n_samples, n_columns)
        state : array of shape (n_samples, state_size), optional
            Initial states; zeros by default.
        return_state : bool, default=False
            Whether to return the final states too.
        """
        probabilities, final = self._answers(X, state, return_state)
        if not self.return_sequences:
            probabilities = probabilities[:, 0]
        return (probabilities, final) if return_state else probabilities

    def predict_log_proba(self, X):
        """Logarithm of `predict_proba`."""
        with np.errstate(divide="ignore"):
            return np.log(self.predict_proba(X))

    def predict(self, X, state=None, return_state=False):
        """The most probable class of each window, or of each step; parameters as in `predict_proba`."""
        probabilities, final = self.predict_proba(X, state, True)
        labels = self.classes_[probabilities.argmax(axis=-1)]
        return (labels, final) if return_state else labels

    def score(self, X, y, sample_weight=None):
        """Share of windows, or of steps, whose class is right."""
        y, predicted = np.asarray(y), self.predict(X)
        if self.return_sequences:
            sample_weight = None if sample_weight is None else np.repeat(sample_weight, predicted.shape[1])
        from sklearn.metrics import accuracy_score  # here for the time of its import, as in RNNRegressor.score

        return accuracy_score(y.ravel(), predicted.ravel(), sample_weight=sample_weight)

    def _encode_targets(self, y, X, *, reset):
        check_consistent_length(X, y)
        if self.return_sequences:
            y = np.asarray(y)
            if y.shape != X.shape[:2]:
                raise ValueError(f"y has shape {y.shape}; return_sequences=True needs one label a step, {X.shape[:2]}")
            if y.dtype.kind == "f" and not np.isfinite(y).all():
                raise ValueError("y contains NaN or infinity")
        else:
            y = _check_y(column_or_1d(y, warn=True), estimator=self)
        check_classification_targets(y.ravel())
        if reset:
            self.classes_ = getattr(self, "_classes", None)
            self.classes_ = np.unique(y) if self.classes_ is None else self.classes_
            self.n_outputs_ = 1
            self.n_network_outputs_ = len(self.classes_)
        unknown = np.setdiff1d(y, self.classes_)
        if unknown.size:
            raise ValueError(f"y holds {unknown.tolist()}, which are not among the classes {self.classes_.tolist()}")
        return np.searchsorted(self.classes_, y)[..., None].astype(np.float64)

    def _weights(self, sample_weight, y, X):
        weight = super()._weights(sample_weight, y, X)
        if self.class_weight is None:
            return weight
        if self.return_sequences:
            raise ValueError("class_weight needs return_sequences=False; weight the samples instead")
        by_class = compute_sample_weight(self.class_weight, y)
        if not (np.isfinite(by_class).all() and (by_class >= 0).all()):
            raise ValueError(f"class_weight={self.class_weight!r} must hold finite weights that are not negative")
        weight = by_class if weight is None else weight * by_class
        if not weight.any():
            raise ValueError(
                f"class_weight={self.class_weight!r} leaves every sample a weight of zero; at least one needs more"
            )
        return weight

    def _loss(self):
        return "log_loss", (0.0,), 1

    def _first_outputs(self, Y, weight):
        rows = np.repeat(np.ones(len(Y)) if weight is None else weight, Y[0].size)
        mass = np.bincount(Y.ravel().astype(int), weights=rows, minlength=len(self.classes_))
        return np.log((mass + 1e-3) / (mass + 1e-3).sum())

    def _has_link(self):
        return True

    def _link(self, outputs):
        """Softmax, in double precision so that rows sum to one."""
        outputs = outputs.astype(np.float64)
        powers = np.exp(outputs - outputs.max(axis=-1, keepdims=True))
        return powers / powers.sum(axis=-1, keepdims=True)

    def decision_function(self, X):
        """Scores before the softmax; for two classes the log odds of the second, (n_samples,)."""
        check_is_fitted(self, "theta_")
        outputs = self._outputs(X, None, False)[0].astype(np.float64)
        with np.errstate(divide="ignore"):
            outputs = outputs[0] if len(outputs) == 1 else np.log(self._link(outputs).mean(axis=0))
        outputs = outputs if self.return_sequences else outputs[:, 0]
        return outputs[..., 1] - outputs[..., 0] if len(self.classes_) == 2 else outputs
