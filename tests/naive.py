"""Naive NumPy twins of the library's kernels: slow, readable by eye, and sharing no code with the library.

Names of axes: B T F H G S are batch, time, features, hidden units, slots (pre-activations of a cell) and states;
D is the width of a layer's output (H, or 2H where the layer has two directions), O the number of outputs.
Vectors are rows: slot k of a cell reads z_k = x W_k + h_prev U_k + b_k with x (B, F), W_k (F, H), h (B, H), U_k (H, H).
Parameters are a dict of arrays: "layer0.W" (G_x, F, H), "layer0.U" (G_h, H, H), "layer0.b" (G, H), the same under
"layer0.reverse." for the backward direction, then "head.V" (D, O), "head.b" (O,) and, with a skip, "head.S" (F, O).
"""

from functools import partial
from typing import NamedTuple

import numpy as np
from scipy import special, stats

# ---------------------------------------------------------------------------------------------------------------------
# Cells: one step forward, z (G, B, H) and prev (S, B, H) -> new (S, B, H), and the same step backward,
# d_new (S, B, H) -> dz (G, B, H), d_prev (S, B, H). State 0 is always h. The path h_prev -> U -> z is not part of them.
# ---------------------------------------------------------------------------------------------------------------------


class Cell(NamedTuple):
    slots: str  # one letter per slot, in order
    states: str  # one letter per state, in order
    input_slots: range  # the slots that x W feeds
    recurrent_slots: range  # the slots that h U feeds
    step: callable
    step_backward: callable


def sigmoid(z):
    e = np.exp(-np.abs(z))  # never overflows
    return np.where(z >= 0, 1 / (1 + e), e / (1 + e))


def elman_step(z, prev, activation="tanh"):
    """h' = sigma(z)."""
    sigma = {"tanh": np.tanh, "relu": lambda a: np.maximum(a, 0), "sigmoid": sigmoid}[activation]
    return np.stack([sigma(z[0])])


def elman_step_backward(z, prev, d_new, activation="tanh"):
    (h,) = elman_step(z, prev, activation)
    slope = {"tanh": 1 - h**2, "relu": (h > 0).astype(h.dtype), "sigmoid": h * (1 - h)}[activation]
    return np.stack([d_new[0] * slope]), np.zeros_like(prev)


def lstm_step(z, prev):
    """c' = f c + i g;  h' = o tanh(c'), with slots i, f, g, o and states h, c."""
    i, f, g, o = sigmoid(z[0]), sigmoid(z[1]), np.tanh(z[2]), sigmoid(z[3])
    c = f * prev[1] + i * g
    return np.stack([o * np.tanh(c), c])


def lstm_step_backward(z, prev, d_new):
    i, f, g, o = sigmoid(z[0]), sigmoid(z[1]), np.tanh(z[2]), sigmoid(z[3])
    _, c = lstm_step(z, prev)
    dh, dc = d_new
    do = dh * np.tanh(c)
    dc = dc + dh * o * (1 - np.tanh(c) ** 2)
    di, df, dg = dc * g, dc * prev[1], dc * i
    dz = np.stack([di * i * (1 - i), df * f * (1 - f), dg * (1 - g**2), do * o * (1 - o)])
    return dz, np.stack([np.zeros_like(dh), dc * f])


def gru_step(z, prev):
    """h' = (1 - u) n + u h, with n = tanh(z_n + r z_m), and slots n, r, u, m (x feeds n, r, u and h feeds r, u, m)."""
    r, u = sigmoid(z[1]), sigmoid(z[2])
    n = np.tanh(z[0] + r * z[3])
    return np.stack([(1 - u) * n + u * prev[0]])


def gru_step_backward(z, prev, d_new):
    r, u = sigmoid(z[1]), sigmoid(z[2])
    n = np.tanh(z[0] + r * z[3])
    (dh,) = d_new
    dn = dh * (1 - u)
    du = dh * (prev[0] - n)
    dz_n = dn * (1 - n**2)
    dr = dz_n * z[3]
    dz = np.stack([dz_n, dr * r * (1 - r), du * u * (1 - u), dz_n * r])
    return dz, np.stack([dh * u])


def find_cell(cell, activation="tanh"):
    """The Cell of a name; a Cell is handed through, so that a test may bring its own."""
    cells = {
        "elman": Cell(
            "a",
            "h",
            range(1),
            range(1),
            partial(elman_step, activation=activation),
            partial(elman_step_backward, activation=activation),
        ),
        "lstm": Cell("ifgo", "hc", range(4), range(4), lstm_step, lstm_step_backward),
        "gru": Cell("nrum", "h", range(0, 3), range(1, 4), gru_step, gru_step_backward),
    }
    return cell if isinstance(cell, Cell) else cells[cell]


# ---------------------------------------------------------------------------------------------------------------------
# One layer in one direction
# ---------------------------------------------------------------------------------------------------------------------


