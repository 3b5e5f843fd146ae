"""The registry of window scalers: every module of this folder that has a line ``SCALER``."""

from importlib import import_module
from pkgutil import iter_modules

from .scaler import Scaler

SCALERS = {
    module.SCALER.name: module.SCALER
    for module in (import_module(f"{__name__}.{found.name}") for found in iter_modules(__path__))
    if hasattr(module, "SCALER")
}

__all__ = ["SCALERS", "Scaler"]
