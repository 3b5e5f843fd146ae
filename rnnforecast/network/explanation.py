"""How much each number that a network reads moves one of its outputs."""

import numpy as np

from ..kernels import explanation
from .threads import n_threads, workers
from .workspace import make_workspace


def input_gradients(network, theta, windows, *, samples=None, out_step=0, output=0, n_jobs=None):
    """The gradient of one output with respect to the features that the network reads, d o / d x.

    The output is the one before the link, on the scale of the series, and so are the features; those that are vectors
    of categories are taken as they are. A window scaler's centre and scale count as constants: what a value moves by
    moving these is left out. A column that decays is meant before its decay.

    Parameters
    ----------
    network : Network
    theta : (P,) array
    windows : Windows
    samples : (n,) int array, optional
        Which windows; all by default.
    out_step : int, default=0
        Which of the outputs: the segment, or the time step of a network that answers per step.
    output : int, default=0
        Which number of it.
    n_jobs : int, optional

    Returns
    -------
    dx : (n, n_timesteps, n_features) array
        Laid out as `Inputs` says.
    df : (n, n_segments, n_future) array or None
        For what is known of the future.

    Raises
    ------
    ValueError
        There is no such output, or the network's decoder is sequential.
    """
    n_steps = network.n_out_steps(windows.n_timesteps)
    for name, value, n in (("out_step", out_step, n_steps), ("output", output, network.n_outputs)):
        if not 0 <= value < n:
            raise ValueError(f"{name}={value} must be in 0 ... {n - 1}")
    samples = np.arange(len(windows)) if samples is None else np.ascontiguousarray(samples, dtype=np.int64)
    dtype, n, workspace = windows.values.dtype, len(samples), make_workspace(network, windows, want_dx=True)
    theta = np.require(theta, dtype, ["C", "W"])
    network.check(theta[None])
    dx = np.empty((n, windows.n_timesteps, network.n_features), dtype)
    df = np.empty((n if network.n_future else 0, network.n_segments, network.n_future), dtype)
    scale = np.empty(n, dtype)
    keep, keep_scale, rows = np.empty((0, 0), dtype=np.uint8), np.ones(2, dtype), workspace.tile_rows

    def part(thread, first, stop):
        where = slice(first * rows, stop * rows)
        explanation.input_gradients(
            theta, np.zeros_like(theta), workspace.plan, windows.values, windows.starts, windows.futures_or_none,
            samples[where], out_step, output, keep, keep_scale, np.empty(workspace.arena_size, dtype),
            np.empty_like(theta), dx[where], df[where], scale[where],
        )  # fmt: skip

    n_tiles = -(-n // rows)
    with workers(n_threads(n_jobs, n_tiles, 3 * n * workspace.work)) as run:
        run(part, n_tiles)
    if windows.scaler is not None:  # of the scaled ones the scale cancels out
        dx[:, :, ~_is_scaled(network, windows)] *= scale[:, None, None]
        if network.n_future:
            df[:, :, network.inputs.n_scaled_future(network.rows_per_answer) :] *= scale[:, None, None]
    return dx, df if network.n_future else None


def _is_scaled(network, windows):
    """Which features of a step are scaled, (n_features,) bool."""
    features = np.arange(network.n_features)
    if network.inputs is None:
        return features % windows.n_columns < windows.n_scaled
    return features < network.n_linear_features
