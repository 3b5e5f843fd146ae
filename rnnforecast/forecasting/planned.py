"""What RNNForecaster does behind its constructor: make plans, fit them, calibrate, answer."""

from dataclasses import astuple, replace

import numpy as np
from sklearn.utils import check_random_state

from .adapting import Adapting
from .architecture import check_lags, check_together, choose_reaches, season_of
from .base import BaseForecaster
from .bounds import GRID, MOST_KEPT, Calibration, asked_levels, head_columns, with_all_steps
from .calendar import as_calendar
from .calibration import hold_back, recent_change, seasonal_naive, trust
from .covariates import check_names, column_kind
from .design import Design
from .explaining import explain
from .extension import extended
from .heads import QUANTILES, Head
from .learner import networks_of
from .missing import filled, tail_from_known
from .one_pass import check_one_pass
from .plan import Learned, Plan
from .reach import Reach, can_train
from .static import with_static
from .transforms import Chain, Log, Standardize, as_transform
from .uncertainty import (
    bootstrap_paths,
    check_level,
    check_quantiles,
    coherent_paths,
    quantiles_at,
)

MOST_ANSWERS = 2**20  # numbers that a backtest forecasts in one go
PATH_LEVELS = GRID[2:-2]  # the quantiles between which sample paths run: 40 windows calibrate no further ones

# What the fitted weights mean depends on these; they cannot be changed between fit and predict.
FIXED_BY_FIT = (
    "h", "input_size", "strategy", "segment_size", "linear_skip", "scope", "past_covariates", "future_covariates",
    "static_covariates", "calendar", "lags", "series_embedding", "missing", "target_transform", "series_scaler",
    "window_scaler", "cell_type", "hidden_size", "num_layers", "activation", "bidirectional", "loss", "quantiles",
    "power",
)  # fmt: skip


