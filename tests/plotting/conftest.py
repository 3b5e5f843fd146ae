"""No figure of these tests needs a display, and none stays open."""

import pytest


@pytest.fixture(autouse=True)
def _no_display():
    from matplotlib import pyplot

    pyplot.switch_backend("Agg")
    yield
    pyplot.close("all")
