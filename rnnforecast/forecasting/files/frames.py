"""How a file holds frames."""

import numpy as np
import pandas as pd

from rnnforecast.forecasting.files.arrays import pack_array
from rnnforecast.forecasting.files.stamps import pack_stamps, unpack_stamps
from rnnforecast.forecasting.files.values import FORMS, Form, pack, unpack


def _pack_frame(frame, name, arrays):
    """Names and columns; labels, which repeat, as categories."""
    return [
        [pack(key, f"a name of {name}", arrays), _pack_column(frame[key], f"{name}.{key}", arrays)] for key in frame
    ]


def _pack_column(column, name, arrays):
    if isinstance(column.dtype, np.dtype) and column.dtype.kind in "biuf":
        return {"numbers": pack_array(column.to_numpy(), name, arrays)}
    if isinstance(column.dtype, pd.CategoricalDtype):
        return pack_stamps(pd.CategoricalIndex(column), name, arrays)
    labels = pd.CategoricalIndex(column.astype(object))
    return {"labels": pack_stamps(labels, name, arrays), "dtype": str(column.dtype)}


def _unpack_frame(content, arrays):
    columns = {unpack(key, arrays): _unpack_column(column, arrays) for key, column in content}
    return pd.DataFrame(columns)


def _unpack_column(column, arrays):
    if "labels" in column:
        return pd.Series(unpack_stamps(column["labels"], arrays).astype(object), dtype=column["dtype"])
    if "numbers" in column:
        return arrays[column["numbers"]]
    return unpack_stamps(column, arrays).to_series(index=pd.RangeIndex(len(arrays[column["codes"]])))


FORMS["frame"] = Form(pd.DataFrame, _pack_frame, _unpack_frame)
