"""What the columns of a series are: which belong to the target, which are categories, which are known beforehand."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Category:
    """A column of codes 0 ... n_levels - 1, each with a vector that the network learns.

    Parameters
    ----------
    n_levels : int
        Codes that there are.
    dim : int
        Length of the vectors.
    is_static : bool, default=False
        Whether a step of the network reads the code of its last row only, or that of each of its rows.
    is_future : bool, default=False
        Whether the decoder reads the codes of the rows that it answers for.
    """

    n_levels: int
    dim: int
    is_static: bool = False
    is_future: bool = False

    def __post_init__(self):
        for name in ("n_levels", "dim"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name}={getattr(self, name)} of a Category must be at least 1")
        if self.is_static and self.is_future:
            raise ValueError("a Category is static, and known from the window, or future; got both")


@dataclass(frozen=True)
class Inputs:
    """The columns of a row, in this order: the target and its lags, other numbers, static numbers, categories.

    The features of a step of m rows are all m rows of column 0, all m rows of column 1, ..., then the static numbers of
    its last row, then the vectors of the categories, one category after the other and row by row. Those of a segment
    that the decoder answers for are made in the same way of its rows, of the future columns and categories.

    Parameters
    ----------
    n_scaled : int
        The target, column 0, and its lags: the window scaler scales them all by the measures of column 0.
    n_rowwise : int
        Columns of numbers that are read for each row, with those that are scaled.
    future : (int, int), default=(0, 0)
        First and last + 1 of the columns among these that are known in the future, and that the decoder reads.
    n_static : int, default=0
        Columns of numbers that are read from the last row of each step.
    categories : tuple of Category
    rows_per_step : int, default=1
        Rows that make one step of the network.
    decay : tuple of (int, int)
        Pairs (column, delta_column) of columns that are read for each row: what was not observed decays, after it was
        scaled, x_c exp(-max(0, w delta + b)), with parameters w and b of its own (Che et al. 2018). delta is the time
        since the last observation, at least 0, and 0 where there is one, which leaves x_c as it is. Columns of times
        are not scaled and do not decay.
    """

    n_scaled: int
    n_rowwise: int
    future: tuple[int, int] = (0, 0)
    n_static: int = 0
    categories: tuple[Category, ...] = ()
    rows_per_step: int = 1
    decay: tuple[tuple[int, int], ...] = ()

    def __post_init__(self):
        first, stop = self.future
        if not 1 <= self.n_scaled <= self.n_rowwise:
            raise ValueError(f"n_scaled={self.n_scaled} must be in 1 ... n_rowwise={self.n_rowwise}")
        if self.future != (0, 0) and not 1 <= first < stop <= self.n_rowwise:
            raise ValueError(
                f"future={self.future} must be (0, 0), or columns among the {self.n_rowwise} of each row, "
                "without the target, column 0"
            )
        if self.n_static < 0 or self.rows_per_step < 1:
            raise ValueError(
                f"n_static={self.n_static} must be at least 0, rows_per_step={self.rows_per_step} at least 1"
            )
        columns = [column for column, _ in self.decay]
        for column, delta in self.decay:
            if not (0 <= column < self.n_rowwise and self.n_scaled <= delta < self.n_rowwise and delta not in columns):
                raise ValueError(
                    f"decay has the pair {(column, delta)}; it needs a column among the {self.n_rowwise} of each row, "
                    "and one of times among these that is not scaled and does not decay"
                )
        if len(set(columns)) < len(columns):
            raise ValueError(f"decay={self.decay} has a column twice")

    @property
    def n_columns(self):
        """Columns of a row."""
        return self.n_rowwise + self.n_static + len(self.categories)

    @property
    def n_features(self):
        """Features of a step."""
        return self.rows_per_step * self.n_rowwise + self.n_static + sum(map(self.n_vector_features, self.categories))

    @property
    def n_linear_features(self):
        """Features of a step that belong to the target and its lags, the first ones: the linear path reads no other."""
        return self.rows_per_step * self.n_scaled

    @property
    def has_future(self):
        """Whether the decoder reads anything of the future."""
        return self.future != (0, 0) or any(category.is_future for category in self.categories)

    @property
    def is_plain(self):
        """Whether the features of a step are the numbers of its rows, as they come."""
        return not self.categories and not self.decay and (self.rows_per_step == 1 or self.n_columns == 1)

    def n_future(self, n_rows):
        """Features of a segment of so many rows."""
        dims = sum(category.dim for category in self.categories if category.is_future)
        return n_rows * (self.future[1] - self.future[0] + dims)

    def n_scaled_future(self, n_rows):
        """Features of a segment of so many rows that are lags of the target, the first ones."""
        first, stop = self.future
        return n_rows * max(min(self.n_scaled, stop) - first, 0)

    def n_vector_features(self, category):
        """Features of a step that are vectors of one category."""
        return category.dim * (1 if category.is_static else self.rows_per_step)

    def places(self, n_rows):
        """Where each category's vectors begin among the features of a step, and of a segment of `n_rows` rows or None.

        Yields (category, column of its codes, place in a step, place in a segment).
        """
        at = self.rows_per_step * self.n_rowwise + self.n_static
        future_at = n_rows * (self.future[1] - self.future[0])
        for i, category in enumerate(self.categories):
            column = self.n_rowwise + self.n_static + i
            yield category, column, at, future_at if category.is_future else None
            at += self.n_vector_features(category)
            future_at += n_rows * category.dim * category.is_future

    def check(self, windows):
        """Raise ValueError where windows do not have these columns, or codes that are none."""
        expected = (self.rows_per_step * self.n_columns, self.n_columns, self.n_scaled)
        found = (windows.n_features, windows.n_columns, windows.n_scaled)
        if found != expected:
            raise ValueError(
                f"windows have (n_features, n_columns, n_scaled) = {found}; the network's inputs need {expected}"
            )
        if self.has_future and windows.futures is None:
            raise ValueError("windows need `futures`: the network reads columns that are known in the future")
        if not self.categories:
            return
        codes = windows.values.reshape(-1, self.n_columns)[:, -len(self.categories) :]
        for i, category in enumerate(self.categories):
            column = codes[:, i]
            fits = (column >= 0) & (column < category.n_levels) & (column == np.floor(column))
            if not fits.all():
                raise ValueError(
                    f"category {i} has the code {column[np.argmin(fits)]:g}; codes are whole numbers from 0 to "
                    f"{category.n_levels - 1}"
                )
