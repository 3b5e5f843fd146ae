"""What all tests share."""

import numpy as np
import pytest


@pytest.fixture
def rng():
    """Return a generator that starts anew in every test."""
    return np.random.default_rng(0)
