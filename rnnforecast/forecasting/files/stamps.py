"""How a file holds indexes, stamps, and frequencies."""

import datetime
from importlib import import_module

import numpy as np
import pandas as pd

from rnnforecast.forecasting.files.arrays import pack_array
from rnnforecast.forecasting.files.values import FORMS, Form, pack, unpack


def _pack_index(index, name, arrays):
    return {"name": pack(index.name, f"the name of {name}", arrays), **pack_stamps(index, name, arrays)}


def pack_stamps(index, name, arrays):
    """Turn an index without its name into JSON; the arguments are those of `pack`."""
    if isinstance(index, pd.RangeIndex):
        return {"range": [index.start, index.stop, index.step]}
    if isinstance(index, pd.PeriodIndex):
        return {"ordinals": pack_array(index.asi8, name, arrays), "freq": pack(index.freq, f"{name}.freq", arrays)}
    if isinstance(index, pd.DatetimeIndex):
        return {"stamps": pack_array(index.asi8, name, arrays), "unit": index.unit, "zone": _pack_zone(index.tz, name)}
    if isinstance(index, pd.CategoricalIndex):
        codes = pack_array(np.asarray(index.codes), name, arrays)
        categories = _pack_index(index.categories, f"{name}.categories", arrays)
        return {"codes": codes, "categories": categories, "ordered": bool(index.ordered)}
    if isinstance(index.dtype, np.dtype) and index.dtype.kind in "biufm":
        return {"numbers": pack_array(index.to_numpy(), name, arrays)}
    items = {"items": [pack(item, f"{name}.{i}", arrays) for i, item in enumerate(index)], "dtype": str(index.dtype)}
    again = unpack_stamps(items, arrays)
    if type(again) is not type(index) or again.dtype != index.dtype or not again.equals(index):
        raise TypeError(f"{name} cannot be saved: it is a {type(index).__name__} of {index.dtype}")
    return items


def _unpack_index(content, arrays):
    return unpack_stamps(content, arrays).rename(unpack(content["name"], arrays))


def unpack_stamps(content, arrays):
    """Make the index that `pack_stamps` made this JSON of, without a name."""
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
    items = [unpack(item, arrays) for item in content["items"]]
    return pd.Index(items, dtype=_unpack_dtype(content["dtype"]), tupleize_cols=False)


def _unpack_dtype(text):
    """The type that prints like this. Of text in pyarrow there are two; the one of pandas alone prints without it."""
    return pd.ArrowDtype(import_module("pyarrow").string()) if text == "string[pyarrow]" else text


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


FORMS["index"] = Form(pd.Index, _pack_index, _unpack_index)
FORMS["offset"] = Form(pd.offsets.BaseOffset, _pack_offset, _unpack_offset)
FORMS["timestamp"] = Form(
    pd.Timestamp,
    lambda value, name, _: [value.asm8.view(np.int64).item(), value.unit, _pack_zone(value.tz, name)],
    lambda parts, _: unpack_stamps({"stamps": 0, "unit": parts[1], "zone": parts[2]}, [np.array(parts[:1])])[0],
)
FORMS["period"] = Form(
    pd.Period,
    lambda value, name, arrays: [value.ordinal, pack(value.freq, name, arrays)],
    lambda parts, arrays: pd.Period(ordinal=parts[0], freq=unpack(parts[1], arrays)),
)
FORMS["timedelta"] = Form(
    pd.Timedelta,
    lambda value, *_: [value.asm8.view(np.int64).item(), value.unit],
    lambda parts, _: pd.Timedelta(np.timedelta64(parts[0], parts[1])),
)
FORMS["time"] = Form(
    datetime.time, lambda value, *_: value.isoformat(), lambda text, _: datetime.time.fromisoformat(text)
)
