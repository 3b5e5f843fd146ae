"""Numba's options and the rules of its cache, in one place.

`kernel` compiles a function on its first call, `bind` makes one loop serve many cells, `cache_place` says where
machine code is kept. The cache only ever saves time: whatever goes wrong with it, a kernel compiles and runs.

Numba's own cache misses edits in other files, mixes up options, raises where it cannot write, and lets two processes
that save at once swap their entries. Here an entry is one file: its name tells the kernel, its options, its signature
and the machine; a stamp inside tells what the code was made from, and code with a new stamp replaces the old.
``NUMBA_DEBUG_CACHE=1`` prints why something was not cached.
"""

import builtins
import contextlib
import dis
import functools
import glob
import hashlib
import inspect
import os
import pickle
import re
import sys
import time
import types
import uuid

import numba
import numpy as np
from numba.core.compiler_lock import global_compiler_lock
from numba.extending import is_jitted

from ._parts import link_as_part
from ._pipeline import ADDRESS, ALONE, PART, PYTHON, compiler, pipeline_fits, rebuild_for_address

try:
    from numba.core.caching import NullCache, _Cache, _CacheLocator
    from numba.core.compiler import CompileResult
    from numba.core.serialize import dumps
    from numba.misc.appdirs import AppDirs
except ImportError:  # a later Numba moved its private parts: kernels run uncached
    NullCache, _Cache = None, object

DISABLED = bool(numba.config.DISABLE_JIT)
FASTMATH = frozenset({"reassoc", "contract", "arcp", "nsz", "afn"})  # all but nnan and ninf, which hide NaN

_IMPORTED = time.time()
_ROOT = os.path.dirname(os.path.abspath(__file__))
_KERNELS = __name__.rpartition(".")[0] + ".kernels"
_VERSIONS = [numba.__version__, np.__version__]
_VERSIONED = {"builtins", "cmath", "llvmlite", "math", "numba", "numpy", "operator"}  # told by version, not by content
_PLAIN = (type(None), bool, int, float, complex, str, bytes, np.generic, np.dtype, numba.types.Type)
_IN_USE = []  # code whose address is known: it lives as long as the process
_FLAGS = ("OPT", "BOUNDSCHECK", "DEBUGINFO_DEFAULT", "LOOP_VECTORIZE", "SLP_VECTORIZE", "USING_SVML")


def kernel(function=None, *, fastmath=FASTMATH, strict=False, inline="never", alone=False):
    """Compile a plain function with Numba on its first call; it drops the GIL, and its machine code is cached.

    ``strict=True`` turns fastmath off. ``inline="always"`` copies the function into its callers before their types are
    inferred, which costs compile time; LLVM inlines small functions anyway. ``alone=True`` has it optimised by itself
    before it is linked into other kernels, see _parts.py: for loops that otherwise would not become vector code.
    """
    if function is None:
        return functools.partial(kernel, fastmath=fastmath, strict=strict, inline=inline, alone=alone)
    if not inspect.isfunction(function):
        raise TypeError(f"kernel needs a plain function, got {function!r}; the function of a kernel is its py_func")
    flags = False if strict or not fastmath else set(fastmath)
    options = {"nogil": True, "error_model": "numpy", "boundscheck": None, "fastmath": flags, "inline": inline}
    dispatcher = _compiled(function, PYTHON, options)
    if not DISABLED and pipeline_fits():
        form = ALONE if alone else PART
        link_as_part(dispatcher, functools.partial(_compiled, function, form, options))
    return dispatcher


def _compiled(function, form, options):
    """Numba's dispatcher for a kernel in one of the forms of py."""
    if DISABLED or not pipeline_fits():
        dispatcher = numba.njit(**options)(function)
    else:
        is_ours = function.__code__.co_filename.startswith(_ROOT + os.sep)
        with_form = {"_nrt": not is_ours, "pipeline_class": compiler(form, is_ours)}
        dispatcher = numba.njit(**options, **with_form)(function)
    is_saved = form in (PYTHON, ADDRESS)
    if is_saved and _hooks_fit() and type(getattr(dispatcher, "_cache", None)) is NullCache:
        dispatcher._cache = _KernelCache(dispatcher, form)
    return dispatcher


