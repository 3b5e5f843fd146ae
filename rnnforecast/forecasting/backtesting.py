"""Forecast from many origins in the past, and lay the forecasts beside what came."""

import numbers

import numpy as np
import pandas as pd

from rnnforecast.forecasting.adapter import model_name, unfitted
from rnnforecast.forecasting.base import BaseForecaster, column_names
from rnnforecast.forecasting.covariates.static import with_static
from rnnforecast.forecasting.panels.reading import as_panel
from rnnforecast.forecasting.uncertainty import check_level, check_quantiles


def cross_validation(
    forecasters,
    data,
    *,
    n_windows=1,
    h=None,
    step_size=None,
    gap=0,
    refit=False,
    level=None,
    quantiles=None,
    one_pass=False,
):
    """Forecast the last ``n_windows * h`` rows of each series, each of them once.

    This is `backtest`, where `step_size` is 1 by default and windows overlap; here it is `h`, and they do not.

    Parameters
    ----------
    forecasters, data, n_windows, h, step_size, gap, refit, level, quantiles, one_pass : object
        As in `backtest`.

    Returns
    -------
    DataFrame
        As `backtest` returns it.

    Examples
    --------
    >>> import pandas as pd
    >>> from rnnforecast.forecasting import NaiveForecaster, cross_validation
    >>> y = pd.Series([1.0, 2.0, 4.0, 8.0, 16.0])
    >>> cross_validation(NaiveForecaster(h=2), y, n_windows=2)
       cutoff  ds     y  Naive
    0       0   1   2.0    1.0
    1       0   2   4.0    1.0
    2       2   3   8.0    4.0
    3       2   4  16.0    4.0
    """
    windows = {"h": h, "n_windows": n_windows, "step_size": step_size, "gap": gap}
    return backtest(forecasters, data, refit=refit, level=level, quantiles=quantiles, one_pass=one_pass, **windows)


def backtest(
    forecasters,
    data,
    *,
    h=None,
    n_windows=1,
    step_size=1,
    gap=0,
    refit=False,
    level=None,
    quantiles=None,
    one_pass=False,
):
    """Forecast the last rows of each series from several origins, and return forecasts and actual values.

    The last origin lies `h` rows before the end of each series, the one before it `step_size` rows earlier, and
    so on. No forecaster sees rows after its origin, and the forecasters given are left as they are: clones are
    fitted, on the rows up to the first origin.

    Parameters
    ----------
    forecasters : forecaster, list of forecasters or dict of str to forecaster
        Objects with ``fit(data)`` and ``predict(h=, level=, new_df=)``, and ``quantiles=`` where these are wanted. The
        keys of a dict name the columns.
    data : Series or DataFrame
        As for `fit`. Column names and frequency are those that the first forecaster has as parameters; covariates are
        those of all. Where one of them takes missing values, `NaiveForecaster` goes on from the last known one.
    h : int, optional
        Number of steps. By default the `h` of the first forecaster.
    n_windows : int, default=1
        Number of origins.
    step_size : int or None, default=1
        Rows between origins. None is `h`, so that the forecasts do not overlap.
    gap : int, default=0
        Rows before an origin that are kept from `fit`, as when a model is trained some time before it is used. Its
        forecasts still start from these rows.
    refit : bool or int, default=False
        Whether to fit anew at every origin; an int k does so at every k-th, the first one included.
    level : float or list of float, optional
        Coverage of intervals in percent.
    quantiles : float or list of float, optional
        Levels of quantiles between 0 and 1, such as ``[0.1, 0.9]``.
    one_pass : bool, default=False
        Whether a network reads every series once, from its first row on, and forecasts from its state after each
        origin; otherwise it reads the window of `input_size` rows before each origin anew, as `predict` does. With many
        origins and long windows one pass takes a small part of the time. The forecasts are those of `predict` where the
        window begins with the series, and elsewhere differ by what the network remembers of the rows before its window.
        (With ``strategy="recursive"`` this holds for the first step: windows then leave rows behind, and the state does
        not.) Intervals are calibrated by windows. One pass needs an `RNNForecaster` with ``window_scaler=None``,
        ``linear_skip=False``, ``bidirectional=False`` and strategy "mimo", "direct" or "recursive", that reads the
        target alone.

    Returns
    -------
    DataFrame
        Columns ``unique_id`` (not for a single series without one), ``cutoff`` (the last stamp that the
        forecaster saw), ``ds``, ``y``, and those of each forecaster. Sorted by series, cutoff and time.

    Examples
    --------
    >>> import pandas as pd
    >>> from rnnforecast.forecasting import NaiveForecaster, backtest
    >>> y = pd.Series([1.0, 2.0, 4.0, 8.0])
    >>> backtest(NaiveForecaster(h=1), y, n_windows=2)
       cutoff  ds    y  Naive
    0       1   2  4.0    2.0
    1       2   3  8.0    4.0
    """
    named = _named(forecasters)
    first = next(iter(named.values()))
    usual = first._usual_h if isinstance(first, BaseForecaster) else getattr(first, "h", None)
    h = as_count("h", usual if h is None else h)
    n_windows = as_count("n_windows", n_windows)
    step_size = h if step_size is None else as_count("step_size", step_size)
    gap = as_count("gap", gap, least=0)
    every = n_windows if refit is False else as_count("refit", 1 if refit is True else refit)
    levels, quantiles = check_level(level), check_quantiles(quantiles)
    for name, forecaster in named.items():
        unfitted(forecaster, name)._check_before_fit(h, levels, quantiles)
    panel = _read(named, data)
    drops = [h + window * step_size for window in range(n_windows)][::-1]
    need = f"n_windows={n_windows} and step_size={step_size}" if gap == 0 else f"{n_windows=}, {step_size=} and {gap=}"
    panel.check_rows(drops[0] + gap + 1, f"h={h} with {need}")
    for name, forecaster in named.items():
        model, past = unfitted(forecaster, name), panel.truncate(drops[0] + gap)
        model._check_data(past, levels, quantiles)
        if one_pass:
            model._check_one_pass(past)
    table = _actual(panel, drops, h)
    for name, forecaster in named.items():
        wanted = {"h": h, "levels": levels, **unfitted(forecaster, name)._quantile_words(quantiles)}
        for column, values in _forecasts(name, forecaster, panel, drops, wanted, every, gap, one_pass).items():
            if column in table.columns:
                raise ValueError(f"forecasters have the name {column!r}, which the table has already; give another")
            table[column] = values
    return table


