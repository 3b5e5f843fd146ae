"""Numba's options, in one place: how a plain function becomes a kernel.

`kernel` compiles a function on its first call, `bind` makes one loop serve many cells, `entry_point` gives the address
of a kernel's machine code. How kernels are linked says _parts.py, the way through the compiler _pipeline.py, where
machine code is kept _cache.py, and when it still holds _stamp.py.
"""

import builtins
import functools
import inspect
import os
import types

import numba
from numba.core.compiler_lock import global_compiler_lock

from ._cache import keep_code
from ._parts import link_as_part
from ._pipeline import ADDRESS, ALONE, PART, PYTHON, compiler, pipeline_fits
from ._stamp import ROOT, code_parts, identity

DISABLED = bool(numba.config.DISABLE_JIT)
FASTMATH = frozenset({"reassoc", "contract", "arcp", "nsz", "afn"})  # all but nnan and ninf, which hide NaN

_IN_USE = []  # code whose address is known: it lives as long as the process


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
        is_ours = function.__code__.co_filename.startswith(ROOT + os.sep)
        with_form = {"_nrt": not is_ours, "pipeline_class": compiler(form, is_ours)}
        dispatcher = numba.njit(**options, **with_form)(function)
    if form in (PYTHON, ADDRESS):
        keep_code(dispatcher, form)
    return dispatcher


def bind(template, name, *, strict=False, alone=False, **values):
    """Copy a function under the name template_name, with `values` in place of its globals of those names.

    The template is a plain function, or a kernel, whose options the copy keeps. Values are kernels, intrinsics,
    overloaded functions or constants; those that the template does not use are left out, and its other globals stay
    as they are at this moment. Copies of one template with different values need different names.
    """
    options = getattr(template, "targetoptions", {})
    template = getattr(template, "py_func", template)
    loads = code_parts(template.__code__)[1]
    values = {key: values[key] for key in sorted(loads & values.keys())}
    scope = {**template.__globals__, **values}
    missing = sorted(key for key in loads - scope.keys() if not hasattr(builtins, key))
    if missing:
        raise TypeError(f"bind({template.__name__}, {name!r}) needs values for {', '.join(missing)}")
    copy = types.FunctionType(template.__code__, scope, f"{template.__name__}_{name}", closure=template.__closure__)
    copy.__defaults__, copy.__kwdefaults__ = template.__defaults__, template.__kwdefaults__
    copy.__qualname__ = f"{template.__qualname__}_{name}"
    copy.__bound__ = [f"{key}={identity(value)}" for key, value in values.items()]
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
