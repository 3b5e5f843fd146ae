"""Files for the tests of the command line."""

import pytest

from rnnforecast.datasets import load_airline


@pytest.fixture
def airline(tmp_path):
    path = tmp_path / "airline.csv"
    load_airline().rename("y").to_csv(path)
    return path