def bind(template, name, *, strict=False, alone=False, **values):
    """Copy a function under the name template_name, with `values` in place of its globals of those names.

    The template is a plain function, or a kernel, whose options the copy keeps. Values are kernels, intrinsics,
    overloaded functions or constants; those that the template does not use are left out, and its other globals stay
    as they are at this moment. Copies of one template with different values need different names.
    """
    options = getattr(template, "targetoptions", {})
    template = getattr(template, "py_func", template)
    loads = _code_parts(template.__code__)[1]
    values = {key: values[key] for key in sorted(loads & values.keys())}
    scope = {**template.__globals__, **values}
    missing = sorted(key for key in loads - scope.keys() if not hasattr(builtins, key))
    if missing:
        raise TypeError(f"bind({template.__name__}, {name!r}) needs values for {', '.join(missing)}")
    copy = types.FunctionType(template.__code__, scope, f"{template.__name__}_{name}", closure=template.__closure__)
    copy.__defaults__, copy.__kwdefaults__ = template.__defaults__, template.__kwdefaults__
    copy.__qualname__ = f"{template.__qualname__}_{name}"
    copy.__bound__ = [f"{key}={_identity(value)}" for key, value in values.items()]
    own = {key: options[key] for key in ("fastmath", "inline") if key in options}
    return kernel(copy, strict=strict, alone=alone, **own)


def specialise(template, name, signature):
    """Bind a template and compile it for one signature; called with any other types, it raises TypeError."""
    dispatcher = bind(template, name)
    dispatcher.compile(signature)
    dispatcher.disable_compile()
    return dispatcher


@functools.cache
def entry_point(dispatcher, signature):
    """Compile a kernel for one signature, and return the address of its machine code.

    It is called as kernels call each other, see Numba's notes on its calling convention: with the address for the
    result, one for an exception, and the arguments with each array taken apart.
    """
    own = {key: value for key, value in dispatcher.targetoptions.items() if key not in ("_nrt", "nopython")}
    own = _compiled(dispatcher.py_func, ADDRESS, own)
    with global_compiler_lock:  # a kernel's machine code may first be made for its address
        own.compile(signature)
        result = own.overloads[signature.args]
        _IN_USE.append(result.library)
        return result.library.get_pointer_to_function(result.fndesc.mangled_name)


def cache_place():
    """The folder where the package's kernels would be saved now, or None where nothing is kept."""
    usable = not DISABLED and _hooks_fit() and _package_hash() is not None
    return _first_writable(_folders(_ROOT)) if usable else None


# ---- the cache -------------------------------------------------------------------------------------------------------


class _UncacheableError(Exception):
    """The next process could not tell whether the saved code still holds."""


@functools.cache
def _hooks_fit():
    """Whether this Numba calls its private cache hooks as 0.60 to 0.68 do."""
    try:
        hooks = (getattr(NullCache, name) for name in ("load_overload", "save_overload", "flush", "enable", "disable"))
        fit = [len(inspect.signature(hook).parameters) for hook in hooks] == [3, 3, 1, 1, 1]
        return fit and not _KernelCache.__abstractmethods__
    except (AttributeError, TypeError):
        return False


@functools.cache
def _forks_wait():
    """From the first kernel on, let forks wait for the compiler: else a child inherits its lock, and nobody lets go."""
    if hasattr(os, "register_at_fork"):
        acquire, release = global_compiler_lock.acquire, global_compiler_lock.release
        os.register_at_fork(before=acquire, after_in_parent=release, after_in_child=release)


