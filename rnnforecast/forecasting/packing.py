"""Fitted things as JSON and arrays, and back: what the files of forecasters are made of.

`pack` turns a value into JSON and puts its arrays into a dict; `unpack` makes an equal value of both. What JSON has no
word for becomes an object with one key, as in network/files.py, such as ``{"array": "theta_"}``. Classes are named,
never imported: a file can only make what is listed here, so that opening one runs no code of its own.
"""

import dataclasses
import datetime
import re

import numpy as np
import pandas as pd

from rnnforecast.forecasting import transforms
from rnnforecast.forecasting.bounds import Calibration
from rnnforecast.forecasting.calendar import Calendar
from rnnforecast.forecasting.error_scale import ErrorScale
from rnnforecast.forecasting.panel import Answer, Panel
from rnnforecast.forecasting.uncertainty.adaptive import AdaptiveConformal
from rnnforecast.kernels.cells import CELLS, Cell
from rnnforecast.network.files import decode, encode

_OWN = (
    AdaptiveConformal,
    Answer,
    Calendar,
    Calibration,
    ErrorScale,
    Panel,
    *(getattr(transforms, name) for name in transforms.__all__),
)
CLASSES = {own.__name__: own for own in _OWN if dataclasses.is_dataclass(own)}


def pack(value, name, arrays):
    """Turn a value into JSON.

    Parameters
    ----------
    value : object
        Numbers, text, dates, arrays, pandas indexes and offsets, panels, the library's transforms, and lists, tuples
        and dicts of these.
    name : str
        What messages call the value, and the name of its array.
    arrays : dict of str to ndarray
        Gets the arrays.

    Returns
    -------
    object
        For `json.dumps`.

    Raises
    ------
    TypeError
        For anything else; the message says what it was.
    """
    if type(value) in (list, tuple):
        items = [pack(item, f"{name}.{i}", arrays) for i, item in enumerate(value)]
        return items if type(value) is list else {"tuple": items}
    if type(value) is dict:
        pairs = value.items()
        return {"dict": [[pack(k, f"a key of {name}", arrays), pack(v, f"{name}.{k}", arrays)] for k, v in pairs]}
    for kind, (types, down, _) in FORMS.items():
        if isinstance(value, types):
            return {kind: down(value, name, arrays)}
    if type(value) is CLASSES.get(type(value).__name__):
        return {"own": [type(value).__name__, _fields(value, name, arrays)]}
    if isinstance(value, transforms.Transform):
        raise TypeError(
            f"{name} cannot be saved: {type(value).__qualname__} is a Transform that is not of this library, and a "
            "file holds values only, no code. Use the library's own transforms, or pickle the forecaster"
        )
    return encode(value, name)


def unpack(value, arrays):
    """Make the value that `pack` made this JSON of.

    Parameters
    ----------
    value : object
    arrays : dict of str to ndarray

    Returns
    -------
    object

    Raises
    ------
    ValueError, TypeError, KeyError, AttributeError, IndexError
        It is none.
    """
    if isinstance(value, list):
        return [unpack(item, arrays) for item in value]
    if not isinstance(value, dict):
        return value
    if len(value) != 1:
        raise ValueError(f"{str(value)[:80]} must have one key")
    ((kind, content),) = value.items()
    if kind == "tuple":
        return tuple(unpack(item, arrays) for item in content)
    if kind == "dict":
        return {unpack(k, arrays): unpack(v, arrays) for k, v in content}
    if kind == "own":
        name, fields = content
        made = CLASSES[name](**{field: unpack(item, arrays) for field, item in fields.items()})
        return _checked(made) if name == "Panel" else made
    return FORMS[kind][2](content, arrays) if kind in FORMS else decode(value)


def _fields(value, name, arrays):
    names = [field.name for field in dataclasses.fields(value) if field.init]
    return {field: pack(getattr(value, field), f"{name}.{field}", arrays) for field in names}


def _checked(panel):
    """The panel, if its parts fit together."""
    values, indptr = panel.values, panel.indptr
    if (values.dtype, indptr.dtype, values.ndim, indptr.ndim) != (np.float64, np.int64, 1, 1):
        raise ValueError("values and indptr of a panel must be a line of float64 and one of int64")
    whole = len(indptr) > 1 and indptr[0] == 0 and indptr[-1] == len(values) and (np.diff(indptr) > 0).all()
    columns = panel.columns
    if not (columns is None or (isinstance(columns, pd.DataFrame) and len(columns) == len(values))):
        raise ValueError("the covariates of a panel must have a row for each of its values")
    if not whole or len(panel.ids) != len(indptr) - 1 or len(panel.times) != len(values) or not panel.ids.is_unique:
        raise ValueError("values, indptr, ids and times of a panel do not fit together")
    return panel


