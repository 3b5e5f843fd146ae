"""The rules of _jit.py, seen from outside: most tests run processes on a small package that holds a copy of it."""

import json
import math
import os
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

import numba
import numpy as np
import pytest

from rnnforecast import _jit
from rnnforecast._jit import FASTMATH, bind, kernel

needs_jit = pytest.mark.skipif(_jit.DISABLED, reason="NUMBA_DISABLE_JIT is set")

INNER = """
    from .._jit import kernel

    SCALE = 2.0

    @kernel
    def inner(x):
        return SCALE * x
"""

OUTER = """
    from numba.extending import intrinsic, overload

    from .._jit import bind, kernel
    from . import inner as lower
    from .inner import inner

    def builder(amount):
        @intrinsic
        def shifted(typing_context, x):
            def codegen(context, builder, signature, arguments):
                return builder.fadd(arguments[0], arguments[0].type(amount))

            return x(x), codegen

        return shifted

    def half(x):
        raise NotImplementedError

    @overload(half)
    def _half(x):
        return lambda x: x / 2

    ten_more = builder(10.0)

    @kernel
    def outer(x):
        return inner(x) + 1.0

    @kernel
    def with_intrinsic(x):
        return ten_more(x) + lower.inner(x)

    def template(x, y=0.5):
        "The docstring of the template."
        return gate(x) + inner(x) + y

    @kernel
    def square(x):
        return x * x

    squared = bind(template, "squared", gate=square)
    halved = bind(template, "halved", gate=half)
    moved = bind(template, "moved", gate=builder(100.0))
    chain = bind(template, "chain", gate=squared)
    KERNELS = [outer, with_intrinsic, squared, halved, moved, chain]
"""

REPORT = """
    import json

    def report(*kernels):
        lines = {}
        for kernel in kernels:
            value, stats = kernel(3.0), kernel.stats
            name = kernel.__name__.removeprefix("template_")
            lines[name] = [value, sum(stats.cache_hits.values()), sum(stats.cache_misses.values())]
        print(json.dumps(lines))
"""

VALUES = {"outer": 7, "with_intrinsic": 19, "squared": 15.5, "halved": 8, "moved": 109.5, "chain": 22}
ALL = "from pkg.kernels.outer import KERNELS; report(*KERNELS)"
OUTER_ONLY = "from pkg.kernels.outer import outer; report(outer)"


