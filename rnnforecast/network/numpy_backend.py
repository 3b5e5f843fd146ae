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
            cut, centre, scale = gather(windows, samples[part], theta.dtype)
            if network.inputs is None:
                x, f = cut.reshape(len(cut), windows.n_timesteps, windows.n_features).swapaxes(0, 1), None
            else:
                x = input_features(network, params, cut)
                f = future_features(network, params, windows, samples[part], centre, scale)
            recent = None
            if network.decoder == "sequential":
                rows_before = np.arange(-network.n_outputs, 0) + cut.shape[1]
                recent = cut[:, np.maximum(rows_before, 0), 0]
            out, final[part] = _forward(network, params, x, f, recent, initial[part])
            if windows.scaler is not None:
                measures[part, 0], measures[part, 1] = centre[:, 0], scale[:, 0]
                out = out if return_scale else out * scale + centre
            outputs[part] = out.swapaxes(0, 1)
    answer = outputs, final if return_state else None
    return (*answer, measures) if return_scale else answer


def gather(windows, samples, dtype):
    """Rows (B, n_rows, n_columns) of some windows, scaled per window, with the centre and scale (B, 1) of each.

    The twin of `gather_inputs`; centre and scale are None without a scaler.
    """
    T, F = windows.n_timesteps, windows.n_features
    view = np.lib.stride_tricks.sliding_window_view(windows.values, T * F)
    cut = view[windows.starts[samples]].astype(dtype, copy=False)
    n_columns = windows.n_columns or F
    cut = cut.reshape(len(samples), T * F // n_columns, n_columns)
    centre = scale = None
    if windows.scaler is not None:
        centre, scale = windows.scaler.equations(cut[:, :, :1])
        scale = np.where(scale == 0, np.ones_like(scale), scale)
        columns = cut[:, :, : windows.n_scaled]
        columns[...] = (columns - centre[:, None]) / scale[:, None]
    return cut, centre, scale


def input_features(network, params, cut):
    """The features (T, B, F) of windows cut (B, n_rows, n_columns), see `Inputs`."""
    inputs = network.inputs
    m = inputs.rows_per_step
    steps = cut.reshape(len(cut), cut.shape[1] // m, m, inputs.n_columns).swapaxes(0, 1)
    stop = inputs.n_rowwise + inputs.n_static
    parts = [_flat(steps[..., : inputs.n_rowwise].swapaxes(2, 3)), steps[:, :, -1, inputs.n_rowwise : stop]]
    for i, category in enumerate(inputs.categories):
        codes = steps[:, :, -1:, stop + i] if category.is_static else steps[..., stop + i]
        parts.append(_flat(params[f"embedding{i}.E"][codes.astype(np.int64)]))
    x = np.concatenate(parts, axis=2)
    for i, (column, delta_column) in enumerate(inputs.decay):
        delta = x[..., delta_column * m : (delta_column + 1) * m]
        rate = np.maximum(params["decay.w"][i] * delta + params["decay.b"][i], 0)
        x[..., column * m : (column + 1) * m] *= np.exp(-np.where(delta > 0, rate, np.zeros_like(rate)))
    return x


def future_features(network, params, windows, samples, centre, scale):
    """What is known of the segments (Q, B, n_future), scaled as the windows; None where the network reads nothing."""
    inputs, dtype = network.inputs, params["head.V"].dtype
    if not inputs.has_future:
        return None
    O = network.rows_per_answer
    shape = (network.n_segments, O, inputs.n_columns)
    view = np.lib.stride_tricks.sliding_window_view(windows.values, int(np.prod(shape)))
    segments = view[windows.futures[samples]].astype(dtype, copy=False).reshape(len(samples), *shape).swapaxes(0, 1)
    parts = [_flat(segments[..., slice(*inputs.future)].swapaxes(2, 3))]
    for i, category in enumerate(inputs.categories):
        if category.is_future:
            codes = segments[..., inputs.n_rowwise + inputs.n_static + i].astype(np.int64)
            parts.append(_flat(params[f"embedding{i}.E"][codes]))
    f = np.concatenate(parts, axis=2)
    if centre is not None:
        lags = f[..., : inputs.n_scaled_future(O)]
        lags[...] = (lags - centre) / scale
    return f


def _flat(a):
    """The last two axes as one."""
    return a.reshape(*a.shape[:2], a.shape[2] * a.shape[3])


def _forward(network, params, x, f, recent, initial):
    """Outputs (steps, B, O) and final states (B, state_size) of one block of rows.

    x is (T, B, F), f (Q, B, n_future) or None, and recent (B, O) what a sequential decoder begins with.
    """
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
    if recent is not None:
        top = np.zeros((network.n_segments, B, H), x.dtype)  # what comes of the features is added last
    elif network.n_segments:
        P = params["decoder.P"][:, :, None]
        given = P if f is None else P + np.einsum("qbf,kfh->kqbh", f, params["decoder.W"])
        top = _decode(network.cell, params[f"{prefix}.U"], params[f"{prefix}.b"], given, states)
    out = top @ params["head.V"] + params["head.b"]
    if network.input_skip:
        out += x[-len(top) :] @ params["head.S"]
    if network.n_linear:
        direct = np.einsum("tbf,tfo->bo", x[..., : network.n_linear_features], params["head.L"])
        out += direct.reshape(B, len(top), -1).swapaxes(0, 1)
        if f is not None:
            out += f @ params["decoder.S"]
    if recent is not None:
        _feed_back(network.cell, params, states, recent, f, out)
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


def _feed_back(cell, params, states, recent, f, out):
    """Add h_q V to out[q] (Q, B, O), for one segment after the other; each reads the answer before."""
    weights = [params[f"decoder.{name}"] for name in "WUb"]
    for q in range(len(out)):
        x = recent if f is None else np.concatenate([recent, f[q]], axis=1)
        h, states = _layer(cell, x[None], *weights, states)
        out[q] += h[0] @ params["head.V"]
        recent = out[q]


def _decode(cell, U, b, given, states):
    """Features (Q, B, H) of the segments: one step of the cell from the final states, `given` (K, Q, B, H) for x W."""
    inputs, recurrent = slice(*cell.input_slots), slice(*cell.recurrent_slots)
    features = []
    for q in range(given.shape[1]):
        z = np.repeat(b[:, None], len(states[0]), axis=1)
        z[inputs] += given[:, q]
        z[recurrent] += states[0] @ U
        features.append(cell.equations(z, states)[0])
    return np.stack(features)
