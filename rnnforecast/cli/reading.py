"""Read a CSV file of series, or say what is wrong in which line."""

import os

from rnnforecast.cli.options import CommandError

_MISSING = ["", "NA", "N/A", "NaN", "nan", "NaT", "null", "NULL", "None"]  # in columns of dates and of numbers


def read_csv(arguments):
    """Return the columns needed, checked, and their names as keywords of a forecaster.

    Parameters
    ----------
    arguments : Namespace
        With file, time, target and id.

    Returns
    -------
    frame : DataFrame
    columns : dict
    """
    import pandas as pd

    path = arguments.file
    if not os.path.isfile(path):
        raise CommandError(f"{path}: no such file")
    try:
        header = list(pd.read_csv(path, nrows=0).columns)
        id_col = arguments.id or ("unique_id" if "unique_id" in header else None)
        wanted = {"--time": arguments.time, "--target": arguments.target, "--id": id_col}
        wanted = {option: column for option, column in wanted.items() if column is not None}
        for option, column in wanted.items():
            if column not in header:
                raise CommandError(f"{path}: no column {column!r} ({option}); it has {', '.join(map(repr, header))}")
        if len(set(wanted.values())) < len(wanted):
            raise CommandError(f"{' and '.join(wanted)} must name different columns")
        # names of series stay text: 007 is not 7, and NA is not a missing value
        missing = {arguments.time: _MISSING, arguments.target: _MISSING}
        options = {"dtype": {} if id_col is None else {id_col: str}, "keep_default_na": False, "na_values": missing}
        frame = pd.read_csv(path, usecols=list(wanted.values()), **options)
    except (pd.errors.ParserError, pd.errors.EmptyDataError, UnicodeDecodeError, OSError) as error:
        raise CommandError(f"{path}: not a readable CSV file: {error}") from error
    if frame.empty:
        raise CommandError(f"{path}: no rows under the header")
    if id_col is not None:
        names = frame[id_col].str.strip()
        frame[id_col] = names
        _check_all(names != "", names.where(names != ""), f"{path}: column {id_col!r}", "is empty")
    frame[arguments.time] = _as_stamps(frame[arguments.time], f"{path}: column {arguments.time!r}")
    frame[arguments.target] = _as_numbers(frame[arguments.target], f"{path}: column {arguments.target!r}")
    columns = {"time_col": arguments.time, "target_col": arguments.target}
    return frame, columns if id_col is None else {"id_col": id_col, **columns}


def _as_stamps(column, where):
    import pandas as pd

    _check_all(column.notna(), column, where, "is empty")
    if pd.api.types.is_integer_dtype(column):
        return column
    try:
        stamps = pd.to_datetime(column.astype(str), errors="coerce")
        _check_all(stamps.notna(), column, where, "is not a date as {0!r} is", column.iloc[0])
        return stamps
    except ValueError as error:  # such as several time zones
        raise CommandError(f"{where}: {error}") from error


def _as_numbers(column, where):
    import pandas as pd

    _check_all(column.notna(), column, where, "is empty")
    numbers = pd.to_numeric(column, errors="coerce")
    _check_all(numbers.notna(), column, where, "is not a number")
    return numbers.astype(float)


def _check_all(good, column, where, what, *values):
    """Refuse a column with a bad value; tell the first one, and its line in a file without line breaks in quotes."""
    if not good.all():
        row = int((~good).to_numpy().argmax())
        value = "the value" if column.isna().iloc[row] else repr(column.iloc[row])
        raise CommandError(f"{where}: {value} in line {row + 2} {what.format(*values)}")
