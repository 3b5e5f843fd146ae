"""Transforms of the target, with exact inverses, over all series of a panel at once.

A transform holds its parameters only; what it learns is a `state`, plain arrays in a dict, that its caller
keeps. So one transform serves many fits, and everything is a function of its arguments::

    state, transformed = transform.fit(panel)                  # at fit
    context = transform.apply(state, newer_panel)              # at predict: other rows, or other series
    forecasts = transform.invert(state, forecasts, newer_panel)

`apply` and `invert` take panels on the scale of the data. A series that `fit` has not seen (by its id) is
transformed by what its own rows say. A transform may lose the first `n_lost` rows of each series, as
differencing does, so that no NaN ever stands in for them: the network's window of n rows needs a context of
``n + n_lost``.
"""

from rnnforecast.forecasting.transforms.difference import Difference
from rnnforecast.forecasting.transforms.log import Log
from rnnforecast.forecasting.transforms.standardize import Standardize
from rnnforecast.forecasting.transforms.transform import Chain, Transform

__all__ = ["Chain", "Difference", "Log", "Standardize", "Transform", "as_transform"]

_NAMES = {"standard": Standardize(), "log": Log(), "log1p": Log(offset=1.0), "difference": Difference()}


def as_transform(transform, argument="transform"):
    """Turn what a user gives into one transform.

    Parameters
    ----------
    transform : None, str, Transform or list of them
        The words are "standard", "log", "log1p" and "difference".
    argument : str
        Its name in messages.

    Returns
    -------
    Transform
    """
    if transform is None:
        return Chain()
    if isinstance(transform, list | tuple):
        return Chain(tuple(as_transform(step, argument) for step in transform))
    if isinstance(transform, str) and transform in _NAMES:
        return _NAMES[transform]
    if isinstance(transform, Transform):
        return transform
    raise ValueError(f"{argument}={transform!r} must be None, one of {sorted(_NAMES)}, a Transform or a list of these")
