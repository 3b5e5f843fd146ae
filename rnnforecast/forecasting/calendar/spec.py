"""Which features of the stamps a forecaster gets."""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from rnnforecast.forecasting.calendar.fourier import check_wave, fourier_terms, months_per_step
from rnnforecast.forecasting.calendar.holiday import holiday_features
from rnnforecast.forecasting.calendar.names import calendar_features, check_names
from rnnforecast.forecasting.panels.timestamps import is_clock

_KEYS = ("names", "cyclical", "fourier", "holidays")


@dataclass(frozen=True)
class Calendar:
    """Features of time stamps.

    Parameters
    ----------
    names : tuple of str or "auto", default=()
        As in `calendar_features`; "auto" chooses them by the frequency.
    cyclical : bool, default=True
        Whether they are sines and cosines.
    fourier : tuple of (float, int), default=()
        Periods in steps, and how many pairs each has.
    holidays : str or None, default=None
        Code of the country.
    """

    names: tuple | str = ()
    cyclical: bool = True
    fourier: tuple = ()
    holidays: str | None = None

    def resolve(self, freq):
        """Choose the names, where they are "auto", by the frequency.

        Parameters
        ----------
        freq : pandas offset, str or int

        Returns
        -------
        Calendar
        """
        return replace(self, names=auto_names(freq)) if self.names == "auto" else self

    def features(self, times, freq):
        """Turn stamps into features.

        Parameters
        ----------
        times : pandas.Index of shape (n,)
        freq : pandas offset, str or int

        Returns
        -------
        matrix : ndarray of shape (n, k), float64
            Every feature lies between -1 and 1.
        columns : list of str
        """
        parts = [calendar_features(times, self.resolve(freq).names, cyclical=self.cyclical)]
        parts += [fourier_terms(times, freq, period, order) for period, order in self.fourier]
        if self.holidays is not None:
            parts.append(holiday_features(times, self.holidays))
        return np.concatenate([matrix for matrix, _ in parts], axis=1), [name for _, names in parts for name in names]


def as_calendar(spec, argument="calendar"):
    """Read what a user wrote for the features of the stamps.

    Parameters
    ----------
    spec : None, "auto", list of str, dict or Calendar
        None is no feature; "auto" and a list are the names, a dict has some of the keys ``names``, ``cyclical``,
        ``fourier`` and ``holidays``, such as ``{"names": ["hour"], "fourier": [(168, 3)], "holidays": "AU"}``.
    argument : str
        Its name in messages.

    Returns
    -------
    Calendar
    """
    if isinstance(spec, Calendar):
        return spec
    if spec is None:
        return Calendar()
    if not isinstance(spec, dict):
        if isinstance(spec, str) and spec != "auto":
            raise ValueError(f"{argument}={spec!r} must be None, 'weekly', 'auto', a list such as ['hour'], or a dict")
        spec = {"names": spec}
    unknown = [key for key in spec if key not in _KEYS]
    if unknown:
        raise ValueError(f"{argument} has the key {unknown[0]!r}, which is none of {', '.join(_KEYS)}")
    names = spec.get("names", ())
    if not (isinstance(names, str) and names == "auto"):
        names = tuple(check_names(names, argument))
    cyclical, country = spec.get("cyclical", True), spec.get("holidays")
    if not isinstance(cyclical, bool):
        raise TypeError(f"cyclical of {argument} must be True or False; got {cyclical!r}")
    if not (country is None or isinstance(country, str)):
        raise TypeError(f"holidays of {argument} must be the code of a country, such as 'AU'; got {country!r}")
    return Calendar(names, cyclical, _waves(spec.get("fourier", ()), argument), country)


def _waves(fourier, argument):
    try:
        pairs = [(period, order) for period, order in fourier]
    except (TypeError, ValueError) as error:
        raise TypeError(
            f"fourier of {argument} must be a list of pairs (period, order), such as [(365.25, 3)]; got {fourier!r}"
        ) from error
    waves = tuple(check_wave(period, order) for period, order in pairs)
    periods = [period for period, _ in waves]
    if len(set(periods)) < len(periods):
        raise ValueError(f"fourier of {argument} has a period twice: {periods}")
    return waves


def auto_names(freq):
    """Choose features by the frequency: the cycles that are longer than a step, up to a week or else to a year.

    Parameters
    ----------
    freq : pandas offset, str or int

    Returns
    -------
    tuple of str
        Nothing for integers and for years.
    """
    if isinstance(freq, int | np.integer):
        return ()
    freq = pd.tseries.frequencies.to_offset(freq)
    months = months_per_step(freq)
    if months:
        return () if months % 12 == 0 else ("quarter",) if months % 3 == 0 else ("month",)
    if is_clock(freq) and pd.Timedelta(freq) % pd.Timedelta(days=1):
        step = pd.Timedelta(freq)
        finer = ["minute"] if step % pd.Timedelta(hours=1) else []
        finer += ["second"] if step % pd.Timedelta(minutes=1) else []
        return ("hour", *finer, "dayofweek")
    if isinstance(freq, pd.offsets.BusinessHour):
        return ("hour", "dayofweek")
    if isinstance(freq, pd.offsets.Week) or (isinstance(freq, pd.offsets.Day) and freq.n % 7 == 0):
        return ("week",)
    if isinstance(freq, pd.offsets.SemiMonthBegin | pd.offsets.SemiMonthEnd):
        return ("day", "month")
    return ("dayofweek", "month")
