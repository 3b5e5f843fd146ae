"""What a fitted forecaster of networks answers: forecasts from one origin or from many, sample paths, gradients."""

import numpy as np

from ..covariates.extension import extended
from ..networks.architecture import check_together
from ..networks.explaining import explain
from ..networks.one_pass import check_one_pass
from ..panels.missing import filled
from ..streams.adapting import Adapting
from ..uncertainty import bootstrap_paths, check_level, check_quantiles, coherent_paths, quantiles_at
from ..uncertainty.adaptive import FEWEST_SCORES
from .adaptation import adapted_widths, first_to_know
from .bounds import GRID, asked_levels, followed_levels, head_columns
from .calibration import fewest_rows
from .outcomes import Outcome, learn_from
from .planned import Planned
from .said import Said, join_origins
from .trust import simple_forecast

MOST_ANSWERS = 2**20  # numbers that a backtest forecasts in one go
PATH_LEVELS = GRID[2:-2]  # the quantiles between which sample paths run: 40 windows calibrate no further ones


class Answering(Planned):
    """Gives a forecaster its answers."""

    gives_quantiles = True

    def _predict_panel(self, panel, h, levels, quantiles=(), future=None):
        said, calibration = self._said_ahead(panel, h, levels, quantiles, future), self.calibration_
        followed = followed_levels(levels, quantiles)
        if self.intervals == "adaptive" and self.outcomes_ and followed:
            widths = learn_from(calibration.adaptive(followed), self.outcomes_).widths()
            calibration = calibration.adapted(followed, widths)
        return self._columns_of(said, levels, quantiles, calibration)

    def _said_ahead(self, panel, h, levels, quantiles, future=None):
        """What is said of the steps after each series."""
        self._head(self.dispersion_).check_target(panel)
        panel, ends = self._with_future(panel, h, future)
        return self._said(panel, np.arange(panel.n_series), ends, h, levels, quantiles)

    def _predict_origins(self, panel, drops, h, levels, quantiles=()):
        """Forecast from all origins in one call; see `BaseForecaster._predict_origins`."""
        if self._knows(panel):
            parts = self._said_from_origins(panel, drops, h, levels, quantiles)
        else:  # what their own rows say would come from after the origins
            parts = self._said_from_each(panel, drops, h, levels, quantiles)
        said = join_origins(parts)
        return self._at_origins(panel, drops, said, levels, quantiles)

    def _said_from_origins(self, panel, drops, h, levels, quantiles):
        """What is said of the steps after each origin, some origins at a time."""
        n_series = panel.n_series
        size, ahead = max(1, MOST_ANSWERS // (n_series * h)), h if self._design(panel).has_future else 0
        more = max(self._n_ahead(h) - h, 0) if ahead else 0
        for first in range(0, len(drops), size):
            some = np.asarray(drops[first : first + size])
            drop = int(some.min()) - ahead
            part = self._context(panel.truncate(drop), int(some.max()) - drop)
            ends = part.indptr[1:, None] - (some - drop)
            series = np.repeat(np.arange(n_series), len(some))
            if more:
                part, ends = extended(part, more)[0], ends + more * np.arange(n_series)[:, None]
            yield self._said(part, series, ends.reshape(-1), h, levels, quantiles).by_origin(n_series)

    def _said_from_each(self, panel, drops, h, levels, quantiles):
        """The same, one origin after the other."""
        for drop in drops:
            future = None
            if panel.columns is not None:
                stops = panel.indptr[1:] - drop
                steps = np.minimum(np.arange(self._n_ahead(h)), drop - 1)  # those beyond h are not read
                ahead = stops[:, None] + steps
                future = panel.columns.iloc[ahead.reshape(-1)].reset_index(drop=True)
            said = self._said_ahead(panel.truncate(drop), h, levels, quantiles, future)
            yield said.by_origin(panel.n_series)

    def _check_one_pass(self, panel):
        check_together(self)
        check_one_pass(self, self._plan(panel))

    def _predict_one_pass(self, panel, drops, h, levels, quantiles=()):
        """Forecast from all origins, past which the networks carry their state; see `BaseForecaster`."""
        part = panel.truncate(min(drops))
        ends = part.indptr[1:, None] - (np.asarray(drops) - min(drops))
        series = np.repeat(np.arange(part.n_series), len(drops))
        said = self._said(part, series, ends.reshape(-1), h, levels, quantiles, one_pass=True)
        return self._at_origins(panel, drops, said.by_origin(part.n_series), levels, quantiles)

    def _at_origins(self, panel, drops, said, levels, quantiles):
        """Columns (n_origins, n_series, h) of what is said at each origin; each may know what came since the first."""
        n, n_series, h = said.point.shape
        calibration, followed = self.calibration_, followed_levels(levels, quantiles)
        if self.intervals == "adaptive" and followed and calibration is not None:
            known_at = first_to_know(drops, h)
            left = np.asarray(drops)[:, None] - 1 - np.arange(h)
            rows = panel.indptr[1:][None, :, None] - 1 - np.maximum(left, 0)[:, None]
            actual = np.where((known_at < n)[:, None], panel.values[rows], np.nan)
            adaptive, scores = calibration.adaptive(followed, h), said.scores(followed, actual)
            widths = adapted_widths(adaptive, scores, known_at[:, None])
            calibration = calibration.adapted(followed, widths.repeat(n_series, axis=1))
        columns = self._columns_of(said.in_a_row(), levels, quantiles, calibration)
        return {name: values.reshape(n, n_series, h) for name, values in columns.items()}

    def _said(self, panel, series, ends, h, levels, quantiles, *, one_pass=False):
        """What is said of the steps after some rows of a panel at which what is known ends."""
        plan, learned = self._fitted_plan(panel)
        self._check_calibrated(plan, h, levels, quantiles)
        if self.intervals == "adaptive":  # both ends of each interval are asked for
            levels = followed_levels(levels, quantiles)
        q = () if plan.head.is_point else asked_levels(levels, quantiles)
        forecasts = plan.forecast(self, learned, panel, series, ends, h, q, one_pass=one_pass)
        point, values, (whole, _) = forecasts.point, forecasts.quantiles, filled(panel)
        if self.share_ < 1:
            simple = simple_forecast(self.shrunk_to_, whole, series, ends, h, plan.season)
            shift = (1 - self.share_) * (simple - point)
            point, values = point + shift, values + shift[:, :, None]
        scale = None
        if (levels or quantiles) and self.calibration_ is not None:
            scale = self.error_scale_.at(whole, series, ends)
        return Said(point, q, values, scale)

    def _columns_of(self, said, levels, quantiles, calibration):
        """The columns of the answer, (n, h) each."""
        columns, head = {self.model_name: said.point}, self._head()
        if not (levels or quantiles):
            return columns
        if head.is_point:
            return columns | calibration.columns(self.model_name, said.point, said.scale, levels, quantiles)
        values = said.quantiles
        if calibration is not None:
            values = calibration.corrected(values, said.q, said.scale)
        if head.is_raw:
            values = np.maximum(values, 0.0)
        return columns | head_columns(self.model_name, said.q, values, levels, quantiles)

    def _with_outcomes(self, joined):
        """Compare what came with what was said of it; see `Updating.update`."""
        if self.intervals != "adaptive" or self.calibration_ is None:
            return {}
        context, outcomes = self.context_, self.outcomes_
        number = outcomes[-1].number + 1 if outcomes else 0
        outcomes = (*outcomes, Outcome.of(number, context.ids, self._said_before(context, joined), self.h))
        n_kept = -(-max(FEWEST_SCORES, len(self.calibration_.errors)) // context.n_series) + self.h
        return {"outcomes_": tuple(outcome.after(context, joined, number) for outcome in outcomes[-n_kept:])}

    def _said_before(self, context, joined):
        """What is said of the steps after the context; None where what is known ahead of them is not."""
        future, names = None, self._future_names()
        if names:
            at, n_ahead = joined.ids.get_indexer(context.ids), self._n_ahead(self.h)
            n_new = joined.lengths[at] - context.lengths
            if (n_new < n_ahead).any():
                return None
            ahead = (joined.indptr[1:][at] - n_new)[:, None] + np.arange(n_ahead)
            future = joined.columns[names].iloc[ahead.reshape(-1)].reset_index(drop=True)
        return self._said_ahead(context, self.h, (), GRID, future)

    def _check_calibrated(self, plan, h, levels, quantiles):
        n_calibrated = None if self.calibration_ is None else self.calibration_.h
        self._check_steps(plan.head, n_calibrated, h, levels, quantiles, fewest_rows(plan.n_rows, self.h))

    def _simulate_panel(self, panel, h, n_paths, rng, future=None):
        """Sample paths (n_series, n_paths, h)."""
        panel, ends = self._with_future(panel, h, future)
        series = np.arange(panel.n_series)
        plan, _ = self._fitted_plan(panel)
        self._check_calibrated(plan, h, (), (0.5,))
        if self.calibration_ is None:
            raise ValueError("simulate needs held-back windows, by which steps hang together: intervals='conformal'")
        if plan.head.is_point:
            said = self._said(panel, series, ends, h, (), (0.5,))
            return bootstrap_paths(said.point, self.calibration_.errors, said.scale, n_paths, rng)
        said = self._said(panel, series, ends, h, (), PATH_LEVELS)
        columns = self._columns_of(said, (), PATH_LEVELS, self.calibration_)
        values = np.stack(list(columns.values())[1:], axis=2)
        return coherent_paths(lambda p: _at_levels(values, p), self.calibration_.errors[:, :h], n_paths, rng)

    def _explain_panel(self, panel, step, future=None):
        """A frame of gradients, see `RNNForecaster.explain`."""
        known, (panel, ends) = panel, self._with_future(panel, self.h, future)
        plan, learned = self._fitted_plan(panel)
        return explain(self, plan, learned, known, panel, ends, step)

    def _with_future(self, panel, h, future=None):
        """The panel with rows for the steps to forecast where they are read, and the row after each series."""
        if not self._design(panel).has_future:
            return panel, panel.indptr[1:]
        return extended(panel, self._n_ahead(h), future)

    def _n_ahead(self, h):
        """Steps of which networks read what is known ahead, to forecast h."""
        return h if self.strategy == "recursive" else max(h, self.h)

    def _known_ahead(self, panel, h, X_df):
        """Covariates at all steps that the networks read; see `BaseForecaster._known_ahead`."""
        return super()._known_ahead(panel, self._n_ahead(h), X_df)

    def _stream_columns(self, panel, h, level, X_df, quantiles, memory):
        """Forecast with intervals that what came has adapted; see `BaseForecaster._stream_columns`."""
        levels, asked = check_level(level), check_quantiles(quantiles)
        followed = followed_levels(levels, asked)
        if self.intervals != "adaptive" or not followed or self.calibration_ is None:
            return super()._stream_columns(panel, h, level, X_df, quantiles, memory)
        h = self._check_horizon(h)
        said = self._said_ahead(panel, h, levels, asked, **self._known_ahead(panel, h, X_df))
        if "intervals" not in memory or memory["intervals"].levels != followed:
            memory["intervals"] = Adapting(learn_from(self.calibration_.adaptive(followed), self.outcomes_))
        memory["issued"], adapting = said, memory["intervals"]
        return self._columns_of(said, levels, asked, self.calibration_.adapted(followed, adapting.widths()))

    def _adapt(self, panel, y, memory):
        """Take in what came after the end of a stream's panel."""
        said, adapting = memory.pop("issued", None), memory["intervals"]
        if said is None and not self._future_names():  # what was known ahead is not known here
            said = self._said_ahead(panel, self.h, adapting.levels, ())
        adapting.update(y, said)


def _at_levels(values, p):
    """Quantile functions (n_series, h, n_levels) over PATH_LEVELS at levels p (n_paths, h): (n_series, n_paths, h)."""
    steps = [quantiles_at(PATH_LEVELS, values[:, step], p[:, step]) for step in range(p.shape[1])]
    return np.stack(steps, axis=2)