def _read(named, data):
    """The data with all that forecasters read beside the target, missing values among them where any takes these."""
    first, own = next(iter(named.values())), {k: f for k, f in named.items() if isinstance(f, BaseForecaster)}
    words = {"freq": getattr(first, "freq", None), "allow_missing": any(f.allows_missing for f in own.values())}
    panel = as_panel(
        data, covariates=_union(f._covariate_names() for f in own.values()), **words, **column_names(first)
    )
    static = _union(f._static_names() for f in own.values())
    panel = with_static(panel, static) if static else panel
    for name, forecaster in own.items():
        forecaster._check_read(panel, f"data for forecasters[{name!r}]")
    return panel


def _union(lists):
    return list(dict.fromkeys(name for names in lists for name in names))


def as_count(name, value, least=1):
    """Return an argument that counts something as an int, or say what is wrong with it.

    Parameters
    ----------
    name : str
        What the message calls it.
    value : int
    least : {0, 1}, default=1

    Returns
    -------
    int
    """
    if isinstance(value, bool) or not isinstance(value, numbers.Integral):
        raise TypeError(f"{name} must be a positive int{'' if least else ' or 0'}; got {value!r}")
    if value < least:
        raise ValueError(f"{name}={value} must be at least {least}")
    return int(value)


def _named(forecasters):
    """Forecasters by the name of their column."""
    if isinstance(forecasters, dict):
        named = dict(forecasters)
    else:
        several = list(forecasters) if isinstance(forecasters, list | tuple) else [forecasters]
        names = [model_name(forecaster) for forecaster in several]
        if len(set(names)) < len(names):
            raise ValueError(f"forecasters have equal names {names}; give a dict with a name for each")
        named = dict(zip(names, several, strict=True))
    if not named:
        raise ValueError("forecasters is empty; it must hold at least one")
    for name, forecaster in named.items():
        if isinstance(forecaster, type) or not (hasattr(forecaster, "fit") and hasattr(forecaster, "predict")):
            raise TypeError(f"forecasters[{name!r}] must be an object with fit and predict; got {forecaster!r}")
    return named


def _actual(panel, drops, h):
    """The table without forecasts: one row per series, origin and step."""
    ends = panel.indptr[1:, None] - np.asarray(drops)  # (n_series, n_origins): the row after each cutoff
    rows = (ends[:, :, None] + np.arange(h)).reshape(-1)
    answer, table = panel.answer, {}
    if answer.id_col is not None:
        table[answer.id_col] = panel.ids.repeat(len(drops) * h)
    frame = answer.kind == "frame"
    table["cutoff"] = panel.times[(ends - 1).reshape(-1)].repeat(h)
    table[answer.time_col if frame else "ds"] = panel.times[rows]
    table[answer.target_col if frame else "y"] = panel.values[rows]
    return pd.DataFrame(table)


def _forecasts(name, forecaster, panel, drops, wanted, every, gap, one_pass):
    """Columns of one forecaster, each in the order of the rows of `_actual`; what is wanted are keywords."""
    parts = []
    for start in range(0, len(drops), every):
        group = drops[start : start + every]
        model = unfitted(forecaster, name)._fit_checked(panel.truncate(group[0] + gap))
        if isinstance(model, BaseForecaster):  # which may have chosen its parameters in `fit`
            model._check_horizon(wanted["h"])
        predict = model._predict_one_pass if one_pass else model._predict_origins
        parts.append(predict(panel, group, **wanted))
    own = model_name(forecaster)
    return {
        name + column.removeprefix(own): np.concatenate([part[column] for part in parts]).swapaxes(0, 1).reshape(-1)
        for column in parts[0]
    }
