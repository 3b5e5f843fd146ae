"""Which classes of the library a file may hold, and how."""

import dataclasses

import numpy as np
import pandas as pd

from rnnforecast.forecasting import transforms
from rnnforecast.forecasting.calendar import Calendar
from rnnforecast.forecasting.files.values import FORMS, Form, pack, unpack
from rnnforecast.forecasting.panels.panel import Answer, Panel
from rnnforecast.forecasting.rnn.bounds import Calibration
from rnnforecast.forecasting.rnn.error_scale import ErrorScale
from rnnforecast.forecasting.rnn.outcomes import Outcome
from rnnforecast.forecasting.rnn.said import Said
from rnnforecast.forecasting.uncertainty.adaptive import AdaptiveConformal
from rnnforecast.kernels.cells import CELLS, Cell
from rnnforecast.network.json_values import encode

_OWN = (
    AdaptiveConformal,
    Answer,
    Calendar,
    Calibration,
    ErrorScale,
    Outcome,
    Panel,
    Said,
    *(getattr(transforms, name) for name in transforms.__all__),
)
CLASSES = {own.__name__: own for own in _OWN if dataclasses.is_dataclass(own)}


def _pack_own(value, name, arrays):
    if type(value) is CLASSES.get(type(value).__name__):
        fields = [field.name for field in dataclasses.fields(value) if field.init]
        return [
            type(value).__name__,
            {field: pack(getattr(value, field), f"{name}.{field}", arrays) for field in fields},
        ]
    if isinstance(value, transforms.Transform):
        raise TypeError(
            f"{name} cannot be saved: {type(value).__qualname__} is a Transform that is not of this library, and a "
            "file holds values only, no code. Use the library's own transforms, or pickle the forecaster"
        )
    return encode(value, name)  # raises


def _unpack_own(content, arrays):
    name, fields = content
    made = CLASSES[name](**{field: unpack(item, arrays) for field, item in fields.items()})
    return _checked(made) if name == "Panel" else made


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


def _pack_cell(cell, name, arrays):
    if CELLS.get(cell.name) is not cell:
        raise TypeError(f"{name} cannot be saved: the Cell {cell.name!r} is code, and a file holds values only")
    return cell.name


FORMS["own"] = Form((*CLASSES.values(), transforms.Transform), _pack_own, _unpack_own)
FORMS["cell"] = Form(Cell, _pack_cell, lambda name, _: CELLS[name])
