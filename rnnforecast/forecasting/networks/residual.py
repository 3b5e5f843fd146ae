"""Networks that learn what a simple forecast leaves over: their linear path begins as that forecast.

The linear path from the window to the horizon (head.L) can say every linear forecast: the last value, the seasonal
naive one, a regression. Where it begins there and the rest of the head at zero, training begins at the simple forecast
and learns corrections to it.
"""

import numpy as np

MOST_WINDOWS = 20_000  # that a regression reads: more change little
RIDGE = 1e-2  # of the number of windows: the penalty


def begin_at(name, network, thetas, reach, parts, season, head, rng):
    """Set first weights so that the networks answer a simple forecast.

    Parameters
    ----------
    name : {"last", "seasonal_naive", "linear"}
        Repeat the last value, repeat the last season, or a ridge regression of the horizon on the window.
    network : Network
    thetas : (n_networks, P) array
        Changed in place.
    reach : Reach
    parts : Parts
        With targets; what the regression learns from.
    season : int
    head : Head
        Of the numbers of each step, the one that is free of the others begins at the simple forecast.
    rng : numpy.random.Generator
        Draws windows for the regression where there are many.
    """
    n_parts = len(parts.spans)
    for k, theta in enumerate(thetas):
        part = k % n_parts
        lead = part // (n_parts // reach.n_leads)
        views = network.layout.views(theta)
        views["head.V"][...] = 0
        L = views["head.L"]  # (steps, columns of a step, answers); its first columns are rows of the target
        L[...] = 0
        own = slice(head.location, None, head.n_numbers)
        if name == "linear":
            weights, bias = _regression(parts, part, reach, head, rng)
            L[:, : reach.segment, own] = weights.reshape(reach.n_steps, reach.segment, -1)
            views["head.b"][head.location :: head.n_numbers] = bias[: reach.n_outputs]
            continue
        back = 1 if name == "last" else season
        for answer in range(reach.n_answers):
            row = reach.n_inputs - back + (answer + lead) % back
            L[row // reach.segment, row % reach.segment, own][answer] = 1


def _regression(parts, part, reach, head, rng):
    """Weights (n_inputs, n_answers) and bias (n_answers,) of a ridge regression on some windows, scaled as they are."""
    windows, (first, stop) = parts.windows, parts.spans[part]
    chosen = np.arange(first, stop)
    if len(chosen) > MOST_WINDOWS:
        chosen = np.sort(rng.choice(chosen, MOST_WINDOWS, replace=False))
    target = windows.values.reshape(-1, windows.n_columns)[:, 0]
    X = target[windows.starts[chosen, None] // windows.n_columns + np.arange(reach.n_inputs)].astype(np.float64)
    Y = windows.targets[windows.offsets[chosen, None] + np.arange(reach.n_answers)].astype(np.float64)
    if head.is_raw:  # the windows, and what comes before the link
        Y = np.log1p(Y)
    known = np.isfinite(Y).all(axis=1)
    X, Y = X[known], Y[known]
    if windows.scaler is not None and len(X):
        centre, scale = windows.scaler.equations(X[:, :, None])
        scale = np.where(scale == 0, 1.0, scale)
        X, Y = (X - centre) / scale, (Y - centre) / scale
    if not len(X):
        return np.zeros((reach.n_inputs, reach.n_answers)), np.zeros(reach.n_answers)
    from sklearn.linear_model import Ridge  # here, as it takes a second to import

    # all segments share one bias, so that several have none
    model = Ridge(alpha=RIDGE * len(X), fit_intercept=reach.n_segments <= 1).fit(X, Y)
    return model.coef_.reshape(reach.n_answers, reach.n_inputs).T, np.zeros(reach.n_answers) + model.intercept_
