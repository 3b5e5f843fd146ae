"""Run a network over windows."""

import numpy as np

from .._jit import DISABLED
from ..kernels import engine
from .numpy_backend import predict as numpy_predict
from .threads import n_threads, workers
from .workspace import make_workspace


def predict(
    network, theta, windows, *, samples=None, spans=None, initial=None, return_state=False, return_scale=False,
    n_jobs=None, backend="auto",
):  # fmt: skip
    """The networks' outputs before the link, on the scale of the series or of each window.

    Parameters
    ----------
    network : Network
    theta : (P,) or (K, P) array
        Parameters of one network, or of several.
    windows : Windows
    samples : (n,) int array, optional
        Which windows; all by default.
    spans : (K, 2) int array, optional
        First and last + 1 position in `samples` of the windows that each network reads; needed for several.
    initial : (n, state_size) array, optional
        Initial states; zeros by default.
    return_state : bool, default=False
    return_scale : bool, default=False
        Whether outputs stay on the scale of each window, with its centre and scale as a third answer.
    n_jobs : int, optional
    backend : {"auto", "numba", "numpy"}
        "auto" is compiled code unless Numba is switched off.

    Returns
    -------
    outputs : (n, n_timesteps or n_segments or 1, n_outputs) array
    final : (n, state_size) array or None
    measures : (n, 2) array
        With ``return_scale=True``: centre and scale of each window, as its targets have them; 0 and 1 without a scaler.
    """
    samples = np.arange(len(windows)) if samples is None else np.ascontiguousarray(samples, dtype=np.int64)
    dtype, n = windows.values.dtype, len(samples)
    theta = _plain(theta if theta.ndim == 2 else theta[None], dtype)
    network.check(theta)
    spans = np.array([[0, n]]) if spans is None else spans
    if backend == "numpy" or (backend == "auto" and DISABLED):
        return _by_numpy(network, theta, windows, samples, spans, initial, return_state, return_scale)
    workspace = make_workspace(network, windows)
    state_size = network.state_size
    initial = np.empty((0, state_size), dtype) if initial is None else _plain(initial, dtype)
    outputs = np.empty((n, network.n_out_steps(windows.n_timesteps), network.n_outputs), dtype)
    final = np.empty((n if return_state else 0, state_size), dtype)
    measures = np.empty((n if return_scale else 0, 2), dtype)
    keep, keep_scale = np.empty((0, 0), dtype=np.uint8), np.ones(2, dtype)
    jobs = _jobs(spans, workspace.tile_rows)

    def part(thread, first, stop):
        arena = np.empty(workspace.arena_size, dtype)
        engine.predict(
            theta, workspace.plan, windows.values, windows.starts, windows.futures_or_none, samples, jobs[first:stop],
            initial, keep, keep_scale, arena, outputs, final, measures,
        )  # fmt: skip

    with workers(n_threads(n_jobs, len(jobs), n * workspace.work)) as run:
        run(part, len(jobs))
    answer = outputs, final if return_state else None
    return (*answer, measures) if return_scale else answer


def _plain(array, dtype):
    """A contiguous, writable array: the one form that kernels are compiled for."""
    if array.dtype == dtype and array.flags.carray:
        return array
    return np.require(array, dtype, ["C", "W"])


def _jobs(spans, rows, *, tiles=64):
    """Rows (network, first, stop) of at most `tiles` tiles each."""
    if len(spans) == 1 and spans[0, 1] - spans[0, 0] <= rows:
        return np.array([[0, spans[0, 0], spans[0, 1]]])
    most = rows * tiles if len(spans) > 1 else rows * max(1, min(tiles, -(-(spans[0, 1] - spans[0, 0]) // (8 * rows))))
    counts = -(-(spans[:, 1] - spans[:, 0]) // most)
    network = np.repeat(np.arange(len(spans)), counts)
    first = spans[network, 0] + most * (np.arange(len(network)) - np.repeat(np.cumsum(counts) - counts, counts))
    return np.stack([network, first, np.minimum(first + most, spans[network, 1])], axis=1)


def _by_numpy(network, theta, windows, samples, spans, initial, return_state, return_scale):
    parts = [
        numpy_predict(
            network, theta[k], windows, samples[first:stop], None if initial is None else initial[first:stop],
            return_state, return_scale,
        )
        for k, (first, stop) in enumerate(spans)
    ]  # fmt: skip
    outputs, finals, *measures = zip(*parts, strict=True)
    final = np.concatenate(finals) if return_state else None
    return np.concatenate(outputs), final, *(np.concatenate(part) for part in measures)