class _KernelCache(_Cache):
    """The cache of one kernel. Numba calls load and save under its compiler lock."""

    def __init__(self, dispatcher, form):
        self._function, self._form = dispatcher.py_func, form
        function = self._function
        source = os.path.abspath(function.__code__.co_filename)
        home = _ROOT if source.startswith(_ROOT + os.sep) else os.path.dirname(source)
        self._home = home if os.path.isfile(source) else None
        readable = re.sub(r"[^A-Za-z0-9_.]+", "_", f"{function.__module__}.{function.__qualname__}")[-100:]
        self._name = f"{readable}-{_digest([_identity(function), _options(dispatcher), form]).hex()[:16]}"
        self._enabled, self._flushed = True, False

    @property
    def cache_path(self):
        return _first_writable(_folders(self._home))

    def enable(self):
        self._enabled = True

    def disable(self):
        self._enabled = False

    def flush(self):
        self._flushed = True  # the next save overwrites

    def load_overload(self, sig, target_context):
        """The compile result saved for this signature, or None; a place that cannot be written may still be warm."""
        _forks_wait()
        try:
            name, stamp = self._entry(sig, target_context.codegen())
            for folder in [] if self._flushed else _folders(self._home):
                saved_sig, saved = _read(os.path.join(folder, name), stamp)
                if saved_sig == sig:
                    by_address = self._form == ADDRESS and pipeline_fits()
                    rebuild = rebuild_for_address if by_address else CompileResult._rebuild
                    return rebuild(target_context, *saved)
        except Exception as error:
            self._log("not loaded:", error)
        return None

    def save_overload(self, sig, data):
        """Save a compile result in the first place that takes it."""
        try:
            name, stamp = self._entry(sig, data.codegen)
            if data.library.has_dynamic_globals or any(not loop.can_cache for loop in data.lifted):
                raise _UncacheableError("it holds addresses of this process")
            content = stamp + dumps((sig, data._reduce()))
            if not any(_write(folder, name, content) for folder in _folders(self._home)):
                raise _UncacheableError("no folder takes it")
        except Exception as error:
            self._log("not saved:", error)

    def _entry(self, sig, codegen):
        """(file name, stamp) of a signature."""
        if not self._enabled or self._home is None:
            raise _UncacheableError("its source is no file, or its cache is off")
        machine = [repr(codegen.magic_tuple()), getattr(sys, "abiflags", "")]
        flags = [repr(getattr(numba.config, flag, None)) for flag in _FLAGS]
        key = _digest([_lasting(str(sig)), *machine, *flags]).hex()[:16]
        return f"{self._name}-{key}.{sys.implementation.cache_tag}.nbc", _stamp(self._function)

    def _log(self, *words):
        if numba.config.DEBUG_CACHE:
            print("[cache]", self._name, *words)


def _read(path, stamp):
    """(signature, compile result) saved under this stamp. The checksum keeps damage from LLVM, which would abort."""
    with contextlib.suppress(OSError), open(path, "rb") as file:
        checksum, content = file.read(32), file.read()
        if content.startswith(stamp) and hashlib.sha256(content).digest() == checksum:
            return pickle.loads(content[len(stamp) :])
    return None, None


def _write(folder, name, content):
    """Whether the file could be written; readers see the old file or the new one, never a part."""
    path = os.path.join(folder, name)
    temporary = f"{path}.{uuid.uuid4().hex[:8]}.tmp"
    try:
        os.makedirs(folder, exist_ok=True)
        with open(temporary, "wb") as file:
            file.write(hashlib.sha256(content).digest() + content)
        os.replace(temporary, path)
        return True
    except OSError:
        return False
    finally:
        with contextlib.suppress(OSError):
            os.remove(temporary)


def _folders(home):
    """Where kernels whose sources lie in `home` may be kept, best first; nothing is touched."""
    if home is None:
        return []
    subfolder = _CacheLocator.get_suitable_cache_subpath(os.path.join(home, "_"))
    if numba.config.CACHE_DIR:
        return [os.path.join(numba.config.CACHE_DIR, subfolder)]
    user = os.path.join(AppDirs(appname="numba", appauthor=False).user_cache_dir, subfolder)
    beside = [os.path.join(home, "__pycache__")] if os.path.isdir(home) else []
    return beside + [user] * os.path.isabs(user)  # without any home it starts with "~"


def _first_writable(folders):
    for folder in folders:
        nearest = folder
        while not os.path.exists(nearest) and nearest != os.path.dirname(nearest):
            nearest = os.path.dirname(nearest)
        if os.path.isdir(nearest) and os.access(nearest, os.W_OK):
            return folder
    return None


# ---- the stamp: what machine code was made from ----------------------------------------------------------------------


