import numpy as np
import pytest
from panels_support import ragged

from rnnforecast.forecasting.networks.rows import Rows, as_float32, padded


def test_numbers_too_large_for_float32():
    panel = ragged(5)
    with pytest.raises(ValueError, match="series_scaler='standard'"):
        as_float32(panel.with_values(panel.values * 1e30))
    assert as_float32(panel).values.dtype == np.float32


def test_a_short_series_goes_on_into_the_past():
    rows = Rows.of_target(ragged(3, 6, 2))
    longer, ends = padded(rows, np.array([0, 1, 1, 2]), np.array([3, 7, 9, 11]), 4)
    assert longer.values.tolist() == [0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 9, 9, 10]
    assert ends.tolist() == [4, 8, 10, 14]
    assert padded(rows, np.array([1]), np.array([9]), 4)[0] is rows
