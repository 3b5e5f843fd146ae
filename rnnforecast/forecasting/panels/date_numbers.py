"""Dates that came as integers, such as 20200131: as steps they are full of gaps, and messages about these say so."""

import numpy as np
import pandas as pd

from rnnforecast.forecasting.panels.timestamps import as_integers, kind_of

_FORMATS = ("%Y%m%d", "%Y%m", "%Y")
_YEARS = 1900, 2100


def date_format(times):
    """Return how pandas would read integers as dates of the years 1900 to 2099.

    Parameters
    ----------
    times : pandas.Index
        Stamps of any kind.

    Returns
    -------
    str or None
        ``"%Y%m%d"``, ``"%Y%m"`` or ``"%Y"``; None unless all stamps are integers that are dates of this form.
    """
    if kind_of(times) != "integer":
        return None
    numbers = np.unique(as_integers(times))
    for form, places in zip(_FORMATS, (10**4, 10**2, 1), strict=True):
        first, stop = (year * places for year in _YEARS)
        if numbers[0] >= first and numbers[-1] < stop:
            dates = pd.to_datetime(pd.Series(numbers).astype(str), format=form, errors="coerce")
            return form if dates.notna().all() else None
    return None


def date_hint(times):
    """Return the end of a message about integer stamps: what they look like, and how to make dates of them.

    Parameters
    ----------
    times : pandas.Index

    Returns
    -------
    str
        Empty where they do not look like dates.
    """
    form = date_format(times)
    if form is None:
        return ""
    what = {"%Y%m%d": "days, as YYYYMMDD", "%Y%m": "months, as YYYYMM", "%Y": "years"}[form]
    return (
        f". The stamps are integers that look like {what}: if they are, convert them first, with "
        f"pd.to_datetime(stamps.astype(str), format={form!r})"
    )
