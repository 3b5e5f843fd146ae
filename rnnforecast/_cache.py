"""Where machine code is kept. The cache only ever saves time: whatever goes wrong with it, a kernel compiles and runs.

Numba's own cache misses edits in other files, mixes up options, raises where it cannot write, and lets two processes
that save at once swap their entries. Here an entry is one file: its name tells the kernel, its options, its signature
and the machine; a stamp inside tells what the code was made from, and code with a new stamp replaces the old.
``NUMBA_DEBUG_CACHE=1`` prints why something was not cached.
"""

import contextlib
import functools
import hashlib
import inspect
import os
import pickle
import re
import sys
import uuid

import numba
from numba.core.compiler_lock import global_compiler_lock

from ._pipeline import ADDRESS, pipeline_fits, rebuild_for_address
from ._stamp import ROOT, UncacheableError, digest, identity, lasting, options_of, package_hash, stamp

try:
    from numba.core.caching import NullCache, _Cache, _CacheLocator
    from numba.core.compiler import CompileResult
    from numba.core.serialize import dumps
    from numba.misc.appdirs import AppDirs
except ImportError:  # a later Numba moved its private parts: kernels run uncached
    NullCache, _Cache = None, object

_FLAGS = ("OPT", "BOUNDSCHECK", "DEBUGINFO_DEFAULT", "LOOP_VECTORIZE", "SLP_VECTORIZE", "USING_SVML")


def keep_code(dispatcher, form):
    """Have the machine code of a kernel saved, and found again by later processes."""
    if hooks_fit() and type(getattr(dispatcher, "_cache", None)) is NullCache:
        dispatcher._cache = KernelCache(dispatcher, form)


def cache_place():
    """The folder where the package's kernels would be saved now, or None where nothing is kept."""
    usable = not numba.config.DISABLE_JIT and hooks_fit() and package_hash() is not None
    return _first_writable(_folders(ROOT)) if usable else None


@functools.cache
def hooks_fit():
    """Whether this Numba calls its private cache hooks as 0.60 to 0.68 do."""
    try:
        hooks = (getattr(NullCache, name) for name in ("load_overload", "save_overload", "flush", "enable", "disable"))
        fit = [len(inspect.signature(hook).parameters) for hook in hooks] == [3, 3, 1, 1, 1]
        return fit and not KernelCache.__abstractmethods__
    except (AttributeError, TypeError):
        return False


@functools.cache
def _forks_wait():
    """From the first kernel on, let forks wait for the compiler: else a child inherits its lock, and nobody lets go."""
    if hasattr(os, "register_at_fork"):
        acquire, release = global_compiler_lock.acquire, global_compiler_lock.release
        os.register_at_fork(before=acquire, after_in_parent=release, after_in_child=release)


class KernelCache(_Cache):
    """The cache of one kernel. Numba calls load and save under its compiler lock."""

    def __init__(self, dispatcher, form):
        self._function, self._form, self._options = dispatcher.py_func, form, options_of(dispatcher)
        source = os.path.abspath(self._function.__code__.co_filename)
        home = ROOT if source.startswith(ROOT + os.sep) else os.path.dirname(source)
        self._home = home if os.path.isfile(source) else None
        self._enabled, self._flushed = True, False

    @functools.cached_property
    def _name(self):  # when it is asked for: most of the kernels that an import makes are never compiled for Python
        function = self._function
        readable = re.sub(r"[^A-Za-z0-9_.]+", "_", f"{function.__module__}.{function.__qualname__}")[-100:]
        return f"{readable}-{digest([identity(function), self._options, self._form]).hex()[:16]}"

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
                    if b"NRT_" in saved[0][2][0]:  # machine code of a user's kernel that allocates
                        target_context.refresh()
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
                raise UncacheableError("it holds addresses of this process")
            content = stamp + dumps((sig, data._reduce()))
            if not any(_write(folder, name, content) for folder in _folders(self._home)):
                raise UncacheableError("no folder takes it")
        except Exception as error:
            self._log("not saved:", error)

    def _entry(self, sig, codegen):
        """(file name, stamp) of a signature."""
        if not self._enabled or self._home is None:
            raise UncacheableError("its source is no file, or its cache is off")
        machine = [repr(codegen.magic_tuple()), getattr(sys, "abiflags", "")]
        flags = [repr(getattr(numba.config, flag, None)) for flag in _FLAGS]
        key = digest([lasting(str(sig)), *machine, *flags]).hex()[:16]
        return f"{self._name}-{key}.{sys.implementation.cache_tag}.nbc", stamp(self._function)

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
