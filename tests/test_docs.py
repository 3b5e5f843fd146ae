"""The guide: its code runs without a warning, and the navigation leads to every page."""

import re

import pytest
from docs_support import PAGES, ROOT, python_blocks, run_block

WITH_CODE = [path for path in PAGES if python_blocks(path)]
OPTIONAL = ("polars", "holidays")


def name_of(path):
    return path.relative_to(ROOT / "docs").as_posix()


@pytest.mark.parametrize("path", WITH_CODE, ids=name_of)
def test_code_of_a_page_runs(path, tmp_path, monkeypatch):
    pytest.importorskip("matplotlib").use("Agg")
    monkeypatch.chdir(tmp_path)
    blocks = python_blocks(path)
    for package in OPTIONAL:
        if any(package in block for block in blocks):
            pytest.importorskip(package)
    namespace = {"__name__": "page"}
    for block in blocks:
        run_block(block, path, namespace)


def test_every_page_is_in_the_navigation():
    navigation = (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
    listed = re.findall(r"[\w/-]+\.md", navigation)
    assert sorted(listed) == sorted(map(name_of, PAGES))


@pytest.mark.parametrize("path", PAGES, ids=name_of)
def test_every_block_names_its_language(path):
    fences = re.findall(r"^```(.*)$", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert set(fences[::2]) <= {"python", "text", "console"}
    assert set(fences[1::2]) <= {""}
