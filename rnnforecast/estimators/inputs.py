"""What users hand in as X: 3-D windows, or 2-D rows that are folded into windows."""

import numpy as np
from sklearn.utils.validation import check_array, check_consistent_length, validate_data

from .sequences.any_output import FLOATS, n_dimensions
from .sequences.folding import fold


def check_windows(estimator, X, *, reset):
    """Return X as a float array (n_samples, n_timesteps, n_features), oldest step first.

    Parameters
    ----------
    estimator : estimator
        Its `n_features` and `time_order` say how a 2-D X is folded; `n_features_in_` is set or checked.
    X : array-like of shape (n_samples, n_timesteps, n_features) or (n_samples, n_columns)
    reset : bool
        Whether this is a first fit, which sets the number of features.

    Raises
    ------
    ValueError
        When X is ragged, holds NaN or infinity, or has another number of features than the fit had.
    """
    if not reset and _is_ready(estimator, X):
        return X if X.ndim == 3 else _folded(estimator, X, reset=False)
    if _is_ragged(X):
        raise ValueError(
            "X is a list of arrays of different lengths; sequences of different lengths are not accepted yet. Needed "
            "is one array of shape (n_samples, n_timesteps, n_features) or (n_samples, n_columns)."
        )
    if n_dimensions(X) < 3:
        return _folded(estimator, validate_data(estimator, X, reset=reset, dtype=FLOATS), reset=reset)
    X = check_array(X, allow_nd=True, dtype=FLOATS, estimator=estimator, input_name="X")
    if X.ndim > 3:
        raise ValueError(f"X has {X.ndim} dimensions; needed is (n_samples, n_timesteps, n_features)")
    if X.shape[1] == 0 or X.shape[2] == 0:
        raise ValueError(f"X has shape {X.shape}; at least one time step and one feature are needed")
    if reset:
        estimator.n_features_in_ = X.shape[2]
        if hasattr(estimator, "feature_names_in_"):
            del estimator.feature_names_in_
    elif X.shape[2] != estimator.n_step_features_:
        raise ValueError(
            f"X has {X.shape[2]} features, but {type(estimator).__name__} is expecting "
            f"{estimator.n_step_features_} features as input"
        )
    return X


def _folded(estimator, X, *, reset):
    """A 2-D X as windows, with as many features of a step as the fitted network reads."""
    X = fold(X, n_features=estimator.n_features, time_order=estimator.time_order)
    if not reset and X.shape[2] != estimator.n_step_features_:
        raise ValueError(
            f"X is 2-D, and n_features={X.shape[2]} makes steps of so many features of it; {type(estimator).__name__} "
            f"was fitted on steps of {estimator.n_step_features_}"
        )
    return X


def _is_ready(estimator, X):
    """Whether X is plainly what a fitted estimator wants: one look, where all checks take longer than a prediction."""
    if type(X) is not np.ndarray or X.dtype.char not in "df" or not X.size or hasattr(estimator, "feature_names_in_"):
        return False
    columns = estimator.n_step_features_ if X.ndim == 3 else estimator.n_features_in_
    return X.ndim in (2, 3) and X.shape[-1] == columns and bool(np.isfinite(X).all())


def _is_ragged(X):
    """Whether X is a list of arrays that do not all have one shape."""
    if not isinstance(X, list | tuple) or not X or np.ndim(X[0]) == 0:
        return False
    try:
        return len({np.shape(x) for x in X}) > 1 and np.ndim(X[0]) > 1
    except ValueError:
        return True


def check_targets(y, X, *, per_step, argument="y"):
    """Return numeric targets as (n_samples, n_outputs), or (n_samples, n_timesteps, n_outputs) for one a step."""
    y = check_array(y, ensure_2d=False, allow_nd=True, dtype=FLOATS, input_name=argument)
    check_consistent_length(X, y)
    least = 2 if per_step else 1
    if y.ndim not in (least, least + 1) or (per_step and y.shape[1] != X.shape[1]):
        shape = "(n_samples, n_timesteps[, n_outputs])" if per_step else "(n_samples[, n_outputs])"
        raise ValueError(f"{argument} has shape {y.shape} for X of shape {X.shape}; needed is {shape}")
    return y[..., None] if y.ndim == least else y


def in_dtype(array, dtype, argument):
    """The array in the dtype of the arithmetic; refuses what that cannot hold."""
    if array.dtype == dtype and array.flags.c_contiguous:
        return array
    with np.errstate(over="ignore"):
        converted = np.ascontiguousarray(array, dtype=dtype)
    if converted.dtype != array.dtype and not np.isfinite(converted).all():
        largest = np.abs(array).max()
        raise ValueError(
            f"{argument} holds a number of size {largest:.3g}, too large for {np.dtype(dtype).name}; scale the data, "
            'or use dtype="float64"'
        )
    return converted
