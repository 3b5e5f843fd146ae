"""How a file holds arrays and their numbers."""

import re

import numpy as np

from rnnforecast.forecasting.files.values import FORMS, Form, pack, unpack
from rnnforecast.network.json_values import decode, encode


def pack_array(array, name, arrays):
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


FORMS["array"] = Form(np.ndarray, pack_array, _unpack_array)
FORMS["scalar"] = Form(np.generic, _pack_scalar, _unpack_scalar)
