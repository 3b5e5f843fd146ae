"""Run a network over windows."""

import numpy as np

from .._jit import DISABLED
from ..kernels import engine
from .numpy_backend import predict as numpy_predict
from .threads import n_threads, workers
from .workspace import make_workspace


def predict(network, theta, windows, *, samples=None, initial=None, return_state=False, n_jobs=None, backend="auto"):
    """The network's outputs before the link, on the scale of the series.

    Parameters
    ----------
    network : Network
    theta : (P,) array
    windows : Windows
    samples : (n,) int array, optional
        Which windows; all by default.
    initial : (n, state_size) array, optional
        Initial states; zeros by default.
    return_state : bool, default=False
    n_jobs : int, optional
    backend : {"auto", "numba", "numpy"}
        "auto" is compiled code unless Numba is switched off.

    Returns
    -------
    outputs : (n, n_timesteps or 1, n_outputs) array
    final : (n, state_size) array or None
    """
    samples = np.arange(len(windows)) if samples is None else np.ascontiguousarray(samples, dtype=np.int64)
    if backend == "numpy" or (backend == "auto" and DISABLED):
        return numpy_predict(network, theta, windows, samples, initial, return_state)
    dtype, n = windows.values.dtype, len(samples)
    workspace = make_workspace(network, windows)
    theta = np.ascontiguousarray(theta, dtype=dtype)
    state_size = network.state_size
    initial = np.empty((0, state_size), dtype) if initial is None else np.ascontiguousarray(initial, dtype=dtype)
    outputs = np.empty((n, windows.n_timesteps if network.per_step else 1, network.n_outputs), dtype)
    final = np.empty((n if return_state else 0, state_size), dtype)
    keep, keep_scale = np.empty((0, 0), dtype=np.uint8), np.ones(2, dtype)
    rows = workspace.tile_rows

    def part(thread, first, stop):
        arena = np.zeros(workspace.arena_size, dtype)
        engine.predict(
            theta, workspace.plan, windows.values, windows.starts, samples, first * rows, min(stop * rows, n),
            initial, keep, keep_scale, arena, outputs, final,
        )  # fmt: skip

    n_tiles = -(-n // rows)
    with workers(n_threads(n_jobs, n_tiles, n * workspace.work)) as run:
        run(part, n_tiles)
    return outputs, final if return_state else None
