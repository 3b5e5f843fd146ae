"""The registry of recurrent cells: every module of this folder that has a line ``CELLS``."""

from importlib import import_module
from pkgutil import iter_modules

from .cell import Cell

CELLS = {
    cell.name: cell
    for module in iter_modules(__path__)
    for cell in getattr(import_module(f"{__name__}.{module.name}"), "CELLS", ())
}

__all__ = ["CELLS", "Cell"]
