"""Other rows of a panel: the last ones, all but the last ones, those between two places."""

from dataclasses import replace

import numpy as np


class Cutting:
    """Gives a panel the methods that return a part of its rows as a panel."""

    def take(self, rows, indptr, ids=None):
        """Return other rows of the same data.

        Parameters
        ----------
        rows : slice or ndarray of int
            Positions in `values`; a slice gives a view.
        indptr : ndarray of shape (n_series + 1,)
            Where each series begins among them.
        ids : pandas.Index of shape (n_series,), optional
            Names of the series. By default they stay.

        Returns
        -------
        Panel
        """
        columns = None if self.columns is None else self.columns.iloc[rows].reset_index(drop=True)
        ids = self.ids if ids is None else ids
        values, times = self.values[rows], self.times[rows]
        return replace(self, values=values, indptr=indptr, ids=ids, times=times, columns=columns)

    def between(self, starts, stops):
        """Return the rows ``starts[i]:stops[i]`` of each series: a view of one series, a copy of several.

        Parameters
        ----------
        starts, stops : ndarray of shape (n_series,)
            Positions in `values`.

        Returns
        -------
        Panel
        """
        if np.array_equal(starts, self.indptr[:-1]) and np.array_equal(stops, self.indptr[1:]):
            return self
        indptr = np.concatenate([[0], np.cumsum(stops - starts)])
        if self.n_series == 1:
            rows = slice(int(starts[0]), int(stops[0]))
        else:
            rows = np.arange(indptr[-1]) + np.repeat(starts - indptr[:-1], stops - starts)
        return self.take(rows, indptr)

    def from_end(self, drop=0, keep=None):
        """Leave out the last rows of each series and keep the last of the others: what an origin of a backtest sees.

        Parameters
        ----------
        drop : int, default=0
            Rows to leave out at the end of each series.
        keep : int, optional
            Rows to keep before those, fewer where a series is shorter. All by default.

        Returns
        -------
        Panel
        """
        if drop:
            self.check_rows(drop + 1, f"leaving out the last {drop} rows")
        starts, stops = self.indptr[:-1], self.indptr[1:] - drop
        return self.between(starts if keep is None else np.maximum(starts, stops - keep), stops)

    def truncate(self, n_rows):
        """Return the panel without the last `n_rows` rows of each series.

        Parameters
        ----------
        n_rows : int
            Fewer than the shortest series has.

        Returns
        -------
        Panel
        """
        return self.from_end(drop=n_rows)

    def tail(self, n_rows):
        """Return the last `n_rows` rows of each series, fewer where it is shorter.

        Parameters
        ----------
        n_rows : int

        Returns
        -------
        Panel
        """
        return self.from_end(keep=n_rows)

    def without_first(self, n_rows):
        """Return the panel without the first `n_rows` rows of each series.

        Parameters
        ----------
        n_rows : int
            Fewer than the shortest series has.

        Returns
        -------
        Panel
        """
        return self.between(self.indptr[:-1] + n_rows, self.indptr[1:])
