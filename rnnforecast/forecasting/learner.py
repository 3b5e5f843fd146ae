"""Train one network on all windows of a transformed panel, and forecast from the ends of series."""

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


def training_windows(panel, n_inputs, n_targets, scaler, dtype):
    """All windows of a panel whose targets are known: places in the flat series, no copies.

    Parameters
    ----------
    panel : Panel
        Transformed, every series of at least n_inputs + n_targets rows.
    n_inputs, n_targets : int
        Steps that the network reads, and those that follow it and are its targets.
    scaler : str or None
        Scales each window, and its targets with it.
    dtype : dtype
    """
    values = np.ascontiguousarray(panel.values, dtype=dtype)
    counts = panel.lengths - n_inputs - n_targets + 1
    skipped = np.repeat(panel.indptr[:-1] - np.concatenate([[0], np.cumsum(counts)[:-1]]), counts)
    starts = np.arange(counts.sum(), dtype=np.int64) + skipped
    return Windows(
        values=values,
        starts=starts,
        n_timesteps=n_inputs,
        n_features=1,
        targets=values,
        offsets=starts + n_inputs,
        n_targets=n_targets,
        scaler=SCALERS.get(scaler),
        n_columns=1,
        n_scaled=1,
    )


def learn(network, windows, settings, loss, *, dropout, recurrent_dropout, forget_bias, seed):
    """Train the network on the windows; return theta and the loss of each epoch."""
    rng = np.random.default_rng(seed)
    objective = Objective(
        network,
        windows,
        LOSSES[loss],
        OPTIMISERS[settings.solver],
        loss_parameters=(1.0,),  # where Huber's loss turns; the others have no number
        dropout=dropout,
        recurrent_dropout=recurrent_dropout,
        batch_size=settings.batch_size,
    )
    theta = network.initial_theta(rng, windows.values.dtype, forget_bias=forget_bias)
    progress = Progress.start(theta)
    train(objective, [progress], settings, [rng])
    return progress.theta, progress.loss_curve


def forecast(network, theta, recent, h, scaler, *, n_jobs=None):
    """Forecast h steps after each row of `recent`; a network with fewer outputs is fed its own forecasts.

    Parameters
    ----------
    network : Network
    theta : (P,) array
    recent : (n_series, n_inputs) array
        The last values of each series, oldest first.
    h : int
    scaler : str or None
        As in training.

    Returns
    -------
    (n_series, h) float64 array
    """
    n_inputs = recent.shape[1]
    known = np.ascontiguousarray(recent, dtype=theta.dtype)
    while known.shape[1] < n_inputs + h:
        windows = Windows(
            values=np.ascontiguousarray(known[:, -n_inputs:]).reshape(-1),
            starts=np.arange(len(known), dtype=np.int64) * n_inputs,
            n_timesteps=n_inputs,
            n_features=1,
            scaler=SCALERS.get(scaler),
            n_columns=1,
            n_scaled=1,
        )
        outputs, _ = predict(network, theta, windows, n_jobs=n_jobs)
        known = np.concatenate([known, outputs[:, 0]], axis=1)
    return known[:, n_inputs : n_inputs + h].astype(np.float64)
