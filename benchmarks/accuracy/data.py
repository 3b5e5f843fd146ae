"""The data sets: how each is read, which rows are scored, and from which origins.

The files are public and not in the repository: long panels ``unique_id, ds, y, split`` with integer `ds`, the last h
rows of each series being its test part; and ETTh1, exchange_rate, vic_elec and taylor as their sources have them.
"""

from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd


@dataclass(frozen=True)
class Task:
    """Series, and the origins from which they are forecast.

    Parameters
    ----------
    frame : DataFrame
        Columns unique_id, ds and y, and others that settings may name, up to the last scored row.
    h : int
    drops : ndarray of int
        How many rows of each series lie after each origin, the oldest origin first.
    n_unseen : int
        Rows at the end of each series that no fit sees; at least ``drops[0]``.
    season : int
        Of MASE's scale and of Naive2.
    naive_season : int
        Of the seasonal naive forecast.
    part : str
        What is scored, in words.
    """

    frame: pd.DataFrame
    h: int
    drops: np.ndarray
    n_unseen: int
    season: int
    naive_season: int
    part: str = "the test part"

    @property
    def known(self):
        """What a fit may see."""
        return self.frame[self.frame.groupby("unique_id").cumcount(ascending=False) >= self.n_unseen]

    def thinned(self, most):
        """Keep about `most` origins, for a trial run."""
        return replace(self, drops=self.drops[:: -(-len(self.drops) // most)])


def _panel(folder, choose, name, freq, season, h):
    """The last h rows of each series, from one origin."""
    table = pd.read_csv(folder / f"{name}.csv.gz")
    if choose:
        table = table[table["split"] == "train"]
    stamps = pd.date_range("1980-01-01", periods=int(table["ds"].max()) + 1, freq=freq)
    frame = table[["unique_id", "y"]].assign(ds=stamps[table["ds"].to_numpy()], y=table["y"].astype(float))
    part = "the last rows of the training part" if choose else "the test part"
    return Task(frame, h, np.array([h]), h, season, season, part)


def _every_window(values, names, freq, borders, season, h, choose):
    """All windows of a part at a stride of 1, z-scored by the training part; the fit sees the training part alone.

    A window may reach back into the part before; none is left out at the end.
    """
    n_train, n_validation, n_test = borders
    first, end = (n_train, n_validation) if choose else (n_validation, n_test)
    train = values[:n_train]
    deviation = train.std(axis=0)
    z = ((values - train.mean(axis=0)) / np.where(deviation == 0, 1.0, deviation))[:end]
    stamps = pd.date_range("2016-07-01", periods=end, freq=freq)
    frame = pd.DataFrame({"unique_id": np.repeat(names, end), "ds": np.tile(stamps, len(names)), "y": z.T.reshape(-1)})
    drops = end - np.arange(first, end - h + 1)
    return Task(frame, h, drops, end - n_train, season, season, "the validation part" if choose else "the test part")


def _etth1(folder, choose, h):
    """12, 4 and 4 months of 30 days (Zhou et al. 2021)."""
    table = pd.read_csv(folder / "ETTh1.csv.gz", index_col="date")
    borders = tuple(months * 30 * 24 for months in (12, 16, 20))
    return _every_window(table.to_numpy(), list(table), "h", borders, 24, h, choose)


def _exchange_rate(folder, choose, h):
    """70 % for training, 20 % for testing, the rest between them."""
    table = pd.read_csv(folder / "exchange_rate.csv.gz", index_col="ds")
    n = len(table)
    borders = int(0.7 * n), n - int(0.2 * n), n
    return _every_window(table.to_numpy(), list(table), "D", borders, 1, h, choose)


def _day_ahead(y, stamps, choose, **covariates):
    """The 48 half hours from each midnight of the last fifth of the days; the fit sees what comes before them all.

    The column "midnight" is 1 where forecasts may begin, so that as a weight it trains on such windows alone.
    """
    midnight = (stamps.hour == 0) & (stamps.minute == 0)
    first = np.flatnonzero(midnight)
    first = first[first + 48 <= len(y)]
    n_scored, end = len(first) // 5, len(y)
    if choose:  # the same with the test part cut off
        end, first = first[-n_scored], first[:-n_scored]
        n_scored = len(first) // 5
    origins = first[-n_scored:]
    columns = {"ds": stamps, "y": y, "midnight": midnight.astype(float), **covariates}
    frame = pd.DataFrame({"unique_id": "demand", **{name: values[:end] for name, values in columns.items()}})
    part = "the last days of the training part" if choose else "the test part"
    return Task(frame, 48, end - origins, end - origins[0], 336, 336, part)


def _vic_elec(folder, choose):
    """Demand of a state; "day" is the day of the week or a public holiday, "temperature" is not known ahead."""
    table = pd.read_csv(folder / "vic_elec.csv.gz")
    stamps = pd.DatetimeIndex(pd.to_datetime(table["ds_utc"], utc=True)).tz_convert("Australia/Melbourne")
    day = np.where(table["holiday"] == 1, "holiday", stamps.day_name())
    columns = {"day": day, "temperature": table["temperature_c"].to_numpy(float)}
    return _day_ahead(table["demand_mwh"].to_numpy(float), stamps, choose, **columns)


def _taylor(folder, choose):
    table = pd.read_csv(folder / "taylor.csv")
    return _day_ahead(table["y"].to_numpy(float), pd.DatetimeIndex(table["ds"]), choose)


_PANELS = {
    "m4_hourly": partial(_panel, name="m4_hourly", freq="h", season=24, h=48),
    "m4_weekly": partial(_panel, name="m4_weekly", freq="W", season=1, h=13),
    "m4_monthly_200": partial(_panel, name="m4_monthly_200", freq="MS", season=12, h=18),
    "m3_monthly_1000": partial(_panel, name="m3_monthly_1000", freq="MS", season=12, h=18),
    "hospital": partial(_panel, name="hospital", freq="MS", season=12, h=12),
}

HORIZONS = (96, 192, 336, 720)

POINTS = {
    **_PANELS,
    **{f"etth1_{h}": partial(_etth1, h=h) for h in HORIZONS},
    **{f"exchange_{h}": partial(_exchange_rate, h=h) for h in HORIZONS},
    "vic_elec": _vic_elec,
    "taylor": _taylor,
}

# Origins and the rows between them, for coverage; vic_elec has those of its forecasts.
INTERVALS = {"m4_hourly": (8, 12), "hospital": (6, 1), "vic_elec": None}


def points(folder, name, choose):
    """Read what is scored by its point forecasts.

    Parameters
    ----------
    folder : str or path
    name : str
        A key of `POINTS`.
    choose : bool
        Whether to leave the test part out, and score what comes before it.

    Returns
    -------
    Task
    """
    return POINTS[name](Path(folder), choose)


def intervals(folder, name, choose):
    """Read what is scored by its intervals, from several origins; arguments as in `points`, name in `INTERVALS`."""
    task = points(folder, name, choose)
    if INTERVALS[name] is None:
        return task
    n_origins, step = INTERVALS[name]
    drops = task.h + step * np.arange(n_origins)[::-1]
    return replace(task, drops=drops, n_unseen=int(drops[0]), part=f"{task.part} and rows before it")
