"""Kernels that other kernels call are linked into them as they are, and optimised there, once.

By itself Numba optimises a kernel, emits its machine code and wraps it for Python before it links it into its caller,
which optimises it again, as does the caller of that: a network's kernels took three times as long to compile. A *part*
is the form of a kernel that other kernels see: lowered to LLVM, and no more. The kernel that Python calls, or whose
address is taken, is optimised with all its parts inside. A part that stands *alone* is optimised before it is linked
too: some loops become vector code only while nothing surrounds them.

This leans on private names of Numba; where they are not as in 0.60 to 0.68, kernels are linked in Numba's own way.
"""

import contextlib
import functools
import gc
import inspect

try:
    from numba.core.codegen import CPUCodeLibrary, JITCodeLibrary
    from numba.core.compiler import Compiler, CompilerBase, Flags
except ImportError:  # a later Numba moved its private parts
    CPUCodeLibrary = JITCodeLibrary = Compiler = CompilerBase = object


def link_as_part(dispatcher, njit, alone):
    """Have other kernels link this kernel as a part, which ``njit(pipeline_class=...)`` makes when it is needed."""

    @functools.cache
    def part():
        return njit(pipeline_class=AloneCompiler if alone else PartCompiler)(dispatcher.py_func)

    # what Numba asks a kernel for when it compiles the call of one
    dispatcher.get_call_template = lambda args, kws: part().get_call_template(args, kws)
    dispatcher.get_overload = lambda signature: part().get_overload(signature)


@functools.cache
def parts_fit():
    """Whether this Numba has the private names that parts need."""
    try:
        hooks = [CPUCodeLibrary._optimize_final_module, CPUCodeLibrary._finalize_final_module]
        hooks += [CPUCodeLibrary._finalize_dynamic_globals, CompilerBase._compile_core]
        flags = Flags()
        return all(len(inspect.signature(hook).parameters) == 1 for hook in hooks) and not flags.no_compile
    except (AttributeError, NameError, TypeError):
        return False


@contextlib.contextmanager
def _no_garbage_collection():
    """A compiler makes millions of objects that live on: looking through them again took a tenth of its time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


class _PartLibrary(JITCodeLibrary):
    """Code of one part: never emitted, only linked."""

    alone = False

    def _optimize_functions(self, ll_module):
        if self.alone:
            super()._optimize_functions(ll_module)
        ll_module.data_layout = self._codegen._data_layout

    def _optimize_final_module(self):
        if self.alone:  # else the kernel that this is linked into does it
            super()._optimize_final_module()

    def _finalize_final_module(self):
        self._finalize_dynamic_globals()
        self._finalized = True


class PartCompiler(Compiler):
    """Numba's compiler, without the steps that only a call from Python needs."""

    alone = False

    def define_pipelines(self):
        self.state.flags.no_compile = True
        self.state.flags.no_cpython_wrapper = True
        self.state.flags.no_cfunc_wrapper = True
        return super().define_pipelines()

    def _compile_core(self):
        with _no_garbage_collection():
            return self._compile_part()

    def _compile_part(self):
        state = self.state
        context, name = state.targetctx, state.func_id.func_qualname
        state.library = _PartLibrary(context.codegen(), name)
        state.library.alone = self.alone
        result = super()._compile_core()
        handle = [].append  # Numba knows code by a builtin of its own, which nobody calls
        context.insert_user_function(handle, result.fndesc, [result.library])
        return result._replace(entry_point=handle)


class AloneCompiler(PartCompiler):
    """The same for a part that stands alone."""

    alone = True