# ---- arrays ----------------------------------------------------------------------------------------------------------


def _pack_array(array, name, arrays):
    """The member that holds an array; one of objects is a shape and a list of items."""
    if array.dtype == object:
        return [list(array.shape), [pack(item, f"{name}.{i}", arrays) for i, item in enumerate(array.ravel())]]
    member = re.sub(r"[^A-Za-z0-9_]+", ".", name).lstrip(".") or "array"
    if member in arrays or member == "header":
        member = f"{member}.{len(arrays)}"
    arrays[member] = array
    return member


def _unpack_array(content, arrays):
    if isinstance(content, str):
        return arrays[content]
    shape, items = content
    array = np.empty(len(items), dtype=object)
    for i, item in enumerate(items):
        array[i] = unpack(item, arrays)
    return array.reshape(shape)


def _pack_scalar(value, name, arrays):
    if value.dtype.kind not in "biufUMm" or (value.dtype.itemsize > 8 and value.dtype.kind in "iuf"):
        raise TypeError(f"{name} cannot be saved: it is a number of dtype {value.dtype}")
    plain = np.asarray(value).view(np.int64).item() if value.dtype.kind in "Mm" else value.item()
    return [value.dtype.str, encode(plain, name)]


def _unpack_scalar(content, arrays):
    dtype = np.dtype(content[0])
    return np.array(decode(content[1]), np.int64 if dtype.kind in "Mm" else dtype).view(dtype)[()]


# ---- pandas ----------------------------------------------------------------------------------------------------------


def _pack_index(index, name, arrays):
    return {"name": pack(index.name, f"the name of {name}", arrays), **_pack_stamps(index, name, arrays)}


def _pack_stamps(index, name, arrays):
    if isinstance(index, pd.RangeIndex):
        return {"range": [index.start, index.stop, index.step]}
    if isinstance(index, pd.PeriodIndex):
        return {"ordinals": _pack_array(index.asi8, name, arrays), "freq": pack(index.freq, f"{name}.freq", arrays)}
    if isinstance(index, pd.DatetimeIndex):
        return {"stamps": _pack_array(index.asi8, name, arrays), "unit": index.unit, "zone": _pack_zone(index.tz, name)}
    if isinstance(index, pd.CategoricalIndex):
        codes = _pack_array(np.asarray(index.codes), name, arrays)
        categories = _pack_index(index.categories, f"{name}.categories", arrays)
        return {"codes": codes, "categories": categories, "ordered": bool(index.ordered)}
    if isinstance(index.dtype, np.dtype) and index.dtype.kind in "biufm":
        return {"numbers": _pack_array(index.to_numpy(), name, arrays)}
    items = {"items": [pack(item, f"{name}.{i}", arrays) for i, item in enumerate(index)], "dtype": str(index.dtype)}
    again = _unpack_stamps(items, arrays)
    if type(again) is not type(index) or again.dtype != index.dtype or not again.equals(index):
        raise TypeError(f"{name} cannot be saved: it is a {type(index).__name__} of {index.dtype}")
    return items


def _unpack_index(content, arrays):
    return _unpack_stamps(content, arrays).rename(unpack(content["name"], arrays))


def _unpack_stamps(content, arrays):
    if "range" in content:
        return pd.RangeIndex(*content["range"])
    if "ordinals" in content:
        return pd.PeriodIndex.from_ordinals(arrays[content["ordinals"]], freq=unpack(content["freq"], arrays))
    if "stamps" in content:
        times = pd.DatetimeIndex(arrays[content["stamps"]].view(f"M8[{content['unit']}]"))
        zone = _unpack_zone(content["zone"])
        return times if zone is None else times.tz_localize("UTC").tz_convert(zone)
    if "codes" in content:
        categories = _unpack_index(content["categories"], arrays)
        codes = arrays[content["codes"]]
        return pd.CategoricalIndex(pd.Categorical.from_codes(codes, categories, ordered=content["ordered"]))
    if "numbers" in content:
        return pd.Index(arrays[content["numbers"]])
    return pd.Index([unpack(item, arrays) for item in content["items"]], dtype=content["dtype"], tupleize_cols=False)


def _pack_frame(frame, name, arrays):
    """Names and columns; labels, which repeat, as categories."""
    return [
        [pack(key, f"a name of {name}", arrays), _pack_column(frame[key], f"{name}.{key}", arrays)] for key in frame
    ]