def _stamp(function):
    """Digest of the package's sources, of the versions, and of all that Numba would freeze into this function."""
    if _package_hash() is None:
        raise _UncacheableError("the package's sources cannot be read, or changed after their import")
    return _digest([_package_hash(), *_function_tokens(function, {})])


@functools.cache
def _package_hash():
    """Digest of this file, of kernels/ and of the versions; None if unreadable, or changed since the import."""
    parts = list(_VERSIONS)
    try:
        for name in [
            "_jit.py",
            "_parts.py",
            "_pipeline.py",
            *sorted(glob.glob("kernels/**/*.py", root_dir=_ROOT, recursive=True)),
        ]:
            path = os.path.join(_ROOT, name)
            status = os.stat(path)
            if _IMPORTED < max(status.st_mtime, status.st_ctime) <= time.time():
                return None  # memory may hold the old text, and must not be saved as made from the new one
            with open(path, "rb") as file:
                parts += [name, file.read()]
    except OSError:
        return None
    return _digest(parts)


def _function_tokens(function, seen, lenient=False):
    """Texts that tell the code of a function, and name by name what its globals, closure and defaults hold."""
    if function in seen:
        return [f"seen {seen[function]}"]
    seen[function] = len(seen)
    text, loads, names = _code_parts(function.__code__)
    held = {key: function.__globals__[key] for key in sorted(loads & function.__globals__.keys())}
    held |= {f"closure {k}": cell.cell_contents for k, cell in enumerate(function.__closure__ or ())}
    return [text, *_held_tokens({**held, "defaults": function.__defaults__}, names, seen, lenient)]


def _held_tokens(held, names, seen, lenient=False):
    tokens = []
    for key, value in held.items():
        try:
            tokens += [key, *_tokens(value, names, seen)]
        except _UncacheableError:
            if not lenient:
                raise
    return tokens


def _tokens(value, names, seen):
    """Texts that tell a value; `names` are the attributes that the code reads, for modules."""
    if is_jitted(value):
        return [_options(value), *_function_tokens(value.py_func, seen)]
    if isinstance(value, _PLAIN):
        return [_lasting(f"{type(value).__qualname__} {value!r}")]
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
        return [f"{module}.{name}", *python]  # what this does not tell, such as overloads, _package_hash does
    raise _UncacheableError(f"it uses {value!r}, whose content cannot be told")


@functools.lru_cache(maxsize=1024)
def _code_parts(code):
    """(text, names loaded as globals, all names) of a code object and of those nested in it."""
    nested = [_code_parts(part) for part in code.co_consts if isinstance(part, types.CodeType)]
    consts = [part for part in code.co_consts if not isinstance(part, types.CodeType)]
    consts = [sorted(map(repr, part)) if isinstance(part, frozenset) else part for part in consts]
    text = repr((code.co_code, code.co_exceptiontable, code.co_names, consts, [part[0] for part in nested]))
    loads = {step.argval for step in dis.get_instructions(code) if step.opname == "LOAD_GLOBAL"}
    return text, loads.union(*(part[1] for part in nested)), set(code.co_names).union(*(part[2] for part in nested))


def _options(dispatcher):
    options = dispatcher.targetoptions.items()
    return repr(sorted((key, repr(sorted(value) if isinstance(value, set) else value)) for key, value in options))


def _identity(value):
    """Tells a function by its name, its file and what was bound: cells of one name in two scripts share no entry."""
    function = getattr(value, "py_func", value)
    if not inspect.isfunction(function):
        return type(value).__qualname__
    source = function.__code__.co_filename
    place = source if os.path.isfile(source) and not source.startswith(_ROOT + os.sep) else ""
    return _digest([function.__module__, function.__qualname__, place, *getattr(function, "__bound__", ())]).hex()


def _lasting(text):
    if " at 0x" in text:
        raise _UncacheableError(f"{text} holds an address of this process")
    return text


def _digest(parts):
    total = hashlib.sha256()
    for part in parts:
        part = part if isinstance(part, bytes) else part.encode("utf-8", "surrogatepass")
        total.update(len(part).to_bytes(8, "little") + part)
    return total.digest()
