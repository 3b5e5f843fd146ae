"""The forms in which a kernel is compiled, and the steps of Numba's compiler that our own kernels need.

The forms: what Python calls, with a wrapper for Python; what other kernels call by its address, without any; and a
*part*, which other kernels link, see _parts.py.

Half of Numba's steps serve what our kernels never do: closures, array expressions, other types under one name, arrays
that are allocated and counted. Without these steps and without counting references a kernel takes three quarters of the
time to compile. Kernels of users, such as the gates of their cells, go through all of Numba's steps.

This leans on private names of Numba; where they are not as in 0.60 to 0.68, kernels are compiled in Numba's own way.
"""

import functools
import inspect

from ._imports import no_garbage_collection
from ._parts import KernelLibrary, PartLibrary, parts_fit

PYTHON, ADDRESS, PART, ALONE = "called by Python", "called by address", "linked", "linked, optimised alone"

try:
    from numba.core import typed_passes as typed
    from numba.core import untyped_passes as untyped
    from numba.core.compiler import Compiler, CompilerBase, CompileResult, Flags, compile_result
    from numba.core.compiler_machinery import PassManager, register_pass

    @register_pass(mutates_CFG=True, analysis_only=False)
    class _TypeInference(typed.NopythonTypeInference):
        """Numba's, for kernels that return views of arrays although references are not counted."""

        _name = "type_inference_of_kernels"

        def run_pass(self, state):
            context = state.targetctx
            state.targetctx = context.subtarget(enable_nrt=True)
            try:
                return super().run_pass(state)
            finally:
                state.targetctx = context

    _STEPS = (
        untyped.TranslateByteCode, untyped.FixupArgs, untyped.IRProcessing, untyped.RewriteSemanticConstants,
        untyped.DeadBranchPrune, untyped.GenericRewrites, untyped.InlineInlinables, _TypeInference,
        typed.IRLegalization, typed.AnnotateTypes, typed.NativeLowering, typed.NoPythonBackend,
    )  # fmt: skip
except (ImportError, AttributeError):  # a later Numba moved its private parts
    Compiler, _STEPS = object, ()


@functools.cache
def pipeline_fits():
    """Whether this Numba has the private names that the forms and their steps need."""
    try:
        flags = Flags()
        plain = not (flags.no_compile or flags.no_cpython_wrapper or flags.no_cfunc_wrapper) and flags.enable_ssa
        own = len(inspect.signature(CompilerBase._compile_core).parameters) == 1 and callable(CompileResult._reduce)
        return bool(_STEPS) and plain and own and parts_fit()
    except (AttributeError, NameError, TypeError):
        return False


@functools.cache
def compiler(form, is_lean):
    """The class of compilers for one form, with our own few steps (`is_lean`) or all of Numba's."""
    return type("KernelCompiler", (_KernelCompiler,), {"form": form, "is_lean": is_lean})


def rebuild_for_address(context, library, descriptor, environment, signature, *rest):
    """A compile result from what was saved of a kernel that is called by its address; Numba's own wants a wrapper."""
    return compile_result(
        target_context=context, typing_context=context.typing_context, environment=environment,
        library=context.codegen().unserialize_library(library), fndesc=descriptor, signature=signature,
        entry_point=_handle(), objectmode=False, lifted=(), type_annotation="", reload_init=(), referenced_envs=(),
    )  # fmt: skip


def _handle():
    """What stands for code that Python cannot call: Numba knows it by a builtin of its own, which nobody calls."""
    return [].append


class _KernelCompiler(Compiler):
    """Numba's compiler, with what each form needs."""

    form, is_lean = PYTHON, False

    def define_pipelines(self):
        flags = self.state.flags
        flags.no_cfunc_wrapper = True
        flags.no_cpython_wrapper = flags.no_compile = self.form != PYTHON
        if not self.is_lean:
            return super().define_pipelines()
        flags.enable_ssa = False
        steps = PassManager("kernel")
        for step in _STEPS:
            steps.add_pass(step, step._name)
        steps.finalize()
        return [steps]

    def _compile_core(self):
        state = self.state
        if self.form in (PART, ALONE):
            state.library = PartLibrary(state.targetctx.codegen(), state.func_id.func_qualname)
            state.library.alone = self.form == ALONE
        elif self.is_lean:
            state.library = KernelLibrary(state.targetctx.codegen(), state.func_id.func_qualname)
            state.library.enable_object_caching()
        with no_garbage_collection():
            result = super()._compile_core()
        if self.form == PYTHON:
            return result
        handle = _handle()
        state.targetctx.insert_user_function(handle, result.fndesc, [result.library])
        return result._replace(entry_point=handle)
