"""How the package imports: public names on their first use, and of scikit-learn no more than it needs.

More than half of the time that scikit-learn's base takes to import goes into SciPy's statistics, of which it uses one
function, seldom, as ``scipy.stats.mode``. SciPy imports its parts by itself when they are read as attributes. So
scikit-learn's base is imported while a module stands in for ``scipy.stats`` that imports the real one when it is read.
"""

import contextlib
import gc
import sys
from importlib import import_module
from types import ModuleType

STATISTICS = "scipy.stats"


def on_first_use(package, places):
    """Give a package's ``__getattr__`` and ``__dir__``, which import each public name when it is first used.

    Parameters
    ----------
    package : dict
        The package's globals, with ``__all__``.
    places : dict of str to str
        The module of each name, relative to the package; "" where the name itself is a module.
    """

    def attribute(name):
        if name not in places:
            raise AttributeError(f"module {package['__name__']!r} has no attribute {name!r}")
        with no_garbage_collection():
            value = import_module(f"{package['__name__']}.{places[name] or name}")
        if places[name]:
            value = package[name] = getattr(value, name)
        return value

    return attribute, lambda: sorted(package["__all__"])


@contextlib.contextmanager
def no_garbage_collection():
    """Imports and compilers make millions of objects that live on: to look through them took a tenth of the time."""
    collects = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collects:
            gc.enable()


def load_scikit_learn():
    """Import scikit-learn's base, without SciPy's statistics unless something has imported them or needs them."""
    if "sklearn.base" in sys.modules or STATISTICS in sys.modules:
        return
    standing_in = ModuleType(STATISTICS, "Imports scipy.stats when it is read.")

    def attribute(name):
        _remove(standing_in)
        return getattr(import_module(STATISTICS), name)

    standing_in.__getattr__ = attribute
    sys.modules[STATISTICS] = standing_in
    try:
        import sklearn.base  # noqa: F401
    finally:
        _remove(standing_in)


def _remove(module):
    if sys.modules.get(STATISTICS) is module:
        del sys.modules[STATISTICS]
