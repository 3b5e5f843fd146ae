"""What machine code was made from, told by a stamp: code with another stamp does not hold any more.

A stamp covers the package's kernels, the versions of Numba and NumPy, and all that Numba freezes into a function:
globals, closures, defaults, and those of what it calls.
"""

import dis
import functools
import glob
import hashlib
import inspect
import os
import time
import types

import numba
import numpy as np
from numba.extending import is_jitted

ROOT = os.path.dirname(os.path.abspath(__file__))
_IMPORTED = time.time()
_KERNELS = __name__.rpartition(".")[0] + ".kernels"
_COMPILING = ("_cache.py", "_jit.py", "_parts.py", "_pipeline.py", "_stamp.py")  # beside kernels/
_VERSIONS = [numba.__version__, np.__version__]
_VERSIONED = {"builtins", "cmath", "llvmlite", "math", "numba", "numpy", "operator"}  # told by version, not by content
_PLAIN = (type(None), bool, int, float, complex, str, bytes, np.generic, np.dtype, numba.types.Type)


class UncacheableError(Exception):
    """The next process could not tell whether the saved code still holds."""


def stamp(function):
    """Digest of the package's sources, of the versions, and of all that Numba would freeze into this function."""
    if package_hash() is None:
        raise UncacheableError("the package's sources cannot be read, or changed after their import")
    return digest([package_hash(), *_function_tokens(function, {})])


@functools.cache
def package_hash():
    """Digest of what compiles kernels, of kernels/ and of versions; None if unreadable, or newer than the import."""
    parts = list(_VERSIONS)
    try:
        for name in [*_COMPILING, *sorted(glob.glob("kernels/**/*.py", root_dir=ROOT, recursive=True))]:
            path = os.path.join(ROOT, name)
            status = os.stat(path)
            if _IMPORTED < max(status.st_mtime, status.st_ctime) <= time.time():
                return None  # memory may hold the old text, and must not be saved as made from the new one
            with open(path, "rb") as file:
                parts += [name, file.read()]
    except OSError:
        return None
    return digest(parts)


def _function_tokens(function, seen, lenient=False):
    """Texts that tell the code of a function, and name by name what its globals, closure and defaults hold."""
    if function in seen:
        return [f"seen {seen[function]}"]
    seen[function] = len(seen)
    text, loads, names = code_parts(function.__code__)
    held = {key: function.__globals__[key] for key in sorted(loads & function.__globals__.keys())}
    held |= {f"closure {k}": cell.cell_contents for k, cell in enumerate(function.__closure__ or ())}
    return [text, *_held_tokens({**held, "defaults": function.__defaults__}, names, seen, lenient)]


def _held_tokens(held, names, seen, lenient=False):
    tokens = []
    for key, value in held.items():
        try:
            tokens += [key, *_tokens(value, names, seen)]
        except UncacheableError:
            if not lenient:
                raise
    return tokens


def _tokens(value, names, seen):
    """Texts that tell a value; `names` are the attributes that the code reads, for modules."""
    if is_jitted(value):
        return [options_of(value), *_function_tokens(value.py_func, seen)]
    if isinstance(value, _PLAIN):
        return [lasting(f"{type(value).__qualname__} {value!r}")]
    if isinstance(value, tuple):
        return [f"{type(value)} {len(value)}", *(token for part in value for token in _tokens(part, names, seen))]
    if isinstance(value, np.ndarray) and not value.dtype.hasobject:
        return [f"{value.dtype.descr} {value.shape} {value.strides}", value.tobytes()]
    module, name = getattr(value, "__module__", None) or "", getattr(value, "__name__", None) or ""
    if isinstance(value, types.ModuleType):
        if name.partition(".")[0] in _VERSIONED or value in seen:
            return [name]
        seen[value] = len(seen)
        return [name, *_held_tokens({key: vars(value)[key] for key in sorted(names & vars(value).keys())}, names, seen)]
    name = getattr(value, "__qualname__", name)
    if name and module.partition(".")[0] in _VERSIONED:
        return [f"{module}.{name}"]
    if name and f"{module}.".startswith(f"{_KERNELS}."):  # a class, an overloaded function or an intrinsic
        function = getattr(value, "_defn", value)
        python = _function_tokens(function, seen, lenient=True) if inspect.isfunction(function) else []
        return [f"{module}.{name}", *python]  # what this does not tell, such as overloads, package_hash does
    raise UncacheableError(f"it uses {value!r}, whose content cannot be told")


@functools.lru_cache(maxsize=1024)
def code_parts(code):
    """(text, names loaded as globals, all names) of a code object and of those nested in it."""
    nested = [code_parts(part) for part in code.co_consts if isinstance(part, types.CodeType)]
    consts = [part for part in code.co_consts if not isinstance(part, types.CodeType)]
    consts = [sorted(map(repr, part)) if isinstance(part, frozenset) else part for part in consts]
    text = repr((code.co_code, code.co_exceptiontable, code.co_names, consts, [part[0] for part in nested]))
    loads = {step.argval for step in dis.get_instructions(code) if step.opname == "LOAD_GLOBAL"}
    return text, loads.union(*(part[1] for part in nested)), set(code.co_names).union(*(part[2] for part in nested))


def options_of(dispatcher):
    options = dispatcher.targetoptions.items()
    return repr(sorted((key, repr(sorted(value) if isinstance(value, set) else value)) for key, value in options))


def identity(value):
    """Tells a function by its name, its file and what was bound: cells of one name in two scripts share no entry."""
    function = getattr(value, "py_func", value)
    if not inspect.isfunction(function):
        return type(value).__qualname__
    source = function.__code__.co_filename
    place = source if os.path.isfile(source) and not source.startswith(ROOT + os.sep) else ""
    return digest([function.__module__, function.__qualname__, place, *getattr(function, "__bound__", ())]).hex()


def lasting(text):
    if " at 0x" in text:
        raise UncacheableError(f"{text} holds an address of this process")
    return text


def digest(parts):
    total = hashlib.sha256()
    for part in parts:
        part = part if isinstance(part, bytes) else part.encode("utf-8", "surrogatepass")
        total.update(len(part).to_bytes(8, "little") + part)
    return total.digest()
