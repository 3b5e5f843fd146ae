"""Compare the protocols, the metrics and the baselines with a reference implementation in a file.

The reference has the functions ``score_panel(trains, tests, forecasts, m)``, ``snaive(train, h, m)``,
``naive2(train, h, m)``, ``long_horizon_repeat(z, val_end, test_end, horizon, period)`` and
``rolling_repeat(y, first_origin, horizon, stride, period, scale)``, plain NumPy that shares no code with this.
"""

import runpy

import data
import forecasts
import numpy as np
from scoring import mase_scale


def check(folder, reference):
    """Raise an AssertionError where a figure differs from the reference's by more than rounding, else print them.

    Parameters
    ----------
    folder : str
        Where the data lie.
    reference : str
        A Python file.
    """
    functions = runpy.run_path(reference)
    for name in data.POINTS:
        for choose in (False, True):
            task = data.points(folder, name, choose)
            compare = _one_origin if len(task.drops) == 1 else _repeats if task.season < 336 else _days
            for model, theirs in compare(task, functions).items():
                ours = forecasts.score(task, forecasts.baselines(task)[model])
                for metric, value in theirs.items():
                    np.testing.assert_allclose(ours[metric], value, rtol=1e-9, err_msg=f"{name}, {model}, {metric}")
                figures = ", ".join(f"{metric} {value:.3f}" for metric, value in theirs.items())
                print(f"{name}, {task.part}: {model} {figures}", flush=True)


def _one_origin(task, reference):
    series = [y.to_numpy() for _, y in task.frame.groupby("unique_id")["y"]]
    trains, tests = [y[: -task.h] for y in series], [y[-task.h :] for y in series]
    found = {}
    for model, rule in {"SeasonalNaive": "snaive", "Naive2": "naive2"}.items():
        answers = [reference[rule](train, task.h, task.season) for train in trains]
        scores = reference["score_panel"](trains, tests, answers, task.season)
        found[model] = {"sMAPE": scores["sMAPE"], "MASE": scores["MASE"], "MAE": scores["mean_MAE"]}
    return found


def _repeats(task, reference):
    ids = task.frame["unique_id"].unique()
    z = task.frame.pivot(index="ds", columns="unique_id", values="y")[ids].to_numpy()
    first = len(z) - task.drops[0]
    found = {}
    for model, period in {"SeasonalNaive": task.naive_season, "Naive": 1}.items():
        if model == "SeasonalNaive" or task.naive_season > 1:
            scores = reference["long_horizon_repeat"](z, first, len(z), task.h, period)
            assert scores["windows"] == len(task.drops)
            found[model] = {"MSE": scores["MSE"], "MAE": scores["MAE"]}
    return found


def _days(task, reference):
    """Days of 24 hours only: the reference has origins at one distance."""
    y, steps = task.frame["y"].to_numpy(), -np.diff(task.drops)
    scale = mase_scale(y[: -task.n_unseen], task.season)
    errors = []
    for drop in task.drops:
        part = y[: len(y) - drop + task.h]
        errors.append(
            reference["rolling_repeat"](part, len(y) - drop, task.h, task.h, task.naive_season, scale)["MASE"]
        )
    assert set(steps) <= {46, 48, 50}  # hours are put in and left out where the clocks change
    return {"SeasonalNaive": {"MASE": np.mean(errors)}}
