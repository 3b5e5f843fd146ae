"""Kernels that other kernels call are linked into them as they are, and optimised there, once.

By itself Numba optimises a kernel, emits its machine code and wraps it for Python before it links it into its caller,
which optimises it again, as does the caller of that: a network's kernels took three times as long to compile. A *part*
is the form of a kernel that other kernels see: lowered to LLVM, and no more. The kernel that Python calls, or whose
address is taken, is optimised with all its parts inside. A part that stands *alone* is optimised before it is linked
too: some loops become vector code only while nothing surrounds them.

This leans on private names of Numba, see _pipeline.py.
"""

import inspect

try:
    from numba.core.codegen import CPUCodeLibrary, JITCodeLibrary
except ImportError:  # a later Numba moved its private parts
    CPUCodeLibrary = JITCodeLibrary = object


def link_as_part(dispatcher, make_part):
    """Have other kernels link this kernel as the dispatcher that ``make_part()`` makes, once it is needed."""
    made = []

    def part():
        if not made:
            made.append(make_part())
        return made[0]

    # what Numba asks a kernel for when it compiles the call of one
    dispatcher.get_call_template = lambda args, kws: part().get_call_template(args, kws)
    dispatcher.get_overload = lambda signature: part().get_overload(signature)


def parts_fit():
    """Whether this Numba has the private names that parts need."""
    try:
        hooks = [CPUCodeLibrary._optimize_final_module, CPUCodeLibrary._finalize_final_module]
        hooks += [CPUCodeLibrary._finalize_dynamic_globals]
        return all(len(inspect.signature(hook).parameters) == 1 for hook in hooks)
    except (AttributeError, TypeError):
        return False


class KernelLibrary(JITCodeLibrary):
    """Code of one kernel with all its parts, optimised once.

    Numba optimises each function, then all of them twice: between the two it looks for references that need not be
    counted. Our kernels count none.
    """

    def _optimize_functions(self, ll_module):
        ll_module.data_layout = self._codegen._data_layout

    def _optimize_final_module(self):
        if hasattr(self._codegen, "_mpm_full"):  # Numba 0.60 to 0.62
            self._codegen._mpm_full.run(self._final_module)
        else:
            manager, builder = self._codegen._module_pass_manager()
            manager.run(self._final_module, builder)


class PartLibrary(JITCodeLibrary):
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
