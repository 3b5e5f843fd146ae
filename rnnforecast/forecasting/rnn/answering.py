"""What a fitted forecaster of networks answers: forecasts from one origin or from many, sample paths, gradients."""

import numpy as np

from ..covariates.extension import extended
from ..networks.architecture import check_together
from ..networks.explaining import explain
from ..networks.one_pass import check_one_pass
from ..panels.missing import filled
from ..streams.adapting import Adapting
from ..uncertainty import bootstrap_paths, check_level, coherent_paths, quantiles_at
from .bounds import GRID, asked_levels, head_columns
from .calibration import seasonal_naive
from .planned import Planned

MOST_ANSWERS = 2**20  # numbers that a backtest forecasts in one go
PATH_LEVELS = GRID[2:-2]  # the quantiles between which sample paths run: 40 windows calibrate no further ones


class Answering(Planned):
    """Gives a forecaster its answers."""

    gives_quantiles = True

    def _predict_panel(self, panel, h, levels, quantiles=(), future=None):
        self._head(self.dispersion_).check_target(panel)
        panel, ends = self._with_future(panel, h, future)
        return self._answers(panel, np.arange(panel.n_series), ends, h, levels, quantiles)

    def _predict_origins(self, panel, drops, h, levels, quantiles=()):
        """Forecast from all origins in one call; see `BaseForecaster._predict_origins`."""
        if not self._knows(panel):  # what their own rows say would come from after the origins
            return self._predict_each_origin(panel, drops, h, levels, quantiles)
        n, n_series = len(drops), panel.n_series
        size, ahead = max(1, MOST_ANSWERS // (n_series * h)), h if self._design(panel).has_future else 0
        more = max(self._n_ahead(h) - h, 0) if ahead else 0
        answers = []
        for first in range(0, n, size):
            some = np.asarray(drops[first : first + size])
            drop = int(some.min()) - ahead
            part = self._context(panel.truncate(drop), int(some.max()) - drop)
            ends = part.indptr[1:, None] - (some - drop)
            series = np.repeat(np.arange(n_series), len(some))
            if more:
                part, ends = extended(part, more)[0], ends + more * np.arange(n_series)[:, None]
            found = self._answers(part, series, ends.reshape(-1), h, levels, quantiles)
            answers.append({name: values.reshape(n_series, -1, h).swapaxes(0, 1) for name, values in found.items()})
        return {name: np.concatenate([answer[name] for answer in answers]) for name in answers[0]}

    def _predict_each_origin(self, panel, drops, h, levels, quantiles):
        """The same, one origin after the other."""
        answers = []
        for drop in drops:
            future = None
            if panel.columns is not None:
                stops = panel.indptr[1:] - drop
                steps = np.minimum(np.arange(self._n_ahead(h)), drop - 1)  # those beyond h are not read
                ahead = stops[:, None] + steps
                future = panel.columns.iloc[ahead.reshape(-1)].reset_index(drop=True)
            answers.append(self._predict_panel(panel.truncate(drop), h, levels, quantiles, future))
        return {name: np.stack([answer[name] for answer in answers]) for name in answers[0]}

    def _check_one_pass(self, panel):
        check_together(self)
        check_one_pass(self, self._plan(panel))

    def _predict_one_pass(self, panel, drops, h, levels, quantiles=()):
        """Forecast from all origins, past which the networks carry their state; see `BaseForecaster`."""
        part = panel.truncate(min(drops))
        ends = part.indptr[1:, None] - (np.asarray(drops) - min(drops))
        series = np.repeat(np.arange(part.n_series), len(drops))
        found = self._answers(part, series, ends.reshape(-1), h, levels, quantiles, one_pass=True)
        return {name: values.reshape(part.n_series, -1, h).swapaxes(0, 1) for name, values in found.items()}

    def _answers(self, panel, series, ends, h, levels, quantiles=(), *, one_pass=False):
        """The columns of the answer for some rows of a panel at which what is known ends, (n, h) each."""
        plan, learned = self._fitted_plan(panel)
        self._check_calibrated(plan, h, levels, quantiles)
        q = () if plan.head.is_point else asked_levels(levels, quantiles)
        forecasts = plan.forecast(self, learned, panel, series, ends, h, q, one_pass=one_pass)
        point, values, (whole, _) = forecasts.point, forecasts.quantiles, filled(panel)
        if self.share_ < 1:
            shift = (1 - self.share_) * (seasonal_naive(whole, series, ends, h, self.naive_season_) - point)
            point, values = point + shift, values + shift[:, :, None]
        columns, calibration = {self.model_name: point}, self.calibration_
        if not (levels or quantiles):
            return columns
        scale = None if calibration is None else self.error_scale_.at(whole, series, ends, self._context_length())
        if not plan.head.is_point:
            if calibration is not None:
                values = calibration.corrected(values, q, scale)
            if plan.head.is_raw:
                values = np.maximum(values, 0.0)
            return columns | head_columns(self.model_name, q, values, levels, quantiles)
        return columns | calibration.columns(self.model_name, point, scale, levels, quantiles)

    def _check_calibrated(self, plan, h, levels, quantiles):
        n_calibrated = None if self.calibration_ is None else self.calibration_.h
        self._check_steps(plan.head, n_calibrated, h, levels, quantiles)

    def _simulate_panel(self, panel, h, n_paths, rng, future=None):
        """Sample paths (n_series, n_paths, h)."""
        panel, ends = self._with_future(panel, h, future)
        series = np.arange(panel.n_series)
        plan, _ = self._fitted_plan(panel)
        self._check_calibrated(plan, h, (), (0.5,))
        if self.calibration_ is None:
            raise ValueError("simulate needs held-back windows, by which steps hang together: intervals='conformal'")
        if plan.head.is_point:
            point = self._answers(panel, series, ends, h, ())[self.model_name]
            scale = self.error_scale_.at(filled(panel)[0], series, ends, self._context_length())
            return bootstrap_paths(point, self.calibration_.errors, scale, n_paths, rng)
        columns = self._answers(panel, series, ends, h, (), PATH_LEVELS)
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
        columns = super()._stream_columns(panel, h, level, X_df, quantiles, memory)
        levels = check_level(level)
        if self.intervals != "adaptive" or not levels or not self._head().is_point:
            return columns
        if "intervals" not in memory or memory["intervals"].widths.levels != levels:
            memory["intervals"] = Adapting(self.calibration_.errors, levels)
        point = columns[self.model_name]
        memory["issued"] = np.pad(point[0], (0, self.h - point.shape[1]), constant_values=np.nan)
        return columns | memory["intervals"].columns(self.model_name, point, self._last_change(panel))

    def _adapt(self, panel, y, memory):
        """Take in what came after the end of a stream's panel."""
        issued = memory.pop("issued", None)
        if issued is None and self._future_names():  # what was known ahead is not known here
            issued = np.full(self.h, np.nan)
        elif issued is None:
            issued = self._predict_panel(panel, self.h, ())[self.model_name][0]
        memory["intervals"].update(y, issued, self._last_change(panel))

    def _last_change(self, panel):
        """The scale of a single series, at its end."""
        whole, _ = filled(panel)
        return float(self.error_scale_.at(whole, np.zeros(1, np.int64), whole.indptr[1:], self._context_length())[0])


def _at_levels(values, p):
    """Quantile functions (n_series, h, n_levels) over PATH_LEVELS at levels p (n_paths, h): (n_series, n_paths, h)."""
    steps = [quantiles_at(PATH_LEVELS, values[:, step], p[:, step]) for step in range(p.shape[1])]
    return np.stack(steps, axis=2)
