"""How the parts of a forecaster work together: transform, train networks on all windows, forecast from any row."""

from dataclasses import dataclass, replace

import numpy as np

from ..networks.architecture import make_network, make_settings
from ..networks.design import Design
from ..networks.heads import Head
from ..networks.learner import first_weights, forecast, learn
from ..networks.one_pass import carry
from ..networks.reach import Reach
from ..networks.residual import begin_at
from ..networks.rows import padded, with_short_series
from ..networks.windows import training_windows
from ..panels.missing import filled
from ..transforms import Chain


@dataclass(frozen=True)
class Learned:
    """What training leaves behind, in arrays and plain types.

    Parameters
    ----------
    thetas : list of (n_networks, P) arrays
        One for each input size.
    state : dict
        Of the transforms.
    columns : dict
        Of the design.
    losses : list of float
        Of the first network, epoch by epoch.
    """

    thetas: list
    state: dict
    columns: dict
    losses: list


@dataclass(frozen=True)
class Forecasts:
    """What networks say of the h steps after n rows.

    Parameters
    ----------
    point : (n, h) array
    quantiles : (n, h, k) array
        At the levels that were asked for.
    """

    point: np.ndarray
    quantiles: np.ndarray


@dataclass(frozen=True)
class Plan:
    """What a forecaster does with a panel.

    Parameters
    ----------
    reaches : tuple of Reach
        One for each input size.
    transform : Chain
        Of the target; with a head of counts and amounts, of what the networks read of it alone.
    design : Design
        What is read beside the target.
    head : Head
        What the networks say of each step.
    season : int
    n_others : int
        Rows before its first step that a forecast needs apart from the windows: two for the recent change, a season
        for the seasonal naive forecast.
    scaler : str or None
        Of windows; "auto" before the data have chosen.
    """

    reaches: tuple[Reach, ...]
    transform: Chain
    design: Design
    head: Head
    season: int
    n_others: int = 2
    scaler: str | None = None

    @property
    def n_rows(self):
        """Rows that a window and its targets take."""
        return max(reach.n_inputs + reach.n_targets for reach in self.reaches) + self.transform.n_lost

    @property
    def n_context(self):
        """Rows before its first step that a forecast reads."""
        n_windows = max(reach.n_inputs for reach in self.reaches) + self.transform.n_lost
        return max(n_windows + max(self.design.lags, default=0), self.n_others)

    def check(self, params, panel):
        """Raise where a panel cannot be transformed, designed or read by the networks, before any training.

        Parameters
        ----------
        params : RNNForecaster
        panel : Panel
        """
        whole, observed = filled(panel)
        transformed = self.transform.fit(whole)[1]
        columns = self.design.fit(panel)
        for reach in self.reaches:
            self._rows(columns, panel, whole, transformed, observed, reach)
            self.network(params, panel, columns, reach)

    def network(self, params, panel, columns, reach):
        """The architecture for one reach.

        Parameters
        ----------
        params : RNNForecaster
        panel : Panel
        columns : dict
            What the design learned.
        reach : Reach

        Returns
        -------
        Network
        """
        inputs = self.design.inputs(columns, panel, reach.segment)
        return make_network(params, reach, n_numbers=self.head.n_numbers, inputs=inputs)

    def learn(self, params, panel, seeds, weights=None, whole=None, label="Training"):
        """Train on a panel.

        Parameters
        ----------
        params : RNNForecaster
        panel : Panel
        seeds : (n_init, k) int array
        weights : (n_rows,) array, optional
            How much each row counts as the first one that is forecast.
        whole : Panel, optional
            With all labels that the networks are to know, where `panel` may lack some.
        label : str, default="Training"
            What progress is called; that of several input sizes tells which it is, too.

        Returns
        -------
        Learned
        """
        full, observed = filled(panel)
        state, transformed = self.transform.fit(full)
        columns, thetas, losses = self.design.fit(panel, whole), [], None
        for reach in self.reaches:
            rows = self._rows(columns, panel, full, transformed, observed, reach, weights)
            if rows.observed is not None:
                rows = with_short_series(rows, reach)
            network = self.network(params, panel, columns, reach)
            parts = training_windows(rows, reach, self.scaler, local=params.scope == "local")
            first, rngs = first_weights(network, seeds, len(parts.spans), forget_bias=params.forget_bias)
            if params.residual_on is not None:
                rng = np.random.default_rng(seeds[0])
                begin_at(params.residual_on, network, first, reach, parts, self.season, self.head, rng)
            which = label if len(self.reaches) == 1 else f"{label}, input_size={reach.n_inputs}"
            theta, curve = learn(
                network, parts, make_settings(params, len(parts), reach, which), self.head, dropout=params.dropout,
                recurrent_dropout=params.recurrent_dropout, thetas=first, rngs=rngs,
            )  # fmt: skip
            thetas.append(theta)
            losses = losses or curve
        return Learned(thetas, state, columns, losses)

    def forecast(self, params, learned, panel, series, ends, h, q=(), *, one_pass=False):
        """Forecasts on the scale of the data.

        Parameters
        ----------
        params : RNNForecaster
        learned : Learned
        panel : Panel
            With rows for the steps to forecast where the design has anything that is known ahead. Targets after an end
            are not read, but by transforms that meet their series for the first time.
        series, ends : (n,) int64 array
            Series, rising, and the row after the last one that is known.
        h : int
        q : sequence of float
            Levels of quantiles to ask of the head.
        one_pass : bool
            Whether networks read each series once, from its first row on, rather than a window before each end. Each
            series then has as many ends, and as far from one another.

        Returns
        -------
        Forecasts
        """
        transform, n_lost = self.transform, self.transform.n_lost
        panel.check_rows(1 + n_lost, "this target_transform")
        whole, observed = filled(panel)
        state = transform.update(learned.state, whole)
        transformed = transform.apply(state, whole)
        at, local = ends - n_lost * (series + 1), params.scope == "local"
        counts = np.bincount(series, minlength=panel.n_series) if local else None
        answers = []
        for reach, theta in zip(self.reaches, learned.thetas, strict=True):
            rows = self._rows(learned.columns, panel, whole, transformed, observed, reach)
            network = self.network(params, panel, learned.columns, reach)
            if one_pass:
                origins = at.reshape(panel.n_series, -1)
                said = carry(network, theta, rows, origins, h, reach, self.head, local=local, n_jobs=params.n_jobs)
            else:
                rows, places = padded(rows, series, at, reach.n_inputs)
                said = forecast(
                    network, theta, rows, places, h, reach, self.scaler, self.head, counts=counts,
                    n_jobs=params.n_jobs,
                )  # fmt: skip
            answers += [self._read(numbers, q) for numbers in said]
        answer = combine(np.stack(answers), params.ensemble)
        if not self.head.is_raw:
            answer = transform.invert(state, answer, _contexts(whole, series, ends, n_lost + 1))
        return Forecasts(answer[:, :, 0], answer[:, :, 1:])

    def _read(self, numbers, q):
        """Point forecast and quantiles side by side, (n, h, 1 + len(q))."""
        numbers = numbers.astype(np.float64)
        point = self.head.point(numbers)[:, :, None]
        return np.concatenate([point, self.head.quantiles(numbers, q)], axis=2) if len(q) else point

    def windows(self, params, learned, panel, reach):
        """What networks of one reach read before and after the end of each series, for explanations.

        Parameters
        ----------
        params : RNNForecaster
        learned : Learned
        panel, reach : Panel, Reach

        Returns
        -------
        Rows
        """
        whole, observed = filled(panel)
        state = self.transform.update(learned.state, whole)
        return self._rows(learned.columns, panel, whole, self.transform.apply(state, whole), observed, reach)

    def _rows(self, columns, panel, whole, transformed, observed, reach, weights=None):
        """The rows that networks of one reach read."""
        kept = np.ones(panel.n_rows, bool)
        n_lost = self.transform.n_lost
        kept[(panel.indptr[:-1, None] + np.arange(n_lost)).reshape(-1)] = False
        return self.design.rows(
            columns, panel, transformed, None if observed is None else observed[kept], reach.segment,
            target=whole.values[kept] if self.head.is_raw else None, weights=None if weights is None else weights[kept],
        )  # fmt: skip


def combine(answers, how):
    """The mean or the median of what several networks say, (n_networks, n, h, k) to (n, h, k)."""
    if len(answers) == 1:
        return answers[0]
    return answers.mean(axis=0) if how == "mean" else np.median(answers, axis=0)


def _contexts(panel, series, ends, n_rows):
    """The rows before each end as series of their own, with the names of theirs."""
    firsts = np.maximum(panel.indptr[series], ends - n_rows)
    lengths = ends - firsts
    indptr = np.concatenate([[0], np.cumsum(lengths)])
    at = np.arange(indptr[-1]) + np.repeat(firsts - indptr[:-1], lengths)
    return replace(
        panel, values=panel.values[at], indptr=indptr, ids=panel.ids[series], times=panel.times[at], columns=None
    )
