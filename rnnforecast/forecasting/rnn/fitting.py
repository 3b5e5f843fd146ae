"""How a forecaster of networks learns from a panel: checks, held-back windows, weights."""

from contextlib import contextmanager
from dataclasses import astuple, replace

import numpy as np
from sklearn.utils import check_random_state

from ..covariates.columns import column_kind
from ..networks.architecture import check_together, n_seeds
from ..networks.windows import can_train
from ..panels.missing import filled
from .bounds import GRID, MOST_KEPT, Calibration, with_all_steps
from .calibration import fewest_rows, hold_back
from .error_scale import learn_scale, like_a_season, recent_change
from .planned import FIXED_BY_FIT, Planned
from .trust import LAST, SEASONAL_NAIVE, THETA, rows_of, simple_forecast, trust
from .window_scaling import choose_scaler


class Fitting(Planned):
    """Gives a forecaster its `fit`."""

    def _fit_checked(self, panel):
        """Take the column of weights out, which forecasts do not need, and fit; see `BaseForecaster._fit_checked`."""
        with self._weighing(panel) as panel:
            return super()._fit_checked(panel)

    @contextmanager
    def _weighing(self, panel):
        """The panel without its column of weights, which are at hand meanwhile."""
        self._row_weights = None
        if self.weight_col is not None or self.half_life is not None:
            self._row_weights = row_weights(panel, self.weight_col, self.half_life, self.allows_missing)
        if self.weight_col is not None:
            columns = panel.columns.drop(columns=self.weight_col)
            panel = replace(panel, columns=columns if len(columns.columns) else None)
        try:
            yield panel
        finally:
            del self._row_weights

    def _check_data(self, panel, levels, quantiles):
        """Raise where intervals will be refused, as no windows can be held back; see `BaseForecaster`."""
        if self.intervals is None or not (levels or quantiles):
            return
        with self._weighing(panel) as panel:
            plan = self._checked_plan(panel)
            if self._hold_back(panel, plan) is None:
                self._check_steps(plan.head, None, 1, levels, quantiles, fewest_rows(plan.n_rows, self.h))

    def _checked_plan(self, panel):
        """The plan for a panel whose series are long enough."""
        self._check_horizon(self.h)
        check_together(self)
        plan = self._plan(panel)
        plan.head.check_target(panel)
        if panel.lengths.max() < plan.n_rows or self.scope == "local":
            sizes = f"{max(reach.n_inputs for reach in plan.reaches)} + {plan.reaches[0].n_targets}"
            panel.check_rows(plan.n_rows, f"input_size + h ({sizes}, with this target_transform)")
        panel.check_rows(1 + plan.transform.n_lost, "this target_transform")
        if max(plan.design.lags, default=0) >= panel.lengths.max():
            raise ValueError(
                f"lags={self.lags!r} reach beyond every series; the longest has {panel.lengths.max()} rows"
            )
        return plan

    def _hold_back(self, panel, plan):
        """The windows that calibrate; None where there are none to spare, or too little is left to learn from."""
        if self.intervals is None:
            return None
        held = hold_back(panel, plan.n_rows, self.h, plan.season, self._row_weights)
        return held if held is not None and self._windowless(held.training, plan, held.kept) is None else None

    def _fit_panel(self, panel):
        plan = self._checked_plan(panel)
        plan.check(self, panel)  # every row, also those held back: errors come before any training
        self._check_windows(panel, plan)
        if plan.scaler == "auto":
            plan = replace(plan, scaler=choose_scaler(plan.transform.fit(filled(panel)[0])[1], plan.reaches))
        seeds = check_random_state(self.random_state).randint(2**31 - 1, size=(n_seeds(self, plan.reaches), 4))
        held = self._hold_back(panel, plan)
        calibration, scale, share, simple = None, None, 1.0, None
        if held is not None:
            plan, calibration, scale, share, simple = self._calibrate(panel, held, plan, seeds)
        learned = plan.learn(self, panel, seeds, self._weights_of(slice(None)))
        # kept together at the end: an interrupted fit leaves the forecaster as it was
        self.thetas_, self.transform_state_, self.loss_curve_ = learned.thetas, learned.state, learned.losses
        self.design_state_, self.dispersion_ = learned.columns, plan.head.dispersion
        self.transform_, self.calendar_ = plan.transform, plan.design.calendar
        self.calibration_, self.error_scale_ = calibration, scale
        self.share_, self.shrunk_to_, self.outcomes_ = share, simple, ()
        self.series_ids_ = panel.ids.to_numpy(dtype=object) if self.scope == "local" else None
        self.residuals_ = None if calibration is None else calibration.errors
        self.reaches_ = [astuple(reach) for reach in plan.reaches]
        self.window_scaler_ = plan.scaler
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

    def _calibrate(self, panel, held, plan, seeds):
        """What held-back windows tell: the plan with its head, the Calibration, the ErrorScale, and whom to trust."""
        weights = self._weights_of(held.kept)
        learned = plan.learn(self, held.training, seeds, weights, whole=panel, label="Calibration")
        h, head = self.h, plan.head
        actual = panel.values[held.ends[:, None] + np.arange(h)]
        whole, _ = filled(panel)
        change = recent_change(whole, held.series, held.ends, plan.n_context)
        change = np.where(change > 0, change, 1.0)[:, None]
        forecasts = plan.forecast(self, learned, panel, held.series, held.ends, h)
        plan = replace(plan, head=head.with_dispersion(actual, forecasts.point))
        errors, share, name = actual - forecasts.point, 1.0, None
        if self.shrink_to is not None:
            simple = {
                name: simple_forecast(name, whole, held.series, held.ends, h, plan.season)
                for name in self._simple(plan)
            }  # fmt: skip
            scaled = {name: (actual - values) / change for name, values in simple.items()}
            share, name = trust(errors / change, scaled, held.times)
            errors = share * errors + (1 - share) * (actual - simple[name])
        back = panel.indptr[1:][held.series] - held.ends
        scale, unit = learn_scale(whole, held.series, held.ends, back, errors, plan.season, plan.n_context)
        errors, quantiles = like_a_season(with_all_steps(errors / unit[:, None]), back, plan.season), None
        if not head.is_point:
            kept = np.unique(np.linspace(0, len(held.ends) - 1, min(len(held.ends), MOST_KEPT)).astype(int))
            said = plan.forecast(self, learned, panel, held.series[kept], held.ends[kept], h, GRID)
            towards = (simple[name][kept] if share < 1 else said.point) - said.point
            shift = (1 - share) * towards - actual[kept]
            quantiles = with_all_steps((said.quantiles + shift[:, :, None]) / unit[kept, None, None])
        if share < 1:
            plan = replace(plan, n_others=max(plan.n_others, rows_of(name, plan.season)))
        return plan, Calibration(errors, quantiles, self.intervals != "asymmetric"), scale, share, name

    def _simple(self, plan):
        """Names of the simple forecasts that networks are compared with."""
        if self.shrink_to == THETA:
            return [THETA]
        with_theta = self.shrink_to == "auto" and plan.reaches[0].segment == 1
        return [LAST, SEASONAL_NAIVE] + [THETA] * with_theta


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
