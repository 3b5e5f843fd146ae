"""Kernels that other kernels call are linked into them as they are, and optimised there, once.

By itself Numba optimises a kernel, emits its machine code and wraps it for Python before it links it into its caller,
which optimises it again, as does the caller of that: a network's kernels took three times as long to compile. A *part*
is the form of a kernel that other kernels see: lowered to LLVM, and no more. The kernel that Python calls, or whose
address is taken, is optimised with all its parts inside.

This leans on private names of Numba; where they are not as in 0.60 to 0.68, kernels are linked in Numba's own way.
"""

import inspect

try:
    from numba.core.codegen import CPUCodeLibrary, JITCodeLibrary
    from numba.core.compiler import Compiler, CompilerBase, Flags
except ImportError:  # a later Numba moved its private parts
    CPUCodeLibrary = JITCodeLibrary = Compiler = CompilerBase = object


def parts_fit():
    """Whether this Numba has the private names that parts need."""
    try:
        hooks = [CPUCodeLibrary._optimize_final_module, CPUCodeLibrary._finalize_final_module]
        hooks += [CPUCodeLibrary._finalize_dynamic_globals, CompilerBase._compile_core]
        flags = Flags()
        return all(len(inspect.signature(hook).parameters) == 1 for hook in hooks) and not flags.no_compile
    except (AttributeError, NameError, TypeError):
        return False


class _PartLibrary(JITCodeLibrary):
    """Code of one part: never optimised, never emitted, only linked."""

    def _optimize_final_module(self):
        """Leave it to the kernel that this is linked into."""

    def _finalize_final_module(self):
        self._finalize_dynamic_globals()
        self._finalized = True


class PartCompiler(Compiler):
    """Numba's compiler, without the steps that only a call from Python needs."""

    def define_pipelines(self):
        self.state.flags.no_compile = True
        self.state.flags.no_cpython_wrapper = True
        self.state.flags.no_cfunc_wrapper = True
        return super().define_pipelines()

    def _compile_core(self):
        state = self.state
        context, name = state.targetctx, state.func_id.func_qualname
        state.library = _PartLibrary(context.codegen(), name)
        result = super()._compile_core()
        handle = [].append  # Numba knows code by a builtin of its own, which nobody calls
        context.insert_user_function(handle, result.fndesc, [result.library])
        return result._replace(entry_point=handle)
