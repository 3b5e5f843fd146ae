"""``rnnforecast info``."""

import numpy as np
from cli_support import run

from rnnforecast import __version__


def test_info(capsys):
    code, out, _ = run(capsys, "info")
    assert code == 0
    lines = {line.rsplit("  ", 1)[0].strip(): line.rsplit("  ", 1)[1] for line in out.splitlines()}
    assert lines["rnnforecast"] == __version__
    assert lines["numpy"] == np.__version__
    assert {"kernel cache", "threads", "CUDA"} <= lines.keys()
