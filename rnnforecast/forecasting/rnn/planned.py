"""What a forecaster of networks is made of: from the words of its constructor to a Plan, before and after `fit`."""

from functools import partial

import numpy as np

from ..base import BaseForecaster
from ..calendar import as_calendar
from ..covariates.columns import check_names
from ..covariates.static import with_static
from ..networks.architecture import check_lags, choose_reaches, season_of
from ..networks.design import Design
from ..networks.heads import QUANTILES, Head
from ..networks.learner import networks_of
from ..networks.reach import Reach
from ..networks.rows import as_float32
from ..panels.missing import tail_from_known
from ..transforms import Chain, LinLog, Log, Standardize, as_transform
from ..uncertainty import check_quantiles
from .logarithm import wants_logarithm
from .plan import Learned, Plan
from .weekly import WEEKLY, weekly_calendar

# What the fitted weights mean depends on these; they cannot be changed between fit and predict.
FIXED_BY_FIT = (
    "h", "input_size", "strategy", "segment_size", "linear_skip", "scope", "past_covariates", "future_covariates",
    "static_covariates", "calendar", "lags", "series_embedding", "missing", "target_transform", "series_scaler",
    "window_scaler", "cell_type", "hidden_size", "num_layers", "activation", "bidirectional", "loss", "quantiles",
    "power",
)  # fmt: skip
TAKE_ALL = Chain(), LinLog()  # transforms of every number
LARGE = 1e12  # targets from which on it is asked whether networks can read them