def layer_forward(cell, W, U, b, x, initial=None, mask=None):
    """Run one direction of one layer over x (B, T, F), in the order in which x comes.

    initial : (S, B, H) or None for zeros     mask : (B, H) or None, multiplies h_prev where it enters h_prev U
    Returns the outputs (B, T, H), the final state (S, B, H) and the tape for `layer_backward`.
    """
    B, T, _ = x.shape
    G, H = b.shape
    state = np.zeros((len(cell.states), B, H), x.dtype) if initial is None else initial
    mask = np.ones((B, H), x.dtype) if mask is None else mask
    outputs, states, preactivations = np.zeros((B, T, H), x.dtype), [state], []
    for t in range(T):
        z = np.zeros((G, B, H), x.dtype)
        for k in range(G):
            z[k] = b[k]
            if k in cell.input_slots:
                z[k] += x[:, t] @ W[k - cell.input_slots.start]
            if k in cell.recurrent_slots:
                z[k] += (mask * state[0]) @ U[k - cell.recurrent_slots.start]
        state = cell.step(z, state)
        outputs[:, t] = state[0]
        states.append(state)
        preactivations.append(z)
    return outputs, state, (x, states, preactivations, mask)


def layer_backward(cell, W, U, b, tape, d_outputs, d_final):
    """Back-propagation through time: d_outputs (B, T, H) and d_final (S, B, H) -> dW, dU, db, dx, d_initial."""
    x, states, preactivations, mask = tape
    dW, dU, db, dx = np.zeros_like(W), np.zeros_like(U), np.zeros_like(b), np.zeros_like(x)
    d_state = d_final.copy()
    for t in reversed(range(x.shape[1])):
        d_state[0] += d_outputs[:, t]
        prev = states[t]
        dz, d_prev = cell.step_backward(preactivations[t], prev, d_state)
        for k in range(len(b)):
            db[k] += dz[k].sum(axis=0)
            if k in cell.input_slots:
                j = k - cell.input_slots.start
                dW[j] += x[:, t].T @ dz[k]
                dx[:, t] += dz[k] @ W[j].T
            if k in cell.recurrent_slots:
                j = k - cell.recurrent_slots.start
                dU[j] += (mask * prev[0]).T @ dz[k]
                d_prev[0] += mask * (dz[k] @ U[j].T)
        d_state = d_prev
    return dW, dU, db, dx, d_state


def decode(cell, U, b, P, final, W=None, future=None):
    """One step from the final state (S, B, H) for each of Q positions: features (B, Q, H), and a tape for each.

    The input of segment q is (1, future[:, q]), and its weights are (P[:, q], W); future is (B, Q, n_future).
    """
    B, Q = final.shape[1], P.shape[1]
    if W is None:
        W, future = np.zeros((len(P), 0, P.shape[2]), P.dtype), np.zeros((B, Q, 0), final.dtype)
    x = np.concatenate([np.ones((B, Q, 1), final.dtype), future], axis=2)
    weights = [np.concatenate([P[:, q, None], W], axis=1) for q in range(Q)]
    parts = [layer_forward(cell, weights[q], U, b, x[:, q : q + 1], final) for q in range(Q)]
    return np.concatenate([outputs for outputs, _, _ in parts], axis=1), (weights, [tape for _, _, tape in parts])


def decode_in_turn(cell, params, final, first, future, targets, direct):
    """Q segments by a layer of their own, from the final state (S, B, H) of the top layer.

    Segment q reads [the O values before it, future[:, q]]: `first` (B, O) at the start, then the targets (B, Q, O), or,
    where these are None, the network's own answers, direct[:, q] + h_q V. A target that is NaN is the value before it.
    Returns the features (B, Q, H) and the tape of the layer.
    """
    W, U, b = (params[f"decoder.{name}"] for name in "WUb")
    B, Q, O = direct.shape
    state, before, xs, features = final, first, [], []
    for q in range(Q):
        xs.append(np.concatenate([before] + ([] if future is None else [future[:, q]]), axis=1))
        h, state, _ = layer_forward(cell, W, U, b, xs[-1][:, None], state)
        features.append(h[:, 0])
        if targets is None:
            before = direct[:, q] + h[:, 0] @ params["head.V"]
        else:
            line = np.concatenate([before[:, -1:], targets[:, q]], axis=1)
            for o in range(1, O + 1):
                line[:, o] = np.where(np.isnan(line[:, o]), line[:, o - 1], line[:, o])
            before = line[:, 1:]
    _, _, tape = layer_forward(cell, W, U, b, np.stack(xs, axis=1), final)
    return np.stack(features, axis=1), tape


def decode_backward(cell, U, b, tape, d_features):
    """The gradient of the final state, (dU, db, dP, dW), and that of the future."""
    weights, tapes = tape
    d_final, dU, db, dW = np.zeros_like(tapes[0][1][0]), np.zeros_like(U), np.zeros_like(b), 0
    dP, d_future = [], []
    for q, tape_q in enumerate(tapes):
        d_outputs = d_features[:, q : q + 1]
        W_q, U_q, b_q, dx, d_start = layer_backward(cell, weights[q], U, b, tape_q, d_outputs, np.zeros_like(d_final))
        dP.append(W_q[:, 0])
        d_future.append(dx[:, 0, 1:])
        dU, db, dW, d_final = dU + U_q, db + b_q, dW + W_q[:, 1:], d_final + d_start
    return d_final, (dU, db, np.stack(dP, axis=1), dW), np.stack(d_future, axis=1)


# ---------------------------------------------------------------------------------------------------------------------
# The whole network
# ---------------------------------------------------------------------------------------------------------------------


def directions(params, layer):
    """The prefixes of a layer's parameters, one for each direction; none where there is no such layer."""
    return [p for p in (f"layer{layer}.", f"layer{layer}.reverse.") if p + "W" in params]


def count_layers(params):
    n_layers = 0
    while directions(params, n_layers):
        n_layers += 1
    return n_layers


