"""Which of the values that networks read move a forecast, and how much: exact gradients."""

import numpy as np
import pandas as pd

from ...network.explanation import input_gradients
from .rows import padded
from .windows import cut


def explain(params, plan, learned, known, panel, ends, step):
    """Gradients of the forecast of one step, averaged over networks.

    Parameters
    ----------
    params : RNNForecaster
    plan : Plan
    learned : Learned
    known, panel : Panel
        The rows to forecast from, without and with those of the steps to forecast.
    ends : (n_series,) int64 array
        The row of `panel` after the last known one of each series.
    step : int
        From 1 on.

    Returns
    -------
    DataFrame
        See `RNNForecaster.explain`.
    """
    answer = panel.answer
    target = answer.target_col if answer.kind == "frame" else "y"
    numbers, categories = plan.design.names(learned.columns, panel, target)
    n_before = max(reach.n_inputs for reach in plan.reaches)
    n_after = params.h if plan.design.has_future else 0
    table = np.zeros((panel.n_series, n_before + n_after, len(numbers) + len(categories)))
    networks = 0
    for reach, thetas in zip(plan.reaches, learned.thetas, strict=True):
        rows = plan.windows(params, learned, panel, reach)
        series = np.arange(panel.n_series)
        rows, places = padded(rows, series, ends - plan.transform.n_lost * (series + 1), reach.n_inputs)
        network = plan.network(params, panel, learned.columns, reach)
        for theta, chosen, windows in _members(thetas, rows, places, reach, plan.scaler, params, step):
            place = 0 if reach.n_leads > 1 else step - 1
            output = place % reach.n_outputs * plan.head.n_numbers + plan.head.location
            dx, df = input_gradients(network, theta, windows, out_step=place // reach.n_outputs, output=output)
            part = table[chosen]
            _add(part[:, n_before - reach.n_inputs : n_before], dx, network.inputs, reach.segment, len(numbers))
            if df is not None:
                after = part[:, n_before + (step - 1 if reach.n_leads > 1 else 0) :]
                _add_future(after, df, network.inputs, reach.n_outputs, len(numbers))
            table[chosen] = part
        networks += len(thetas) // (reach.n_leads * (panel.n_series if params.scope == "local" else 1))
    return _frame(table / networks, known, n_before, n_after, [*numbers, *categories])


def _members(thetas, rows, places, reach, scaler, params, step):
    """(theta, the series that it reads, their windows) of each network that says something of this step."""
    n = len(places)
    lead = step - 1 if reach.n_leads > 1 else 0
    windows = cut(rows, places, reach, scaler).windows.part(slice(lead * n, (lead + 1) * n))
    if params.scope == "global":
        for theta in thetas[lead :: reach.n_leads]:
            yield theta, slice(None), windows
        return
    for k in range(len(thetas) // (reach.n_leads * n)):
        for i in range(n):
            yield thetas[(k * reach.n_leads + lead) * n + i], slice(i, i + 1), windows.part(slice(i, i + 1))


def _add(table, dx, inputs, m, n_numbers):
    """Add gradients of features (n, T, F) to a table (n, T * m, columns), see `Inputs` for their order."""
    n, T, F = dx.shape
    n_rowwise = 1 if inputs is None else inputs.n_rowwise
    own = dx[:, :, : n_rowwise * m].reshape(n, T, n_rowwise, m)
    table[:, :, :n_rowwise] += own.swapaxes(2, 3).reshape(n, T * m, n_rowwise)
    if inputs is None:
        return
    at = n_rowwise * m
    table[:, m - 1 :: m, n_rowwise:n_numbers] += dx[:, :, at : at + inputs.n_static]
    at += inputs.n_static
    for i, category in enumerate(inputs.categories):
        width = inputs.n_vector_features(category)
        sizes = np.linalg.norm(dx[:, :, at : at + width].reshape(n, T, -1, category.dim), axis=3)
        table[:, slice(m - 1, None, m) if category.is_static else slice(None), n_numbers + i] += sizes.reshape(n, -1)
        at += width


def _add_future(table, df, inputs, n_rows, n_numbers):
    """Add gradients of what is known ahead (n, Q, n_future) to a table of the steps to forecast."""
    n, Q, _ = df.shape
    first, stop = inputs.future
    width = stop - first
    steps = min(Q * n_rows, table.shape[1])
    own = df[:, :, : width * n_rows].reshape(n, Q, width, n_rows).swapaxes(2, 3).reshape(n, Q * n_rows, width)
    table[:, :steps, first:stop] += own[:, :steps]
    at = width * n_rows
    for i, category in enumerate(inputs.categories):
        if category.is_future:
            part = df[:, :, at : at + n_rows * category.dim].reshape(n, Q * n_rows, category.dim)
            table[:, :steps, n_numbers + i] += np.linalg.norm(part, axis=2)[:, :steps]
            at += n_rows * category.dim


def _frame(table, known, n_before, n_after, names):
    """The gradients as a long frame, without rows that stand for what is before a series."""
    lags = np.arange(n_before, -n_after, -1)
    inside = lags <= np.minimum(known.lengths, n_before)[:, None]
    series, rows = np.nonzero(inside)
    keys = {} if known.answer.id_col is None else {known.answer.id_col: known.ids[series]}
    last = known.indptr[1:] - 1
    future = known.future_times(max(n_after, 1))
    times = known.times.append(future)
    place = np.where(
        lags[rows] > 0, last[series] - lags[rows] + 1, known.n_rows + series * max(n_after, 1) - lags[rows]
    )
    time_col = known.answer.time_col if known.answer.kind == "frame" else "ds"
    return pd.DataFrame(
        {**keys, time_col: times[place], "lag": lags[rows]} | dict(zip(names, table[series, rows].T, strict=True))
    )
