"""Train one network on all windows of a transformed panel, and forecast from the ends of series."""

from dataclasses import dataclass

import numpy as np

from ..kernels.losses import LOSSES
from ..kernels.optimisers import OPTIMISERS
from ..kernels.scalers import SCALERS
from ..network.objective import Objective
from ..network.prediction import predict
from ..network.training import Progress, train
from ..network.windows import Windows

LARGEST = 1e15  # sums of squares of such numbers stay within float32


def as_float32(panel):
    """Return a transformed panel in float32, or raise where its numbers are too large for sums of squares."""
    largest = np.abs(panel.values).max()
    if not largest <= LARGEST:
        raise ValueError(
            f"data has values up to {largest:.3g} after target_transform and series_scaler; the network needs them "
            f"below {LARGEST:g}: use series_scaler='standard'"
        )
    return panel.with_values(panel.values.astype(np.float32))


@dataclass(frozen=True)
class Reach:
    """What a network reads of a window, and what it answers.

    Parameters
    ----------
    n_inputs : int
        Rows of a window, a multiple of `segment`.
    segment : int
        Rows that make one step of the network.
    n_outputs : int
        Rows of one answer.
    n_segments : int
        Answers that make the horizon; 0 for one that is all of it.
    """

    n_inputs: int
    n_outputs: int
    segment: int = 1
    n_segments: int = 0

    @property
    def n_steps(self):
        """Steps of the network."""
        return self.n_inputs // self.segment

    @property
    def n_targets(self):
        """Rows after a window that are its targets."""
        return self.n_outputs * max(self.n_segments, 1)

    def windows(self, values, starts, scaler, *, with_targets):
        """Windows that begin at `starts` in flat `values`."""
        targets = {"targets": values, "offsets": starts + self.n_inputs} if with_targets else {}
        return Windows(
            values=values,
            starts=starts,
            n_timesteps=self.n_steps,
            n_features=self.segment,
            n_targets=self.n_outputs,
            stride=self.n_outputs if self.n_segments else 0,
            scaler=SCALERS.get(scaler),
            n_columns=1,
            n_scaled=1,
            **targets,
        )


def training_windows(panel, reach, scaler, dtype):
    """All windows of a panel whose targets are known: places in the flat series, no copies.

    Parameters
    ----------
    panel : Panel
        Transformed; a series of fewer than ``reach.n_inputs + reach.n_targets`` rows has no window.
    reach : Reach
    scaler : str or None
        Scales each window, and its targets with it.
    dtype : dtype
    """
    values = np.ascontiguousarray(panel.values, dtype=dtype)
    counts = np.maximum(panel.lengths - reach.n_inputs - reach.n_targets + 1, 0)
    skipped = np.repeat(panel.indptr[:-1] - np.concatenate([[0], np.cumsum(counts)[:-1]]), counts)
    starts = np.arange(counts.sum(), dtype=np.int64) + skipped
    return reach.windows(values, starts, scaler, with_targets=True)


def learn(network, windows, settings, loss, *, dropout, recurrent_dropout, forget_bias, seeds):
    """Train a network from each seed on the same windows; return theta (K, P) and the first one's losses."""
    rngs = [np.random.default_rng(seed) for seed in seeds]
    objective = Objective(
        network,
        windows,
        LOSSES[loss],
        OPTIMISERS[settings.solver],
        loss_parameters=(1.0,),  # where Huber's loss turns; the others have no number
        dropout=dropout,
        recurrent_dropout=recurrent_dropout,
        batch_size=settings.batch_size,
        spans=[[0, len(windows)]] * len(rngs),
    )
    dtype = windows.values.dtype
    progresses = [Progress.start(network.initial_theta(rng, dtype, forget_bias=forget_bias)) for rng in rngs]
    train(objective, progresses, settings, rngs)
    return np.stack([progress.theta for progress in progresses]), progresses[0].loss_curve


def forecast(network, theta, recent, h, reach, scaler, *, n_jobs=None):
    """Forecast h steps after each row of `recent`; networks with fewer outputs are fed their own forecasts.

    Parameters
    ----------
    network : Network
    theta : (K, P) array
        Of K networks, the mean of whose answers counts.
    recent : (n_series, n_inputs) array
        The last values of each series, oldest first.
    h : int
    reach : Reach
    scaler : str or None
        As in training.

    Returns
    -------
    (n_series, h) float64 array
    """
    n_inputs, K = reach.n_inputs, len(theta)
    known = np.ascontiguousarray(recent, dtype=theta.dtype)
    n = len(known)
    spans = n * np.stack([np.arange(K), np.arange(1, K + 1)], axis=1)
    while known.shape[1] < n_inputs + h:
        values = np.ascontiguousarray(known[:, -n_inputs:]).reshape(-1)
        windows = reach.windows(values, np.arange(n, dtype=np.int64) * n_inputs, scaler, with_targets=False)
        outputs, _ = predict(network, theta, windows, samples=np.tile(np.arange(n), K), spans=spans, n_jobs=n_jobs)
        answers = outputs.reshape(K, n, -1)
        known = np.concatenate([known, answers[0] if K == 1 else answers.mean(axis=0)], axis=1)
    return known[:, n_inputs : n_inputs + h].astype(np.float64)
