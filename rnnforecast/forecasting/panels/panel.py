"""A panel: all series end to end, where each begins, and what their stamps are.

pandas enters through `as_panel` (reading.py) and leaves through `to_answer` (answers.py); in between,
everything is arrays of this form.
"""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from rnnforecast.forecasting.panels.cutting import Cutting
from rnnforecast.forecasting.panels.frequency import frequency_name
from rnnforecast.forecasting.panels.timestamps import kind_of, shift


@dataclass(frozen=True)
class Answer:
    """The kind and the names in which the data came, so that forecasts can be given back alike.

    Parameters
    ----------
    kind : "series", "frame" or "wide"
        A long frame has a row per series and stamp, a wide one a row per stamp and a column per series.
    id_col : str or None
        None where the data name no series. That of a wide frame is for long tables about it.
    time_col, target_col : str or None
        Column names of a frame; index name and name of a Series; index name of a wide frame and None.
    library : str or None, default=None
        The library of the frame, where it is not pandas.
    dates : bool, default=False
        Whether the stamps were dates without a time of day, a type that pandas does not have.
    """

    kind: str
    id_col: str | None
    time_col: str | None
    target_col: str | None
    library: str | None = None
    dates: bool = False


@dataclass(frozen=True, eq=False, repr=False)
class Panel(Cutting):
    """Series of one frequency, end to end, each sorted by time and without gaps.

    Parameters
    ----------
    values : ndarray of shape (n_rows,), float64
        The target, oldest first in each series.
    indptr : ndarray of shape (n_series + 1,), int64
        Series i is ``values[indptr[i]:indptr[i + 1]]``.
    ids : pandas.Index of shape (n_series,)
        Names of the series: sorted, or the columns of a wide frame; a single 0 where the data name none.
    times : pandas.Index of shape (n_rows,)
        DatetimeIndex, PeriodIndex or integers.
    freq : pandas offset or int
        The step from one row to the next.
    answer : Answer
        The kind in which the data came.
    columns : pandas.DataFrame of n_rows rows, optional
        Covariates as they came: numbers, booleans, text or categories, under a RangeIndex.
    """

    values: np.ndarray
    indptr: np.ndarray
    ids: pd.Index
    times: pd.Index
    freq: object
    answer: Answer
    columns: pd.DataFrame | None = None

    def __repr__(self):
        freq = frequency_name(self.freq)
        return f"Panel(n_series={self.n_series}, n_rows={self.n_rows}, freq={freq!r}, kind={self.answer.kind!r})"

    @property
    def n_series(self):
        """Number of series."""
        return len(self.indptr) - 1

    @property
    def n_rows(self):
        """Number of rows of all series together."""
        return len(self.values)

    @property
    def lengths(self):
        """(n_series,) number of rows of each series."""
        return np.diff(self.indptr)

    @property
    def kind(self):
        """Kind of the stamps: "datetime", "period" or "integer"."""
        return kind_of(self.times)

    def name_of(self, series):
        """Return how messages call one series.

        Parameters
        ----------
        series : int
            Position of the series.

        Returns
        -------
        str
        """
        return "the series" if self.answer.id_col is None else f"series {self.ids[[series]].tolist()[0]!r}"

    def series_at(self, row):
        """Return the position of the series that a row belongs to.

        Parameters
        ----------
        row : int

        Returns
        -------
        int
        """
        return int(np.searchsorted(self.indptr, row, side="right")) - 1

    def check_rows(self, n_rows, need):
        """Raise when a series is too short.

        Parameters
        ----------
        n_rows : int
            Rows that every series must have.
        need : str
            What needs them, such as ``"input_size + h"``.
        """
        short = np.flatnonzero(self.lengths < n_rows)
        if len(short):
            first = short[0]
            others = f" (and {len(short) - 1} more series)" if len(short) > 1 else ""
            raise ValueError(
                f"{self.name_of(first)} has {self.lengths[first]} rows{others}; {need} needs at least {n_rows}"
            )

    def with_values(self, values):
        """Return the same panel with other numbers in the same rows.

        Parameters
        ----------
        values : ndarray of shape (n_rows,)

        Returns
        -------
        Panel
        """
        return replace(self, values=values)

    def last(self, n_rows, need="this", *, pad=False):
        """Return the last `n_rows` values of each series as a matrix.

        Parameters
        ----------
        n_rows : int
        need : str
            What needs them, for the message about a shorter series.
        pad : bool, default=False
            Whether a shorter series is continued into the past by its first value.

        Returns
        -------
        ndarray of shape (n_series, n_rows)
        """
        self.check_rows(1 if pad else n_rows, need)
        rows = self.indptr[1:, None] - np.arange(n_rows, 0, -1)
        return self.values[np.maximum(rows, self.indptr[:-1, None])]

    def copy(self):
        """Return a panel that shares no numbers with this one.

        Returns
        -------
        Panel
        """
        columns = None if self.columns is None else self.columns.copy(deep=True)
        values, indptr, times = self.values.copy(), self.indptr.copy(), self.times.copy(deep=True)
        return replace(self, values=values, indptr=indptr, times=times, columns=columns)

    def future_times(self, h):
        """Return the h stamps that follow each series.

        Parameters
        ----------
        h : int

        Returns
        -------
        pandas.Index of shape (n_series * h,)
            Series after series.
        """
        last = self.times[self.indptr[1:] - 1]
        return shift(last.repeat(h), np.tile(np.arange(1, h + 1), self.n_series), self.freq)
