"""Importing compiles nothing, writes nothing and starts nothing; the second process finds what the first compiled."""

import ast
import inspect
import os
import subprocess
import sys

import pytest

import rnnforecast.estimators
import rnnforecast.forecasting

IMPORT = """
import sys, threading
from numba.core import event
recorder = event.RecordingListener()
with event.install_listener("numba:compile", recorder):
    import rnnforecast
    for name in rnnforecast.__all__:
        if name != "plotting":
            getattr(rnnforecast, name)
print(len(recorder.buffer), threading.active_count(), "torch" in sys.modules)
"""

FIT = """
import numpy as np
from numba.core import event
from rnnforecast import RNNRegressor
recorder = event.RecordingListener()
with event.install_listener("numba:compile", recorder):
    model = RNNRegressor(cell_type="elman", hidden_size=2, max_iter=1).fit(np.ones((4, 3)), np.arange(4.0))
    model.predict(np.ones((1, 3)))
print(sum(e.is_start for _, e in recorder.buffer))
"""


def run(code, folder):
    env = {**os.environ, "NUMBA_CACHE_DIR": str(folder)}
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=env).stdout


def test_import_compiles_and_writes_nothing(tmp_path):
    assert run(IMPORT, tmp_path).split() == ["0", "1", "False"]
    assert list(tmp_path.iterdir()) == []


SLOW = ("scipy.stats", "scipy.optimize", "sklearn.metrics", "sklearn.linear_model")


@pytest.mark.parametrize(
    "line",
    ["from rnnforecast import RNNRegressor", "from rnnforecast import RNNForecaster", "import rnnforecast.estimators"],
)
def test_an_import_leaves_out_what_is_slow_and_seldom_used(tmp_path, line):
    assert run(f"import sys; {line}; print([name for name in {SLOW} if name in sys.modules])", tmp_path) == "[]\n"


MODE = """
import numpy as np, rnnforecast.estimators
from sklearn.utils.fixes import _mode
print(float(np.squeeze(_mode(np.ones(3))[0])))
"""

READ = """
import sys

class Reader:
    @staticmethod
    def find_spec(name, path=None, target=None):
        if name == "sklearn.base":  # as another thread, or a later version of scikit-learn, may
            {line}
            print(sys.modules["scipy.stats"].norm.cdf(0.0))

sys.meta_path.insert(0, Reader)
import rnnforecast.estimators, scipy.stats
print(scipy.stats is sys.modules["scipy.stats"], scipy.stats.__spec__.name)
"""


def test_scikit_learn_finds_the_statistics_when_it_needs_them(tmp_path):
    assert run(MODE, tmp_path) == "1.0\n"


@pytest.mark.parametrize("line", ["from scipy.stats import norm", "import scipy.stats.distributions", "pass"])
def test_statistics_that_the_base_reads_while_it_is_imported_are_the_real_ones(tmp_path, line):
    assert run(READ.format(line=line), tmp_path).split() == ["0.5", "True", "scipy.stats"]


def test_nothing_stands_in_for_statistics_that_are_there(tmp_path):
    code = "import sys, scipy.stats as real; import rnnforecast.estimators; print(sys.modules['scipy.stats'] is real)"
    assert run(code, tmp_path) == "True\n"


@pytest.mark.parametrize("package", [rnnforecast, rnnforecast.estimators, rnnforecast.forecasting])
def test_all_names_are_found_on_first_use(package):
    assert set(dir(package)) == set(package.__all__)
    for name in package.__all__:
        if name != "plotting":
            assert getattr(package, name) is not None
    with pytest.raises(AttributeError, match=f"module '{package.__name__}' has no attribute 'nothing'"):
        _ = package.nothing


@pytest.mark.parametrize("package", [rnnforecast, rnnforecast.estimators, rnnforecast.forecasting])
def test_type_checkers_see_the_names_that_there_are(package):
    """In the form of PEP 484, ``import name as name``, for what a package with a py.typed hands on."""
    (block,) = (
        node
        for node in ast.parse(inspect.getsource(package)).body
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
    )
    found = {}
    for line in block.body:
        for alias in line.names:
            assert (line.level, alias.asname) == (1, alias.name)
            found[alias.name] = line.module or ""
    assert found == package._PLACES | dict.fromkeys(getattr(package, "_MODULES", ()), "")
    assert set(package.__all__) - {"__version__"} == found.keys()


def test_a_name_is_the_object_and_not_a_module_of_the_name():
    assert callable(rnnforecast.forecasting.backtest)
    assert rnnforecast.forecasting.backtest is rnnforecast.backtest


def test_second_process_compiles_nothing(tmp_path):
    assert int(run(FIT, tmp_path)) > 0
    assert int(run(FIT, tmp_path)) == 0


def test_impossible_cache_folder_only_costs_time(tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("")
    assert int(run(FIT, blocked / "below")) > 0