class Package:
    """A small package `pkg` with its own copies of what compiles kernels, and processes that use it."""

    def __init__(self, folder):
        self.folder, self.root = folder, folder / "pkg"
        (self.root / "kernels").mkdir(parents=True)
        for name in ("_imports.py", "_jit.py", "_cache.py", "_stamp.py", "_parts.py", "_pipeline.py"):
            shutil.copy(Path(_jit.__file__).with_name(name), self.root / name)
        for path in ("__init__.py", "plotting.py", "kernels/__init__.py"):
            (self.root / path).write_text("")
        self.write("kernels/inner.py", INNER)
        self.write("kernels/outer.py", OUTER)
        self.user = folder / "home"

    def write(self, path, text):
        (self.root / path).write_text(textwrap.dedent(text))

    def start(self, code, **env):
        clean = {key: value for key, value in os.environ.items() if not key.startswith(("NUMBA_", "COV_", "XDG_"))}
        home = {key: str(self.user) for key in ("HOME", "USERPROFILE", "LOCALAPPDATA", "XDG_CACHE_HOME")}
        python = {"PYTHONPATH": str(self.folder), "PYTHONDONTWRITEBYTECODE": "1"}
        code = textwrap.dedent(REPORT) + textwrap.dedent(code)
        return subprocess.Popen(
            [sys.executable, "-W", "error", "-c", code],
            env={**clean, **home, **python, **env},
            cwd=self.folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def finish(self, process):
        out, err = process.communicate(timeout=120)
        assert process.returncode == 0, err
        return [json.loads(line) for line in out.splitlines()]

    def run(self, code, **env):
        """What the process printed: one JSON value a line, alone if it is one."""
        lines = self.finish(self.start(code, **env))
        return lines[0] if len(lines) == 1 else lines

    def saved(self, folder=None):
        """Every file below a folder that is no source, with its content."""
        paths = sorted((folder or self.folder).rglob("*"))
        return {str(path): path.read_bytes() for path in paths if path.is_file() and path.suffix != ".py"}


@pytest.fixture
def package(tmp_path):
    return Package(tmp_path)


def test_later_processes_find_every_kernel_until_another_file_is_edited(package):
    first = package.run(ALL)
    assert {name: line[0] for name, line in first.items()} == VALUES
    assert [line[1:] for line in first.values()] == [[0, 1]] * len(VALUES)
    saved = package.saved()
    assert {Path(path).parent for path in saved} == {package.root / "__pycache__"}
    for seed in ("1", "2"):
        later = package.run(ALL, PYTHONHASHSEED=seed)
        assert later == {name: [value, 1, 0] for name, value in VALUES.items()}
    assert package.saved() == saved
    package.write("kernels/inner.py", INNER.replace("SCALE * x", "SCALE * x + 100"))
    edited = package.run(ALL)
    assert {name: line[0] - VALUES[name] for name, line in edited.items()} == dict.fromkeys(VALUES, 100) | {
        "chain": 200
    }
    assert all(line[1:] == [0, 1] for line in edited.values())
    assert package.saved().keys() == saved.keys()  # the entries were replaced


def test_import_and_decoration_write_nothing(package):
    code = "import pkg.kernels.outer, json; print(json.dumps(pkg.kernels.outer._jit_place()))"
    package.write("kernels/outer.py", OUTER + "\n    from .._cache import cache_place as _jit_place\n")
    assert package.run(code) == str(package.root / "__pycache__")
    assert not package.saved()
    assert not (package.root / "__pycache__").exists()


def test_an_edit_of_an_overload_recompiles_and_others_do_not(package):
    code = "from pkg.kernels.outer import halved; report(halved)"
    assert package.run(code) == {"halved": [8, 0, 1]}
    package.write("kernels/outer.py", OUTER.replace("x / 2", "x / 4"))
    assert package.run(code) == {"halved": [7.25, 0, 1]}
    os.utime(package.root / "kernels" / "inner.py", (1, 1))
    package.write("plotting.py", "colour = 'blue'")
    assert package.run(code) == {"halved": [7.25, 1, 0]}


def test_what_the_environment_changes_is_compiled_again(package):
    package.write("kernels/inner.py", INNER.replace("= 2.0", "= float(__import__('os').environ.get('SCALE', 2))"))
    assert package.run(OUTER_ONLY) == {"outer": [7, 0, 1]}
    assert package.run(OUTER_ONLY, NUMBA_BOUNDSCHECK="1") == {"outer": [7, 0, 1]}
    assert package.run(OUTER_ONLY, SCALE="3") == {"outer": [10, 0, 1]}


def test_two_option_sets_share_no_entry(package):
    code = """
        from pkg._jit import kernel
        from pkg.kernels.nan import is_nan
        functions = [kernel(is_nan, fastmath={"nnan"}), kernel(is_nan, strict=True), kernel(is_nan)]
        for function in functions[::ORDER]:
            report(function)
        print(json.dumps([function(float("nan")) for function in functions]))
    """
    package.write("kernels/nan.py", "def is_nan(x):\n    return x != x\n")
    for order, counts in (("1", [0, 1]), ("-1", [1, 0])):
        *lines, values = package.run(code.replace("ORDER", order))
        assert values == [False, True, True]
        assert lines == [{"is_nan": [False, *counts]}] * 3
    assert len(package.saved()) == 3


def test_numba_cache_dir_is_honoured(package, tmp_path):
    place = tmp_path / "elsewhere"
    for counts in ([0, 1], [1, 0]):
        assert package.run(OUTER_ONLY, NUMBA_CACHE_DIR=str(place)) == {"outer": [7, *counts]}
    assert package.saved(place)
    assert package.saved() == package.saved(place)


def test_without_a_writable_package_the_user_folder_serves(package):
    (package.root / "__pycache__").write_text("in the way")
    for counts in ([0, 1], [1, 0]):
        assert package.run(OUTER_ONLY) == {"outer": [7, *counts]}
    assert package.saved(package.user)
    assert package.saved(package.root) == {str(package.root / "__pycache__"): b"in the way"}


@pytest.mark.parametrize("cache_dir", [False, True])
def test_without_any_place_kernels_run_uncached(package, cache_dir):
    (package.root / "__pycache__").write_text("in the way")
    package.user.write_text("in the way")
    before = package.saved()
    code = OUTER_ONLY + "; import pkg._cache; print(json.dumps(pkg._cache.cache_place()))"
    env = {"NUMBA_CACHE_DIR": str(package.user / "below" / "a file")} if cache_dir else {}
    assert package.run(code, **env) == [{"outer": [7, 0, 1]}, None]
    assert package.saved() == before


def test_a_warm_place_serves_when_it_has_become_read_only(package):
    package.run(OUTER_ONLY)
    saved = package.saved()
    refuse = """
        import os
        def refuse(*args, **keywords):
            raise OSError(30, "Read-only file system")
        os.access, os.makedirs, os.replace = lambda *args: False, refuse, refuse
    """
    assert package.run(textwrap.dedent(refuse) + OUTER_ONLY) == {"outer": [7, 1, 0]}
    package.write("kernels/inner.py", INNER.replace("2.0", "3.0"))
    assert package.run(textwrap.dedent(refuse) + OUTER_ONLY) == {"outer": [10, 0, 1]}
    assert package.saved() == saved


def test_a_folder_that_vanishes_or_fills_up_stops_nothing(package):
    code = """
        import builtins, errno, pathlib, shutil
        from pkg.kernels.outer import KERNELS
        report(KERNELS[0])
        shutil.rmtree("pkg/__pycache__")
        report(KERNELS[1])
        shutil.rmtree("pkg/__pycache__")
        pathlib.Path("pkg/__pycache__").write_text("")
        report(KERNELS[2])
        pathlib.Path("pkg/__pycache__").unlink()

        class Full:
            def __init__(self, file): self.file = file
            def __enter__(self): return self
            def __exit__(self, *error): self.file.close()
            def write(self, data):
                self.file.write(data[:50])
                raise OSError(errno.ENOSPC, "No space left on device")

        real = open
        builtins.open = lambda path, mode="r", **more: (Full if "w" in mode else lambda f: f)(real(path, mode, **more))
        report(KERNELS[3])
    """
    lines = package.run(code)
    assert [line for report in lines for line in report.values()] == [[v, 0, 1] for v in list(VALUES.values())[:4]]
    assert not package.saved(package.root)  # nor half a file


def flip_in_the_middle(content):
    middle = len(content) // 2
    return content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :]


