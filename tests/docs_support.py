"""How the tests run the Python blocks of pages."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGES = sorted((ROOT / "docs").rglob("*.md"))


def python_blocks(path):
    """The code of each fenced Python block, behind as many empty lines as the page has before it."""
    text = path.read_text(encoding="utf-8")
    found = re.finditer(r"^```python\n(.*?)^```$", text, flags=re.MULTILINE | re.DOTALL)
    return ["\n" * text.count("\n", 0, block.start(1)) + block[1] for block in found]


def run_block(code, path, namespace):
    """Run one block; an error names the page and its line."""
    exec(compile(code, str(path), "exec"), namespace)
