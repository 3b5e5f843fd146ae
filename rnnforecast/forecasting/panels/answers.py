"""The exit: forecasts and history in the kind in which the data came."""

import pandas as pd

from rnnforecast.forecasting.panels.wide import from_wide, index_like, to_wide
from rnnforecast.libraries import as_pandas, to_library


def to_answer(panel, forecasts):
    """Give forecasts back in the kind of the data.

    Parameters
    ----------
    panel : Panel
        The history that the forecasts continue.
    forecasts : dict of str to ndarray of shape (n_series, h)
        Columns, such as "RNN", "RNN-lo-80" and "RNN-hi-80".

    Returns
    -------
    Series or DataFrame
        For a Series: a Series over the future index, under the name it had (else that of the model), or with
        several columns a DataFrame. For a long frame: one with its id and time columns, of its library. For a wide
        frame: a column per series, or several of each under two levels (series, model); the index has the future
        stamps of all series, and values are NaN where a series has none.
    """
    shapes = {values.shape for values in forecasts.values()}
    if len(shapes) != 1 or next(iter(shapes))[0] != panel.n_series:
        raise ValueError(f"forecasts must be of one shape (n_series={panel.n_series}, h); got {sorted(shapes)}")
    h = shapes.pop()[1]
    times = panel.future_times(h)
    columns = {name: values.reshape(-1) for name, values in forecasts.items()}
    answer = panel.answer
    if answer.kind == "frame":
        keys = {} if answer.id_col is None else {answer.id_col: panel.ids.repeat(h)}
        return to_library(pd.DataFrame({**keys, answer.time_col: times, **columns}), answer)
    if answer.kind == "wide":
        return to_wide(columns, times, panel.lengths * 0 + h, panel)
    index = index_like(times, panel)
    if len(columns) > 1:
        return pd.DataFrame(columns, index=index)
    ((model, values),) = columns.items()
    return pd.Series(values, index=index, name=model if answer.target_col is None else answer.target_col)


def to_data(panel):
    """Give the rows of a panel back in the kind of the data: the inverse of `as_panel`.

    Parameters
    ----------
    panel : Panel

    Returns
    -------
    Series or DataFrame
    """
    answer = panel.answer
    if answer.kind == "series":
        return pd.Series(panel.values.copy(), index=index_like(panel.times, panel), name=answer.target_col)
    if answer.kind == "wide":
        return to_wide({None: panel.values}, panel.times, panel.lengths, panel)
    keys = {} if answer.id_col is None else {answer.id_col: panel.ids.repeat(panel.lengths)}
    table = pd.DataFrame({**keys, answer.time_col: panel.times, answer.target_col: panel.values.copy()})
    table = table if panel.columns is None else pd.concat([table, panel.columns], axis=1)
    return to_library(table, answer)


def from_answer(answer, panel, h, argument):
    """Read what a forecaster gave back for the series of a panel: the inverse of `to_answer`.

    Parameters
    ----------
    answer : Series or DataFrame
    panel : Panel
        The history that the forecasts continue.
    h : int
    argument : str
        Name of the forecaster in messages.

    Returns
    -------
    dict of str or None to ndarray of shape (n_series, h)
        The name of a Series, or of a column of a wide frame, is not that of a model and comes as None.
    """
    answer, *_ = as_pandas(answer, f"predict of {argument}")
    if isinstance(answer, pd.DataFrame) and panel.answer.kind == "wide":
        return from_wide(answer, panel, h, argument)
    if isinstance(answer, pd.Series):
        columns = {None: answer}
    elif isinstance(answer, pd.DataFrame):
        keys = [panel.answer.id_col, panel.answer.time_col]
        known = [key for key in keys if key is not None and key in answer.columns]
        if panel.answer.kind == "frame":
            answer = answer.sort_values(known)
        columns = {name: answer[name] for name in answer.columns if name not in known}
    else:
        raise TypeError(f"predict of {argument} must return a Series or a DataFrame; got {type(answer).__name__}")
    if len(answer) != panel.n_series * h:
        raise ValueError(
            f"predict of {argument} returned {len(answer)} rows; {panel.n_series} series and h={h} need "
            f"{panel.n_series * h}"
        )
    return {name: column.to_numpy(dtype="float64").reshape(-1, h) for name, column in columns.items()}