def test_damaged_entries_are_compiled_again_and_mended(package):
    package.run(ALL)
    damages = {
        "outer.outer": lambda content: content[: len(content) // 2],
        "with_intrinsic": flip_in_the_middle,
        "squared": lambda content: b"x" * 99,
        "halved": lambda content: b"",
        "moved": None,
    }
    for name, damage in damages.items():
        (path,) = (package.root / "__pycache__").glob(f"*{name}-*")
        content = path.read_bytes()
        path.unlink()
        if damage is None:
            path.mkdir()  # cannot be replaced: the next place takes the entry
        else:
            path.write_bytes(damage(content))
    counts = [line[1:] for line in package.run(ALL).values()]
    assert counts == [[0, 1]] * 5 + [[1, 0]]
    assert package.run(ALL) == {name: [value, 1, 0] for name, value in VALUES.items()}


def test_sources_edited_after_their_import_are_not_saved(package):
    code = """
        import os, time
        from pkg.kernels.outer import outer
        time.sleep(0.05)
        os.utime("pkg/kernels/inner.py")
        report(outer)
    """
    assert package.run(code) == {"outer": [7, 0, 1]}
    assert not package.saved()


def test_threads_may_share_a_kernel_that_is_not_compiled_yet(package):
    code = """
        from concurrent.futures import ThreadPoolExecutor
        from threading import Barrier
        from pkg.kernels.outer import KERNELS
        barrier = Barrier(6)
        def call(k):
            barrier.wait()
            return [kernel(3.0) for kernel in KERNELS[k:] + KERNELS[:k]]
        with ThreadPoolExecutor(6) as pool:
            rows = list(pool.map(call, range(6)))
        print(json.dumps([sorted(row) for row in rows]))
        report(*KERNELS)
    """
    for counts in ([0, 1], [1, 0]):
        rows, lines = package.run(code)
        assert rows == [sorted(VALUES.values())] * 6
        assert lines == {name: [value, *counts] for name, value in VALUES.items()}


def test_processes_may_fill_the_cache_at_once(package):
    code = "import numpy as np\nfrom pkg.kernels.outer import outer\nprint(json.dumps(float(outer(np.{}(3)))))"
    types = ("float32", "float64", "int64")
    processes = [package.start(code.format(name)) for name in types]
    assert [package.finish(process) for process in processes] == [[7.0]] * 3
    every = f"""
        import numpy as np
        from pkg.kernels.outer import outer
        values = [float(outer(np.dtype(name).type(3))) for name in {types}]
        print(json.dumps([values, sum(outer.stats.cache_misses.values())]))
    """
    assert package.run(every) == [[7.0] * 3, 0]


USER_CELL = """
    from pkg._jit import bind, kernel
    from pkg.kernels.inner import inner
    from pkg.kernels.outer import half, template

    FACTOR = 5.0
    OPAQUE = object()

    @kernel
    def helper(x):
        return FACTOR * inner(x)

    @kernel
    def gate(x):
        return helper(x) + half(x)

    mine = bind(template, "mine", gate=gate)
    report(mine, gate)
"""


def test_cells_typed_at_a_prompt_are_cached_by_content(package):
    assert package.run(USER_CELL) == {"mine": [38, 0, 1], "gate": [31.5, 0, 1]}
    assert package.run(USER_CELL) == {"mine": [38, 1, 0], "gate": [31.5, 0, 1]}  # the gate has no file
    saved = list(package.saved())
    assert package.run(USER_CELL.replace("5.0", "6.0"))["mine"] == [44, 0, 1]
    assert list(package.saved()) == saved


@pytest.mark.parametrize("is_linked", [False, True])
def test_kernels_of_users_that_allocate_are_found_again(package, is_linked):
    """By itself, and inside a kernel of ours: Numba's runtime counts the references, and must be up when code loads."""
    (package.folder / "mine.py").write_text(
        textwrap.dedent("""
            import numpy as np
            from pkg._jit import kernel

            @kernel
            def gate(x):
                return (np.full(3, x) + np.arange(3)).sum()
        """)
    )
    code = "from mine import gate; report(gate)"
    if is_linked:
        code = """
            from mine import gate
            from pkg._jit import bind
            from pkg.kernels.outer import template
            report(bind(template, "allocating", gate=gate, OFFSET=10))
        """
    first, second = package.run(code), package.run(code)
    assert [line[1:] for line in first.values()] == [[0, 1]]
    assert [line[1:] for line in second.values()] == [[1, 0]]
    assert [line[0] for line in first.values()] == [line[0] for line in second.values()]


def test_what_cannot_be_told_runs_uncached(package):
    code = """
        from numba import vectorize
        from pkg._jit import bind, kernel
        from pkg.kernels.outer import template

        @vectorize
        def opaque(x):
            return x + 1

        @kernel
        def calls(function, x):
            return function(x)

        @kernel
        def gate(x):
            return opaque(x)

        @kernel
        def twice(x):
            return calls(gate, x)

        report(bind(template, "opaque", gate=gate), bind(template, "calls", gate=twice))
        from pkg.kernels.inner import inner
        from pkg.kernels.caller import call
        print(json.dumps(call(inner, 3.0)))
    """
    package.write("kernels/caller.py", "from .._jit import kernel\n\n@kernel\ndef call(f, x):\n    return f(x)\n")
    expected = [{"opaque": [10.5, 0, 1], "calls": [10.5, 0, 1]}, 6]
    assert package.run(code) == expected
    assert package.run(code) == expected
    assert all("inner" in Path(path).name for path in package.saved())


def test_closures_and_scripts_are_cached_by_content(package, tmp_path):
    script = """
        from pkg._jit import kernel
        import numpy as np
        import constants

        TABLE = np.array([1.0, 2.0])
        LIMITS = (0.0, 9.0)

        def make(factor):
            @kernel
            def scaled(x, shift=1.0):
                return min(factor * x + TABLE[1] + constants.THIRD, LIMITS[1]) + shift
            return scaled
    """
    run = "from script import make; report(make(FACTOR))"
    (tmp_path / "script.py").write_text(textwrap.dedent(script))
    (tmp_path / "constants.py").write_text("THIRD = 0.25\n")
    one = run.replace("FACTOR", "1.0")
    assert package.run(one) == {"scaled": [6.25, 0, 1]}
    assert package.run(one) == {"scaled": [6.25, 1, 0]}
    assert package.run(run.replace("FACTOR", "2.0")) == {"scaled": [9.25, 0, 1]}
    (tmp_path / "constants.py").write_text("THIRD = 0.125\n")
    assert package.run(run.replace("FACTOR", "2.0")) == {"scaled": [9.125, 0, 1]}
    (tmp_path / "script.py").write_text(textwrap.dedent(script).replace("2.0]", "0.5]"))
    assert package.run(run.replace("FACTOR", "2.0")) == {"scaled": [7.625, 0, 1]}
    assert len(package.saved()) == 1


def test_one_name_for_two_bindings_is_slow_but_right(package):
    code = """
        from pkg.kernels.outer import bind, builder, template
        for amount in (1.0, 2.0):
            report(bind(template, "same", gate=builder(amount)))
    """
    for _ in range(2):
        assert package.run(code) == [{"same": [10.5, 0, 1]}, {"same": [11.5, 0, 1]}]
    assert len([path for path in package.saved() if "same" in path]) == 1


def test_recompile_ignores_the_saved_code(package):
    code = "from pkg.kernels.outer import outer; report(outer); outer.recompile(); report(outer)"
    assert package.run(code) == [{"outer": [7, 0, 1]}, {"outer": [7, 0, 2]}]
    assert package.run(code) == [{"outer": [7, 1, 0]}, {"outer": [7, 1, 1]}]


@pytest.mark.parametrize(
    "change",
    [
        "del caching._CacheLocator",
        "caching.NullCache.load_overload = lambda self, sig, context, more=None: None",
        "caching._Cache = type('Later', (caching._Cache,), {'novel': abstractmethod(lambda self: None)})",
    ],
)
def test_an_unknown_numba_runs_uncached(package, change):
    code = f"from abc import abstractmethod\nfrom numba.core import caching\n{change}\n{OUTER_ONLY}"
    code += "; import pkg._cache; print(json.dumps(pkg._cache.cache_place()))"
    assert package.run(code) == [{"outer": [7, 0, 1]}, None]
    assert not package.saved()


def test_without_jit_everything_is_plain_python(package):
    code = """
        import types
        from pkg._cache import cache_place
        from pkg._jit import DISABLED, kernel
        from pkg.kernels.outer import inner, outer, squared, template
        plain = [type(f) is types.FunctionType for f in (outer, squared, kernel(strict=True)(template))]
        print(json.dumps([DISABLED, cache_place(), plain, outer(3.0), squared(3.0), squared.__name__]))
    """
    expected = [True, None, [True] * 3, 7.0, 15.5, "template_squared"]
    assert package.run(code, NUMBA_DISABLE_JIT="1") == expected
    assert not package.saved()


def test_entry_points_work_with_saved_code(package):
    code = """
        import ctypes
        from numba import float64
        from pkg._jit import entry_point
        from pkg.kernels.outer import outer
        address = entry_point(outer, float64(float64))
        value, error = ctypes.c_double(), ctypes.c_void_p()
        native = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_double)(address)
        status = native(ctypes.byref(value), ctypes.byref(error), 3.0)
        print(json.dumps([status, value.value, entry_point(outer, float64(float64)) == address]))
    """
    assert package.run(code) == [0, 7, True]
    saved = package.saved()
    assert len(saved) == 1
    assert package.run(code) == [0, 7, True]
    assert package.saved() == saved


def plain(x):
    return x + 1


def template(x, y=2):
    """What it does."""
    return gate(x) + OFFSET + y  # noqa: F821


@needs_jit
def test_kernel_options():
    function = kernel(plain)
    assert function.targetoptions["fastmath"] == FASTMATH
    assert not FASTMATH & {"nnan", "ninf", "fast"}
    options = {"nogil": True, "error_model": "numpy", "boundscheck": None, "inline": "never", "nopython": True}
    assert options.items() <= function.targetoptions.items()
    assert not kernel(plain, strict=True).targetoptions["fastmath"]
    assert kernel(strict=True, inline="always")(plain).targetoptions["inline"] == "always"
    assert not function.signatures  # nothing is compiled before the first call


@needs_jit
def test_nan_and_infinity_survive_fastmath():
    @kernel
    def count_nan(x):
        n = 0
        for value in x:
            n += value != value or math.isinf(value)
        return n

    assert count_nan(np.array([1.0, np.nan, np.inf, -np.inf, np.nan])) == 4


@pytest.mark.parametrize("value", [print, int, "name", np.exp])
def test_kernel_takes_plain_functions_only(value):
    with pytest.raises(TypeError, match="plain function"):
        kernel(value)


def test_bind_copies_the_template():
    copy = bind(template, "kind", gate=kernel(plain), OFFSET=10, unused=5)
    function = getattr(copy, "py_func", copy)
    assert (function.__name__, function.__qualname__) == ("template_kind", "template_kind")
    assert (function.__module__, function.__doc__) == (template.__module__, "What it does.")
    assert "unused" not in function.__globals__
    assert "gate" not in globals()
    assert (copy(1), copy(1, 3)) == (14, 15)


def test_bind_names_what_is_missing():
    with pytest.raises(TypeError, match=r"bind\(template, 'kind'\) needs values for OFFSET"):
        bind(template, "kind", gate=kernel(plain), OFSET=10)


@needs_jit
def test_bind_keeps_the_options_of_a_kernel():
    values = {"gate": kernel(plain), "OFFSET": 10}
    assert bind(template, "kind", **values).targetoptions["fastmath"] == FASTMATH
    assert not bind(template, "kind", strict=True, **values).targetoptions["fastmath"]
    own = kernel(template, strict=True, inline="always")
    assert not bind(own, "kind", **values).targetoptions["fastmath"]
    assert bind(own, "kind", **values).targetoptions["inline"] == "always"


def test_disabled_follows_numba():
    assert bool(numba.config.DISABLE_JIT) == _jit.DISABLED


@pytest.mark.parametrize("fit", [True, False])
def test_kernels_link_with_and_without_parts(fit, monkeypatch):
    """A Numba whose private names have moved links kernels in its own way; both give the same."""
    monkeypatch.setattr(_jit, "pipeline_fits", lambda: fit)

    def inner(x):
        return 2 * x

    def alone(x):
        return x + 1

    inner, alone = _jit.kernel(inner), _jit.kernel(alone, alone=True)

    def outer(x):
        return alone(inner(x)) + inner(x)

    assert _jit.kernel(outer)(3.0) == 13
    assert inner(3.0) == 6  # a kernel that others link can still be called


def test_this_numba_has_what_our_pipeline_needs():
    from rnnforecast._pipeline import pipeline_fits

    assert pipeline_fits()
