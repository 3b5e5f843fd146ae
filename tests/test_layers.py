"""Imports point down only: the table of layers in CONTRIBUTING.md, read from the source of every module."""

import ast
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

PACKAGE = "rnnforecast"
SOURCE = Path(__file__).parents[1] / PACKAGE

LEVELS = {
    "_imports": -5,
    "_parts": -4,
    "_pipeline": -3,
    "_stamp": -2,
    "_cache": -1,
    "_jit": 0,
    "kernels": 1,
    "network": 2,
    "estimators": 3,
    "forecasting": 4,
    "plotting": 5,
    "cli": 5,
    "__main__": 5,
}
BESIDE = {"windows", "metrics", "datasets", "libraries"}

COMPILER = {"numba", "llvmlite"}
THIRD_PARTY = {
    -5: {"sklearn.base"},
    **dict.fromkeys((-4, -3, -1), COMPILER),
    -2: COMPILER | {"numpy"},
    0: COMPILER | {"numpy"},
    1: COMPILER | {"numpy"},
    2: {"numpy", "scipy", "joblib", "threadpoolctl"},
    3: {"numpy", "scipy", "joblib", "threadpoolctl", "sklearn"},
    4: {"numpy", "scipy", "joblib", "threadpoolctl", "sklearn", "pandas"},
    5: {"numpy", "scipy", "joblib", "threadpoolctl", "sklearn", "pandas"},
    "beside": {"numpy", "pandas", "sklearn.utils"},
}

EXTRAS = {"tqdm": 2, "narwhals": "libraries", "holidays": 4}  # from which level on or where, inside functions


class Import(NamedTuple):
    target: str  # dotted name of what is imported, with the package in front
    lazy: bool  # inside a function


def imports(text, module, *, is_package=False):
    """List what a module imports, at its top and inside functions; relative names are made absolute."""
    found = []

    def visit(node, lazy):
        if isinstance(node, ast.Import):
            found.extend(Import(alias.name, lazy) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                parts = module.split(".")
                parts = parts[: len(parts) - node.level + is_package]
                base = ".".join([*parts, base]).rstrip(".")
            found.extend(Import(f"{base}.{alias.name}", lazy) for alias in node.names)
        lazy = lazy or isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda))
        for child in ast.iter_child_nodes(node):
            visit(child, lazy)

    visit(ast.parse(text), lazy=False)
    return found


def place(name):
    """Give the level of a dotted name inside the package; "beside", or None for what the table does not know."""
    part = name.split(".")[1] if "." in name else ""
    return "beside" if part in BESIDE else LEVELS.get(part)


def allowed(name, packages):
    return any(name == package or name.startswith(package + ".") for package in packages)


def reason_against(module, found, heavy=frozenset()):
    """Say why an import breaks the rule, or return None; `heavy` are the modules beside that need more than NumPy."""
    level = place(module)
    top = found.target.split(".")[0]
    if top == PACKAGE:
        target = place(found.target)
        if found.target == f"{PACKAGE}.__version__" or (target is None and level == 5):
            return None
        if target is None:
            return "comes through the top of the package; import it from its own module"
        if level == "beside":
            return None if target == "beside" else f"reaches into level {target}; this module stands beside the layers"
        if target == "beside":
            name = ".".join(found.target.split(".")[:2])
            return f"{name} needs more than NumPy" if level <= 2 and name in heavy else None
        return f"points up, from level {level} to {target}" if target > level else None
    if top in sys.stdlib_module_names:
        return None
    if top == "matplotlib":
        return None if module.split(".")[1] == "plotting" else "belongs in plotting"
    if top in EXTRAS:
        where = EXTRAS[top]
        own = module == f"{PACKAGE}.{where}" if isinstance(where, str) else level != "beside" and level >= where
        return None if found.lazy and own else "is an extra: import it inside a function"
    return None if allowed(found.target, THIRD_PARTY[level]) else f"is not for level {level}"


def modules():
    """Give (dotted name, path) of all modules but the package's own __init__, which gathers the public names."""
    for path in sorted(SOURCE.rglob("*.py")):
        parts = path.relative_to(SOURCE.parent).with_suffix("").parts
        name = ".".join(parts).removesuffix(".__init__")
        if name != PACKAGE:
            yield name, path


def imports_of(name, path):
    return imports(path.read_text(encoding="utf-8"), name, is_package=path.name == "__init__.py")


