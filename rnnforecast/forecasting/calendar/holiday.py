"""Holidays of a country, and the days around them."""

import numpy as np
import pandas as pd

from rnnforecast.forecasting.calendar.names import wall_times
from rnnforecast.forecasting.panels.timestamps import kind_of


def holiday_features(times, country):
    """Say which stamps lie on a public holiday, on the day before one, and on the day after one.

    Parameters
    ----------
    times : DatetimeIndex or PeriodIndex of shape (n,)
        Days are those of the stamps' own time zone; a period counts from its first moment.
    country : str
        Code of ISO 3166, such as "AU", or with a part of the country, such as "AU-NSW".

    Returns
    -------
    matrix : ndarray of shape (n, 3), float64
        0.5 for yes, -0.5 for no.
    columns : list of str
        "is_holiday", "before_holiday" and "after_holiday".

    Raises
    ------
    ImportError
        When the package holidays is missing, which knows them.
    """
    if kind_of(times) == "integer":
        raise ValueError(f"holidays={country!r} needs stamps that are datetimes or periods; got integers")
    columns = ["is_holiday", "before_holiday", "after_holiday"]
    if not len(times):
        return np.empty((0, len(columns))), columns
    codes, days = pd.factorize(wall_times(times).to_numpy().astype("M8[D]").astype(np.int64))
    days = days.astype("M8[D]")
    known = _holidays(country, days.min(), days.max())
    one = np.timedelta64(1, "D")
    return np.stack([(np.isin(days + shift, known) - 0.5)[codes] for shift in (0 * one, one, -one)]).T, columns


def _holidays(country, first, last):
    """Days from the one before `first` to the one after `last` that are holidays, and more."""
    try:
        import holidays
    except ImportError as error:
        raise ImportError(
            f"holidays={country!r} needs the package holidays: pip install rnnforecast[holidays]"
        ) from error
    code, _, part = country.partition("-")
    years = range(int(str(first - 1)[:4]), int(str(last + 1)[:4]) + 1)
    try:
        found = holidays.country_holidays(code, subdiv=part or None, years=years)
    except NotImplementedError as error:
        raise ValueError(f"holidays={country!r} is not a country, or a part of one, that is known: {error}") from error
    return np.array(sorted(found), dtype="M8[D]")