class Planned(BaseForecaster):
    """Makes plans, and reads data with all that they need."""

    served_by = ("h", "strategy", "past_covariates", "intervals", "loss", "quantiles")
    trained_by = (
        "cell_type", "hidden_size", "num_layers", "activation", "dropout", "recurrent_dropout", "forget_bias", "solver",
        "alpha", "batch_size", "learning_rate", "learning_rate_init", "max_grad_norm", "max_iter", "ensemble",
        "random_state", "n_jobs", "verbose",
    )  # fmt: skip

    @property
    def allows_missing(self):
        """Whether targets may be NaN."""
        return self.missing != "error"

    def _plan(self, panel):
        """What fit does with a panel."""
        calendar = weekly_calendar(self, panel) if self.calendar == WEEKLY else as_calendar(self.calendar)
        by_data = self.target_transform == "auto"
        transform = self._transform(panel, None if by_data else self.target_transform)
        design = self._design(panel, calendar.resolve(panel.freq))
        reaches = choose_reaches(self, panel, transform.n_lost, has_future=design.has_future)
        if by_data and wants_logarithm(self, panel, reaches):  # which takes no rows from the reaches
            transform = self._transform(panel, LinLog())
        season = season_of(panel.freq)
        n_others = 2 if self.shrink_to is None else max(2, season)
        return Plan(tuple(reaches), transform, design, self._head(), season, n_others, self.window_scaler)

    def _head(self, dispersion=None):
        if self.quantiles is not None and self.loss != "quantile":
            raise ValueError(f"quantiles={self.quantiles!r} needs loss='quantile', not {self.loss!r}")
        levels = QUANTILES if self.quantiles is None else check_quantiles(self.quantiles)
        if not levels:
            raise ValueError(f"quantiles={self.quantiles!r} must hold at least one level, or be None")
        return Head(self.loss, tuple(sorted(levels)), float(self.power), dispersion)

    def _design(self, panel, calendar=None):
        """What the networks read; the calendar is that of the last fit, where it is not told."""
        return Design(
            past=tuple(self.past_covariates or ()),
            future=tuple(self.future_covariates or ()),
            static=tuple(self.static_covariates or ()),
            calendar=self.calendar_ if calendar is None else calendar,
            lags=check_lags(self.lags),
            h=1 if self.strategy == "recursive" else self.h,
            by_series=bool(self.series_embedding),
            missing=self.missing,
        )

    def _transform(self, panel, given):
        if self._head().is_raw:
            if given is not None:
                raise ValueError(
                    f"target_transform={given!r} must be None with loss={self.loss!r}, which takes the "
                    "data as they are; the network reads log(1 + y)"
                )
            return Chain((Log(offset=1.0),))
        steps = [as_transform(given, "target_transform", freq=panel.freq)]
        if self.series_scaler is not None:
            steps.append(Standardize())
        return Chain(tuple(steps))

    def _fitted_plan(self, panel):
        """The Plan of the last fit, and what it learned."""
        for name, then in self._fitted_with.items():
            now = getattr(self, name)
            if repr(now) != repr(then):
                raise ValueError(f"{name}={now!r} was {then!r} when this forecaster was fitted; fit it again")
        plan = Plan(
            tuple(Reach(*reach) for reach in self.reaches_), self.transform_, self._design(panel),
            self._head(self.dispersion_), self.season_length_, self.n_context_, self.window_scaler_,
        )  # fmt: skip
        thetas = self.thetas_
        if self.scope == "local":
            thetas = [networks_of(panel, theta, self.series_ids_) for theta in thetas]
        return plan, Learned(thetas, self.transform_state_, self.design_state_, self.loss_curve_)

    def _check_loaded(self):
        plan, _ = self._fitted_plan(self.context_)
        for theta, reach in zip(self.thetas_, plan.reaches, strict=True):
            size = plan.network(self, self.context_, self.design_state_, reach).layout.size
            if theta.dtype != np.float32 or theta.ndim != 2:
                raise ValueError(
                    f"thetas_ has shape {theta.shape} and dtype {theta.dtype}; networks are rows of float32"
                )
            if theta.shape[-1] != size:
                raise ValueError(f"thetas_ has {theta.shape[-1]} numbers; the network needs {size}")

    def _knows(self, panel):
        """Whether the transforms have met all series of a panel."""
        return self.transform_.knows(self.transform_state_, panel)

    def _context_length(self):
        return self.n_context_

    def _context(self, panel, n_more=0):
        """More rows where targets are missing: from the known one on whose value is carried there."""
        if not self.allows_missing:
            return super()._context(panel, n_more)
        return tail_from_known(panel, self._context_length() + n_more, self.transform_.n_lost)

    def _max_horizon(self):
        return None if self.strategy == "recursive" and not self.past_covariates else self.h

    def _check_before_fit(self, h, levels, quantiles):
        super()._check_before_fit(h, levels, quantiles)
        self._check_steps(self._head(), None if self.intervals is None else self.h, h, levels, quantiles)

    def _check_steps(self, head, n_calibrated, h, levels, quantiles, least=None):
        """Raise where intervals or quantiles of h steps need what `n_calibrated` steps, None for none, do not give.

        With some `intervals` there are none where no series has `least` rows.
        """
        asked = "level" if levels else "quantiles"
        if not (levels or quantiles):
            return
        if n_calibrated is None and self.intervals is not None:
            raise ValueError(
                f"{asked} needs windows that are held back for calibration, and the training data have none to spare: "
                f"with input_size and h={self.h} as they are, that takes series of {least} rows, windows to learn from "
                f"beside the last ones, and intervals={self.intervals!r} before fit"
            )
        if n_calibrated is None and (head.is_point or head.needs_dispersion):
            raise ValueError(
                f"{asked} with loss={self.loss!r} needs intervals='conformal', 'asymmetric' or 'adaptive', which hold "
                "back windows for calibration; got intervals=None"
            )
        if n_calibrated is not None and h > n_calibrated:
            raise ValueError(f"h={h} with {asked} needs h up to {n_calibrated}, for which intervals are known")

    def _row_check(self, panel):
        head, design = self._head(), self._design(panel)
        parts = head, self.transform_, self.transform_state_, design, self.design_state_
        bounds = -LARGE, LARGE
        if head.is_raw or panel.columns is not None:
            bounds = np.inf, -np.inf
        elif self.transform_.steps[0] not in TAKE_ALL:  # what lies between targets that have one has one, too
            bounds = np.nanmin(panel.values), np.nanmax(panel.values)
        return partial(_check_row, *parts), *bounds

    def _static_names(self):
        return list(self.static_covariates or ())

    def _future_names(self):
        return list(self.future_covariates or ())

    def _covariate_names(self, *, weights=True):
        """Columns that are read beside the target, each for one purpose; those of weights are for `fit` alone."""
        groups = {
            "past_covariates": self.past_covariates, "future_covariates": self.future_covariates,
            "static_covariates": self.static_covariates,
        }  # fmt: skip
        names, taken = [], {"id_col": self.id_col, "time_col": self.time_col, "target_col": self.target_col}
        for argument, given in groups.items():
            own = check_names(given or (), taken, argument)
            taken |= {f"{argument} {name!r}": name for name in own}
            names += own
        if weights and self.weight_col is not None:
            names += check_names([self.weight_col], taken, "weight_col")
        return names

    def _as_panel(self, data, **words):
        """Read data with the covariates, and with missing values where they are wanted."""
        names = self._covariate_names(weights="like" not in words)
        if names:
            words["covariates"] = names
        panel = super()._as_panel(data, allow_missing=self.allows_missing, **words)
        return with_static(panel, list(self.static_covariates)) if self.static_covariates else panel


def _check_row(head, transform, transform_state, design, design_state, row):
    """Raise where a row has a target, or covariates, that the networks cannot read."""
    head.check_target(row)
    if np.isfinite(row.values).all():
        transformed = transform.check(transform_state, row)
        if transformed is not None:
            as_float32(transformed)
    design.check(design_state, row)
