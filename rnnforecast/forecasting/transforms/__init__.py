"""Transforms of the target, with exact inverses, over all series of a panel at once.

A transform holds its parameters only; what it learns is a `state`, plain arrays in a dict, that its caller
keeps. So one transform serves many fits, and everything is a function of its arguments::

    state, transformed = transform.fit(panel)                  # at fit
    context = transform.apply(state, newer_panel)              # at predict: other rows, or other series
    forecasts = transform.invert(state, forecasts, newer_panel)

`apply` and `invert` take panels on the scale of the data. A series that `fit` has not seen (by its id) is
transformed by what its own rows say. A transform may lose the first `n_lost` rows of each series, as
differencing does, so that no NaN ever stands in for them: the network's window of n rows needs a context of
``n + n_lost``. Transforms that learn some numbers of each series share `PerSeries`, those that subtract one
and divide by another share `Affine`.
"""

from rnnforecast.forecasting.transforms.boxcox import BoxCox
from rnnforecast.forecasting.transforms.deseasonalize import Deseasonalize, resolve_season
from rnnforecast.forecasting.transforms.difference import Difference
from rnnforecast.forecasting.transforms.linlog import LinLog
from rnnforecast.forecasting.transforms.log import Log
from rnnforecast.forecasting.transforms.mean_scale import MeanScale
from rnnforecast.forecasting.transforms.minmax import MinMax
from rnnforecast.forecasting.transforms.moving_season import MovingSeason
from rnnforecast.forecasting.transforms.robust import Robust
from rnnforecast.forecasting.transforms.standardize import Standardize
from rnnforecast.forecasting.transforms.transform import Chain, Transform

__all__ = [
    "BoxCox",
    "Chain",
    "Deseasonalize",
    "Difference",
    "LinLog",
    "Log",
    "MeanScale",
    "MinMax",
    "MovingSeason",
    "Robust",
    "Standardize",
    "Transform",
    "as_transform",
]

_NAMES = {
    "standard": Standardize(),
    "robust": Robust(),
    "minmax": MinMax(),
    "mean": MeanScale(),
    "log": Log(),
    "log1p": Log(offset=1.0),
    "boxcox": BoxCox(),
    "difference": Difference(),
    "deseasonalize": Deseasonalize(),
}
_SEASONAL = "seasonal_difference"  # its lag is the season of the data


def as_transform(transform, argument="transform", freq=None):
    """Turn what a user gives into one transform.

    Parameters
    ----------
    transform : None, str, Transform or list of them
        The words are "standard", "robust", "minmax", "mean", "log", "log1p", "boxcox", "difference",
        "seasonal_difference" and "deseasonalize". Those of a list are applied in its order, and undone last first.
    argument : str
        Its name in messages.
    freq : pandas offset or int, optional
        The frequency of the data, which "seasonal_difference" needs: its lag is the season.

    Returns
    -------
    Transform
    """
    if transform is None:
        return Chain()
    if isinstance(transform, list | tuple):
        return Chain(tuple(as_transform(step, argument, freq) for step in transform))
    if isinstance(transform, str) and transform == _SEASONAL:
        need = f"Difference(lag=...) as {argument} in place of {_SEASONAL!r}"
        if freq is None:
            raise ValueError(f"the frequency is not known; give {need}")
        return Difference(lag=resolve_season(None, freq, need))
    if isinstance(transform, str) and transform in _NAMES:
        return _NAMES[transform]
    if isinstance(transform, Transform):
        return transform
    words = sorted([*_NAMES, _SEASONAL])
    raise ValueError(f"{argument}={transform!r} must be None, one of {words}, a Transform or a list of these")