class PlannedForecaster(BaseForecaster):
    """The private half of RNNForecaster."""

    gives_quantiles = True

    @property
    def allows_missing(self):
        """Whether targets may be NaN."""
        return self.missing != "error"

    # ---- fit ---------------------------------------------------------------------------------------------------------

    def _fit_checked(self, panel):
        """Take the column of weights out, which forecasts do not need, and fit; see `BaseForecaster._fit_checked`."""
        self._row_weights = None
        if self.weight_col is not None or self.half_life is not None:
            self._row_weights = row_weights(panel, self.weight_col, self.half_life, self.allows_missing)
        if self.weight_col is not None:
            columns = panel.columns.drop(columns=self.weight_col)
            panel = replace(panel, columns=columns if len(columns.columns) else None)
        try:
            return super()._fit_checked(panel)
        finally:
            del self._row_weights

    def _fit_panel(self, panel):
        self._check_horizon(self.h)
        check_together(self)
        plan = self._plan(panel)
        plan.head.check_target(panel)
        n_lost = plan.transform.n_lost
        need = max(reach.n_inputs + reach.n_targets for reach in plan.reaches) + n_lost
        if panel.lengths.max() < need or self.scope == "local":
            sizes = f"{max(reach.n_inputs for reach in plan.reaches)} + {plan.reaches[0].n_targets}"
            panel.check_rows(need, f"input_size + h ({sizes}, with this target_transform)")
        panel.check_rows(1 + n_lost, "this target_transform")
        plan.check(self, panel)  # every row, also those held back: errors come before any training
        self._check_windows(panel, plan)
        seeds = check_random_state(self.random_state).randint(2**31 - 1, size=(self.n_init, 4))
        held = hold_back(panel, need, self.h, plan.season) if self.intervals is not None else None
        calibration, share, naive_season = None, 1.0, plan.season
        if held is not None and self._windowless(held.training, plan, held.kept) is None:
            plan, calibration, share, naive_season = self._calibrate(panel, held, plan, seeds)
        learned = plan.learn(self, panel, seeds, self._weights_of(slice(None)))
        # kept together at the end: an interrupted fit leaves the forecaster as it was
        self.thetas_, self.transform_state_, self.loss_curve_ = learned.thetas, learned.state, learned.losses
        self.design_state_, self.dispersion_ = learned.columns, plan.head.dispersion
        self.calibration_, self.share_, self.naive_season_ = calibration, share, naive_season
        self.series_ids_ = panel.ids.to_numpy(dtype=object) if self.scope == "local" else None
        self.residuals_ = None if calibration is None else calibration.errors
        self.reaches_ = [astuple(reach) for reach in plan.reaches]
        self.n_iter_, self.season_length_ = len(self.loss_curve_), plan.season
        self.input_size_, self.n_context_ = max(reach.n_inputs for reach in plan.reaches), plan.n_context
        self._fitted_with = {name: getattr(self, name) for name in FIXED_BY_FIT}

    def _weights_of(self, rows):
        """How much some rows count beside each other, the most 1, in the precision of training; None for all alike."""
        if self._row_weights is None:
            return None
        weights = self._row_weights[rows]
        return (weights / (weights.max() or 1.0)).astype(np.float32)

    def _windowless(self, panel, plan, kept=slice(None)):
        """A series without a window that trains its networks, by its position; None where there is none."""
        weights = self._weights_of(kept)
        for reach in plan.reaches:
            able = can_train(panel, reach, plan.transform.n_lost, weights)
            if not (able.all() if self.scope == "local" else able.any()):
                return int(np.argmin(able))
        return None

    def _check_windows(self, panel, plan):
        series = self._windowless(panel, plan)
        if series is None:
            return
        name = panel.name_of(series) if self.scope == "local" or panel.n_series == 1 else "no series"
        needs = ["a known target"] * self.allows_missing + ["a weight above 0"] * (self._row_weights is not None)
        raise ValueError(
            f"{name} has {'no' if name != 'no series' else 'a'} window of input_size={plan.reaches[0].n_inputs} rows "
            f"after which come{' ' + ' and '.join(needs)} among h={self.h} rows; none could train the networks"
        )

    def _plan(self, panel):
        """What fit does with a panel."""
        transform, design = self._transform(panel), self._design(panel)
        reaches = choose_reaches(self, panel, transform.n_lost, has_future=design.has_future)
        season = season_of(panel.freq)
        n_others = 2 if self.shrink_to is None else max(2, season)
        return Plan(tuple(reaches), transform, design, self._head(), season, n_others)

    def _head(self, dispersion=None):
        if self.quantiles is not None and self.loss != "quantile":
            raise ValueError(f"quantiles={self.quantiles!r} needs loss='quantile', not {self.loss!r}")
        levels = QUANTILES if self.quantiles is None else check_quantiles(self.quantiles)
        if not levels:
            raise ValueError(f"quantiles={self.quantiles!r} must hold at least one level, or be None")
        return Head(self.loss, tuple(sorted(levels)), float(self.power), dispersion)

    def _design(self, panel):
        return Design(
            past=tuple(self.past_covariates or ()),
            future=tuple(self.future_covariates or ()),
            static=tuple(self.static_covariates or ()),
            calendar=as_calendar(self.calendar).resolve(panel.freq),
            lags=check_lags(self.lags),
            h=1 if self.strategy == "recursive" else self.h,
            by_series=bool(self.series_embedding),
            missing=self.missing,
        )

    def _transform(self, panel):
        if self._head().is_raw:
            if self.target_transform is not None:
                raise ValueError(
                    f"target_transform={self.target_transform!r} must be None with loss={self.loss!r}, which takes the "
                    "data as they are; the network reads log(1 + y)"
                )
            return Chain((Log(offset=1.0),))
        steps = [as_transform(self.target_transform, "target_transform", freq=panel.freq)]
        if self.series_scaler == "standard":
            steps.append(Standardize())
        return Chain(tuple(steps))

    def _calibrate(self, panel, held, plan, seeds):
        """The plan with what held-back windows tell of its head, the Calibration, and how far networks are trusted."""
        learned = plan.learn(self, held.training, seeds, self._weights_of(held.kept), whole=panel)
        h, head = self.h, plan.head
        actual = panel.values[held.ends[:, None] + np.arange(h)]
        whole, _ = filled(panel)
        scale = recent_change(whole, held.series, held.ends, plan.n_context)
        forecasts = plan.forecast(self, learned, panel, held.series, held.ends, h)
        plan = replace(plan, head=head.with_dispersion(actual, forecasts.point))
        errors, share, season = (actual - forecasts.point) / scale[:, None], 1.0, plan.season
        if self.shrink_to is not None:
            naive = {back: seasonal_naive(whole, held.series, held.ends, h, back) for back in (plan.season, 1)}
            naive_errors = {back: (actual - values) / scale[:, None] for back, values in naive.items()}
            share, season = trust(errors, naive_errors)
            errors = share * errors + (1 - share) * naive_errors[season]
        errors, quantiles = with_all_steps(errors), None
        if not head.is_point:
            kept = np.unique(np.linspace(0, len(held.ends) - 1, min(len(held.ends), MOST_KEPT)).astype(int))
            said = plan.forecast(self, learned, panel, held.series[kept], held.ends[kept], h, GRID)
            towards = (naive[season][kept] if share < 1 else said.point) - said.point
            shift = (1 - share) * towards - actual[kept]
            quantiles = with_all_steps((said.quantiles + shift[:, :, None]) / scale[kept, None, None])
        return plan, Calibration(errors, quantiles, self.intervals != "asymmetric"), share, season

    # ---- predict -----------------------------------------------------------------------------------------------------

    def _predict_panel(self, panel, h, levels, quantiles=(), future=None):
        self._head(self.dispersion_).check_target(panel)
        panel, ends = self._with_future(panel, h, future)
        return self._answers(panel, np.arange(panel.n_series), ends, h, levels, quantiles)

    def _predict_origins(self, panel, drops, h, levels):
        """Forecast from all origins in one call; see `BaseForecaster._predict_origins`."""
        if not self._knows(panel):  # what their own rows say would come from after the origins
            return self._predict_each_origin(panel, drops, h, levels)
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
            found = self._answers(part, series, ends.reshape(-1), h, levels)
            answers.append({name: values.reshape(n_series, -1, h).swapaxes(0, 1) for name, values in found.items()})
        return {name: np.concatenate([answer[name] for answer in answers]) for name in answers[0]}

    def _predict_each_origin(self, panel, drops, h, levels):
        """The same, one origin after the other."""
        answers = []
        for drop in drops:
            future = None
            if panel.columns is not None:
                stops = panel.indptr[1:] - drop
                steps = np.minimum(np.arange(self._n_ahead(h)), drop - 1)  # those beyond h are not read
                ahead = stops[:, None] + steps
                future = panel.columns.iloc[ahead.reshape(-1)].reset_index(drop=True)
            answers.append(self._predict_panel(panel.truncate(drop), h, levels, future=future))
        return {name: np.stack([answer[name] for answer in answers]) for name in answers[0]}

    def _check_one_pass(self, panel):
        check_together(self)
        check_one_pass(self, self._plan(panel))

    def _predict_one_pass(self, panel, drops, h, levels):
        """Forecast from all origins, past which the networks carry their state; see `BaseForecaster`."""
        part = panel.truncate(min(drops))
        ends = part.indptr[1:, None] - (np.asarray(drops) - min(drops))
        series = np.repeat(np.arange(part.n_series), len(drops))
        found = self._answers(part, series, ends.reshape(-1), h, levels, one_pass=True)
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
        scale = None if calibration is None else recent_change(whole, series, ends, self._context_length())
        if not plan.head.is_point:
            if calibration is not None:
                values = calibration.corrected(values, q, scale)
            if plan.head.is_raw:
                values = np.maximum(values, 0.0)
            return columns | head_columns(self.model_name, q, values, levels, quantiles)
        columns |= calibration.intervals(self.model_name, point, scale, levels)
        if quantiles:
            values = calibration.quantile_values(point, scale, quantiles)
            columns |= head_columns(self.model_name, asked_levels((), quantiles), values, (), quantiles)
        return columns

    def _check_calibrated(self, plan, h, levels, quantiles):
        asked = "level" if levels else "quantiles"
        if not (levels or quantiles):
            return
        if self.calibration_ is None and (plan.head.is_point or self.intervals is not None):
            raise ValueError(
                f"{asked} needs intervals='conformal' and series long enough to hold back windows for calibration; "
                "this forecaster has none"
            )
        if self.calibration_ is not None and h > self.calibration_.h:
            raise ValueError(f"h={h} with {asked} needs h up to {self.calibration_.h}, for which intervals are known")

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
            scale = recent_change(filled(panel)[0], series, ends, self._context_length())
            return bootstrap_paths(point, self.calibration_.errors, scale, n_paths, rng)
        columns = self._answers(panel, series, ends, h, (), PATH_LEVELS)
        values = np.stack(list(columns.values())[1:], axis=2)
        return coherent_paths(lambda p: _at_levels(values, p), self.calibration_.errors[:, :h], n_paths, rng)

    def _explain_panel(self, panel, step, future=None):
        """A frame of gradients, see `RNNForecaster.explain`."""
        known, (panel, ends) = panel, self._with_future(panel, self.h, future)
        plan, learned = self._fitted_plan(panel)
        return explain(self, plan, learned, known, panel, ends, step)

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
        return float(recent_change(whole, np.zeros(1, np.int64), whole.indptr[1:], self._context_length())[0])

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

    def _fitted_plan(self, panel):
        """The Plan of the last fit, and what it learned."""
        for name, then in self._fitted_with.items():
            now = getattr(self, name)
            if repr(now) != repr(then):
                raise ValueError(f"{name}={now!r} was {then!r} when this forecaster was fitted; fit it again")
        plan = Plan(
            tuple(Reach(*reach) for reach in self.reaches_), self._transform(panel), self._design(panel),
            self._head(self.dispersion_), self.season_length_, self.n_context_,
        )  # fmt: skip
        thetas = self.thetas_
        if self.scope == "local":
            thetas = [networks_of(panel, theta, self.series_ids_) for theta in thetas]
        return plan, Learned(thetas, self.transform_state_, self.design_state_, self.loss_curve_)

    # ---- what the other halves ask -----------------------------------------------------------------------------------

    def _check_loaded(self):
        plan, _ = self._fitted_plan(self.context_)
        for theta, reach in zip(self.thetas_, plan.reaches, strict=True):
            size = plan.network(self, self.context_, self.design_state_, reach).layout.size
            if theta.shape[-1] != size:
                raise ValueError(f"thetas_ has {theta.shape[-1]} numbers; the network needs {size}")

    def _knows(self, panel):
        """Whether the transforms have met all series of a panel."""
        return self._transform(panel).knows(self.transform_state_, panel)

    def _context_length(self):
        return self.n_context_

    def _context(self, panel, n_more=0):
        """More rows where targets are missing: from the known one on whose value is carried there."""
        if not self.allows_missing:
            return super()._context(panel, n_more)
        return tail_from_known(panel, self._context_length() + n_more, self._transform(panel).n_lost)

    def _max_horizon(self):
        return None if self.strategy == "recursive" and not self.past_covariates else self.h

    def _future_names(self):
        return list(self.future_covariates or ())

    def _as_panel(self, data, **words):
        """Read data with the covariates, and with missing values where they are wanted."""
        groups = {
            "past_covariates": self.past_covariates, "future_covariates": self.future_covariates,
            "static_covariates": self.static_covariates,
        }  # fmt: skip
        names, taken = [], {"id_col": self.id_col, "time_col": self.time_col, "target_col": self.target_col}
        for argument, given in groups.items():
            own = check_names(given or (), taken, argument)
            taken |= {f"{argument} {name!r}": name for name in own}
            names += own
        if self.weight_col is not None and "like" not in words:
            names += check_names([self.weight_col], taken, "weight_col")
        if names:
            words["covariates"] = names
        panel = super()._as_panel(data, allow_missing=self.allows_missing, **words)
        return with_static(panel, list(self.static_covariates)) if self.static_covariates else panel


