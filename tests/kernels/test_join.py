import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from rnnforecast.kernels.join import add_reversed, join_direction, recurrent_mask, reverse_time, split_direction

pytestmark = pytest.mark.nojit

T, B, H = 4, 3, 2


def test_time_turns_round(rng):
    x, out = rng.normal(size=(2, T, B, H))
    turned = np.full_like(x, np.nan)
    reverse_time(x, turned)
    assert_array_equal(turned, x[::-1])
    expected = out + x[::-1]
    add_reversed(x, out)
    assert_array_equal(out, expected)


@pytest.mark.parametrize("keep_at", [-1, 0, 5])
def test_join_and_split(keep_at, rng):
    forward, backward = rng.normal(size=(2, T, B, H))
    keep = rng.integers(0, 2, (B, 5 + T * 2 * H)).astype(np.uint8)
    joined = np.full((T, B, 2 * H), np.nan)
    for direction, h in enumerate([forward, backward]):
        join_direction(h, direction, keep, keep_at, np.array([1.6]), joined)
    mask = np.ones((T, B, 2 * H))
    if keep_at >= 0:
        mask = 1.6 * keep[:, keep_at : keep_at + T * 2 * H].reshape(B, T, 2 * H).swapaxes(0, 1)
    assert_allclose(joined, mask * np.concatenate([forward, backward[::-1]], axis=2), rtol=1e-15)
    djoined = rng.normal(size=joined.shape)
    for direction, h in enumerate([forward, backward]):
        dh = np.full_like(h, np.nan)
        split_direction(djoined, direction, keep, keep_at, np.array([1.6]), dh)
        part = (djoined * mask)[:, :, direction * H : (direction + 1) * H]
        assert_allclose(dh, part[::-1] if direction else part, rtol=1e-15)


def test_recurrent_mask(rng):
    keep, mask = rng.integers(0, 2, (B, 9)).astype(np.uint8), np.full((B, H), np.nan)
    recurrent_mask(keep, 4, np.array([2.5]), mask)
    assert_array_equal(mask, 2.5 * keep[:, 4 : 4 + H])
