"""Which values each parameter of the recurrent estimators may have, as scikit-learn checks them in `fit`."""

from numbers import Integral, Real

from sklearn.utils._param_validation import Interval, StrOptions

from ..kernels.cells import CELLS, Cell
from ..kernels.optimisers import OPTIMISERS
from ..network.initialisers import INITIALISERS
from ..network.schedules import SCHEDULES
from .sequences.folding import TIME_ORDERS

CONSTRAINTS = {
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
    "time_order": [StrOptions(set(TIME_ORDERS))],
    "dtype": [StrOptions({"auto", "float32", "float64"})],
    "backend": [StrOptions({"auto", "numba", "numpy"})],
    "n_jobs": [
        Interval(Integral, 1, None, closed="left"),
        Interval(Integral, None, -1, closed="right"),
        None,
    ],
    "verbose": ["verbose"],
}