def row_weights(panel, weight_col, half_life, allow_missing=False):
    """How much each row counts: its number in a column, halved every `half_life` rows towards the past.

    Parameters
    ----------
    panel : Panel
    weight_col : str or None
    half_life : float or None
    allow_missing : bool, default=False
        Whether weights may be missing, which count as 0.

    Returns
    -------
    (n_rows,) array
    """
    weights = np.ones(panel.n_rows)
    if weight_col is not None:
        if column_kind(panel.columns[weight_col], f"weight_col={weight_col!r}") == "labels":
            raise TypeError(f"weight_col={weight_col!r} must hold numbers; got {panel.columns[weight_col].iloc[0]!r}")
        weights = panel.columns[weight_col].to_numpy(dtype=np.float64)
        if allow_missing:  # as they are in rows that are inserted for stamps that a series lacks
            weights = np.nan_to_num(weights)
        bad = np.flatnonzero(~(weights >= 0))
        if len(bad):
            raise ValueError(
                f"weight_col={weight_col!r} has {weights[bad[0]]:g} in {panel.name_of(panel.series_at(int(bad[0])))} "
                f"at {panel.times[bad[0]]}; weights must be at least 0"
            )
        if not weights.any():
            raise ValueError(f"weight_col={weight_col!r} is 0 everywhere; some rows must count")
    if half_life is not None:
        age = np.repeat(panel.indptr[1:] - 1, panel.lengths) - np.arange(panel.n_rows)
        weights = weights * 0.5 ** (age / half_life)
    return weights


def _at_levels(values, p):
    """Quantile functions (n_series, h, n_levels) over PATH_LEVELS at levels p (n_paths, h): (n_series, n_paths, h)."""
    steps = [quantiles_at(PATH_LEVELS, values[:, step], p[:, step]) for step in range(p.shape[1])]
    return np.stack(steps, axis=2)
