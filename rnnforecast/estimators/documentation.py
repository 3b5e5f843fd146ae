"""The parameters and attributes that RNNRegressor and RNNClassifier share, described once."""

from inspect import cleandoc

NETWORK = """
cell_type : {"lstm", "gru", "elman"} or Cell, default="lstm"
    The recurrent cell of all layers.
hidden_size : int or sequence of int, default=32
    Units per layer; a sequence gives each layer its own width, from the input up.
num_layers : int, default=1
    Number of layers, when `hidden_size` is an int.
bidirectional : bool, default=False
    Whether each layer also reads the window backwards.
activation : {"tanh", "relu", "sigmoid"}, default="tanh"
    The activation of ``cell_type="elman"``; the gated cells have their own.
input_skip : bool, default=False
    Whether the output layer also sees the input of its step directly.
dropout : float in [0, 1), default=0.0
    Share of each layer's outputs that is dropped while training (inverted dropout).
recurrent_dropout : float in [0, 1), default=0.0
    Share of the recurrent inputs dropped while training, the same ones at each step (Gal and Ghahramani 2016).
forget_bias : float or None, default=1.0
    First value of the bias of the LSTM's forget gate; None leaves it to `init`.
init : {"glorot_orthogonal", "torch"}, default="glorot_orthogonal"
    First values of the weights.
"""

TRAINING = """
return_sequences : bool, default=False
    Whether there is a target at every step, and the loss is the sum over steps; else the last step has one.
solver : {"adam", "adamw", "rmsprop", "sgd", "lbfgs"}, default="adam"
    The optimiser; "lbfgs" is SciPy's, on all data at once.
alpha : float, default=0.0001
    L2 penalty of the weights; for "adamw" its decoupled weight decay.
batch_size : int or "auto", default="auto"
    Windows per update; "auto" is min(200, n_samples).
learning_rate : {"constant", "invscaling", "adaptive", "cosine", "one_cycle"}, default="constant"
    How the learning rate changes over the updates.
learning_rate_init : float, default=0.003
    The first, for "one_cycle" the highest, learning rate.
power_t : float, default=0.5
    Exponent of "invscaling".
momentum : float, default=0.9
    Momentum of "sgd".
nesterovs_momentum : bool, default=True
    Whether "sgd" uses Nesterov's momentum.
beta_1, beta_2 : float, default=0.9, 0.999
    Decay rates of the moment estimates of "adam", "adamw" and (`beta_2`) "rmsprop".
epsilon : float, default=1e-8
    Keeps their denominators away from zero.
max_grad_norm : float or None, default=5.0
    Gradients of a larger global norm are scaled down to it (Pascanu, Mikolov and Bengio 2013); not with "lbfgs".
max_iter : int, default=200
    The most epochs ("lbfgs": iterations).
max_fun : int, default=15000
    The most evaluations of the loss, with "lbfgs".
shuffle : bool, default=True
    Whether each epoch takes the windows in a new order.
tol : float, default=1e-4
    Training stops when the loss (with early stopping, the validation score) has not improved by `tol` for
    `n_iter_no_change` epochs.
early_stopping : bool, default=False
    Whether to hold back the last windows, stop when their score no longer improves, and keep the best weights.
validation_fraction : float in (0, 1), default=0.1
    Share of the windows held back, from the end.
n_iter_no_change : int, default=10
    Epochs without improvement before training stops.
warm_start : bool, default=False
    Whether `fit` goes on from the weights of the last fit.
n_init : int, default=1
    How many networks to train, from different first weights and orders of windows, all in one call.
ensemble : {"best", "mean"}, default="best"
    Which of them predict: the one with the least loss (of the windows held back, with early stopping), or all, by
    the mean of their predictions.
random_state : int, RandomState instance or None, default=None
    Seed of the weights, the order of windows and dropout; an int gives the same model, to the bit, every time
    and for any `n_jobs`.
n_features : int, default=1
    Features per time step of a 2-D X (n_samples, n_timesteps * n_features).
time_order : {"oldest_first", "newest_first"}, default="oldest_first"
    How the columns of a 2-D X are sorted.
dtype : {"auto", "float32", "float64"}, default="auto"
    Of all arithmetic. "auto" is float32, but float64 when X is float64 and precision is cheap or needed: up to
    200 samples, or ``solver="lbfgs"``.
backend : {"auto", "numba", "numpy"}, default="auto"
    What predicts: compiled code, or plain NumPy, which needs no compiler.
n_jobs : int or None, default=None
    Threads for one fit or predict; None is one, -1 all processors. Small work runs on one thread.
verbose : int, default=0
    1 shows progress.
"""

FITTED = """
theta_ : ndarray of shape (n_parameters,), or (n_init, n_parameters) with ``ensemble="mean"``
    All parameters; `get_weights` names them.
init_losses_ : list of n_init floats
    The loss of each network, by which the best is chosen.
loss_curve_ : list of float
    Mean loss of each epoch, of the best network; `loss_curves_` has one such list for each network that predicts.
validation_scores_ : list of float or None
    Minus the mean loss of the windows held back, with early stopping.
best_validation_score_ : float or None
loss_, best_loss_ : float
    Last and least loss.
n_iter_ : int
    Number of epochs.
t_ : int
    Number of windows seen.
n_features_in_ : int
    Columns of a 2-D X, features per step of a 3-D X.
n_outputs_ : int
    Number of targets.
"""


def documented(cls):
    """Complete the docstring of a class: ``{network}``, ``{training}`` and ``{fitted}`` become what they stand for."""
    if cls.__doc__ is not None:  # as it is with python -OO
        text = cleandoc(cls.__doc__)
        for name, shared in (("network", NETWORK), ("training", TRAINING), ("fitted", FITTED)):
            text = text.replace(f"{{{name}}}", shared.strip())
        cls.__doc__ = text
    return cls