def forward(
    params, x, *, cell, activation="tanh", steps="last", initial=None, dropout_masks=None, recurrent_masks=None,
    future=None, first=None, targets=None, segments=None,
):  # fmt: skip
    """Run the network over x (B, T, F): o_t = y_t V + b + x_t S, where y_t is the output of the last layer.

    steps           : "all" gives o (B, T, O); "last" gives o (B, O) from x_{T-1} and
                      y = [forward direction's h at T-1, backward direction's h at 0];
                      "segments" gives o (B, Q, O) from one step of the cell for each position in decoder.P;
                      "in turn" gives it from one segment after the other, see `decode_in_turn`
    initial         : initial[layer][direction] is (S, B, H); None for zeros, at each of the three levels
    dropout_masks   : dropout_masks[layer] is (T, B, D), or (B, D) for the last layer under "last"; None where unused
    recurrent_masks : recurrent_masks[layer][direction] is (B, H); None where unused, at each level
    future          : (B, Q, n_future), what "segments" read with decoder.W and, if there, decoder.S; None without
    Returns o, the final states as final[layer][direction], and the tape for `backward`.
    """
    cell = find_cell(cell, activation)
    n_layers = count_layers(params)
    tape = {"cell": cell, "steps": steps, "x": x, "layers": [], "dropout_masks": dropout_masks, "future": future}
    final, n_segments = [], None
    signal = x
    for layer in range(n_layers):
        outputs, finals, tapes = [], [], []
        for d, prefix in enumerate(directions(params, layer)):
            sequence = signal if d == 0 else signal[:, ::-1]
            W, U, b = (params[prefix + name] for name in "WUb")
            state, mask = pick(initial, layer, d), pick(recurrent_masks, layer, d)
            h, last_state, layer_tape = layer_forward(cell, W, U, b, sequence, state, mask)
            outputs.append(h if d == 0 else h[:, ::-1])
            finals.append(last_state)
            tapes.append(layer_tape)
        final.append(finals)
        tape["layers"].append(tapes)
        if layer == n_layers - 1 and steps == "last":
            signal = np.concatenate([state[0] for state in finals], axis=1)
        elif layer == n_layers - 1 and steps == "segments":
            W = params.get("decoder.W")
            n_segments = params["decoder.P"].shape[1]
            signal, tape["decoder"] = decode(cell, U, b, params["decoder.P"], finals[0], W, future)
        elif layer == n_layers - 1 and steps == "in turn":
            n_segments, O = segments, first.shape[1]
            direct = np.zeros((len(x), n_segments, O), x.dtype) + params["head.b"]
            direct = direct + direct_paths(params, x, future, steps, n_segments)
            signal, tape["decoder"] = decode_in_turn(cell, params, finals[0], first, future, targets, direct)
        else:
            signal = np.concatenate(outputs, axis=2)
        mask = pick(dropout_masks, layer)
        if mask is not None:
            signal = signal * batch_first(mask)
    tape["y"] = signal
    o = signal @ params["head.V"] + params["head.b"] + direct_paths(params, x, future, steps, n_segments)
    return o, final, tape


def direct_paths(params, x, future, steps, n_segments=None):
    """What reaches the output past the layers."""
    o = 0
    if "head.S" in params:
        o = o + (x[:, -1] if steps == "last" else x) @ params["head.S"]
    if "head.L" in params:
        n = params["head.L"].shape[1]  # it reads the first features only
        lines = np.einsum("btf,tfo->bo", x[:, :, :n], params["head.L"])
        o = o + (lines if n_segments is None else lines.reshape(len(x), n_segments, -1))
    if "decoder.S" in params:
        o = o + future @ params["decoder.S"]
    return o


def backward(params, tape, do, d_final=None):
    """Gradients of a loss L with dL/do = do and dL/dfinal = d_final, which is nested like final (None for zeros).

    Returns the gradients of all parameters as a dict like params, dx (B, T, F), and d_initial[layer][direction]; the
    gradient of the future goes to tape["d_future"]. Embeddings have theirs from `embedding_gradients`.
    """
    cell, steps, x = tape["cell"], tape["steps"], tape["x"]
    gradients = {}
    dx, d_signal = head_backward(params, tape, do, gradients)
    n_layers = len(tape["layers"])
    d_initial = [None] * n_layers
    for layer in reversed(range(n_layers)):
        mask = pick(tape["dropout_masks"], layer)
        if mask is not None:
            d_signal = d_signal * batch_first(mask)
        prefixes = directions(params, layer)
        parts = np.split(d_signal, len(prefixes), axis=-1)  # the gradient of each direction's share of y
        d_signal = np.zeros_like(tape["layers"][layer][0][0])
        d_initial[layer] = []
        for d, prefix in enumerate(prefixes):
            W, U, b = (params[prefix + name] for name in "WUb")
            sequence, states, _, _ = layer_tape = tape["layers"][layer][d]
            d_state = np.zeros_like(states[-1])
            if pick(d_final, layer, d) is not None:
                d_state += d_final[layer][d]
            if layer == n_layers - 1 and steps == "last":
                d_state[0] += parts[d]
                d_outputs = np.zeros((*sequence.shape[:2], b.shape[1]), x.dtype)
            elif layer == n_layers - 1 and steps == "in turn":
                own = [params[f"decoder.{name}"] for name in "WUb"]
                *d_own, d_read, d_last = layer_backward(cell, *own, tape["decoder"], parts[d], np.zeros_like(d_state))
                for name, gradient in zip("WUb", d_own, strict=True):
                    gradients[f"decoder.{name}"] = gradient
                tape["d_future"] = d_read[:, :, do.shape[2] :] + (
                    do @ params["decoder.S"].T if "decoder.S" in params else 0
                )
                d_state += d_last
                d_outputs = np.zeros((*sequence.shape[:2], b.shape[1]), x.dtype)
            elif layer == n_layers - 1 and steps == "segments":
                d_last, d_decoder, d_future = decode_backward(cell, U, b, tape["decoder"], parts[d])
                d_state += d_last
                d_outputs = np.zeros((*sequence.shape[:2], b.shape[1]), x.dtype)
            else:
                d_outputs = parts[d] if d == 0 else parts[d][:, ::-1]
            dW, dU, db, d_sequence, d_start = layer_backward(cell, W, U, b, layer_tape, d_outputs, d_state)
            if layer == n_layers - 1 and steps == "segments":
                dU, db, gradients["decoder.P"] = dU + d_decoder[0], db + d_decoder[1], d_decoder[2]
                gradients["decoder.W"] = d_decoder[3]
                tape["d_future"] = d_future + (do @ params["decoder.S"].T if "decoder.S" in params else 0)
            gradients[prefix + "W"], gradients[prefix + "U"], gradients[prefix + "b"] = dW, dU, db
            d_signal += d_sequence if d == 0 else d_sequence[:, ::-1]
            d_initial[layer].append(d_start)
    return {name: gradients[name] for name in params if name in gradients}, dx + d_signal, d_initial


