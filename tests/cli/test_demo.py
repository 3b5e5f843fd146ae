"""``rnnforecast demo``: its score, its figure, and none without matplotlib."""

import sys

import pytest
from cli_support import refused, run

from rnnforecast.cli import demo


def test_demo_beats_the_seasonal_naive(tmp_path, capsys, monkeypatch):
    pytest.importorskip("matplotlib")
    monkeypatch.chdir(tmp_path)
    code, out, err = run(capsys, "demo")
    assert (code, err) == (0, "")
    assert (tmp_path / "forecast.png").stat().st_size > 10_000
    ratio = next(float(line.split()[1]) for line in out.splitlines() if line.split()[:1] == ["ratio"])
    assert ratio <= 0.6
    assert demo.DEMO_ORIGINS >= 12
    assert "RNN-lo-80" in out
    assert "RNN-hi-95" in out
    assert "1961-12-01" in out


def test_demo_without_matplotlib_says_so(tmp_path, capsys, monkeypatch, airline):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    monkeypatch.setattr(demo, "DEMO", {"max_iter": 2, "hidden_size": 4, "random_state": 0})
    code, out, _ = run(capsys, "demo")
    assert code == 0
    assert "rnnforecast[plot]" in out
    assert not (tmp_path / "forecast.png").exists()
    assert "rnnforecast[plot]" in refused(capsys, "forecast", airline, "--h", 2, "--plot", "a.png")
