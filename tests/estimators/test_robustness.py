"""Sizes at their limits, and arrays of any layout and type: the estimators give what plain, well-formed input gives."""

import naive
import numpy as np
import pytest
from kernels_support import naive_cell
from numpy.testing import assert_allclose, assert_array_equal

from rnnforecast import RNNClassifier, RNNRegressor
from rnnforecast.kernels.cells import CELLS

SMALL = {"cell_type": "elman", "hidden_size": 4, "max_iter": 2, "random_state": 0}
ONE_STEP_OF_SGD = {"solver": "sgd", "momentum": 0.0, "max_grad_norm": None, "max_iter": 1, "alpha": 0.1}
TOLERANCE = {"float64": 1e-11, "float32": 2e-5}

# (n, T, F) and hidden_size
SIZES = {
    "one_row": ((1, 5, 2), 4),
    "one_step": ((13, 1, 2), 4),
    "one_of_everything": ((1, 1, 1), 1),
    "one_unit": ((13, 5, 2), 1),
    "3_units": ((13, 5, 2), 3),
    "17_units": ((13, 5, 2), 17),
    "33_units": ((13, 5, 2), 33),
    "odd_layers": ((9, 4, 3), (17, 1, 3)),
}

sizes = pytest.mark.parametrize("size", SIZES)
cells = pytest.mark.parametrize("cell", CELLS)
dtypes = pytest.mark.parametrize("dtype", TOLERANCE)


def make_data(rng, n, T, F, dtype="float64"):
    """Windows, the target that follows each, and sample weights."""
    X = rng.normal(size=(n, T, F)).astype(dtype)
    return X, X.mean(axis=(1, 2)), rng.uniform(0.5, 2, n).astype(dtype)


# Sizes: batch_size is always larger than the data.


@dtypes
@sizes
@cells
def test_one_update_is_the_naive_update(cell, size, dtype, rng):
    shape, hidden_size = SIZES[size]
    X, y, weight = make_data(rng, *shape)
    words = {**ONE_STEP_OF_SGD, "cell_type": cell, "hidden_size": hidden_size, "dtype": dtype, "random_state": 0}
    words["batch_size"] = 1000
    model = RNNRegressor(**words, learning_rate_init=0.1, warm_start=True).fit(X, y, weight)
    params = {name: view.astype(float) for name, view in model.get_weights().items()}
    model.fit(X, y, weight)  # a second update, as the first begins with biases of zero, where relu has a kink

    network = {"loss": "squared_error", "alpha": 0.1, "sample_weight": weight, **naive_cell(cell)}
    loss = naive.objective(params, X, y[:, None], **network)
    gradients, _, _ = naive.objective_gradient(params, X, y[:, None], **network)
    assert_allclose(model.loss_curve_[1], loss, rtol=TOLERANCE[dtype])
    for name, view in model.get_weights().items():
        assert view.dtype == dtype
        expected = params[name] - 0.1 * gradients[name]
        assert_allclose(view, expected, rtol=TOLERANCE[dtype], atol=TOLERANCE[dtype], err_msg=name)


@dtypes
@sizes
@cells
def test_predictions_agree_with_numpy(cell, size, dtype, rng):
    """Compiled prediction in one go and step by step, against the NumPy backend."""
    shape, hidden_size = SIZES[size]
    X, y, _ = make_data(rng, *shape)
    words = {**SMALL, "cell_type": cell, "hidden_size": hidden_size, "dtype": dtype}
    model = RNNRegressor(**words, backend="numba").fit(X, y)
    predicted, final = model.predict(X, return_state=True)
    state, tolerance = model.initial_state(len(X)), {"rtol": TOLERANCE[dtype], "atol": TOLERANCE[dtype]}
    for t in range(X.shape[1]):
        output, state = model.step(X[:, t], state)
    expected, expected_final = model.set_params(backend="numpy").predict(X, return_state=True)
    assert predicted.dtype == output.dtype == expected.dtype == dtype
    assert_allclose(predicted, expected, **tolerance)
    assert_allclose(output[:, 0], expected, **tolerance)
    assert_allclose(final, expected_final, **tolerance)
    assert_allclose(state, expected_final, **tolerance)


