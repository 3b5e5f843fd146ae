"""How the parts of a forecaster work together: transform, train networks on all windows, forecast from any row."""

from dataclasses import dataclass, replace

import numpy as np

from .architecture import make_network, make_settings
from .learner import first_weights, forecast, learn
from .one_pass import carry
from .reach import Reach, Rows, padded, training_windows
from .residual import begin_at
from .transforms import Chain


@dataclass(frozen=True)
class Learned:
    """What training leaves behind, in arrays and plain types.

    Parameters
    ----------
    thetas : list of (n_networks, P) arrays
        One for each input size.
    state : dict
        Of the transforms.
    losses : list of float
        Of the first network, epoch by epoch.
    """

    thetas: list
    state: dict
    losses: list


@dataclass(frozen=True)
class Plan:
    """What a forecaster does with a panel.

    Parameters
    ----------
    reaches : tuple of Reach
        One for each input size.
    transform : Chain
        Of the target.
    season : int
    n_others : int
        Rows before its first step that a forecast needs apart from the windows: two for the recent change, a season
        for the seasonal naive forecast.
    """

    reaches: tuple[Reach, ...]
    transform: Chain
    season: int
    n_others: int = 2

    @property
    def n_context(self):
        """Rows before its first step that a forecast reads."""
        return max(*(reach.n_inputs + self.transform.n_lost for reach in self.reaches), self.n_others)

    def learn(self, params, panel, seeds):
        """Train on a panel.

        Parameters
        ----------
        params : RNNForecaster
        panel : Panel
        seeds : (n_init, k) int array

        Returns
        -------
        Learned
        """
        state, transformed = self.transform.fit(panel)
        rows, thetas, losses = Rows.of_target(transformed), [], None
        for reach in self.reaches:
            network = make_network(params, reach)
            parts = training_windows(rows, reach, params.window_scaler, local=params.scope == "local")
            first, rngs = first_weights(network, seeds, len(parts.spans), forget_bias=params.forget_bias)
            if params.residual_on is not None:
                rng = np.random.default_rng(seeds[0])
                begin_at(params.residual_on, network, first, reach, parts, self.season, rng)
            theta, curve = learn(
                network, parts, make_settings(params, len(parts), reach), params.loss,
                loss_parameters=(1.0,),  # where Huber's loss turns; the others have no number
                dropout=params.dropout, recurrent_dropout=params.recurrent_dropout, thetas=first, rngs=rngs,
            )  # fmt: skip
            thetas.append(theta)
            losses = losses or curve
        return Learned(thetas, state, losses)

    def forecast(self, params, learned, panel, series, ends, h, *, one_pass=False):
        """Point forecasts (n, h), on the scale of the data.

        Parameters
        ----------
        params : RNNForecaster
        learned : Learned
        panel : Panel
            Rows after an end are not read, but by transforms that meet its series for the first time.
        series, ends : (n,) int64 array
            Series, rising, and the row after the last one that is known.
        h : int
        one_pass : bool
            Whether networks read each series once, from its first row on, rather than a window before each end. It has
            as many ends as all others, and as far from one another.
        """
        transform = self.transform
        panel.check_rows(1 + transform.n_lost, "this target_transform")
        state = transform.update(learned.state, panel)
        rows = Rows.of_target(transform.apply(state, panel))
        at = ends - transform.n_lost * (series + 1)
        local = params.scope == "local"
        counts = np.bincount(series, minlength=panel.n_series) if local else None
        answers = []
        for reach, theta in zip(self.reaches, learned.thetas, strict=True):
            network = make_network(params, reach)
            if one_pass:
                origins = at.reshape(panel.n_series, -1)
                answers.append(carry(network, theta, rows, origins, h, reach, local=local, n_jobs=params.n_jobs))
                continue
            longer, places = padded(rows, series, at, reach.n_inputs)
            answers.append(
                forecast(
                    network, theta, longer, places, h, reach, params.window_scaler, counts=counts, n_jobs=params.n_jobs
                )
            )
        answer = combine(np.concatenate(answers), params.ensemble)[:, :, 0].astype(np.float64)
        return transform.invert(state, answer, _contexts(panel, series, ends, transform.n_lost + 1))


def combine(answers, how):
    """The mean or the median of what several networks say, (n_init, n, h, k) to (n, h, k)."""
    if len(answers) == 1:
        return answers[0]
    return answers.mean(axis=0) if how == "mean" else np.median(answers, axis=0)


def _contexts(panel, series, ends, n_rows):
    """The rows before each end as series of their own, with the names of theirs."""
    firsts = np.maximum(panel.indptr[series], ends - n_rows)
    lengths = ends - firsts
    indptr = np.concatenate([[0], np.cumsum(lengths)])
    at = np.arange(indptr[-1]) + np.repeat(firsts - indptr[:-1], lengths)
    return replace(panel, values=panel.values[at], indptr=indptr, ids=panel.ids[series], times=panel.times[at])
