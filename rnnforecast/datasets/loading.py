"""Read the real series, CSV files that come with the package."""

from pathlib import Path

import numpy as np
import pandas as pd

# The wheel's folder comes first: beside an installed package, "datasets" may be a package of somebody else.
_PACKAGE = Path(__file__).parents[1]
_FOLDERS = (_PACKAGE / "_datasets", _PACKAGE.parent / "datasets")


def _load(name, freq):
    """Read one ``ds,y`` file into a float64 Series; pandas checks that the dates have the frequency."""
    for path in (folder / f"{name}.csv" for folder in _FOLDERS):
        if path.is_file():
            frame = pd.read_csv(path, parse_dates=["ds"], dtype={"y": np.float64})
            return pd.Series(
                frame["y"].to_numpy(), index=pd.DatetimeIndex(frame["ds"], freq=freq, name="ds"), name=name
            )
    places = " nor in ".join(str(folder) for folder in _FOLDERS)
    raise FileNotFoundError(
        f"{name}.csv is neither in {places}; the installation is incomplete, install rnnforecast again"
    )


def load_airline():
    """Load the airline series: monthly international passengers, 1949 to 1960.

    A rising trend and a yearly season that grows with the level (Box & Jenkins, 1976).

    Returns
    -------
    Series of shape (144,)
        Thousands of passengers; DatetimeIndex of month starts, ``freq="MS"``.
    """
    return _load("airline", "MS")


def load_co2():
    """Load the weekly CO2 concentration at Mauna Loa, March 1958 to December 2001.

    59 weeks were not measured (the longest run of them is 18 weeks, in 1964) and are NaN; ``load_co2().interpolate()``
    fills them, and ``load_co2().resample("MS").mean()`` is the monthly series.

    Returns
    -------
    Series of shape (2284,)
        Parts per million by volume; DatetimeIndex of Saturdays, ``freq="W-SAT"``.
    """
    return _load("co2", "W-SAT")


def load_sunspots():
    """Load the yearly number of sunspots, 1700 to 2008: cycles of 9 to 14 years of very different height.

    Returns
    -------
    Series of shape (309,)
        Mean sunspot number of the year; DatetimeIndex of year starts, ``freq="YS"``.
    """
    return _load("sunspots", "YS")


def load_nile():
    """Load the yearly flow of the Nile at Aswan, 1871 to 1970: noise around a level that drops about 1898 (Cobb, 1978).

    Returns
    -------
    Series of shape (100,)
        Discharge in 10^8 cubic metres; DatetimeIndex of year starts, ``freq="YS"``.
    """
    return _load("nile", "YS")


def load_elnino():
    """Load the monthly sea surface temperature of the eastern Pacific (region Nino 1+2), 1950 to 2010.

    Returns
    -------
    Series of shape (732,)
        Degrees Celsius; DatetimeIndex of month starts, ``freq="MS"``.
    """
    return _load("elnino", "MS")
