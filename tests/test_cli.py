"""The command line, in this process: what it prints, writes, and refuses."""

import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

from rnnforecast import __version__, cli
from rnnforecast.datasets import load_airline, make_series_panel

FAST = ["--max-iter", "2", "--hidden-size", "4", "--input-size", "12"]


@pytest.fixture
def airline(tmp_path):
    path = tmp_path / "airline.csv"
    load_airline().rename("y").to_csv(path)
    return path


def run(capsys, *arguments):
    """Exit code, standard output, standard error."""
    code = cli.main([str(argument) for argument in arguments])
    return code, *capsys.readouterr()


def refused(capsys, *arguments):
    """The one line of an error."""
    code, out, err = run(capsys, *arguments)
    assert (code, out) == (2, "")
    assert err.startswith("rnnforecast: error: ")
    assert err.count("\n") == 1
    return err


def write(tmp_path, text):
    path = tmp_path / "data.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_forecast_writes_both_files(airline, tmp_path, capsys):
    pytest.importorskip("matplotlib")
    table, figure = tmp_path / "forecast.csv", tmp_path / "forecast.png"
    code, out, err = run(
        capsys, "forecast", airline, "--h", 6, "--level", 80, 95, "--out", table, "--plot", figure, *FAST
    )
    assert (code, out) == (0, "")
    assert err.count("Wrote") == 2
    got = pd.read_csv(table, parse_dates=["ds"])
    assert list(got) == ["ds", "RNN", "RNN-lo-80", "RNN-hi-80", "RNN-lo-95", "RNN-hi-95"]
    assert list(got["ds"]) == list(pd.date_range("1961-01-01", periods=6, freq="MS"))
    assert np.isfinite(got.drop(columns="ds").to_numpy()).all()
    assert figure.read_bytes().startswith(b"\x89PNG")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["airline.csv", "forecast.csv", "forecast.png"]


def test_forecast_prints_without_out_and_repeats_itself(airline, capsys):
    first = run(capsys, "forecast", airline, "--h", 3, *FAST)
    assert first[0] == 0
    assert first[1].splitlines()[0] == "ds,RNN"
    assert len(first[1].splitlines()) == 4
    assert run(capsys, "forecast", airline, "--h", 3, *FAST) == first
    assert run(capsys, "forecast", airline, "--h", 3, "--seed", 1, *FAST)[1] != first[1]


def test_forecast_of_several_series_with_other_names(tmp_path, capsys):
    panel = make_series_panel(n_series=2, n_timesteps=60, random_state=0)
    panel["unique_id"] = panel["unique_id"].map({"id_0": "007", "id_1": "NA"})
    panel.columns = ["shop", "month", "sales"]
    path = tmp_path / "panel.csv"
    panel.assign(note="x").to_csv(path, index=False)
    names = ["--id", "shop", "--time", "month", "--target", "sales"]
    code, out, _ = run(capsys, "forecast", path, *names, "--h", 2, *FAST)
    assert code == 0
    rows = [line.split(",") for line in out.splitlines()]
    assert rows[0] == ["shop", "month", "RNN"]
    assert [row[0] for row in rows[1:]] == ["007", "007", "NA", "NA"]


def test_integer_times_stay_integers(tmp_path, capsys):
    path = write(tmp_path, "ds,y\n" + "".join(f"{t},{np.sin(t)}\n" for t in range(60)))
    code, out, _ = run(capsys, "forecast", path, "--h", 2, *FAST)
    assert code == 0
    assert [line.split(",")[0] for line in out.splitlines()] == ["ds", "60", "61"]


@pytest.mark.parametrize(
    "text, words",
    [
        ("", ["not a readable CSV"]),
        ("ds,y\n", ["no rows"]),
        ("when,y\n2020-01-01,1\n", ["'ds'", "--time", "'when'"]),
        ("ds,z\n2020-01-01,1\n", ["'y'", "--target"]),
        ("ds,y\n2020-01-01,1\nsoon,2\n", ["'ds'", "'soon'", "line 3"]),
        ("ds,y\n2020-01-01,1\n2020-01-02,two\n", ["'y'", "'two'", "line 3"]),
        ("ds,y\n2020-01-01,1\n2020-01-02,\n", ["'y'", "line 3 is empty"]),
        ("unique_id,ds,y\na,2020-01-01,1\n,2020-01-02,1\n", ["'unique_id'", "line 3 is empty"]),
        ("ds,y\n2020-01-01,1\n2020-01-02,NaN\n", ["'y'", "line 3 is empty"]),
        ("ds,y\n2020-01-01,1\n,2\n", ["'ds'", "line 3 is empty"]),
        ("ds,y\n2020-01-01,1\n2020-01-02,inf\n2020-01-03,3\n", ["'y'", "infinite"]),
        ("ds,y\n2020-01-01,1\n2020-01-01,2\n2020-01-02,2\n", ["more than once"]),
        ("ds,y\n2020-01-01,1\n2020-01-02,2\n2020-01-03,3\n2020-01-05,2\n", ["2020-01-04"]),
        ("ds,y\n2020-01-01,1\n2020-01-02,2\n", ["input_size"]),
    ],
)
def test_bad_files(text, words, tmp_path, capsys):
    line = refused(capsys, "forecast", write(tmp_path, text), "--h", 2)
    assert all(word in line for word in [*words, "data.csv"]), line


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
    ],
)
def test_bad_arguments(arguments, words, capsys):
    line = refused(capsys, *arguments)
    assert all(word in line for word in words), line


