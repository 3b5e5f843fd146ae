"""Make panels of seasonal series, in the form that forecasters read."""

from math import pi
from numbers import Integral, Real

import numpy as np
import pandas as pd
from sklearn.utils import check_random_state, check_scalar


def make_series_panel(
    *, n_series=10, n_timesteps=120, period=12, noise=0.1, start="2000-01-01", freq="MS", random_state=None
):
    """Make a long frame of seasonal series with a trend, of very different levels.

    ::

        y_i(t) = level_i (1 + growth_i t / period + depth_i sin(2 pi t / period + phase_i) + noise e_i(t))

    with a level between 3 and 300 (uniform in its logarithm), a growth of up to 0.1 in a period, a depth from 0.1 to
    0.5, any phase, and standard normal e.

    Parameters
    ----------
    n_series : int, default=10
        Number of series.
    n_timesteps : int or (int, int), default=120
        Length of each series, or the smallest and the largest length of a ragged panel. All series end at the same
        time; the shorter ones begin later.
    period : float, default=12
        Steps of a season.
    noise : float, default=0.1
        Standard deviation of the noise, in units of the level.
    start : str or Timestamp, default="2000-01-01"
        Time of t = 0, where series of the largest length begin.
    freq : str, DateOffset or None, default="MS"
        Frequency of ``ds``. None makes ``ds`` the integer t, whatever ``start`` is.
    random_state : int, RandomState or None, default=None
        Source of the lengths, the series' constants and the noise.

    Returns
    -------
    DataFrame with columns unique_id, ds, y
        One row for each series and time, sorted by both.
    """
    check_scalar(n_series, "n_series", Integral, min_val=1)
    check_scalar(period, "period", Real, min_val=0, include_boundaries="neither")
    check_scalar(noise, "noise", Real, min_val=0)
    pair = n_timesteps if isinstance(n_timesteps, (tuple, list)) else (n_timesteps, n_timesteps)
    if len(pair) != 2:
        raise ValueError(f"n_timesteps={n_timesteps!r}: needs one length, or the smallest and the largest")
    shortest, longest = pair
    check_scalar(shortest, "n_timesteps", Integral, min_val=1)
    check_scalar(longest, "n_timesteps", Integral, min_val=shortest)
    rng = check_random_state(random_state)
    lengths = rng.randint(shortest, longest + 1, n_series)
    level, growth = 10 ** rng.uniform(0.5, 2.5, n_series), rng.uniform(0, 0.1, n_series)
    depth, phase = rng.uniform(0.1, 0.5, n_series), rng.uniform(0, 2 * pi, n_series)
    series = np.repeat(np.arange(n_series), lengths)
    t = np.concatenate([np.arange(longest - length, longest) for length in lengths])
    shape = 1 + growth[series] * t / period + depth[series] * np.sin(2 * pi * t / period + phase[series])
    y = level[series] * (shape + noise * rng.normal(size=len(t)))
    ids = np.array([f"id_{i:0{len(str(n_series - 1))}d}" for i in range(n_series)])
    ds = t if freq is None else pd.date_range(start, periods=longest, freq=freq)[t]
    return pd.DataFrame({"unique_id": ids[series], "ds": ds, "y": y})
