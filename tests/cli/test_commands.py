"""The commands, their arguments, and the module as a command."""

import subprocess
import sys

import pytest
from cli_support import refused

from rnnforecast import __version__


@pytest.mark.parametrize(
    "arguments, words",
    [
        ([], ["COMMAND"]),
        (["fly"], ["fly"]),
        (["forecast"], ["FILE.csv"]),
        (["forecast", "missing.csv", "--h", "2"], ["missing.csv", "no such file"]),
        (["forecast", "a.csv"], ["--h"]),
        (["forecast", "a.csv", "--h", "0"], ["--h", "'0'"]),
        (["forecast", "a.csv", "--h", "two"], ["--h", "'two'"]),
        (["forecast", "a.csv", "--h", "2", "--level", "120"], ["--level", "'120'"]),
        (["forecast", "a.csv", "--h", "2", "--level", "0.8"], ["--level", "'0.8'"]),
        (["forecast", "a.csv", "--h", "2", "--level", "nan"], ["--level", "'nan'"]),
        (["forecast", "a.csv", "--h", "2", "--cell", "rnn"], ["--cell", "rnn"]),
        (["forecast", "a.csv", "--h", "2", "--seed", "-1"], ["--seed", "'-1'"]),
        (["warmup", "--cell", "rnn"], ["--cell", "rnn"]),
        (["backtest", "a.csv"], ["--h"]),
        (["backtest", "missing.csv", "--h", "2"], ["missing.csv", "no such file"]),
        (["backtest", "a.csv", "--h", "2", "--n-windows", "0"], ["--n-windows", "'0'"]),
        (["backtest", "a.csv", "--h", "2", "--step-size", "x"], ["--step-size", "'x'"]),
        (["backtest", "a.csv", "--h", "2", "--refit", "0"], ["--refit", "'0'"]),
        (["backtest", "a.csv", "--h", "2", "--metrics", "best"], ["--metrics", "best"]),
        (["backtest", "a.csv", "--h", "2", "--metrics", "mae", "winkler"], ["winkler", "--level"]),
        (["backtest", "a.csv", "--h", "2", "--baseline", "theirs"], ["--baseline", "theirs"]),
        (["backtest", "a.csv", "--h", "2", "--season-length", "0"], ["--season-length", "'0'"]),
    ],
)
def test_bad_arguments(arguments, words, capsys):
    line = refused(capsys, *arguments)
    assert all(word in line for word in words), line


def test_help_and_version_import_nothing_heavy():
    code = (
        "import sys; from rnnforecast.cli import main\n"
        "try: main(['--help'])\n"
        "except SystemExit as stop: assert stop.code == 0\n"
        "assert not {'numpy', 'pandas', 'numba', 'sklearn'} & set(sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert all(command in done.stdout for command in ("demo", "forecast", "backtest", "warmup", "info"))


def test_module_is_the_command():
    command = [sys.executable, "-m", "rnnforecast", "--version"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == f"rnnforecast {__version__}"