def test_bad_places_are_refused_before_the_work(airline, tmp_path, capsys):
    pytest.importorskip("matplotlib")
    for option in ("--out", "--plot"):
        assert "does not exist" in refused(
            capsys, "forecast", airline, "--h", 2, option, tmp_path / "nowhere" / "file.png"
        )
    assert "is a folder" in refused(capsys, "forecast", airline, "--h", 2, "--out", tmp_path)
    assert "different columns" in refused(capsys, "forecast", airline, "--h", 2, "--time", "y", "--target", "y")
    assert ".xyz" in refused(capsys, "forecast", airline, "--h", 2, "--plot", tmp_path / "a.xyz", "--out",
                             tmp_path / "out.csv", *FAST)  # fmt: skip
    assert not list(tmp_path.glob("*.tmp"))


def test_a_failed_write_keeps_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "forecast.csv"
    path.write_text("old")

    def fail(source, target):
        raise OSError("disk full")

    monkeypatch.setattr(cli.os, "replace", fail)
    with pytest.raises(cli.CommandError, match="disk full"):
        cli._write(str(path), "new")
    assert path.read_text() == "old"
    assert [file.name for file in tmp_path.iterdir()] == ["forecast.csv"]


def test_demo_beats_the_seasonal_naive(tmp_path, capsys, monkeypatch):
    pytest.importorskip("matplotlib")
    monkeypatch.chdir(tmp_path)
    code, out, err = run(capsys, "demo")
    assert (code, err) == (0, "")
    assert (tmp_path / "forecast.png").stat().st_size > 10_000
    ratio = next(float(line.split()[1]) for line in out.splitlines() if line.split()[:1] == ["ratio"])
    assert ratio <= 0.6
    assert cli.DEMO_ORIGINS >= 12
    assert "RNN-lo-80" in out
    assert "RNN-hi-95" in out
    assert "1961-12-01" in out


def test_demo_without_matplotlib_says_so(tmp_path, capsys, monkeypatch, airline):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    monkeypatch.setattr(cli, "DEMO", {"max_iter": 2, "hidden_size": 4, "random_state": 0})
    code, out, _ = run(capsys, "demo")
    assert code == 0
    assert "rnnforecast[plot]" in out
    assert not (tmp_path / "forecast.png").exists()
    assert "rnnforecast[plot]" in refused(capsys, "forecast", airline, "--h", 2, "--plot", "a.png")


def test_warmup_compiles_what_a_fit_needs(capsys):
    code, out, _ = run(capsys, "warmup", "--cell", "gru")
    assert code == 0
    assert "gru, float32" in out
    assert "gru, float64" in out
    assert "lstm" not in out


def test_warmup_fails_where_nothing_can_be_kept(capsys, monkeypatch):
    monkeypatch.setattr("rnnforecast._jit.cache_place", lambda: None)
    monkeypatch.setattr(cli, "_use_once", lambda cell, dtype: None)
    code, _, err = run(capsys, "warmup")
    assert code == 1
    assert "nothing is kept" in err


def test_info(capsys):
    code, out, _ = run(capsys, "info")
    assert code == 0
    lines = {line.rsplit("  ", 1)[0].strip(): line.rsplit("  ", 1)[1] for line in out.splitlines()}
    assert lines["rnnforecast"] == __version__
    assert lines["numpy"] == np.__version__
    assert {"kernel cache", "threads", "CUDA"} <= lines.keys()


def test_help_and_version_import_nothing_heavy():
    code = (
        "import sys; from rnnforecast.cli import main\n"
        "try: main(['--help'])\n"
        "except SystemExit as stop: assert stop.code == 0\n"
        "assert not {'numpy', 'pandas', 'numba', 'sklearn'} & set(sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert all(command in done.stdout for command in ("demo", "forecast", "warmup", "info"))


def test_module_is_the_command():
    command = [sys.executable, "-m", "rnnforecast", "--version"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == f"rnnforecast {__version__}"
