"""Prediction in plain NumPy: the twin of the compiled `engine.predict`, for where there is no compiler.

All rows at once, one step of time after the other; each cell gives its step as `Cell.equations`. Nothing here is
compiled, so that the first call is as fast as every other one.
"""

import numpy as np

BLOCK_NUMBERS = 2**22  # numbers of a block of rows in one array: memory stays bounded for any number of windows


def predict(network, theta, windows, samples, initial=None, return_state=False, return_scale=False):
    """The network's outputs for some windows, before the link, on the scale of the series or of each window.

    Parameters
    ----------
    network : Network
    theta : (P,) array
        Parameters; all arithmetic is in their dtype.
    windows : Windows
    samples : (n,) array of int
        Which windows, in which order.
    initial : (n, state_size) array or None
        Initial states, row i for samples[i]; None for zeros. A row holds, for each layer, direction and state, that
        layer's `hidden_size` numbers.
    return_state : bool
        Whether the final states are wanted.
    return_scale : bool
        Whether outputs stay on the scale of each window, and its centre and scale are wanted.

    Returns
    -------
    outputs : (n, steps, n_outputs) array
        `steps` is n_timesteps if the network answers per step, else 1.
    final : (n, state_size) array or None
        Laid out as `initial`.
    measures : (n, 2) array
        With ``return_scale=True``: centre and scale of each window, as its targets have them.
    """
    n, steps = len(samples), network.n_out_steps(windows.n_timesteps)
    outputs = np.empty((n, steps, network.n_outputs), theta.dtype)
    final = np.empty((n, network.state_size), theta.dtype)
    measures = np.tile(np.array([0, 1], theta.dtype), (n, 1))
    if initial is None:
        initial = np.zeros((n, network.state_size), theta.dtype)
    params = network.layout.views(theta)
    rows = max(1, BLOCK_NUMBERS // (windows.n_timesteps * max(*network.input_sizes, network.top_size)))
    with np.errstate(all="ignore"):  # as in the kernels, overflow gives inf and no warning
        for first in range(0, n, rows):
            part = slice(first, first + rows)
            x, centre, scale = gather(windows, samples[part], theta.dtype)
            out, final[part] = _forward(network, params, x, initial[part])
            if windows.scaler is not None:
                measures[part, 0], measures[part, 1] = centre[:, 0], scale[:, 0]
                out = out if return_scale else out * scale[:, :1] + centre[:, :1]
            outputs[part] = out.swapaxes(0, 1)
    answer = outputs, final if return_state else None
    return (*answer, measures) if return_scale else answer


def gather(windows, samples, dtype):
    """Inputs x (T, B, F) of some windows, scaled per window, with the centre and scale (B, n_scaled) of each.

    The twin of `gather_inputs`; centre and scale are None without a scaler.
    """
    T, F = windows.n_timesteps, windows.n_features
    view = np.lib.stride_tricks.sliding_window_view(windows.values, T * F)
    cut = view[windows.starts[samples]].astype(dtype, copy=False)
    centre = scale = None
    if windows.scaler is not None:
        rows = cut.reshape(len(cut), -1, windows.n_columns)
        columns = rows[:, :, : windows.n_scaled]
        centre, scale = windows.scaler.equations(columns)
        scale = np.where(scale == 0, np.ones_like(scale), scale)
        columns[...] = (columns - centre[:, None]) / scale[:, None]
    return cut.reshape(-1, T, F).swapaxes(0, 1), centre, scale


def _forward(network, params, x, initial):
    """Outputs (steps, B, O) and final states (B, state_size) of one block of rows x (T, B, F)."""
    B, at, finals, signal = x.shape[1], 0, [], x
    for layer in range(network.n_layers):
        H, outputs, tops = network.hidden_sizes[layer], [], []
        for _, direction, prefix in (place for place in network.prefixes() if place[0] == layer):
            size = network.cell.n_states * H
            states = initial[:, at : at + size].reshape(B, -1, H).swapaxes(0, 1)
            at += size
            weights = (params[f"{prefix}.{name}"] for name in "WUb")
            h, states = _layer(network.cell, signal[::-1] if direction else signal, *weights, states)
            outputs.append(h[::-1] if direction else h)
            tops.append(states[0])
            finals.extend(states)
        signal = np.concatenate(outputs, axis=2)
    top = signal if network.per_step else np.concatenate(tops, axis=1)[None]
    if network.n_segments:
        top = _decode(network.cell, params[f"{prefix}.U"], params[f"{prefix}.b"], params["decoder.P"], states)
    out = top @ params["head.V"] + params["head.b"]
    if network.input_skip:
        out += x[-len(top) :] @ params["head.S"]
    if network.n_linear:
        direct = np.einsum("tbf,tfo->bo", x, params["head.L"]).reshape(B, len(top), -1)
        out += direct.swapaxes(0, 1)
    return out, np.concatenate(finals, axis=1)


def _layer(cell, x, W, U, b, states):
    """Outputs (T, B, H) and final states, a tuple of S arrays (B, H), of one direction over x (T, B, F).

    z_k = x_t W_k + h_{t-1} U_k + b_k for every slot k, and the cell's equations make the new states of it.
    """
    inputs, recurrent = slice(*cell.input_slots), slice(*cell.recurrent_slots)
    outputs = np.empty((*x.shape[:2], b.shape[1]), x.dtype)
    for t in range(len(x)):
        z = np.repeat(b[:, None], x.shape[1], axis=1)
        z[inputs] += x[t] @ W
        z[recurrent] += states[0] @ U
        states = cell.equations(z, states)
        outputs[t] = states[0]
    return outputs, states


def _decode(cell, U, b, P, states):
    """Features (Q, B, H) of the segments: one step of the cell from the final states, with P_k[q] for the input."""
    inputs, recurrent = slice(*cell.input_slots), slice(*cell.recurrent_slots)
    features = []
    for q in range(P.shape[1]):
        z = np.repeat(b[:, None], len(states[0]), axis=1)
        z[inputs] += P[:, None, q]
        z[recurrent] += states[0] @ U
        features.append(cell.equations(z, states)[0])
    return np.stack(features)
