"""Any value as JSON and arrays, and back; each form that JSON has no word for is in a module beside this one."""

from typing import NamedTuple

from rnnforecast.network.json_values import decode, encode


class Form(NamedTuple):
    """How values of some types are packed, and made again of what that gave.

    Parameters
    ----------
    types : type or tuple of types
    pack : callable
        From (value, name, arrays), as in `pack`, to JSON.
    unpack : callable
        From (JSON, arrays) to an equal value.
    """

    types: object
    pack: object
    unpack: object


FORMS = {}  # by the key of the JSON object


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
    for kind, form in FORMS.items():
        if isinstance(value, form.types):
            return {kind: form.pack(value, name, arrays)}
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
    return FORMS[kind].unpack(content, arrays) if kind in FORMS else decode(value)
