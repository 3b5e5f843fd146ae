"""Look into the machine code of kernels."""

import re

import numba


def assert_no_double(kernel, argument_types):
    """No arithmetic in float64, which a stray constant brings into a float32 kernel; Python's own wrapper has some."""
    fresh = numba.jit(**kernel.targetoptions)(kernel.py_func)  # Numba shows no code that comes from a cache
    fresh.compile(argument_types)
    (code,) = fresh.inspect_llvm().values()
    functions = re.findall(r"^define [^\n]*\n.*?^}", code, flags=re.DOTALL | re.MULTILINE)
    own = [f for f in functions if "_ZN7cpython" not in f.partition("\n")[0]]
    assert any("float" in f for f in own)
    offending = [line for f in own for line in f.splitlines() if re.search(r"\bdouble\b", line)]
    assert not offending, "\n".join(offending[:5])
