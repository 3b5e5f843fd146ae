"""Lines of figures, each data set's beside the baselines' and what others have published."""

import numpy as np
from scoring import owa

_SEGRNN = {96: (0.351, 0.392), 192: (0.392, 0.414), 336: (0.423, 0.433), 720: (0.466, 0.472)}
_REPEAT_DAY = {96: 0.512, 192: 0.581, 336: 0.650, 720: 0.655}
_REPEAT_LAST = {96: 0.081, 192: 0.167, 336: 0.306, 720: 0.810}
_AIM = {96: 0.360, 192: 0.398, 336: 0.430, 720: 0.455}

PUBLISHED = {
    "m4_hourly": "OWA: Smyl 0.440, best of all 0.410, the organisers' RNN 1.036; "
    "sMAPE and MASE of Naive2 18.383, 2.395, of Theta 18.138, 2.455",
    "m4_weekly": "OWA: Smyl 0.851, best of all 0.739; sMAPE and MASE of Naive2 9.161, 2.777, of Theta 9.093, 2.637",
    "m4_monthly_200": "OWA on all of M4 Monthly: Smyl 0.836 (MASE 0.884), Theta 0.907",
    "m3_monthly_1000": "sMAPE: Theta 13.9 on all of M3 Monthly",
    "hospital": "MAE: DeepAR 18.25, TBATS 17.43",
    **{
        f"etth1_{h}": f"MSE, MAE: SegRNN {mse:.3f}, {mae:.3f}; MSE of repeating the last day {_REPEAT_DAY[h]:.3f}; "
        f"the aim is an MSE of at most {_AIM[h]:.3f}"
        for h, (mse, mae) in _SEGRNN.items()
    },
    **{f"exchange_{h}": f"MSE of repeating the last value {mse:.3f}" for h, mse in _REPEAT_LAST.items()},
}

# What a data set is known by; all have a line of MASE as well.
_SHOWN = {"etth1": ("MSE", "MAE", "MASE"), "exchange": ("MSE", "MAE", "MASE"), "": ("sMAPE", "MASE", "MAE")}


def head(name, task):
    """Print what is scored."""
    n_series = task.frame["unique_id"].nunique()
    origins = f"{len(task.drops)} origins" if len(task.drops) > 1 else "one origin"
    print(f"{name}: {n_series} series, h = {task.h}, {origins}, on {task.part}")


def points(name, results):
    """Print the scores of all models, {model: scores} with the network as "RNN", and return the ratio of MASE."""
    shown = next(metrics for prefix, metrics in _SHOWN.items() if name.startswith(prefix))
    for model, scores in results.items():
        parts = [f"{metric} {scores[metric]:9.3f}" for metric in shown]
        if "Naive2" in results:
            parts.append(f"OWA {owa(scores, results['Naive2']):.3f}")
        print(f"  {model:14s} {'  '.join(parts)}")
    ratio = results["RNN"]["MASE"] / results["SeasonalNaive"]["MASE"]
    print(f"  MASE over the seasonal naive's {ratio:.3f}; {_cost(results['RNN'])}")
    if name in PUBLISHED:
        print(f"  published {PUBLISHED[name]}")
    return ratio


def intervals(results, levels):
    """Print coverage and mean width, in units of MASE's scale, of all models."""
    for model, scores in results.items():
        parts = [
            f"{lv:g} %: covers {scores[f'coverage {lv:g}']:5.1f} %, width {scores[f'width {lv:g}']:7.3f}"
            for lv in levels
        ]
        print(f"  {model:14s} {';  '.join(parts)}")
    print(f"  {_cost(results['RNN'])}")


def mean_of_ratios(ratios):
    """Print the geometric mean of {name: ratio}."""
    worst, mean = max(ratios, key=ratios.get), np.exp(np.mean(np.log(list(ratios.values()))))
    print(f"MASE over the seasonal naive's on {len(ratios)} data sets: geometric mean {mean:.3f},", end=" ")
    print(f"worst {ratios[worst]:.3f} on {worst}")


def _cost(scores):
    return f"{scores['seconds']:.1f} s, peak {scores['MiB']:.0f} MiB"
