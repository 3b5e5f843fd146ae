"""Parameters of estimators as JSON, and back: what the header of a file says of them."""

import math

import numpy as np

PARAMETER_KINDS = "biufU"  # arrays of plain numbers and text


def encode(value, name):
    """A parameter as JSON, so that `decode` gives back an equal one.

    None, bool, int, str and finite float stay as they are, lists too; what JSON does not know becomes an object with
    one key: ``{"tuple": [...]}``, ``{"dict": [[key, value], ...]}``, ``{"float": "nan"}`` and
    ``{"array": [dtype, shape, numbers]}``. NumPy scalars become the Python numbers of the same value.

    Parameters
    ----------
    value : object
    name : str
        What an error calls the value, for example "quantiles".

    Raises
    ------
    TypeError
        For anything else: generators, functions, objects.
    """
    if isinstance(value, (np.bool_, np.integer, np.floating, np.str_)):
        value = value.item()
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        return int(value)
    if isinstance(value, str):
        return str(value)
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else {"float": repr(float(value))}
    if type(value) in (list, tuple):
        items = [encode(item, f"{name}[{i}]") for i, item in enumerate(value)]
        return items if type(value) is list else {"tuple": items}
    if type(value) is dict:
        return {"dict": [[encode(k, f"a key of {name}"), encode(v, f"{name}[{k!r}]")] for k, v in value.items()]}
    if isinstance(value, np.ndarray) and value.dtype.kind in PARAMETER_KINDS:
        return {"array": [value.dtype.str, list(value.shape), encode(value.ravel().tolist(), name)]}
    raise TypeError(f"{name} cannot be saved: {_reason(value)}")


def _reason(value):
    kind = f"{type(value).__module__}.{type(value).__qualname__}"
    if isinstance(value, (np.random.RandomState, np.random.Generator)):
        return f"it is a generator ({kind}); set it to an int or None before saving"
    if callable(value):
        return f"it is a callable ({value!r}), and a file holds values only, no code"
    return f"it is a {kind}; a file holds None, bool, int, float, str, lists, tuples, dicts and arrays of these"


_SPECIAL = {
    "tuple": lambda items: tuple(decode(item) for item in items),
    "dict": lambda pairs: {decode(key): decode(value) for key, value in pairs},
    "float": lambda text: {"nan": math.nan, "inf": math.inf, "-inf": -math.inf}[text],
    "array": lambda parts: _decode_array(*parts),
}


def _decode_array(dtype, shape, items):
    if np.dtype(dtype).kind not in PARAMETER_KINDS:
        raise TypeError(f"{dtype} is no dtype of a parameter")
    return np.array(decode(items), dtype).reshape(shape)


def decode(value):
    """The parameter that `encode` made this JSON of; a ValueError if it is none."""
    if isinstance(value, list):
        return [decode(item) for item in value]
    if not isinstance(value, dict):
        return value
    try:
        ((key, content),) = value.items()
        return _SPECIAL[key](content)
    except (KeyError, TypeError, ValueError, IndexError) as error:
        raise ValueError(f"{str(value)[:80]} is not an encoded parameter") from error
