"""One column of pandas at a time: stamps, numbers, and names of series."""

import numpy as np
import pandas as pd

from rnnforecast.forecasting.panels.timestamps import kind_of


def as_times(stamps, argument, names=None):
    """Turn a column or an index into stamps of one of the three kinds.

    Parameters
    ----------
    stamps : Series or Index
    argument : str
        Its name in messages.
    names : Series, optional
        Of the series that each stamp belongs to, for messages.

    Returns
    -------
    pandas.Index
        DatetimeIndex, PeriodIndex or an index of integers.
    """
    dtype = stamps.dtype
    if isinstance(stamps, pd.MultiIndex):
        raise TypeError(f"{argument} has several levels; give one stamp per row")
    if pd.api.types.is_object_dtype(dtype):
        stamps = pd.Index(stamps, dtype=object).infer_objects()
        dtype = stamps.dtype
        _check_zones(stamps, argument, names)
    if not isinstance(dtype, pd.PeriodDtype) and pd.api.types.is_integer_dtype(dtype):
        times = pd.Index(stamps)
    elif pd.api.types.is_datetime64_any_dtype(dtype):
        times = pd.DatetimeIndex(stamps)
    elif isinstance(dtype, pd.PeriodDtype):
        times = pd.PeriodIndex(stamps)
    else:
        raise TypeError(
            f"{argument} must hold datetimes, periods or integers; got {dtype} such as {stamps[:1].tolist()[0]!r}. "
            "Convert text with pd.to_datetime"
        )
    missing = np.flatnonzero(times.isna())
    if len(missing):
        where = "" if names is None else f", the first {_in_series(names, missing[0])}"
        raise ValueError(f"{argument} has {len(missing)} missing stamps (NaT){where}; every row needs one")
    if isinstance(times.dtype, pd.api.extensions.ExtensionDtype) and kind_of(times) == "integer":
        times = times.astype(np.int64)  # nullable integers, now known to have none missing
    return times


def _in_series(names, row):
    return f"in series {names.iloc[[row]].tolist()[0]!r}"


def _check_zones(stamps, argument, names):
    """Raise where stamps that are objects are datetimes of several time zones, or some with and some without."""
    if stamps.dtype != object or stamps.inferred_type not in ("datetime", "datetime64"):
        return
    zones = {row: str(stamp.tzinfo) for row, stamp in enumerate(stamps) if not pd.isna(stamp)}
    first = next(iter(zones))
    other = next((row for row, zone in zones.items() if zone != zones[first]), None)
    if other is not None:
        both = (zones[row] if names is None else f"{zones[row]} {_in_series(names, row)}" for row in (first, other))
        raise ValueError(
            f"{argument} mixes time zones, {' and '.join(both)}: bring them to one, with tz_localize and "
            "tz_convert or pd.to_datetime(..., utc=True)"
        )


def check_times_alike(times, known, argument):
    """Raise unless stamps have the kind and the time zone of those that are known.

    Parameters
    ----------
    times, known : pandas.Index
    argument : str
        What has `times`, for the message.
    """
    kind, needed = kind_of(times), kind_of(known)
    if kind != needed:
        raise ValueError(f"{argument} has {kind} stamps; the training data had {needed} stamps")
    zone, needed = (str(getattr(stamps, "tz", None)) for stamps in (times, known))
    if zone != needed:
        remedy = "tz_localize" if "None" in (zone, needed) else "tz_convert"
        raise ValueError(f"{argument} has the time zone {zone}; the training data had {needed}: use {remedy}")


def check_names_alike(ids, known, argument):
    """Raise unless series are named by the same type, such as text or integers, as those that are known.

    Parameters
    ----------
    ids, known : pandas.Index
        Of at least one name each.
    argument : str
        What has `ids`, for the message.
    """
    given, needed = (getattr(index, "categories", index).inferred_type for index in (ids, known))
    if given != needed:
        raise ValueError(
            f"{argument} names series by {given}, such as {ids.tolist()[0]!r}; the training data by "
            f"{needed}, such as {known.tolist()[0]!r}"
        )


def as_target(column, argument):
    """Turn a column into float64, refusing what is not a real number.

    Parameters
    ----------
    column : Series
    argument : str
        Its name in messages.

    Returns
    -------
    ndarray of shape (n,)
        A copy; missing values are NaN.
    """
    dtype = column.dtype
    if pd.api.types.is_object_dtype(dtype):
        numeric = pd.api.types.infer_dtype(column, skipna=True) in (
            "floating", "integer", "mixed-integer-float", "decimal", "boolean", "empty",
        )  # fmt: skip
    else:
        numeric = pd.api.types.is_numeric_dtype(dtype) and not pd.api.types.is_complex_dtype(dtype)
    if not numeric:
        example = column.iloc[0]
        raise TypeError(f"{argument} must hold real numbers; got {dtype} such as {example!r}")
    return column.to_numpy(dtype=np.float64, na_value=np.nan, copy=True)
