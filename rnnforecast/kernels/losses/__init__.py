"""The registry of losses: every module of this folder that has a line ``LOSS``."""

from importlib import import_module
from pkgutil import iter_modules

from .loss import Loss

LOSSES = {
    module.LOSS.name: module.LOSS
    for module in (import_module(f"{__name__}.{found.name}") for found in iter_modules(__path__))
    if hasattr(module, "LOSS")
}

__all__ = ["LOSSES", "Loss"]
