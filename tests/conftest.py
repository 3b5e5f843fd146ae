"""What all tests share."""

import numpy as np
import pytest


@pytest.fixture
def rng():
    """Return a generator that starts anew in every test."""
    return np.random.default_rng(0)


@pytest.fixture
def no_training(monkeypatch):
    """Make any training an error: bad input must be found before."""
    from rnnforecast.forecasting.rnn import plan

    monkeypatch.setattr(plan, "learn", lambda *_, **__: pytest.fail("training began"))
