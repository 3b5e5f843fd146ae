"""The guide reads docstrings from the source; those that are completed when a class is made it takes from the class."""

from importlib import import_module
from inspect import getdoc

import griffe


class Documented(griffe.Extension):
    """Gives griffe the whole docstring of the classes under `documented`."""

    def on_class_instance(self, *, cls, **_):
        """Complete one class, when griffe has met it."""
        if any(decorator.callable_path.endswith(".documented") for decorator in cls.decorators):
            cls.docstring.value = getdoc(getattr(import_module(cls.module.path), cls.name))
