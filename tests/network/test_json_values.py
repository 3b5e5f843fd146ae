import json
import math

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from rnnforecast.network.json_values import decode, encode


@pytest.mark.parametrize(
    "value",
    [
        None, True, 3, -(2**70), 0.1, 1e300, "größe", "", [], (), (32, 16), [1, (2, [3])], {}, {"a": 1, 2: (3,)},
        {"tuple": [1]}, {None: {"float": "x"}}, math.inf, -math.inf,
    ],
)  # fmt: skip
def test_parameters_round_trip(value):
    again = decode(json.loads(json.dumps(encode(value, "p"), allow_nan=False)))
    assert again == value
    assert type(again) is type(value)


def test_nan_numpy_scalars_and_arrays():
    assert math.isnan(decode(encode(math.nan, "p")))
    for value, expected in (
        (np.float32(0.5), 0.5),
        (np.int64(3), 3),
        (np.bool_(True), True),
        (np.str_("a"), "a"),
        (np.float64(0.1), 0.1),
    ):
        again = encode(value, "p")
        assert again == expected
        assert type(again) is type(expected)
    for array in (np.array([0.1, np.nan]), np.ones((2, 3), np.float32), np.empty((0, 3), int), np.array(["a", "bc"])):
        again = decode(json.loads(json.dumps(encode(array, "p"), allow_nan=False)))
        assert again.dtype == array.dtype
        assert_array_equal(again, array)


@pytest.mark.parametrize(
    "value, message",
    [
        (np.random.RandomState(0), "random_state cannot be saved: it is a generator"),
        (np.random.default_rng(0), "random_state cannot be saved: it is a generator"),
        (len, "random_state cannot be saved: it is a callable"),
        (int, "it is a callable"),
        ({"a": [0, len]}, r"random_state\['a'\]\[1\] cannot be saved"),
        ({len: 0}, "a key of random_state cannot be saved"),
        (1j, "it is a builtins.complex"),
        (b"a", "it is a builtins.bytes"),
        ({1}, "it is a builtins.set"),
        (np.array([None]), "it is a numpy.ndarray"),
    ],
)
def test_parameters_that_cannot_be_saved(value, message):
    with pytest.raises(TypeError, match=message):
        encode(value, "random_state")


@pytest.mark.parametrize(
    "value", [{}, {"tuple": 3}, {"float": "1"}, {"other": 1}, {"tuple": [], "dict": []}, {"dict": [[[], 1]]},
              {"array": ["O", [1], [1]]}, {"array": ["<f8", [2], [1]]}],
)  # fmt: skip
def test_what_is_no_encoded_parameter(value):
    with pytest.raises(ValueError, match="is not an encoded parameter"):
        decode(value)
