"""``rnnforecast warmup``: what it compiles, and where nothing can be kept."""

import pytest
from cli_support import run


def test_warmup_compiles_what_a_fit_needs(capsys):
    code, out, _ = run(capsys, "warmup", "--cell", "gru")
    assert code == 0
    assert "gru, float32" in out
    assert "gru, float64" in out
    assert "lstm" not in out


def test_warmup_fails_where_nothing_can_be_kept(capsys, monkeypatch):
    monkeypatch.setattr("rnnforecast._cache.cache_place", lambda: None)
    monkeypatch.setattr("rnnforecast.cli.warmup._use_once", lambda cell, dtype: None)
    code, _, err = run(capsys, "warmup")
    assert code == 1
    assert "nothing is kept" in err


def test_warmup_says_that_numba_is_switched_off(capsys, monkeypatch):
    monkeypatch.setattr("rnnforecast._jit.DISABLED", True)
    monkeypatch.setattr("rnnforecast.cli.warmup._use_once", lambda cell, dtype: pytest.fail("it began"))
    code, out, err = run(capsys, "warmup")
    assert (code, out) == (1, "")
    assert "NUMBA_DISABLE_JIT" in err
