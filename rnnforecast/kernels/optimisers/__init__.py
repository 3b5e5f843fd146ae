"""The registry of optimisers: every module of this folder that has a line ``OPTIMISERS``."""

from importlib import import_module
from pkgutil import iter_modules

from .optimiser import Optimiser

OPTIMISERS = {
    optimiser.name: optimiser
    for module in iter_modules(__path__)
    for optimiser in getattr(import_module(f"{__name__}.{module.name}"), "OPTIMISERS", ())
}

__all__ = ["OPTIMISERS", "Optimiser"]
