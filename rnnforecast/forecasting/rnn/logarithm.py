"""Whether networks read the logarithm of the target, where the user does not say."""

import numpy as np

from ..transforms import LinLog

KEPT_BY_LOGARITHMS = ("absolute_error", "quantile")  # losses of medians and quantiles, not of means


def choose_transform(params, panel):
    """Logarithms of positive data, whose changes are mostly shares of their level.

    Parameters
    ----------
    params : RNNForecaster
    panel : Panel

    Returns
    -------
    Transform or None
        `LinLog` where all targets are positive, and what the loss looks for stays what it is under logarithms, as the
        median and quantiles do: the mean of logarithms is not that of the target.
    """
    known = panel.values[np.isfinite(panel.values)]
    return LinLog() if params.loss in KEPT_BY_LOGARITHMS and len(known) and known.min() > 0 else None
