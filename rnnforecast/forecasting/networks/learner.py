"""Train networks on the windows of a panel, and have them forecast from the ends of windows."""

from dataclasses import replace

import numpy as np
import pandas as pd

from ...kernels.optimisers import OPTIMISERS
from ...network.objective import Objective
from ...network.parameters import predict_parameters
from ...network.training import Progress, train
from .windows import cut

MOST_NUMBERS = 2**22  # of windows that a recursive forecast holds at a time


def first_weights(network, seeds, n_parts, *, forget_bias):
    """Weights and random numbers with which training begins.

    The networks of one seed begin alike, so that each is what it would be alone.

    Parameters
    ----------
    network : Network
    seeds : (n_init, k) int array
    n_parts : int
        Networks of each seed.
    forget_bias : float or None

    Returns
    -------
    thetas : (n_init * n_parts, P) float32 array
        The networks of the first seed, then those of the second, and so on.
    rngs : list of numpy.random.Generator
    """
    thetas, rngs = [], []
    for seed in seeds:
        rng = np.random.default_rng(seed)
        theta = network.initial_theta(rng, np.float32, forget_bias=forget_bias)
        thetas += [theta] * n_parts
        for _ in range(n_parts):
            own = np.random.default_rng(0)
            own.bit_generator.state = rng.bit_generator.state
            rngs.append(own)
    return np.stack(thetas), rngs


