"""What networks read of a panel beside the target: covariates, features of the stamps, lags, and what is missing."""

from dataclasses import dataclass, field

import numpy as np

from ...network.inputs import Inputs
from ..calendar import Calendar
from ..covariates.static import static_values
from .encoding import category, label_codes, learn_encoding, series_codes, standardised
from .rows import Rows, as_float32


@dataclass(frozen=True)
class Design:
    """The columns of a row, in the order of `Inputs`; what is learned of them is a `state`, plain types in a dict.

    Numbers are standardised over the whole panel, missing ones count as their mean; text, categories and, where asked
    for, the names of the series become codes, each with a vector that the networks learn.

    Parameters
    ----------
    past, future, static : tuple of str
        Columns of the panel: known until now, known ahead, and constant in each series.
    calendar : Calendar
        Features of the stamps, which are known ahead.
    lags : tuple of int
        Earlier values of the target, so many rows back. Those of at least `h` are known ahead.
    h : int
        Horizon.
    by_series : bool
        Whether each series has a vector of its own.
    missing : {"error", "mask", "decay"}
    """

    past: tuple = ()
    future: tuple = ()
    static: tuple = ()
    calendar: Calendar = field(default_factory=Calendar)
    lags: tuple = ()
    h: int = 1
    by_series: bool = False
    missing: str = "error"

    @property
    def is_empty(self):
        """Whether the target is all that is read."""
        return (
            not (self.past or self.future or self.static or self.lags or self.by_series or self.has_calendar)
            and self.missing == "error"
        )

    @property
    def has_calendar(self):
        """Whether there are features of the stamps."""
        return bool(self.calendar.names or self.calendar.fourier or self.calendar.holidays)

    @property
    def has_future(self):
        """Whether anything is known of the rows to forecast."""
        return bool(self.future) or self.has_calendar or any(lag >= self.h for lag in self.lags)

    def fit(self, panel, whole=None):
        """Learn the scales of numbers and the levels of the others.

        Parameters
        ----------
        panel : Panel
        whole : Panel, optional
            Where the levels come from, which rows that are held back may be the first to have. By default `panel`.

        Returns
        -------
        dict
        """
        if self.is_empty:
            return {}
        names = (*self.past, *self.future, *self.static)
        numbers, levels = learn_encoding(panel, names, panel if whole is None else whole)
        static_values(panel, list(self.static))  # raises where one is not constant
        ids = panel.ids.to_numpy(dtype=object) if self.by_series else None
        return {"numbers": numbers, "levels": levels, "ids": ids}

    def check(self, state, panel):
        """Raise where a covariate has what the training data did not have, or a number that is too large.

        Parameters
        ----------
        state : dict
        panel : Panel
        """
        for name in (*self.past, *self.future, *self.static):
            (label_codes if name in state["levels"] else standardised)(panel, name, state)

    def inputs(self, state, panel, segment):
        """What the columns are, for the networks.

        Parameters
        ----------
        state : dict
        panel : Panel
        segment : int
            Rows of a step.

        Returns
        -------
        Inputs or None
            None for the target alone.
        """
        if self.is_empty:
            return None
        late, early = self._lags()
        numbers, labels = self._kinds(state)
        n_future = len(early) + self._n_calendar(panel) + len(numbers["future"])
        n_scaled = 1 + len(late) + len(early)
        first = 1 + len(late)
        n_rowwise = first + n_future + len(numbers["past"]) + 2 * (self.missing != "error")
        categories = [
            category(len(state["levels"][name]), is_static=role == "static", is_future=role == "future")
            for role in ("past", "future", "static")
            for name in labels[role]
        ]
        if self.by_series:
            categories.append(category(len(state["ids"]), is_static=True))
        return Inputs(
            n_scaled=n_scaled,
            n_rowwise=n_rowwise,
            future=(first, first + n_future) if n_future else (0, 0),
            n_static=len(numbers["static"]),
            categories=tuple(categories),
            rows_per_step=segment,
            decay=((0, n_rowwise - 1),) if self.missing == "decay" else (),
        )

    def rows(self, state, panel, transformed, observed, segment, *, target=None, weights=None):
        """The rows of a panel as networks read them.

        Parameters
        ----------
        state : dict
        panel, transformed : Panel
            Before and after the transforms of the target, which may have lost the first rows of each series.
        observed : (n_rows,) bool array or None
            Which rows of `transformed` have a target; None for all.
        segment : int
        target : (n_rows,) array, optional
            What the networks are to forecast, where it is not the transformed target.
        weights : (n_rows,) array, optional

        Returns
        -------
        Rows
        """
        values = as_float32(transformed).values
        target = values if target is None else np.asarray(target, np.float32)
        if observed is not None and not observed.all():
            target = np.where(observed, target, np.float32(np.nan))
        if weights is not None:
            weights = np.asarray(weights, np.float32)
        if self.is_empty:
            return Rows(values, target, transformed.indptr, weights=weights)
        table = np.stack(self._columns(state, panel, transformed, observed, values), axis=1).astype(np.float32)
        inputs = self.inputs(state, panel, segment)
        late, early = self._lags()
        flag = None if self.missing == "error" else inputs.n_rowwise - 2
        return Rows(table.reshape(-1), target, transformed.indptr, inputs, weights, (*late, *early), flag)

    def names(self, state, panel, target):
        """What the columns of a row are called, in order: those of numbers, and those of categories.

        Parameters
        ----------
        state : dict
        panel : Panel
        target : str
            Name of the target.

        Returns
        -------
        numbers, categories : list of str
        """
        if self.is_empty:
            return [target], []
        late, early = self._lags()
        numbers, labels = self._kinds(state)
        names = [target, *(f"{target}-lag-{lag}" for lag in (*late, *early))]
        if self.has_calendar:
            names += self.calendar.features(panel.times[:1], panel.freq)[1]
        names += [*numbers["future"], *numbers["past"]]
        names += ["observed", "time_since"] * (self.missing != "error")
        categories = [name for role in ("past", "future", "static") for name in labels[role]]
        return [*names, *numbers["static"]], [*categories, *(["series"] if self.by_series else [])]

    def _lags(self):
        """Lags that are known only of the past, and those that are known ahead."""
        return [lag for lag in self.lags if lag < self.h], [lag for lag in self.lags if lag >= self.h]

    def _kinds(self, state):
        """Names of numbers and of labels, by their role."""
        roles = {"past": self.past, "future": self.future, "static": self.static}
        numbers = {role: [name for name in names if name in state["numbers"]] for role, names in roles.items()}
        labels = {role: [name for name in names if name in state["levels"]] for role, names in roles.items()}
        return numbers, labels

    def _n_calendar(self, panel):
        if not self.has_calendar:
            return 0
        return self.calendar.features(panel.times[:1], panel.freq)[0].shape[1]

    def _columns(self, state, panel, transformed, observed, values):
        """The columns of all rows, in order."""
        late, early = self._lags()
        numbers, labels = self._kinds(state)
        begins = np.repeat(transformed.indptr[:-1], transformed.lengths)
        here = np.arange(transformed.n_rows)
        own = _rows_kept(panel, transformed)
        columns = [values, *(values[np.maximum(here - lag, begins)] for lag in (*late, *early))]
        if self.has_calendar:
            columns += list(self.calendar.features(transformed.times, panel.freq)[0].T)
        columns += [standardised(panel, name, state)[own] for name in numbers["future"]]
        columns += [standardised(panel, name, state)[own] for name in numbers["past"]]
        if self.missing != "error":
            seen = np.ones(transformed.n_rows, bool) if observed is None else observed
            columns += [seen, np.log1p(_rows_since(seen, begins))]
        columns += [standardised(panel, name, state)[own] for name in numbers["static"]]
        for role in ("past", "future", "static"):
            columns += [label_codes(panel, name, state)[own] for name in labels[role]]
        if self.by_series:
            codes = series_codes(transformed, state["ids"], "series_embedding=True")
            columns.append(np.repeat(codes, transformed.lengths))
        return columns


def _rows_kept(panel, transformed):
    """The row of the panel for each row of what the transforms made of it."""
    lost = panel.lengths - transformed.lengths
    return np.arange(transformed.n_rows) + np.repeat(np.cumsum(lost), transformed.lengths)


def _rows_since(seen, begins):
    """Rows since the last one that was seen, 0 where it is seen itself."""
    here = np.arange(len(seen))
    last = np.maximum.accumulate(np.where(seen, here, -1))
    return here - np.maximum(last, begins)
