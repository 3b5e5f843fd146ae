"""State in, state out; and saved files."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from rnnforecast import RNNClassifier, RNNRegressor


@pytest.fixture
def model(rng):
    """A network with an output at each step, two layers, and the direct path."""
    X = rng.normal(size=(20, 9, 2))
    model = RNNRegressor(
        cell_type="elman", hidden_size=(4, 3), input_skip=True, return_sequences=True, max_iter=3, random_state=0
    )
    return model.fit(X, X.cumsum(axis=1)), X


def test_steps_equal_predict(model):
    model, X = model
    state, outputs = model.initial_state(20), []
    for t in range(9):
        before = state.copy()
        output, new_state = model.step(X[:, t], state)
        assert_array_equal(state, before)
        state = new_state
        outputs.append(output)
    expected, final = model.predict(X, return_state=True)
    assert_allclose(np.stack(outputs, axis=1), expected, rtol=1e-12)
    assert_allclose(state, final, rtol=1e-12)


def test_predict_goes_on_from_a_state(model):
    model, X = model
    first, state = model.predict(X[:, :4], return_state=True)
    second = model.predict(X[:, 4:], state=state)
    assert_allclose(np.concatenate([first, second], axis=1), model.predict(X), rtol=1e-12)


def test_one_stream(model):
    model, X = model
    output, state = model.step(X[0, 0], model.initial_state())
    assert output.shape == (2,)
    assert state.shape == (1, 7)


def test_bad_state(model):
    model, X = model
    with pytest.raises(ValueError, match="state has shape"):
        model.predict(X, state=np.zeros((20, 3)))
    with pytest.raises(ValueError, match="x has shape"):
        model.step(np.zeros(3), model.initial_state())
    with pytest.raises(ValueError, match="finite"):
        model.step(X[0, 0], np.full((1, 7), np.nan))
    both = RNNRegressor(cell_type="elman", hidden_size=2, bidirectional=True, max_iter=1).fit(X, X[:, 0, 0])
    with pytest.raises(ValueError, match="bidirectional"):
        both.step(X[0, 0], both.initial_state())


def test_save_and_load(model, tmp_path):
    model, X = model
    path = tmp_path / "model.npz"
    model.save(path)
    copy = RNNRegressor.load(path)
    assert_array_equal(copy.predict(X), model.predict(X))
    assert copy.get_params() == model.get_params()
    assert copy.loss_curve_ == model.loss_curve_
    copy.set_params(warm_start=True).fit(X, X.cumsum(axis=1))
    assert copy.n_iter_ == 6


def test_save_and_load_classes(tmp_path, rng):
    X = rng.normal(size=(20, 5, 1))
    for labels in (np.repeat(["x", "y"], 10), np.repeat([3, 5], 10), np.repeat(np.array(["a", "b"], dtype=object), 10)):
        model = RNNClassifier(cell_type="elman", hidden_size=2, max_iter=2, random_state=0).fit(X, labels)
        model.save(tmp_path / "classes.npz")
        copy = RNNClassifier.load(tmp_path / "classes.npz")
        assert_array_equal(copy.classes_, model.classes_)
        assert_array_equal(copy.predict(X), model.predict(X))


def test_bad_files(model, tmp_path):
    model, _ = model
    path = tmp_path / "model.npz"
    model.save(path)
    with pytest.raises(ValueError, match="RNNRegressor"):
        RNNClassifier.load(path)
    content = path.read_bytes()
    for cut in (0, 10, len(content) // 2, len(content) - 1):
        path.write_bytes(content[:cut])
        with pytest.raises(ValueError, match=r"model\.npz"):
            RNNRegressor.load(path)
    with pytest.raises(FileNotFoundError):
        RNNRegressor.load(tmp_path / "nothing.npz")
    model.set_params(random_state=np.random.RandomState(0))
    with pytest.raises(TypeError, match="random_state"):
        model.save(path)


def test_numpy_backend_agrees(model):
    model, X = model
    compiled = model.predict(X)
    assert_allclose(model.set_params(backend="numpy").predict(X), compiled, rtol=1e-12)