@dtypes
def test_a_batch_larger_than_the_data_is_the_data(dtype, rng):
    X, y, _ = make_data(rng, 13, 5, 2)
    exact, larger = (RNNRegressor(**SMALL, dtype=dtype, batch_size=size).fit(X, y) for size in (13, 10**6))
    assert_array_equal(larger.theta_, exact.theta_)


@dtypes
@pytest.mark.parametrize("n_jobs", [1, 2])
def test_a_row_alone_has_the_bits_it_has_among_others(dtype, n_jobs, rng):
    X, y, _ = make_data(rng, 70, 5, 2)
    model = RNNRegressor(**SMALL, dtype=dtype, n_jobs=n_jobs).fit(X, y)
    together = model.predict(X)
    assert_array_equal(np.concatenate([model.predict(X[i : i + 1]) for i in range(70)]), together)


def test_one_row_of_one_class(rng):
    X, _, _ = make_data(rng, 1, 1, 1)
    model = RNNClassifier(**SMALL).partial_fit(X, ["b"], classes=["a", "b"])
    assert model.partial_fit(X, ["b"]).predict_proba(X).shape == (1, 2)


# Layouts: the same bits as from contiguous arrays.


def strided(array):
    """The same numbers with steps of two in every axis, and NaN between them."""
    wide = np.full([2 * n for n in array.shape], np.nan if array.dtype.kind == "f" else 0, array.dtype)
    every_second = (slice(None, None, 2),) * array.ndim
    wide[every_second] = array
    return wide[every_second]


def unaligned(array):
    """The same numbers, one byte after where the processor would like them."""
    memory = np.zeros(array.nbytes + 1, np.uint8)
    shifted = memory[1:].view(array.dtype).reshape(array.shape)
    shifted[...] = array
    return shifted


def mapped(array, folder):
    """The same numbers in a file, mapped for reading."""
    path = folder / f"{len(list(folder.iterdir()))}.bin"
    array.tofile(path)
    return np.memmap(path, array.dtype, mode="r", shape=array.shape)


LAYOUTS = {
    "fortran": np.asfortranarray,
    "strided": strided,
    "reversed": lambda array: np.flip(np.flip(array).copy()),
    "big_endian": lambda array: array.astype(array.dtype.newbyteorder(">")),
    "unaligned": unaligned,
}
NAMES = [*LAYOUTS, "memory_mapped"]


@pytest.fixture
def lay(tmp_path):
    """A function that brings an array into the layout of that name, if it is not None."""

    def lay(name, array):
        if name is None or array is None:
            return array
        changed = mapped(array, tmp_path) if name == "memory_mapped" else LAYOUTS[name](array)
        assert_array_equal(changed, array)
        return changed

    return lay


def regression(X, Y, weight, state, **words):
    """All that a regressor with a target at every step makes of these arrays."""
    words = {**SMALL, **words, "return_sequences": True}
    model = RNNRegressor(**words).fit(X, Y, weight)
    stopped = RNNRegressor(**words, early_stopping=True).fit(X, Y, weight).partial_fit(X, Y, weight)
    predictions = model.predict(X, state=state, return_state=True)
    return [model.theta_, stopped.theta_, *predictions, *model.step(X[:, 0], state), model.score(X, Y, weight)]


def classification(X, labels, weight, **words):
    """All that a classifier makes of these arrays; X is 2-D, with two features a step."""
    model = RNNClassifier(**SMALL, **words, n_features=2).fit(X, labels, weight)
    return [model.theta_, model.classes_, model.predict(X), model.predict_proba(X), model.score(X, labels, weight)]


def assert_same_bits(results, expected):
    for one, other in zip(results, expected, strict=True):
        assert np.asarray(one).dtype == np.asarray(other).dtype
        assert_array_equal(one, other)