def learn(network, parts, settings, head, *, dropout, recurrent_dropout, thetas, rngs):
    """Train networks, all in one call.

    Parameters
    ----------
    network : Network
    parts : Parts
        The windows of the networks that make one forecaster.
    settings : Settings
    head : Head
    dropout, recurrent_dropout : float
    thetas, rngs : (n_init * n_parts, P) array, list of Generator
        From `first_weights`.

    Returns
    -------
    theta : (n_init * n_parts, P) array
    losses : list of float
        Of the first network, epoch by epoch.
    """
    objective = Objective(
        network,
        parts.windows,
        head.kernel,
        OPTIMISERS[settings.solver],
        loss_parameters=head.loss_parameters,
        dropout=dropout,
        recurrent_dropout=recurrent_dropout,
        batch_size=settings.batch_size,
        spans=np.tile(parts.spans, (len(thetas) // len(parts.spans), 1)),
    )
    progresses = [Progress.start(theta) for theta in thetas]
    train(objective, progresses, settings, rngs)
    return np.stack([progress.theta for progress in progresses]), progresses[0].loss_curve


def networks_of(panel, theta, ids):
    """The networks of the series of a panel, in its order, where each series has networks of its own.

    Parameters
    ----------
    panel : Panel
    theta : (n_init * n_leads * n_series, P) array
    ids : (n_series,) object array
        The names of the series that the networks were trained on.

    Returns
    -------
    (n_init * n_leads * panel.n_series, P) array
    """
    places = pd.Index(ids).get_indexer(panel.ids)
    strangers = np.flatnonzero(places < 0)
    if len(strangers):
        others = f" (and {len(strangers) - 1} more series)" if len(strangers) > 1 else ""
        raise ValueError(
            f"{panel.name_of(strangers[0])} has no network{others}: scope='local' trained those of other series; fit "
            "again with it, or use scope='global'"
        )
    if np.array_equal(places, np.arange(len(ids))):
        return theta
    return theta.reshape(-1, len(ids), theta.shape[1])[:, places].reshape(-1, theta.shape[1])


def forecast(network, theta, rows, ends, h, reach, scaler, head, *, counts=None, n_jobs=None):
    """Forecast h steps after each window; networks that answer fewer steps are fed their own forecasts.

    Parameters
    ----------
    network : Network
    theta : (n_init * n_parts, P) array
    rows : Rows
        With rows of their own for the h steps where the network reads what is known ahead.
    ends : (n,) int64 array
        The row after each window.
    h : int
    reach : Reach
    scaler : str or None
        As in training.
    head : Head
    counts : (n_series,) int array, optional
        Windows of each series, in order, where each has networks of its own.
    n_jobs : int or None

    Returns
    -------
    (n_init, n, h, n_numbers) array
        The numbers that a network says of each step, on the scale of its targets.
    """
    if h > reach.n_targets:
        return _recursive(network, theta, rows, ends, h, reach, scaler, head, counts, n_jobs)
    return _answer(network, theta, cut(rows, ends, reach, scaler, counts=counts), reach, head, n_jobs)[:, :, :h]


def _answer(network, theta, parts, reach, head, n_jobs):
    """What the networks say of their windows, (n_init, n, n_targets, n_numbers)."""
    n_windows, n_parts = len(parts.windows), len(parts.spans)
    n_init = len(theta) // n_parts
    spans = np.tile(parts.spans, (n_init, 1)) + n_windows * np.repeat(np.arange(n_init), n_parts)[:, None]
    samples = np.tile(np.arange(n_windows), n_init)
    numbers = predict_parameters(
        network, theta, parts.windows, head.kernel, len(head.loss_parameters), samples=samples, spans=spans,
        n_jobs=n_jobs,
    )  # fmt: skip
    n = n_windows // reach.n_leads
    answer = numbers.reshape(n_init, reach.n_leads, n, reach.n_answers, -1)
    return answer.swapaxes(1, 2).reshape(n_init, n, reach.n_targets, -1)


def _recursive(network, theta, rows, ends, h, reach, scaler, head, counts, n_jobs):
    """Answers that are fed back as the target of the rows to come, on copies of the windows."""
    n, C, n_inputs = len(ends), rows.n_columns, reach.n_inputs
    size = max(1, MOST_NUMBERS // ((n_inputs + h) * C))
    if n > size and counts is None:
        groups = [ends[first : first + size] for first in range(0, n, size)]
        answers = [_recursive(network, theta, rows, group, h, reach, scaler, head, None, n_jobs) for group in groups]
        return np.concatenate(answers, axis=1)
    table = _windows_to_continue(rows, ends, n_inputs, h)
    places = np.arange(n, dtype=np.int64) * (n_inputs + h) + n_inputs
    answers = []
    for step in range(0, h, reach.n_targets):
        flat = replace(rows, values=table.reshape(-1), target=table[:, :, 0].reshape(-1))
        parts = cut(flat, places + step, reach, scaler, counts=counts)
        answer = _answer(network, theta, parts, reach, head, n_jobs)[:, :, : h - step]
        answers.append(answer)
        fed = np.mean([head.point(numbers) for numbers in answer], axis=0)
        _feed(table, n_inputs + step, np.log1p(np.maximum(fed, 0)) if head.is_raw else fed, rows)
    return np.concatenate(answers, axis=2)


def _windows_to_continue(rows, ends, n_inputs, h):
    """Windows with h rows under them, (n, n_inputs + h, C): what is known ahead, else what their last rows say."""
    whole, inputs = rows.values.reshape(-1, rows.n_columns), rows.inputs
    at = ends[:, None] + np.arange(-n_inputs, h)
    table = whole[np.minimum(at, ends[:, None] - 1)]
    if inputs is not None and inputs.has_future:
        first_category = inputs.n_rowwise + inputs.n_static
        known = [i + first_category for i, category in enumerate(inputs.categories) if category.is_future]
        known = [*range(*inputs.future), *known]
        table[:, n_inputs:, known] = whole[at[:, n_inputs:, None], known]
    return table


def _feed(table, first, values, rows):
    """Write forecasts (n, k) into the target column from row `first` on as if observed, and into those of its lags."""
    k = values.shape[1]
    table[:, first : first + k, 0] = values
    if rows.observed is not None:
        table[:, first : first + k, rows.observed], table[:, first : first + k, rows.observed + 1] = 1, 0
    for column, lag in enumerate(rows.lags, start=1):
        later = table[:, first + lag : first + lag + k, column]
        later[...] = values[:, : later.shape[1]]
