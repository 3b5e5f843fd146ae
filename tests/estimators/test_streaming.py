"""State in, state out; and saved files."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from rnnforecast import RNNClassifier, RNNRegressor
from rnnforecast.estimators.stepper import SlowStepper
from rnnforecast.network.files import read_archive, write_archive


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


def test_files_whose_parts_do_not_fit_together(tmp_path, rng):
    """Well-formed archives that no `save` wrote: kernels must never see what is in them."""
    X, path = rng.normal(size=(20, 5, 1)), tmp_path / "model.npz"
    RNNClassifier(cell_type="elman", hidden_size=2, max_iter=1).fit(X, np.arange(20) % 3).save(path)
    header, arrays = read_archive(path)
    theta, moments = arrays["theta_"], arrays["moments_"]
    header = {name: header[name] for name in ("kind", "parameters", "fitted", "objects")}
    headers = [{k: v for k, v in header.items() if k != name} for name in ("parameters", "fitted", "objects")]
    headers += [{**header, "parameters": [1]}, {**header, "fitted": {**header["fitted"], "n_step_features_": "1"}}]
    for change in ({"unknown": 1}, {"cell_type": "unknown"}, {"hidden_size": "2"}, {"hidden_size": 3}):
        headers.append({**header, "parameters": {**header["parameters"], **change}})
    bad = [{"theta_": theta[None, None]}, {"moments_": moments[:, 1:]}, {"classes_": np.arange(4)}]
    bad += [{"theta_": theta.astype(dtype), "moments_": moments.astype(dtype)} for dtype in (int, np.float16, ">f8")]
    parts = [arrays | change for change in bad]
    parts += [{k: v for k, v in arrays.items() if k != name} for name in ("theta_", "moments_")]
    for head, told in [(one, arrays) for one in headers] + [(header, one) for one in parts]:
        write_archive(path, head, told)
        with pytest.raises(ValueError, match="is damaged"):
            RNNClassifier.load(path)
    write_archive(path, header, arrays)
    assert RNNClassifier.load(path).predict(X).shape == (20,)


def test_numpy_backend_agrees(model):
    model, X = model
    compiled = model.predict(X)
    assert_allclose(model.set_params(backend="numpy").predict(X), compiled, rtol=1e-12)


@pytest.mark.parametrize("cell_type", ["elman", "lstm", "gru"])
@pytest.mark.parametrize("loss", ["squared_error", "poisson"])
def test_step_into_given_arrays(cell_type, loss, rng):
    X = rng.normal(size=(40, 6, 2))
    model = RNNRegressor(cell_type=cell_type, hidden_size=5, loss=loss, max_iter=2, random_state=0)
    model.fit(X, rng.poisson(2, (40, 3)))
    state = model.initial_state(4)
    out = np.empty((4, 3), model.theta_.dtype), model.initial_state(4)
    for t in range(6):
        expected, state = model.step(X[:4, t], state)
        got = model.step(X[:4, t], out[1], out=out)  # the state is replaced in its place
        assert got is out
        assert_array_equal(out[0], expected)
        assert_array_equal(out[1], state)
    assert_allclose(expected, model.predict(X[:4]), rtol=1e-6)
    one = np.empty(3, model.theta_.dtype), model.initial_state()
    model.step(X[0, 0], model.initial_state(), out=one)
    assert_array_equal(one[0], model.step(X[0, 0], model.initial_state())[0])


@pytest.mark.parametrize("backend", ["numba", "numpy"])
def test_step_takes_any_array_form(model, backend):
    model, X = model
    model.set_params(backend=backend)
    rows = X[:4, 0]
    expected, _ = model.step(rows, model.initial_state(4))
    frozen = rows.copy()
    frozen.setflags(write=False)
    for x in (rows.tolist(), np.asfortranarray(rows), frozen, np.repeat(rows, 2, axis=0)[::2]):
        assert_array_equal(model.step(x, model.initial_state(4))[0], expected)
    zeros = model.initial_state(4)
    for state in (zeros.tolist(), zeros.astype(int), zeros.astype(np.float32), np.asfortranarray(zeros)):
        assert_array_equal(model.step(rows, state)[0], expected)
    with pytest.raises(ValueError, match=r"state has shape \(\)"):
        model.step(rows, None)


@pytest.mark.parametrize("backend", ["numba", "numpy"])
def test_bad_out(model, backend):
    model, X = model
    model.set_params(backend=backend)
    state = model.initial_state()
    good = np.empty(2, state.dtype), state.copy()
    frozen = state.copy()
    frozen.setflags(write=False)
    bad = [good[0], (good[0],), (np.empty(3, state.dtype), good[1]), (good[0], state[0]), (good[0], frozen)]
    bad += [(np.empty(2, np.float32), good[1]), ([0.0, 0.0], good[1]), (*good, good[1]), (None, None)]
    for out in bad:
        with pytest.raises(ValueError, match="out must be a tuple"):
            model.step(X[0, 0], state, out=out)
    strided = np.empty(4, state.dtype)[::2], state.copy()
    assert_array_equal(model.step(X[0, 0], state, out=strided)[0], model.step(X[0, 0], state)[0])
    before = state.copy()
    with pytest.raises(ValueError, match=r"finite|NaN"):
        model.step([np.nan, 0.0], state, out=(good[0], state))
    assert_array_equal(state, before)


def test_steps_in_several_threads(model):
    """Each thread has its own state; they share the estimator."""
    from concurrent.futures import ThreadPoolExecutor

    model, X = model

    def run(i):
        state, outputs = model.initial_state(), []
        for t in range(9):
            output, state = model.step(X[i, t], state)
            outputs.append(output)
        return np.stack(outputs)

    with ThreadPoolExecutor(4) as pool:
        got = list(pool.map(run, range(20)))
    assert_allclose(np.stack(got), model.predict(X), rtol=1e-12)


def test_steps_follow_a_new_fit_and_are_not_stored(model):
    import pickle

    model, X = model
    first, _ = model.step(X[0, 0], model.initial_state())
    copy = pickle.loads(pickle.dumps(model))
    assert "_stepper" not in vars(copy)
    assert_array_equal(copy.step(X[0, 0], model.initial_state())[0], first)
    model.set_params(warm_start=True).fit(X, X.cumsum(axis=1))
    assert not np.array_equal(model.step(X[0, 0], model.initial_state())[0], first)


def test_steps_follow_new_parameters(model):
    model, X = model
    model.step(X[0, 0], model.initial_state())
    model.set_params(backend="numpy").step(X[0, 0], model.initial_state())
    assert isinstance(model._stepper, SlowStepper)
    model.set_params(backend="auto", activation="relu")
    got, _ = model.step(X[0, 0], model.initial_state())
    assert_allclose(got, model.predict(X[:1, :1])[0, 0], rtol=1e-12)
    model.set_params(bidirectional=True)
    with pytest.raises(ValueError, match="step needs bidirectional=False"):
        model.step(X[0, 0], np.zeros((1, 7)))


def test_ensembles_step_too(rng):
    X = rng.normal(size=(30, 6, 2))
    model = RNNRegressor(cell_type="elman", hidden_size=4, n_init=3, ensemble="mean", max_iter=2, random_state=0)
    model.fit(X, X[:, -1, 0])
    state = model.initial_state(30)
    assert state.shape == (30, 12)
    out = np.empty((30, 1), state.dtype), model.initial_state(30)
    for t in range(6):
        answer, state = model.step(X[:, t], state)
        model.step(X[:, t], out[1], out=out)
    expected, final = model.predict(X, return_state=True)
    assert_allclose(answer[:, 0], expected, rtol=1e-12)
    assert_allclose(state, final, rtol=1e-12)
    assert_array_equal(out[1], state)