def _pack_column(column, name, arrays):
    if isinstance(column.dtype, np.dtype) and column.dtype.kind in "biuf":
        return {"numbers": _pack_array(column.to_numpy(), name, arrays)}
    if isinstance(column.dtype, pd.CategoricalDtype):
        return _pack_stamps(pd.CategoricalIndex(column), name, arrays)
    labels = pd.CategoricalIndex(column.astype(object))
    return {"labels": _pack_stamps(labels, name, arrays), "dtype": str(column.dtype)}


def _unpack_frame(content, arrays):
    columns = {unpack(key, arrays): _unpack_column(column, arrays) for key, column in content}
    return pd.DataFrame(columns)


def _unpack_column(column, arrays):
    if "labels" in column:
        return pd.Series(_unpack_stamps(column["labels"], arrays).astype(object), dtype=column["dtype"])
    if "numbers" in column:
        return arrays[column["numbers"]]
    return _unpack_stamps(column, arrays).to_series(index=pd.RangeIndex(len(arrays[column["codes"]])))


def _pack_zone(zone, name):
    if zone is None:
        return None
    if isinstance(zone, datetime.timezone):
        return [zone.utcoffset(None).total_seconds(), zone.tzname(None)]
    try:
        again = _unpack_zone(str(zone))
    except (KeyError, TypeError, ValueError, AttributeError):
        again = None
    if str(again) != str(zone):
        raise TypeError(f"{name} cannot be saved: its time zone {zone!r} has no name such as 'Europe/Berlin'")
    return str(zone)


def _unpack_zone(zone):
    if isinstance(zone, list):
        plain = datetime.timezone(datetime.timedelta(seconds=zone[0]))  # the one object that UTC is
        return plain if plain.tzname(None) == zone[1] else datetime.timezone(plain.utcoffset(None), zone[1])
    return None if zone is None else pd.DatetimeTZDtype("ns", zone).tz


def _pack_offset(offset, name, arrays):
    words = {key: value for key, value in offset.kwds.items() if key != "calendar" and value != datetime.timedelta(0)}
    content = [type(offset).__name__, offset.n, offset.normalize, pack(words, name, arrays)]
    try:
        again = _unpack_offset(content, arrays)
    except (AttributeError, TypeError, ValueError):
        again = None
    if again != offset:
        raise TypeError(f"{name} cannot be saved: it is the offset {offset!r}")
    return content


def _unpack_offset(content, arrays):
    kind, n, normalize, words = content
    made = getattr(pd.offsets, kind)
    if not (isinstance(made, type) and issubclass(made, pd.offsets.BaseOffset)):
        raise ValueError(f"{kind} is not an offset")
    return made(n, normalize, **unpack(words, arrays))


def _pack_cell(cell, name, arrays):
    if CELLS.get(cell.name) is not cell:
        raise TypeError(f"{name} cannot be saved: the Cell {cell.name!r} is code, and a file holds values only")
    return cell.name


# By the key of the JSON object: the types, how they are packed, and how they are made again.
FORMS = {
    "array": (np.ndarray, _pack_array, _unpack_array),
    "scalar": (np.generic, _pack_scalar, _unpack_scalar),
    "index": (pd.Index, _pack_index, _unpack_index),
    "frame": (pd.DataFrame, _pack_frame, _unpack_frame),
    "offset": (pd.offsets.BaseOffset, _pack_offset, _unpack_offset),
    "timestamp": (
        pd.Timestamp,
        lambda value, name, _: [value.asm8.view(np.int64).item(), value.unit, _pack_zone(value.tz, name)],
        lambda parts, _: _unpack_stamps({"stamps": 0, "unit": parts[1], "zone": parts[2]}, [np.array(parts[:1])])[0],
    ),
    "period": (
        pd.Period,
        lambda value, name, arrays: [value.ordinal, pack(value.freq, name, arrays)],
        lambda parts, arrays: pd.Period(ordinal=parts[0], freq=unpack(parts[1], arrays)),
    ),
    "timedelta": (
        pd.Timedelta,
        lambda value, *_: [value.asm8.view(np.int64).item(), value.unit],
        lambda parts, _: pd.Timedelta(np.timedelta64(parts[0], parts[1])),
    ),
    "time": (datetime.time, lambda value, *_: value.isoformat(), lambda text, _: datetime.time.fromisoformat(text)),
    "cell": (Cell, _pack_cell, lambda name, _: CELLS[name]),
}
