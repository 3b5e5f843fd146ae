"""Frames of other libraries, polars and pyarrow: to pandas at the door, and back at the exit."""

import numpy as np
import pandas as pd

LIBRARIES = ("polars", "pyarrow")


def as_pandas(data, argument):
    """Turn a frame of another library into one of pandas.

    Parameters
    ----------
    data : object
        A polars DataFrame or a pyarrow Table. All else comes back as it is.
    argument : str
        Its name in messages.

    Returns
    -------
    data : DataFrame or object
    library : str or None
        Where the frame came from; None for what came back as it is.
    dates : list of str
        Columns that were dates without a time of day.

    Raises
    ------
    ImportError
        When narwhals is missing, which reads these frames.
    """
    library = type(data).__module__.partition(".")[0]
    if library not in LIBRARIES:
        return data, None, []
    narwhals = _narwhals(f"{argument} is a {library} {type(data).__name__}")
    try:
        frame = narwhals.from_native(data, eager_only=True)
    except TypeError as error:
        hint = "; collect() it first" if type(data).__name__ == "LazyFrame" else ""
        raise TypeError(f"{argument} must be a frame; got a {library} {type(data).__name__}{hint}") from error
    columns = {name: _to_pandas(frame[name], narwhals) for name in frame.columns}
    dates = [name for name, dtype in frame.schema.items() if dtype == narwhals.Date]
    return pd.DataFrame(columns, index=pd.RangeIndex(len(frame))), library, dates


def to_library(frame, answer):
    """Turn a frame of pandas into one of the library that the data came from.

    Parameters
    ----------
    frame : DataFrame
        Long.
    answer : Answer
        Says which library, and whether the stamps were dates.

    Returns
    -------
    DataFrame, or a frame of another library
    """
    if answer.library is None:
        return frame
    narwhals = _narwhals(f"an answer as a frame of {answer.library}")
    columns = []
    for name in frame.columns:
        column = _from_pandas(name, frame[name], answer.library, narwhals)
        dates = answer.dates and name == answer.time_col and (frame[name] == frame[name].dt.normalize()).all()
        columns.append(column.cast(narwhals.Date) if dates else column)
    return narwhals.concat([column.to_frame() for column in columns], how="horizontal").to_native()


def _narwhals(what):
    try:
        import narwhals
    except ImportError as error:
        raise ImportError(f"{what}, which needs narwhals: pip install rnnforecast[frames]") from error
    return narwhals


def _to_pandas(column, narwhals):
    """One column, without the detour over pyarrow that a conversion of the whole frame takes."""
    dtype = column.dtype
    if dtype == narwhals.Date:
        return pd.Series(column.cast(narwhals.Datetime("ms")).to_numpy().astype("M8[s]"))
    if dtype == narwhals.Datetime:
        if dtype.time_zone is None:
            return pd.Series(column.to_numpy().astype(f"M8[{dtype.time_unit}]"))
        utc = column.dt.convert_time_zone("UTC").dt.replace_time_zone(None).to_numpy()
        return pd.Series(pd.DatetimeIndex(utc.astype(f"M8[{dtype.time_unit}]"), tz="UTC").tz_convert(dtype.time_zone))
    if dtype in (narwhals.Categorical, narwhals.Enum):
        words = pd.Series(column.cast(narwhals.String).to_list(), dtype=object)
        return words.astype(pd.CategoricalDtype(dtype.categories if dtype == narwhals.Enum else None))
    if dtype == narwhals.Decimal:
        column = column.cast(narwhals.Float64)
    if column.dtype.is_numeric() or (dtype == narwhals.Boolean and not column.is_null().any()):
        return pd.Series(column.to_numpy())
    return pd.Series(column.to_list())


def _from_pandas(name, column, library, narwhals):
    dtype = column.dtype
    if isinstance(dtype, pd.DatetimeTZDtype) or getattr(dtype, "kind", "") == "M":
        zone = getattr(dtype, "tz", None)
        times = pd.DatetimeIndex(column)
        unit = "ms" if times.unit == "s" else times.unit  # polars has no seconds
        values = times.tz_localize(None) if zone is None else times.tz_convert("UTC").tz_localize(None)
        made = narwhals.new_series(name, values.as_unit(unit).to_numpy(), narwhals.Datetime(unit), backend=library)
        return made if zone is None else made.dt.replace_time_zone("UTC").dt.convert_time_zone(str(zone))
    if isinstance(dtype, np.dtype) and dtype.kind in "biuf":
        return narwhals.new_series(name, column.to_numpy(), backend=library)
    items = column.astype(object).where(column.notna(), None).tolist()
    if isinstance(dtype, pd.CategoricalDtype):
        return narwhals.new_series(name, items, narwhals.String, backend=library).cast(narwhals.Categorical)
    return narwhals.new_series(name, items, backend=library)
