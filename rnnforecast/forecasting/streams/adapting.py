"""Intervals of a stream that go on adapting to what comes (Gibbs and Candès 2021)."""

from collections import deque

import numpy as np


class Adapting:
    """What a stream remembers: how wide its intervals are, and the newest forecasts of all steps.

    Parameters
    ----------
    adaptive : AdaptiveConformal
    """

    def __init__(self, adaptive):
        self.adaptive = adaptive
        self.made = deque(maxlen=len(adaptive.oldest))  # the newest first: bounds, scale, widths

    @property
    def levels(self):
        """Those that are followed."""
        return self.adaptive.levels

    def widths(self):
        """Those of intervals issued now, (n_levels, h)."""
        return self.adaptive.widths()

    def update(self, y, said):
        """Take in a value.

        Parameters
        ----------
        y : float
            NaN where it is missing: nothing is learned, but the steps go on.
        said : Said or None
            What was forecast one row before, (1, at most h) each; None where nothing was.
        """
        h = len(self.adaptive.oldest)
        made = np.full((2, len(self.adaptive.scores), h), np.nan), 1.0
        if said is not None:
            low, high = (bound[:, 0] for bound in said.bounds(self.levels))
            made[0][:, :, : low.shape[1]] = low, high
            made = made[0], float(said.scale[0])
        self.made.appendleft((*made, self.widths()))
        scores, widths = np.full((len(self.adaptive.scores), h), np.nan), np.zeros((len(self.levels), h))
        if np.isfinite(y):
            for k, (bounds, scale, issued) in enumerate(self.made):
                scores[:, k] = np.maximum(bounds[0, :, k] - y, y - bounds[1, :, k]) / scale
                widths[:, k] = issued[:, k]
        self.adaptive.update(scores[:, None], widths)