def head_backward(params, tape, do, gradients):
    """Write the head's gradients; return dx by way of the skip, and dy."""
    x, y, last = tape["x"], tape["y"], tape["steps"] == "last"
    rows = tuple(range(do.ndim - 1))  # the axes of batch and time
    gradients["head.V"] = np.tensordot(y, do, axes=(rows, rows))
    gradients["head.b"] = do.sum(axis=rows)
    dx = np.zeros_like(x)
    if "head.S" in params:
        gradients["head.S"] = np.tensordot(x[:, -1] if last else x, do, axes=(rows, rows))
        if last:
            dx[:, -1] += do @ params["head.S"].T
        else:
            dx += do @ params["head.S"].T
    if "head.L" in params:
        flat, n = do.reshape(len(do), -1), params["head.L"].shape[1]
        gradients["head.L"] = np.einsum("btf,bo->tfo", x[:, :, :n], flat)
        dx[:, :, :n] += np.einsum("bo,tfo->btf", flat, params["head.L"])
    if "decoder.S" in params:
        gradients["decoder.S"] = np.tensordot(tape["future"], do, axes=(rows, rows))
    return dx, do @ params["head.V"].T


def pick(nested, *keys):
    """nested[key][key]..., or None as soon as one level is None."""
    for key in keys:
        if nested is None:
            return None
        nested = nested[key]
    return nested


def batch_first(mask):
    """A mask (T, B, D) as (B, T, D); a mask (B, D) as it is."""
    return mask.swapaxes(0, 1) if mask.ndim == 3 else mask


def random_params(
    rng, *, cell, n_features, hidden_sizes, n_outputs, bidirectional=False, input_skip=False, scale=0.5, dtype=float
):
    """Normal parameters (biases too) of a network; hidden_sizes has one width for each layer."""
    cell = find_cell(cell)
    shapes, width = {}, n_features
    for layer, H in enumerate(hidden_sizes):
        for prefix in [f"layer{layer}.", f"layer{layer}.reverse."][: 1 + bidirectional]:
            shapes[prefix + "W"] = (len(cell.input_slots), width, H)
            shapes[prefix + "U"] = (len(cell.recurrent_slots), H, H)
            shapes[prefix + "b"] = (len(cell.slots), H)
        width = H * (1 + bidirectional)
    shapes["head.V"], shapes["head.b"] = (width, n_outputs), (n_outputs,)
    if input_skip:
        shapes["head.S"] = (n_features, n_outputs)
    return {name: (scale * rng.normal(size=shape)).astype(dtype) for name, shape in shapes.items()}


# ---------------------------------------------------------------------------------------------------------------------
# Losses: a value and a gradient for each number o. Classes, targets and quantiles lie on the last axis.
# ---------------------------------------------------------------------------------------------------------------------


def squared_error(o, y):
    return 0.5 * (o - y) ** 2


def squared_error_gradient(o, y):
    return o - y


def absolute_error(o, y):
    return np.abs(o - y)


def absolute_error_gradient(o, y):
    return np.sign(o - y)


def huber(o, y, delta=1.0):
    e = np.abs(o - y)
    return np.where(e <= delta, 0.5 * e**2, delta * (e - 0.5 * delta))


def huber_gradient(o, y, delta=1.0):
    return np.clip(o - y, -delta, delta)


def quantile(o, y, quantiles=(0.5,)):
    """max(q (y - o), (q - 1) (y - o)); o (..., n_targets * n_quantiles), the quantile fastest; y (..., n_targets)."""
    losses = np.zeros_like(o)
    for target in range(y.shape[-1]):
        for j, q in enumerate(quantiles):
            column = target * len(quantiles) + j
            e = y[..., target] - o[..., column]
            losses[..., column] = np.maximum(q * e, (q - 1) * e)
    return losses


