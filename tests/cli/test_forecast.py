"""``rnnforecast forecast``: what it prints, writes, and refuses."""

import numpy as np
import pandas as pd
import pytest
from cli_support import FAST, refused, run, write

from rnnforecast import RNNForecaster
from rnnforecast.datasets import make_series_panel


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
    options = ["--h", 3, "--hidden-size", 8]  # learns enough not to leave it all to the Theta method
    first = run(capsys, "forecast", airline, *options)
    assert first[0] == 0
    assert first[1].splitlines()[0] == "ds,RNN"
    assert len(first[1].splitlines()) == 4
    assert run(capsys, "forecast", airline, *options) == first
    assert run(capsys, "forecast", airline, *options, "--seed", 1)[1] != first[1]


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


def test_steps_of_integers_are_given_as_a_frequency(tmp_path, capsys):
    path = write(tmp_path, "ds,y\n" + "".join(f"{2 * t},{np.sin(t)}\n" for t in range(60)))
    code, out, _ = run(capsys, "forecast", path, "--h", 2, "--freq", 2, *FAST)
    assert code == 0
    assert [line.split(",")[0] for line in out.splitlines()] == ["ds", "120", "122"]
    code, _, message = run(capsys, "forecast", path, "--h", 2, "--freq", 3, *FAST)
    assert code == 2
    assert "freq" in message or "frequency" in message


def test_intervals_that_short_series_cannot_have_are_refused_before_any_training(tmp_path, capsys, no_training):
    path = write(tmp_path, "ds,y\n" + "".join(f"{t},{np.sin(t)}\n" for t in range(17)))
    error = refused(capsys, "forecast", path, "--h", 2, "--level", 80, *FAST)
    assert "level needs windows that are held back for calibration" in error
    assert "18 rows" in error


def test_data_are_read_once(airline, capsys, monkeypatch):
    read, times = RNNForecaster._as_panel, []

    def noted(*args, **words):
        times.append(1)
        return read(*args, **words)

    monkeypatch.setattr(RNNForecaster, "_as_panel", noted)
    assert run(capsys, "forecast", airline, "--h", 2, "--level", 80, *FAST)[0] == 0
    assert len(times) == 1


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