def heavy_modules():
    """Give the modules beside the layers that import more than the standard library and NumPy when they load."""
    light = sys.stdlib_module_names | {"numpy", PACKAGE}
    return {
        name
        for name, path in modules()
        if place(name) == "beside"
        and any(not found.lazy and found.target.split(".")[0] not in light for found in imports_of(name, path))
    }


def test_every_module_has_a_place():
    unknown = [name for name, _ in modules() if place(name) is None]
    assert not unknown, f"give them a level in LEVELS, or a line in BESIDE: {unknown}"


def test_imports_point_down():
    heavy = heavy_modules()
    broken = [
        f"{name} imports {found.target}: {reason}"
        for name, path in modules()
        if place(name) is not None
        for found in imports_of(name, path)
        if (reason := reason_against(name, found, heavy))
    ]
    assert not broken, "\n".join(broken)


@pytest.mark.parametrize(
    "module, line",
    [
        ("_jit", "from . import kernels"),
        ("_jit", "import pandas"),
        ("kernels.maths", "from ..network import Network"),
        ("kernels.cells.lstm", "from ...network.layout import Layout"),
        ("kernels.maths", "import rnnforecast.network.layout"),
        ("kernels.maths", "def f():\n    from rnnforecast.estimators import RNNRegressor"),
        ("kernels.maths", "from .. import RNNRegressor"),
        ("kernels.maths", "import rnnforecast"),
        ("kernels.maths", "import scipy.optimize"),
        ("kernels.maths", "from ..metrics import mase"),
        ("network.network", "import numba"),
        ("network.network", "import sklearn"),
        ("network.monitor", "import tqdm"),
        ("estimators.regressor", "class A:\n    def f(self):\n        import pandas"),
        ("estimators.regressor", "from ..forecasting import RNNForecaster"),
        ("forecasting.forecaster", "from .. import plotting"),
        ("forecasting.forecaster", "from matplotlib import pyplot"),
        ("forecasting.forecaster", "import torch"),
        ("libraries", "import narwhals"),
        ("forecasting.reading", "def f():\n    import narwhals"),
        ("estimators.regressor", "def f():\n    import narwhals"),
        ("cli", "import matplotlib"),
        ("windows", "from .kernels import maths"),
        ("datasets", "from sklearn.linear_model import Ridge"),
    ],
)
def test_breaches_are_seen(module, line):
    (found,) = imports(line, f"{PACKAGE}.{module}")
    assert reason_against(f"{PACKAGE}.{module}", found, heavy={f"{PACKAGE}.metrics"})


@pytest.mark.parametrize(
    "module, line",
    [
        ("_jit", "from numba.core.caching import NullCache"),
        ("kernels.maths", "from .._jit import kernel"),
        ("kernels.maths", "from . import products"),
        ("kernels.cells.lstm", "from ... import _jit, __version__"),
        ("network.network", "from ..kernels.cells import CELLS"),
        ("network.network", "from ..windows import starts"),
        ("network.network", "from scipy.optimize import minimize"),
        ("network.monitor", "def f():\n    from tqdm import tqdm"),
        ("estimators.regressor", "from rnnforecast.network import Network"),
        ("forecasting.forecaster", "from ..metrics import mase"),
        ("forecasting.forecaster", "import pandas as pd, sklearn.base"),
        ("plotting", "def f():\n    import matplotlib.pyplot as plt"),
        ("cli", "from . import RNNForecaster, plotting"),
        ("cli", "from .forecasting import backtest"),
        ("datasets", "from sklearn.utils import check_random_state"),
        ("libraries", "def f():\n    import narwhals"),
        ("metrics.frames", "from rnnforecast.libraries import as_pandas"),
    ],
)
def test_what_the_rule_allows(module, line):
    for found in imports(line, f"{PACKAGE}.{module}"):
        assert reason_against(f"{PACKAGE}.{module}", found, heavy={f"{PACKAGE}.metrics"}) is None


def test_relative_names_in_a_package_start_one_level_lower():
    assert imports("from . import maths", "rnnforecast.kernels", is_package=True) == [
        Import("rnnforecast.kernels.maths", False)
    ]
    assert imports("from .. import _jit", "rnnforecast.kernels", is_package=True) == [Import("rnnforecast._jit", False)]
