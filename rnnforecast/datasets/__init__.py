"""Small real series to try things on, and generators of the classic sequence problems.

The real series are CSV files of the repository's ``datasets/`` folder; its README gives the source and the licence of
each. In an installed package the same folder is ``rnnforecast/_datasets``.
"""

from rnnforecast.datasets.dynamics import make_mackey_glass, make_narma
from rnnforecast.datasets.loading import load_airline, load_co2, load_elnino, load_nile, load_sunspots
from rnnforecast.datasets.memory import make_adding_problem, make_copy_memory
from rnnforecast.datasets.panels import make_series_panel

__all__ = [
    "load_airline",
    "load_co2",
    "load_elnino",
    "load_nile",
    "load_sunspots",
    "make_adding_problem",
    "make_copy_memory",
    "make_mackey_glass",
    "make_narma",
    "make_series_panel",
]
