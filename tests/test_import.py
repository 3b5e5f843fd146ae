"""Importing compiles nothing, writes nothing and starts nothing; the second process finds what the first compiled."""

import os
import subprocess
import sys

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


def test_a_class_imports_no_metrics(tmp_path):
    assert (
        run("import sys; from rnnforecast import RNNRegressor; print('sklearn.metrics' in sys.modules)", tmp_path)
        == "False\n"
    )


def test_second_process_compiles_nothing(tmp_path):
    assert int(run(FIT, tmp_path)) > 0
    assert int(run(FIT, tmp_path)) == 0


def test_impossible_cache_folder_only_costs_time(tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("")
    assert int(run(FIT, blocked / "below")) > 0
