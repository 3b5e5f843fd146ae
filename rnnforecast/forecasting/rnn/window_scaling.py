"""By what windows are scaled where the user does not say: the last value, or the mean and the standard deviation.

The last value is the best centre of a series that wanders. Of one that is mostly noise around a level, it carries the
noise of one row into the whole horizon, which the network must learn to take out again.
"""

import numpy as np

MOST_WINDOWS = 20_000  # that are looked at: more change little
FEWEST_ROWS = 8  # of a window: the mean of fewer is noisy itself
CLEAR = 0.95  # of the error of the last value: what the mean must not exceed


def choose_scaler(panel, reaches):
    """The scaler of windows by which a horizon lies nearest to what it subtracts.

    Segments, which read weeks of hours or of days, begin at the last value: the mean of so long a window says little.

    Parameters
    ----------
    panel : Panel
        Transformed, without missing values.
    reaches : sequence of Reach
        The longest windows say.

    Returns
    -------
    {"standard", "last"}
        "standard" where the mean of a window errs clearly less than its last value as a forecast of all steps, and not
        clearly more as one of the first, as it does on waves of unknown length. Each series counts as much.
    """
    reach = max(reaches, key=lambda reach: reach.n_inputs)
    n, h = reach.n_inputs, reach.n_targets
    counts = np.maximum(panel.lengths - n - h + 1, 0)
    total = int(counts.sum())
    if reach.segment > 1 or n < FEWEST_ROWS or total == 0:
        return "last"
    chosen = np.unique(np.linspace(0, total - 1, min(total, MOST_WINDOWS)).astype(np.int64))
    before = np.cumsum(counts) - counts  # windows of the series before each
    series = np.searchsorted(np.cumsum(counts), chosen, side="right")
    ends = panel.indptr[series] + n + chosen - before[series]
    values = panel.values
    last, mean = values[ends - 1], sum(values[ends - k] for k in range(1, n + 1)) / n  # a row of the windows at a time
    first, all_steps = (
        ratio_of_errors(
            *(sum(np.abs(values[ends + k] - centre) for k in range(steps)) for centre in (mean, last)), series
        )
        for steps in (1, h)
    )
    return "standard" if all_steps < CLEAR and first < 1 / CLEAR else "last"


def ratio_of_errors(these, others, series):
    """How large some errors are beside others, where each series counts as much.

    Parameters
    ----------
    these, others : (n,) array
        Sizes of errors.
    series : (n,) int array
        Whose they are.

    Returns
    -------
    float
        Geometric mean over the series of the sum of the first over that of the second; infinite where no series has
        both.
    """
    these, others = np.bincount(series, these), np.bincount(series, others)
    known = (these > 0) & (others > 0)
    return np.exp(np.mean(np.log(these[known] / others[known]))) if known.any() else np.inf