def regression_arrays(rng, dtype="float64"):
    X, _, weight = make_data(rng, 20, 6, 2, dtype)
    return X, X.cumsum(axis=1).mean(axis=2, dtype=dtype), weight, rng.normal(size=(20, 4)).astype(dtype)


def classification_arrays(rng, dtype="float64"):
    X, y, weight = make_data(rng, 20, 6, 2, dtype)
    return X.reshape(20, 12), (y > 0).astype(np.int64) + 3, weight


@dtypes
@pytest.mark.parametrize("name", NAMES)
def test_layout_does_not_change_the_bits_of_regression(name, dtype, lay, rng):
    arrays = regression_arrays(rng, dtype)
    results = regression(*(lay(name, array) for array in arrays), dtype=dtype)
    assert_same_bits(results, regression(*arrays, dtype=dtype))


@dtypes
@pytest.mark.parametrize("name", NAMES)
def test_layout_does_not_change_the_bits_of_classification(name, dtype, lay, rng):
    arrays = classification_arrays(rng, dtype)
    theta, classes, predicted, *others = classification(*(lay(name, array) for array in arrays), dtype=dtype)
    expected = classification(*arrays, dtype=dtype)
    native = classes.astype(np.int64), predicted.astype(np.int64)  # classes keep the dtype of the labels
    assert_same_bits([theta, *native, *others], expected)


@dtypes
def test_overlapping_windows_may_be_views_of_their_series(dtype, rng):
    series = rng.normal(size=40).astype(dtype)
    view = np.lib.stride_tricks.sliding_window_view(series[:-1], 6)
    y = np.lib.stride_tricks.as_strided(series[6:], view.shape[:1], writeable=False)
    for X in (view, view[:, :, None]):
        model, expected = (RNNRegressor(**SMALL).fit(windows, y.copy()) for windows in (X, X.copy()))
        assert_array_equal(model.theta_, expected.theta_)
        assert_array_equal(model.predict(X), expected.predict(X.copy()))


@dtypes
@pytest.mark.parametrize("backend", ["numba", "numpy"])
def test_arrays_of_the_right_kind_are_used_and_left_alone(backend, dtype, rng):
    """Contiguous, writable, of the dtype of the arithmetic: there is no copy that would hide a write."""
    words = {"dtype": dtype, "backend": backend}
    for arrays, use in (
        (regression_arrays(rng, dtype), regression),
        (classification_arrays(rng, dtype), classification),
    ):
        before = [array.copy() for array in arrays]
        use(*arrays, **words)
        for array, copy in zip(arrays, before, strict=True):
            assert_array_equal(array, copy)


# Types: what the same numbers give as floats.


TYPES = ["float16", "bool", "int8", "uint8", "int16", "int32", "int64", "uint64"]


@dtypes
@pytest.mark.parametrize("kind", TYPES)
def test_other_types_give_what_floats_give(kind, dtype, rng):
    X, Y, weight, state = regression_arrays(rng)
    arrays = [np.abs(np.round(3 * array)).astype(kind) for array in (X, Y, weight)]
    if kind == "float16":
        arrays = [X.astype(kind), Y.astype(kind), weight.astype(kind)]
    floats = [array.astype(dtype) for array in arrays]
    state = state.astype("float16" if kind == "float16" else dtype)
    assert_same_bits(regression(*arrays, state, dtype=dtype), regression(*floats, state.astype(dtype), dtype=dtype))


@pytest.mark.parametrize("kind", TYPES)
def test_other_types_are_as_good_as_float64(kind, rng):
    """dtype="auto" keeps small data of whole or half-precision numbers in float64."""
    X = np.abs(3 * rng.normal(size=(20, 12))).astype(kind)
    y = X[:, 0]
    model, expected = (RNNRegressor(**SMALL).fit(*arrays) for arrays in ((X, y), (X.astype(float), y.astype(float))))
    assert model.theta_.dtype == np.float64
    assert_array_equal(model.theta_, expected.theta_)
    assert_array_equal(model.predict(X), expected.predict(X.astype(float)))
