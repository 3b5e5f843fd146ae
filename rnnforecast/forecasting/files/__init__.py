"""Files of fitted forecasters: values as JSON and arrays, and back.

`pack` turns a value into JSON and puts its arrays into a dict; `unpack` makes an equal value of both. What JSON has no
word for becomes an object with one key, as in network/json_values.py, such as ``{"array": "theta_"}``. Classes are
named, never imported: a file can only make what is listed in own.py, so that opening one runs no code of its own.
"""

from rnnforecast.forecasting.files import arrays, frames, own, stamps  # noqa: F401  they enter their forms
from rnnforecast.forecasting.files.values import pack, unpack

__all__ = ["pack", "unpack"]
