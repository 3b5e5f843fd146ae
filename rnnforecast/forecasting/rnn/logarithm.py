"""Whether networks read the logarithm of the target, where the user does not say."""

import numpy as np

from ..panels.missing import filled
from .window_scaling import choose_scaler

KEPT_BY_LOGARITHMS = ("absolute_error", "quantile")  # losses of medians and quantiles, not of means


def wants_logarithm(params, panel, reaches):
    """Whether changes of the data are taken as shares of their level.

    Noise around a level is left as it is: counts of a few have more of it, as shares, where they are low.

    Parameters
    ----------
    params : RNNForecaster
    panel : Panel
    reaches : sequence of Reach

    Returns
    -------
    bool
        True where all targets are positive, their windows begin at the last value (`choose_scaler`), and what the loss
        looks for stays what it is under logarithms, as the median and quantiles do: the mean of logarithms is not that
        of the target.
    """
    if params.loss not in KEPT_BY_LOGARITHMS or (panel.values <= 0).any():
        return False
    with np.errstate(over="ignore", invalid="ignore"):  # sums of numbers that only their logarithms make readable
        return choose_scaler(filled(panel)[0], reaches) == "last"
