"""Files are written in one step."""

import pytest

from rnnforecast.cli import writing
from rnnforecast.cli.options import CommandError


def test_a_failed_write_keeps_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "forecast.csv"
    path.write_text("old")

    def fail(source, target):
        raise OSError("disk full")

    monkeypatch.setattr(writing.os, "replace", fail)
    with pytest.raises(CommandError, match="disk full"):
        writing.write(str(path), "new")
    assert path.read_text() == "old"
    assert [file.name for file in tmp_path.iterdir()] == ["forecast.csv"]
