"""What the columns of a table of forecasts are: models, and by their endings the parts of each model's forecast."""

import re
from typing import NamedTuple

_PART = re.compile(
    r"(?P<model>.+)-(?:(?P<side>lo|hi)-(?P<level>\d+(?:\.\d+)?)|q(?P<quantile>0?\.\d+)|(?:sample|path)-(?P<sample>\d+)|(?P<std>std))"
)


class Parts(NamedTuple):
    """The columns of one model."""

    point: str
    intervals: dict  # {level in percent: (lower column, upper column)}, the narrowest first
    quantiles: dict  # {column: quantile}, of the bounds as well
    samples: list
    std: str | None

    def columns(self):
        """Return all of them."""
        return [self.point, *self.quantiles, *self.samples, *([] if self.std is None else [self.std])]


def read_columns(names):
    """Sort columns by model.

    Parameters
    ----------
    names : list of str
        A model is a name such as ``RNN``; its parts are ``RNN-lo-80`` and ``RNN-hi-80`` (bounds of an interval),
        ``RNN-q0.1`` (a quantile), ``RNN-sample-1`` or ``RNN-path-1`` (a sample) and ``RNN-std`` (a standard deviation).

    Returns
    -------
    dict of str to Parts
        A pair of quantiles that lie symmetrically makes an interval too.
    """
    found = {name: _PART.fullmatch(str(name)) for name in names}
    models = {str(name): Parts(name, {}, {}, [], None) for name, part in found.items() if part is None}
    for name, part in found.items():
        if part is None:
            continue
        if part["model"] not in models:
            raise ValueError(f"column {name!r} belongs to a model {part['model']!r}, but there is no such column")
        model = models[part["model"]]
        if part["sample"]:
            model.samples.append(name)
        elif part["std"]:
            models[part["model"]] = model._replace(std=name)
        else:
            model.quantiles[name] = _quantile(part)
    return {model.point: model._replace(intervals=_intervals(model.quantiles)) for model in models.values()}


def _quantile(part):
    if part["quantile"]:
        return float(part["quantile"])
    tail = round((1 - float(part["level"]) / 100) / 2, 12)  # 0.1 and not 0.09999999999999998
    return tail if part["side"] == "lo" else 1 - tail


def _intervals(quantiles):
    """Pairs of columns whose quantiles are q and 1 - q."""
    by_quantile = {round(quantile, 9): column for column, quantile in reversed(quantiles.items())}
    pairs = {}
    for quantile in sorted(by_quantile, reverse=True):
        other = by_quantile.get(round(1 - quantile, 9))
        if quantile < 0.5 and other is not None:
            pairs[round(100 * (1 - 2 * quantile), 7)] = (by_quantile[quantile], other)
    return pairs
