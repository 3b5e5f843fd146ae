"""Newer rows for a fitted forecaster, without another fit."""

import copy
from dataclasses import replace

import numpy as np
import pandas as pd
from sklearn.utils.validation import check_is_fitted

from rnnforecast.forecasting.covariates.rows import join_columns
from rnnforecast.forecasting.covariates.static import check_unchanged
from rnnforecast.forecasting.panels.columns import check_names_alike
from rnnforecast.forecasting.panels.frequency import frequency_name
from rnnforecast.forecasting.panels.insertion import with_missing_rows
from rnnforecast.forecasting.panels.reading import check_known
from rnnforecast.forecasting.panels.timestamps import steps_to_next


class Updating:
    """Gives a forecaster `update`. A subclass may override `_with_series` and `_with_outcomes`."""

    def update(self, data):
        """Append newer rows, from whose end `predict` then continues. What was learned stays as it is.

        Afterwards ``predict()`` is what ``predict(new_df=...)`` of all rows of all series would be. With
        ``intervals="adaptive"`` the widths of intervals learn from what was forecast before; where covariates are known
        ahead, from updates of `h` rows or more. An error leaves the forecaster as it was.

        Parameters
        ----------
        data : Series or DataFrame
            Rows in the kind of the training data. Those of each known series begin one step after its last row, or with
            `missing` later, and what lies between is missing as well; none of them needs a known target. A known
            series without new rows stays where it is, and static covariates stay what they are. A series that is new
            is added, and is scaled by these rows. A column of a wide frame that is all NaN has no new rows.

        Returns
        -------
        self
        """
        check_is_fitted(self, "context_")
        context = self.context_
        words = {"allow_unknown": True} if self.allows_missing else {}
        newer = self._as_panel(_without_ended(data, context), like=context, **words)
        if (newer.answer.kind, newer.answer.id_col) != (context.answer.kind, context.answer.id_col):
            raise ValueError(f"data is {_kind_of(newer)}; the training data was {_kind_of(context)}")
        newer = replace(newer, ids=_ids_like(newer.ids, context))
        old = context.ids.get_indexer(newer.ids)
        _check_joints(context, newer, old, self.allows_missing)
        check_unchanged(context, newer, old, self._static_names())
        joined, new = _join(context, newer, self.allows_missing), np.flatnonzero(old < 0)
        check_known(newer, "data", new)
        learned = self._with_series(select(newer, new)) if len(new) else {}
        learned |= self._with_outcomes(joined)
        joined = self._context(joined).copy()
        trial = copy.copy(self)
        trial.__dict__.update(learned)
        trial._predict_panel(select(joined, joined.ids.get_indexer(newer.ids)), 1, ())  # raises where rows do not serve
        self.__dict__.update(learned, context_=joined)
        return self

    def _with_outcomes(self, joined):
        """Fitted attributes that learn from rows that came: a dict by name.

        Parameters
        ----------
        joined : Panel
            The context with the new rows under it.
        """
        return {}

    def _with_series(self, panel):
        """Fitted attributes that know series by name, extended by new series: a dict by name."""
        if not hasattr(self, "transform_state_"):
            return {}
        return {"transform_state_": self.transform_.update(self.transform_state_, panel)}


def select(panel, series):
    """Return some series of a panel.

    Parameters
    ----------
    panel : Panel
    series : ndarray of int
        Their positions.

    Returns
    -------
    Panel
    """
    lengths = panel.lengths[series]
    indptr = np.concatenate([[0], np.cumsum(lengths)])
    if len(series) == 1:
        rows = slice(int(panel.indptr[series[0]]), int(panel.indptr[series[0] + 1]))
    else:
        rows = np.arange(indptr[-1]) + np.repeat(panel.indptr[series] - indptr[:-1], lengths)
    return panel.take(rows, indptr, panel.ids[series])


def _without_ended(data, context):
    """A wide frame without known series that have ended, as `fit` would read it together with the rows before it."""
    if context.answer.kind != "wide" or not isinstance(data, pd.DataFrame):
        return data
    ended = data.isna().all(axis=0).to_numpy() & (context.ids.get_indexer(data.columns) >= 0)
    return data if ended.all() else data.loc[:, ~ended]


def _kind_of(panel):
    if panel.answer.kind != "frame":
        return "a Series" if panel.answer.kind == "series" else "a wide frame"
    return "a frame of a single series" if panel.answer.id_col is None else f"a frame with {panel.answer.id_col!r}"


def _ids_like(ids, context):
    """Names of series in the dtype of those that are known."""
    check_names_alike(ids, context.ids, "data")
    if isinstance(context.ids, pd.CategoricalIndex) and not ids.isin(context.ids.categories).all():
        new = ids[~ids.isin(context.ids.categories)].tolist()[0]
        raise ValueError(f"series {new!r} is not among the categories of the training data")
    return ids.astype(context.ids.dtype).rename(context.ids.name)


def _check_joints(context, newer, old, allow_gaps):
    """Raise unless the rows of each known series follow its last one by one step, or some."""
    new = np.flatnonzero(old >= 0)
    if not len(new):
        return
    ends, starts = context.indptr[1:][old[new]] - 1, newer.indptr[:-1][new]
    times = context.times.append(_times_like(newer.times, context))
    pairs = times[np.stack([ends, starts + context.n_rows], axis=1).reshape(-1)]
    steps = steps_to_next(pairs, context.freq)[::2]
    wrong = np.flatnonzero((steps < 1) if allow_gaps else (steps != 1))
    if len(wrong):
        first = wrong[0]
        came, last = pairs[2 * first + 1], pairs[2 * first]
        needed = select(context, old[new][[first]]).future_times(1)[0]
        hint = "leave out the rows that the forecaster has" if came <= last else "give the rows between, or fill_gaps"
        others = f" (and {len(wrong) - 1} more series)" if len(wrong) > 1 else ""
        raise ValueError(
            f"{newer.name_of(new[first])} starts at {came} in data{others}; after {last}, its last row, {needed} is "
            f"needed (frequency {frequency_name(context.freq)!r}): {hint}"
        )


def _times_like(times, context):
    times = times.rename(context.times.name)
    if context.kind == "integer":
        return pd.Index(times.to_numpy(context.times.dtype), name=times.name)
    return times if context.kind == "period" or times.tz is None else times.tz_convert(context.times.tz)


def _join(context, newer, allow_gaps):
    """The rows of both panels, series by series, with rows for stamps that lie between them."""
    codes, ids = pd.factorize(context.ids.append(newer.ids), sort=context.answer.kind != "wide")
    series = np.repeat(codes, np.concatenate([context.lengths, newer.lengths]))
    order = np.argsort(series, kind="stable")
    values = np.concatenate([context.values, newer.values])[order]
    times = context.times.append(_times_like(newer.times, context))[order]
    indptr = np.concatenate([[0], np.cumsum(np.bincount(series))])
    ids, columns = pd.Index(ids, name=context.ids.name), context.columns
    if columns is not None:
        columns = join_columns(columns, newer.columns).iloc[order].reset_index(drop=True)
    joined = replace(context, values=values, indptr=indptr, ids=ids, times=times, columns=columns)
    joined = with_missing_rows(joined) if allow_gaps else joined
    if isinstance(context.times, pd.RangeIndex):  # of a single series, and so is the answer
        start, step = context.times[0], context.freq
        times = pd.RangeIndex(start, start + step * joined.n_rows, step, name=context.times.name)
        joined = replace(joined, times=times)
    return joined
