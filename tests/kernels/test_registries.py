"""What a contributor adds in one file is found, and no two kernels share a name in the cache."""

from pathlib import Path

import pytest

from rnnforecast.kernels import cells, losses, optimisers, scalers
from rnnforecast.kernels.layer import cell_kernels

pytestmark = pytest.mark.nojit

FOLDERS = {
    "cells": (cells, cells.CELLS, "cell", lambda cell: cell.gates_forward),
    "losses": (losses, losses.LOSSES, "loss", lambda loss: loss.rows),
    "optimisers": (optimisers, optimisers.OPTIMISERS, "optimiser", lambda optimiser: optimiser.update),
    "scalers": (scalers, scalers.SCALERS, "scaler", lambda scaler: scaler.measure),
}


def identity(kernel):
    function = getattr(kernel, "py_func", kernel)
    return f"{function.__module__}.{function.__qualname__}"


@pytest.mark.parametrize("name", FOLDERS)
def test_every_module_is_registered(name):
    package, registry, definition, _ = FOLDERS[name]
    modules = {path.stem for path in Path(package.__file__).parent.glob("*.py")} - {"__init__", definition}
    found = {stem: [item for item in registry.values() if item in named(package, stem)] for stem in modules}
    assert all(found.values()), found
    assert sum(map(len, found.values())) == len(registry)  # one that was overwritten by a name would be missing
    assert all(item.name == key for key, item in registry.items())


def named(package, stem):
    module = getattr(package, stem)
    many = getattr(module, "CELLS", ()) or getattr(module, "OPTIMISERS", ())
    return (*many, *(getattr(module, name) for name in ("LOSS", "SCALER") if hasattr(module, name)))


def test_kernels_have_names_of_their_own():
    kernels = [get(item) for _, registry, _, get in FOLDERS.values() for item in registry.values()]
    for cell in cells.CELLS.values():
        kernels += [cell.gates_backward, *cell_kernels(cell)]
    distinct = {id(kernel): identity(kernel) for kernel in kernels}
    repeated = sorted(name for name in distinct.values() if list(distinct.values()).count(name) > 1)
    assert not repeated