def quantile_gradient(o, y, quantiles=(0.5,)):
    """-q below y, 1 - q above it, 0 at the kink."""
    gradient = np.zeros_like(o)
    for target in range(y.shape[-1]):
        for j, q in enumerate(quantiles):
            column = target * len(quantiles) + j
            e = y[..., target] - o[..., column]
            gradient[..., column] = np.where(e > 0, -q, np.where(e < 0, 1 - q, 0))
    return gradient


def poisson(o, y):
    """Minus the log-likelihood without its constant; o is the log of the rate."""
    return np.exp(o) - y * o


def poisson_gradient(o, y):
    return np.exp(o) - y


def softmax(o):
    e = np.exp(o - o.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def log_loss(o, y):
    """Minus the log of the class's probability: o (..., n_classes), y (...) the class's index -> (...)."""
    shifted = o - o.max(axis=-1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
    return -np.take_along_axis(log_p, y[..., None].astype(int), axis=-1)[..., 0]


def log_loss_gradient(o, y):
    return softmax(o) - np.eye(o.shape[-1], dtype=o.dtype)[y.astype(int)]


# Losses of several outputs together: o (..., n_targets, P) and y (..., n_targets) -> (..., n_targets), and the
# gradients of o's shape. What is left out are constants of y.


def gaussian(o, y):
    """Minus the log-density; o is mu and r, sigma = softplus(r) + 1e-4."""
    return -stats.norm.logpdf(y, o[..., 0], softplus(o[..., 1]) + 1e-4)


def gaussian_gradient(o, y):
    sigma, e = softplus(o[..., 1]) + 1e-4, o[..., 0] - y
    return np.stack([e / sigma**2, sigmoid(o[..., 1]) * (1 / sigma - e**2 / sigma**3)], axis=-1)


def student_t(o, y):
    """Minus the log-density; o is mu, r and s: sigma = softplus(r) + 1e-4, nu = 2 + softplus(s)."""
    return -stats.t.logpdf(y, 2 + softplus(o[..., 2]), o[..., 0], softplus(o[..., 1]) + 1e-4)


def student_t_gradient(o, y):
    sigma, nu, e = softplus(o[..., 1]) + 1e-4, 2 + softplus(o[..., 2]), o[..., 0] - y
    q = nu * sigma**2 + e**2
    d_nu = special.digamma(nu / 2) - special.digamma((nu + 1) / 2) + 1 / nu + np.log(q / (nu * sigma**2))
    d_nu -= (nu + 1) * e**2 / (nu * q)
    d_sigma = 1 / sigma - (nu + 1) * e**2 / (sigma * q)
    return np.stack([(nu + 1) * e / q, sigmoid(o[..., 1]) * d_sigma, sigmoid(o[..., 2]) * d_nu / 2], axis=-1)


def negative_binomial(o, y):
    """Minus the log-probability without log y!; o is log mu and s, alpha = softplus(s) + 1e-6."""
    mu, r = np.exp(o[..., 0]), 1 / (softplus(o[..., 1]) + 1e-6)
    return -stats.nbinom.logpmf(y, r, r / (r + mu)) - special.gammaln(y + 1)


def negative_binomial_gradient(o, y):
    mu, alpha = np.exp(o[..., 0]), softplus(o[..., 1]) + 1e-6
    r = 1 / alpha
    d_r = special.digamma(r) - special.digamma(r + y) - np.log(r / (r + mu)) - 1 + (r + y) / (r + mu)
    return np.stack([(mu - y) * r / (r + mu), -sigmoid(o[..., 1]) * r**2 * d_r], axis=-1)


def gamma(o, y):
    """Half the deviance, log(mu / y) + y / mu - 1, without -log y - 1; o is log mu."""
    return o[..., 0] + y / np.exp(o[..., 0])


def gamma_gradient(o, y):
    return 1 - y[..., None] / np.exp(o)


def tweedie(o, y, power=1.5):
    """Half the deviance without its constant; o is log mu."""
    mu = np.exp(o[..., 0])
    return mu ** (2 - power) / (2 - power) - y * mu ** (1 - power) / (1 - power)


def tweedie_gradient(o, y, power=1.5):
    """(mu - y) / mu^p is the slope in mu."""
    mu = np.exp(o)
    return mu * (mu - y[..., None]) / mu**power


def increments(Q):
    """The matrix of quantiles (Q,) in (o_m, softplus of the others): +1 from an increment outwards, -1 below m."""
    matrix, m = np.zeros((Q, Q)), Q // 2
    for k in range(Q):
        for i in range(Q):
            if i == m or m < i <= k:
                matrix[k, i] = 1
            elif k <= i < m:
                matrix[k, i] = -1
    return matrix


def noncrossing_quantiles(o):
    steps = softplus(o)
    steps[..., o.shape[-1] // 2] = o[..., o.shape[-1] // 2]
    return steps @ increments(o.shape[-1]).T


def noncrossing_quantile(o, y, quantiles=(0.5,)):
    q, e = np.array(quantiles), y[..., None] - noncrossing_quantiles(o)
    return np.maximum(q * e, (q - 1) * e).mean(axis=-1)


def noncrossing_quantile_gradient(o, y, quantiles=(0.5,)):
    q, e = np.array(quantiles), y[..., None] - noncrossing_quantiles(o)
    steps = sigmoid(o)
    steps[..., len(q) // 2] = 1
    return np.where(e > 0, -q, np.where(e < 0, 1 - q, 0)) @ increments(len(q)) * steps / len(q)


def softplus(z):
    return np.maximum(z, 0) + np.log1p(np.exp(-np.abs(z)))


def ungrouped(function, gradient):
    """The two functions for o (..., n_targets * P) that is not cut by targets; a missing target (NaN) counts zero."""

    def grouped(o, y):
        return o.reshape(*y.shape, -1), np.where(np.isnan(y), 1, y)

    def value(o, y, **options):
        return np.where(np.isnan(y), 0, function(*grouped(o, y), **options))

    def slopes(o, y, **options):
        return np.where(np.isnan(y)[..., None], 0, gradient(*grouped(o, y), **options)).reshape(o.shape)

    return value, slopes


JOINT = {
    "gaussian": ungrouped(gaussian, gaussian_gradient),
    "student_t": ungrouped(student_t, student_t_gradient),
    "negative_binomial": ungrouped(negative_binomial, negative_binomial_gradient),
    "gamma": ungrouped(gamma, gamma_gradient),
    "tweedie": ungrouped(tweedie, tweedie_gradient),
    "noncrossing_quantile": ungrouped(noncrossing_quantile, noncrossing_quantile_gradient),
}
LOSSES = {
    "squared_error": (squared_error, squared_error_gradient),
    "absolute_error": (absolute_error, absolute_error_gradient),
    "huber": (huber, huber_gradient),
    "quantile": (quantile, quantile_gradient),
    "poisson": (poisson, poisson_gradient),
    "log_loss": (log_loss, log_loss_gradient),
    **JOINT,
}


def sample_losses(loss, o, y, **options):
    """l_i (B,): the mean over outputs, summed over time steps if o is (B, T, O).

    log_loss has one number for all outputs, and losses of several outputs together have one for each target. Targets
    that are NaN count as met.
    """
    losses = LOSSES[loss][0](o, y, **options)
    if loss != "log_loss":
        missing = np.isnan(y) if loss in JOINT else missing_targets(o, y)
        losses = np.where(missing, 0, losses).mean(axis=-1)
    return losses.sum(axis=1) if o.ndim == 3 else losses


def sample_loss_gradients(loss, o, y, **options):
    """dl_i/do, of the shape of o."""
    gradient = LOSSES[loss][1](o, y, **options)
    if loss == "log_loss" or loss in JOINT:
        return gradient if loss == "log_loss" else gradient / y.shape[-1]
    return np.where(missing_targets(o, y), 0, gradient) / o.shape[-1]


def missing_targets(o, y):
    """Where outputs have no target."""
    return np.repeat(np.isnan(y), o.shape[-1] // y.shape[-1], axis=-1)


def is_penalised(name):
    """Weights are, biases are not."""
    return name.rsplit(".", 1)[1] in ("W", "U", "V", "S")


def total_loss(loss, o, y, *, params=None, alpha=0.0, sample_weight=None, **options):
    """(sum_i w_i l_i + 0.5 alpha sum of squared weights) / sum_i w_i."""
    w = np.ones(len(o), o.dtype) if sample_weight is None else np.asarray(sample_weight, o.dtype)
    squares = sum((p**2).sum() for name, p in (params or {}).items() if is_penalised(name))
    return ((w * sample_losses(loss, o, y, **options)).sum() + 0.5 * alpha * squares) / w.sum()


def total_loss_gradient(loss, o, y, *, sample_weight=None, **options):
    """d total_loss / d o, of the shape of o."""
    w = np.ones(len(o), o.dtype) if sample_weight is None else np.asarray(sample_weight, o.dtype)
    w = w.reshape(-1, *[1] * (o.ndim - 1))
    return w * sample_loss_gradients(loss, o, y, **options) / w.sum()


def objective(params, x, y, *, loss, alpha=0.0, sample_weight=None, loss_options=None, **network):
    """The number that training makes small; **network goes to `forward`."""
    o, _, _ = forward(params, x, **network)
    return total_loss(loss, o, y, params=params, alpha=alpha, sample_weight=sample_weight, **(loss_options or {}))


def objective_gradient(params, x, y, *, loss, alpha=0.0, sample_weight=None, loss_options=None, **network):
    """Gradients of `objective`: the dict for params, dx, and d_initial[layer][direction]."""
    o, _, tape = forward(params, x, **network)
    do = total_loss_gradient(loss, o, y, sample_weight=sample_weight, **(loss_options or {}))
    gradients, dx, d_initial = backward(params, tape, do)
    total_weight = len(x) if sample_weight is None else np.sum(sample_weight)
    for name in gradients:
        if is_penalised(name):
            gradients[name] += alpha * params[name] / total_weight
    return gradients, dx, d_initial


# ---------------------------------------------------------------------------------------------------------------------
# Finite differences
# ---------------------------------------------------------------------------------------------------------------------


def numerical_gradient(function, theta, step=1e-5):
    """Central differences, in float64, of a scalar function of an array of any shape; theta is left as it was."""
    theta = np.array(theta, dtype=np.float64)
    gradient = np.zeros_like(theta)
    for index in np.ndindex(theta.shape):
        up, down = theta.copy(), theta.copy()
        up[index] += step
        down[index] -= step
        gradient[index] = (function(up) - function(down)) / (up[index] - down[index])
    return gradient


def relative_error(a, b):
    """The largest difference, over the largest number in either array."""
    a, b = np.asarray(a), np.asarray(b)
    assert a.shape == b.shape, f"{a.shape} is not {b.shape}"
    largest = max(np.abs(a).max(), np.abs(b).max())
    return np.abs(a - b).max() / largest if largest > 0 else 0.0


def flatten(params):
    """All arrays of a dict end to end, in the order of the dict."""
    return np.concatenate([p.ravel() for p in params.values()])


def unflatten(theta, like):
    """The inverse of `flatten`: a dict with the names and shapes of `like`, filled from theta."""
    params, at = {}, 0
    for name, p in like.items():
        params[name] = theta[at : at + p.size].reshape(p.shape)
        at += p.size
    return params


# ---------------------------------------------------------------------------------------------------------------------
# Optimisers: (theta, gradient, state, ...) -> new theta, new state; the first call gets state=None
# ---------------------------------------------------------------------------------------------------------------------


def sgd(theta, gradient, state, lr, momentum=0.0, nesterov=False):
    """v = momentum v - lr g;  theta += v, or with Nesterov theta += momentum v - lr g, as in scikit-learn."""
    velocity = np.zeros_like(theta) if state is None else state
    velocity = momentum * velocity - lr * gradient
    return theta + (momentum * velocity - lr * gradient if nesterov else velocity), velocity


def adam(theta, gradient, state, lr, beta_1=0.9, beta_2=0.999, epsilon=1e-8):
    """Kingma & Ba 2015, algorithm 1: theta -= lr m_hat / (sqrt(v_hat) + epsilon)."""
    t, m, v = (0, np.zeros_like(theta), np.zeros_like(theta)) if state is None else state
    t = t + 1
    m = beta_1 * m + (1 - beta_1) * gradient
    v = beta_2 * v + (1 - beta_2) * gradient**2
    m_hat = m / (1 - beta_1**t)
    v_hat = v / (1 - beta_2**t)
    return theta - lr * m_hat / (np.sqrt(v_hat) + epsilon), (t, m, v)


def adamw(theta, gradient, state, lr, weight_decay=0.01, beta_1=0.9, beta_2=0.999, epsilon=1e-8):
    """theta *= 1 - lr weight_decay, and then a step of Adam (Loshchilov & Hutter 2019, as PyTorch scales it)."""
    return adam(theta * (1 - lr * weight_decay), gradient, state, lr, beta_1, beta_2, epsilon)


def rmsprop(theta, gradient, state, lr, rho=0.99, epsilon=1e-8):
    """v = rho v + (1 - rho) g^2;  theta -= lr g / (sqrt(v) + epsilon), as PyTorch's."""
    v = np.zeros_like(theta) if state is None else state
    v = rho * v + (1 - rho) * gradient**2
    return theta - lr * gradient / (np.sqrt(v) + epsilon), v


def clip_global_norm(gradient, max_norm):
    """The flat gradient, shortened to max_norm if it is longer."""
    norm = np.sqrt((gradient**2).sum())
    return gradient * (max_norm / norm) if norm > max_norm else gradient


# ---------------------------------------------------------------------------------------------------------------------
# Schedules: the learning rate of update (or epoch) t; lr is the largest one
# ---------------------------------------------------------------------------------------------------------------------


def constant(lr, t):
    return lr


def invscaling(lr, t, power_t=0.5):
    """lr / t^power_t with t counted from 1, as in scikit-learn (where t is the number of samples seen, plus 1)."""
    return lr / t**power_t


def cosine(lr, t, n_updates):
    """Half a cosine from lr at t = 0 to zero at t = n_updates."""
    return lr * (1 + np.cos(np.pi * t / n_updates)) / 2


def one_cycle(lr, t, n_updates, warm_up=0.3, start_divisor=25.0, end_divisor=1e4, linear_warm_up=False):
    """From lr / start_divisor up to lr, then down a cosine to lr / end_divisor (Smith & Topin 2018).

    t runs from 0 to n_updates - 1, and the peak is at t = warm_up * n_updates - 1, as in PyTorch's OneCycleLR. (Its
    final_div_factor counts from the first rate: final_div_factor=f there is end_divisor = start_divisor * f here.)
    """
    peak, last = warm_up * n_updates - 1, n_updates - 1
    if peak > 0 and t <= peak:
        done = t / peak
        rise = done if linear_warm_up else (1 - np.cos(np.pi * done)) / 2
        return lr / start_divisor + (lr - lr / start_divisor) * rise
    done = (t - peak) / (last - peak)
    return lr / end_divisor + (lr - lr / end_divisor) * (1 + np.cos(np.pi * done)) / 2


# ---------------------------------------------------------------------------------------------------------------------
# Windows and their scalers
# ---------------------------------------------------------------------------------------------------------------------


def gather_inputs(values, starts, length):
    """x_i = values[start_i : start_i + length], from values (n_rows, F) -> (n_windows, length, F)."""
    return np.stack([values[start : start + length] for start in starts])


def gather_targets(y_flat, offsets, n_steps, n_outputs, stride):
    """y[i, t, o] = y_flat[offset_i + t stride + o] -> (n_windows, n_steps, n_outputs)."""
    y = np.zeros((len(offsets), n_steps, n_outputs), y_flat.dtype)
    for i, offset in enumerate(offsets):
        for t in range(n_steps):
            for o in range(n_outputs):
                y[i, t, o] = y_flat[offset + t * stride + o]
    return y


# ---------------------------------------------------------------------------------------------------------------------
# Inputs of several kinds: rows (B, n_steps, m, n_columns) -> features (B, n_steps, F)
# ---------------------------------------------------------------------------------------------------------------------


def features_of(rows, params, numbers, static_numbers, categories):
    """Column by column, all rows of a step; then static numbers of its last row; then vectors, row by row.

    numbers, static_numbers : columns     categories : (name of E, column, is_static)
    """
    B, T, m, _ = rows.shape
    features = np.zeros((B, T, 0), rows.dtype)
    for c in numbers:
        for r in range(m):
            features = np.concatenate([features, rows[:, :, r, c, None]], axis=2)
    for c in static_numbers:
        features = np.concatenate([features, rows[:, :, m - 1, c, None]], axis=2)
    for name, c, is_static in categories:
        for r in [m - 1] if is_static else range(m):
            vectors = params[name][rows[:, :, r, c].astype(int)]
            features = np.concatenate([features, vectors], axis=2)
    return features


def embedding_gradients(rows, params, d_features, categories):
    """Gradients of the vectors, which are the last of the features, by name."""
    m = rows.shape[2]
    gradients = {name: np.zeros_like(params[name]) for name, _, _ in categories}
    at = d_features.shape[2] - sum(params[name].shape[1] * (1 if static else m) for name, _, static in categories)
    for name, c, is_static in categories:
        dim = params[name].shape[1]
        for r in [m - 1] if is_static else range(m):
            for place in np.ndindex(rows.shape[:2]):
                gradients[name][int(rows[(*place, r, c)])] += d_features[place][at : at + dim]
            at += dim
    return gradients


def decay_factors(delta, w, b):
    """exp(-max(0, w delta + b)), and 1 where delta is zero."""
    return np.where(delta == 0, 1, np.exp(-np.maximum(0, w * delta + b)))


def decayed(x, params, pairs, m):
    """The features x (B, T, F) of steps of m rows, with the columns of `pairs` (column, delta_column) decayed."""
    x = x.copy()
    for i, (c, d) in enumerate(pairs):
        for r in range(m):
            x[:, :, c * m + r] *= decay_factors(x[:, :, d * m + r], params["decay.w"][i], params["decay.b"][i])
    return x


def decay_gradients(x, params, d_decayed, pairs, m):
    """From x before the decay, and the gradient after it: those of x, decay.w and decay.b."""
    dx, dw, db = d_decayed.copy(), np.zeros(len(pairs), x.dtype), np.zeros(len(pairs), x.dtype)
    for i, (c, d) in enumerate(pairs):
        for r in range(m):
            delta, w, b = x[:, :, d * m + r], params["decay.w"][i], params["decay.b"][i]
            factor, value, d_value = decay_factors(delta, w, b), x[:, :, c * m + r], d_decayed[:, :, c * m + r]
            is_active = (delta > 0) & (w * delta + b > 0)
            d_rate = np.where(is_active, -d_value * value * factor, 0)
            dw[i] += (d_rate * delta).sum()
            db[i] += d_rate.sum()
            dx[:, :, c * m + r] = d_value * factor
            dx[:, :, d * m + r] += d_rate * w
    return dx, dw, db


def window_scale(x, scaler):
    """shift and scale (n_windows, 1) of column 0 of windows x (n_windows, T, F).

    "last": the last value, 1.   "mean": 0, the mean of |x| (1 where it is zero).
    "standard": the mean, the standard deviation with ddof=0 (1 where all values are equal).   None: 0, 1.
    "robust": the median, the distance of the quartiles (1 where it is zero).
    """
    shift, scale = np.zeros((len(x), 1), x.dtype), np.ones((len(x), 1), x.dtype)
    for i in range(len(x)):
        column = x[i, :, 0]
        if scaler == "last":
            shift[i] = column[-1]
        elif scaler == "mean" and (column != 0).any():
            scale[i] = np.abs(column).mean()
        elif scaler == "standard":
            shift[i] = column.mean()
            if column.min() < column.max():  # rounding can keep the deviation of equal values off zero
                scale[i] = column.std()
        elif scaler == "robust":
            shift[i] = quantile_of(column, 0.5)
            width = quantile_of(column, 0.75) - quantile_of(column, 0.25)
            scale[i] = width if width > 0 else 1
    return shift, scale


def quantile_of(numbers, q):
    """The number at place q (n - 1) of the n sorted numbers, on the line between neighbours."""
    ordered, place = sorted(numbers), q * (len(numbers) - 1)
    k = int(place)
    return ordered[k] if k == place else ordered[k] + (place - k) * (ordered[k + 1] - ordered[k])


def scale_windows(x, shift, scale, n_scaled):
    """(x - shift) / scale in the first columns, the target and its lags; a new array."""
    x = x.copy()
    x[:, :, :n_scaled] = (x[:, :, :n_scaled] - shift[:, None, :]) / scale[:, None, :]
    return x


def scale_targets(y, shift, scale):
    """Targets (n_windows, ...) with the numbers of column 0 of their window."""
    column = (-1, *[1] * (y.ndim - 1))
    return (y - shift[:, 0].reshape(column)) / scale[:, 0].reshape(column)


def unscale_targets(y, shift, scale):
    """The inverse of `scale_targets`."""
    column = (-1, *[1] * (y.ndim - 1))
    return y * scale[:, 0].reshape(column) + shift[:, 0].reshape(column)
