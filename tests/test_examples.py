"""The examples and the README's code run without a warning, and stay short."""

import os
import re
import runpy
import subprocess
import sys

import pytest
from docs_support import ROOT, python_blocks, run_block

EXAMPLES = sorted((ROOT / "examples").glob("*.py"))
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = python_blocks(ROOT / "README.md")


def test_examples_are_numbered():
    assert [path.name[:3] for path in EXAMPLES] == [f"{number:02}_" for number in range(1, len(EXAMPLES) + 1)]


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_example_is_short(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) < 60


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_example_runs(path, tmp_path):
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])}
    command = [sys.executable, "-W", "error", str(path)]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout
    assert not done.stderr
    assert not list(tmp_path.iterdir()), "an example leaves files behind"


def test_the_textbook_network_learns(capsys):
    names = runpy.run_path(str(ROOT / "examples" / "02_rnn_by_the_book.py"))
    rnn = names["rnn"]
    shapes = {name: view.shape for name, view in rnn.get_weights().items()}
    assert sorted((10, 128, 5)) == sorted({n for shape in shapes.values() for n in shape} & {10, 128, 5})
    assert (rnn.solver, rnn.momentum, rnn.alpha) == ("sgd", 0.0, 0.0)
    assert "loss" in capsys.readouterr().out


def test_quickstart_is_short():
    assert len(BLOCKS[0].strip().splitlines()) <= 15


@pytest.mark.parametrize("number", range(len(BLOCKS)))
def test_readme_code_runs(number):
    run_block(BLOCKS[number], ROOT / "README.md", {"__name__": "readme"})


def test_readme_names_files_that_exist():
    for name in re.findall(r"`([A-Za-z_.]+(?:/[A-Za-z_.]*)+|[A-Z]+(?:\.md)?)`", README):
        if "/" in name or name.endswith(".md"):
            parents = [ROOT, ROOT / "rnnforecast", ROOT / "examples"]
            assert any((parent / name).exists() for parent in parents), name
