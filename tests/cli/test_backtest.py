"""``rnnforecast backtest``: its scores are those of the library, and what it writes and refuses."""

import numpy as np
import pandas as pd
import pytest
from cli_support import FAST, refused, run, write
from numpy.testing import assert_allclose
from pandas.testing import assert_frame_equal

from rnnforecast import NaiveForecaster, RNNForecaster, backtest
from rnnforecast.datasets import load_airline, make_series_panel
from rnnforecast.metrics import evaluate

WORDS = {"max_iter": 2, "hidden_size": 4, "input_size": 12, "random_state": 0}


def test_scores_and_files(airline, tmp_path, capsys):
    pytest.importorskip("matplotlib")
    table, figure = tmp_path / "backtest.csv", tmp_path / "backtest.png"
    options = ["--level", 80, "--out", table, "--plot", figure, *FAST]
    code, out, err = run(capsys, "backtest", airline, "--h", 6, *options)
    assert code == 0
    assert err.count("Wrote") == 2
    y = load_airline().rename("y").rename_axis("ds").reset_index()
    models = [RNNForecaster(6, **WORDS), NaiveForecaster(6, method="seasonal")]
    expected = backtest(models, y, n_windows=3, step_size=6, level=80)
    assert_frame_equal(pd.read_csv(table, parse_dates=["cutoff", "ds"]), expected, check_dtype=False)
    scores = evaluate(expected, metrics=["mase", "mae", "rmse", "smape", "coverage"], train=y, season_length=12)
    lines = [line.split() for line in out.splitlines()]
    assert "3 origins from 1959-06-01 to 1960-06-01, one fit, before them all; 6 steps from each" in out
    assert lines[1] == [*scores.columns]
    for line in lines[2:4]:
        assert_allclose([float(cell) for cell in line[1:]], scores.loc[line[0]], atol=5e-4)
    ratio = (scores.loc["RNN"] / scores.loc["SeasonalNaive"]).iloc[:4]
    assert lines[4][:3] == ["RNN", "/", "SeasonalNaive"]
    assert_allclose([float(cell) for cell in lines[4][3:]], ratio, atol=5e-4)
    assert figure.read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    "refit, words", [([], "one fit"), (["--refit"], "at each"), (["--refit", 2], "every 2 of them")]
)
def test_windows_refits_and_baselines(refit, words, tmp_path, capsys):
    panel = make_series_panel(n_series=2, n_timesteps=60, random_state=0)
    panel.columns = ["shop", "month", "sales"]
    path = tmp_path / "panel.csv"
    panel.to_csv(path, index=False)
    names = ["--id", "shop", "--time", "month", "--target", "sales"]
    windows = ["--h", 2, "--n-windows", 4, "--step-size", 1, *refit]
    compared = ["--metrics", "owa", "mae", "bias", "--baseline", "naive2", "drift", "--season-length", 4]
    code, out, _ = run(capsys, "backtest", path, *names, *windows, *compared, *FAST)
    assert code == 0
    assert words in out
    columns = {"id_col": "shop", "time_col": "month", "target_col": "sales"}
    models = [RNNForecaster(2, **WORDS, **columns)]
    models += [NaiveForecaster(2, method=name, season_length=4, **columns) for name in ("naive2", "drift")]
    table = backtest(models, panel, n_windows=4, refit=refit[1] if len(refit) > 1 else bool(refit))
    scores = evaluate(
        table, metrics=["owa", "mae", "bias"], train=panel, season_length=4, reference="Naive2", **columns
    )
    lines = [line.split() for line in out.splitlines()]
    for line in lines[2:5]:
        assert_allclose([float(cell) for cell in line[1:]], scores.loc[line[0]], atol=5e-4)
    assert len(lines[5]) == 3 + 1  # the mae's ratio alone


def test_integer_times_have_no_season(tmp_path, capsys):
    path = write(tmp_path, "ds,y\n" + "".join(f"{t},{np.sin(t)}\n" for t in range(60)))
    code, out, _ = run(capsys, "backtest", path, "--h", 2, *FAST)
    assert code == 0
    assert "3 origins from 53 to 57" in out
    same = run(capsys, "backtest", path, "--h", 2, "--baseline", "last", *FAST)[1]
    assert out.replace("SeasonalNaive", "Naive").split() == same.split()


def test_a_baseline_without_error_has_no_ratio(tmp_path, capsys):
    path = write(tmp_path, "ds,y\n" + "".join(f"{t},{t}\n" for t in range(60)))
    code, out, _ = run(capsys, "backtest", path, "--h", 2, "--baseline", "drift", "--metrics", "mae", *FAST)
    assert code == 0
    assert out.splitlines()[-1].rstrip() == "RNN / Drift"


def test_bad_files_and_places(airline, tmp_path, capsys):
    line = refused(capsys, "backtest", airline, "--h", 12, "--n-windows", 20)
    assert all(word in line for word in ("airline.csv", "144 rows", "n_windows=20"))
    line = refused(capsys, "backtest", write(tmp_path, "ds,y\n2020-01-01,1\nsoon,2\n"), "--h", 2)
    assert all(word in line for word in ("data.csv", "'soon'", "line 3"))
    for option in ("--out", "--plot"):
        path = tmp_path / "nowhere" / "file.png"
        assert "does not exist" in refused(capsys, "backtest", airline, "--h", 2, option, path)
    path = write(tmp_path, "ds,RNN\n" + "".join(f"{t},{np.sin(t)}\n" for t in range(60)))
    assert "'RNN'" in refused(capsys, "backtest", path, "--target", "RNN", "--h", 2, *FAST)
