"""From the words of RNNForecaster's constructor to networks: how far they reach, what they are, how they train."""

from numbers import Integral

import numpy as np

from ...estimators.parameters import network_arguments
from ...network.network import Network
from ...network.training import Settings
from ..panels.frequency import season_length
from .heads import POINTS
from .reach import Reach

LONGEST_SEGMENT = 48
SHORT = 5  # seasons: where half of the series have fewer, one and a half are read, and not two
LONGEST_WINDOW = 1344  # rows of segments that are read by default: 14 days of quarter hours
N_UPDATES, SEGMENT_UPDATES = 4_000, 10_000  # of the weights, by default: in
EPOCHS = 3, 100  # so many epochs at least and at most;
SEGMENT_EPOCHS = 8  # at least, with segments, whose steps are few
LOCAL_EPOCHS = 30  # at most, where each series has a network of its own: more of them learn its noise
HIDDEN_SIZE, LOCAL_HIDDEN_SIZE = 32, 16
N_SEEDS = 2

ADAPTIVE_PATIENCE = 10  # epochs without progress after which learning_rate="adaptive" slows down
HYPER = {"momentum": 0.9, "nesterovs_momentum": True, "beta_1": 0.9, "beta_2": 0.999, "epsilon": 1e-8}


def season_of(freq):
    """Steps in a season of the data; 1 where the frequency has none, or is not that of dates.

    Parameters
    ----------
    freq : pandas offset or int

    Returns
    -------
    int
    """
    try:
        return season_length(freq)
    except (TypeError, ValueError):
        return 1


def check_together(params):
    """Refuse parameters that have no meaning together.

    Parameters
    ----------
    params : RNNForecaster
    """
    strategy = params.strategy
    if params.segment_size is not None and strategy != "segment":
        raise ValueError(f"segment_size={params.segment_size} needs strategy='segment', not {strategy!r}")
    if strategy == "recursive" and params.past_covariates and params.h > 1:
        raise ValueError(
            f"past_covariates={list(params.past_covariates)} need another strategy than 'recursive' where h > 1: their "
            "values at the steps to forecast, which it would read, are not known"
        )
    if strategy == "segment" and params.bidirectional:
        raise ValueError("bidirectional=True needs another strategy than 'segment'")
    if strategy == "seq2seq" and (params.loss not in POINTS or params.bidirectional):
        raise ValueError(
            f"strategy='seq2seq' feeds one number back from step to step, forward in time; it cannot have "
            f"loss={params.loss!r} with bidirectional={params.bidirectional}: use one of {', '.join(POINTS)}"
        )
    if params.series_scaler == "standard" and params._head().is_raw:
        raise ValueError(
            f"series_scaler='standard' has no effect with loss={params.loss!r}, which takes the data as they are; "
            "leave it at 'auto'"
        )
    if params.residual_on is not None and not params.linear_skip:
        raise ValueError(f"residual_on={params.residual_on!r} needs linear_skip=True, which says the simple forecast")


def check_lags(given):
    """The lags that a forecaster asks for, each once and rising.

    Parameters
    ----------
    given : list of int or None

    Returns
    -------
    tuple of int
    """
    lags = list(given or ())
    if any(isinstance(lag, bool) or not isinstance(lag, Integral) or lag < 1 for lag in lags):
        raise ValueError(f"lags={given!r} must be None or a list of positive ints")
    return tuple(sorted({int(lag) for lag in lags}))


def input_sizes(given):
    """The sizes of windows that a forecaster asks for: None for its own choice, one, or several.

    Parameters
    ----------
    given : int, sequence of int or None

    Returns
    -------
    list of int or None
    """
    if given is None or isinstance(given, Integral):
        return [given]
    sizes = list(given)
    if not sizes or any(isinstance(n, bool) or not isinstance(n, Integral) or n < 1 for n in sizes):
        raise ValueError(f"input_size={given!r} must be None, a positive int or a list of these")
    return sizes


def choose_reaches(params, panel, n_lost, *, has_future=False):
    """How much the networks read and answer: what the user says, else by the season, the horizon and the data.

    Parameters
    ----------
    params : RNNForecaster
    panel : Panel
    n_lost : int
        Rows that the transforms take from each series.
    has_future : bool
        Whether covariates of the future are read, step by step of the horizon.

    Returns
    -------
    list of Reach
        One for each input size. Where the user says neither how many networks there are nor how far they read, and a
        step is a row, one of two networks reads a single season, which leaves it more windows to learn from.
    """
    if has_future and params.bidirectional:
        raise ValueError(
            "bidirectional=True needs a network that reads nothing of the steps to forecast: no future_covariates, no "
            "calendar, and no lags of h rows or more"
        )
    reaches = [_reach(params, panel, n_lost, size, has_future) for size in input_sizes(params.input_size)]
    season = season_of(panel.freq)
    n = reaches[0].n_inputs
    if _is_untouched(params) and reaches == [Reach(n, params.h)] and 1 < season < n <= 2 * season:
        reaches.append(Reach(season, params.h))
    least = min(reach.n_inputs for reach in reaches)
    if params.residual_on == "seasonal_naive" and least < season:
        raise ValueError(
            f"residual_on='seasonal_naive' needs input_size of a season, {season} rows, at least; the networks read "
            f"{least}"
        )
    return reaches


def reads_segments(params, season):
    """Whether networks read segments rather than rows.

    Parameters
    ----------
    params : RNNForecaster
    season : int
        Steps in a season.

    Returns
    -------
    bool
    """
    return params.strategy == "segment" or (params.strategy == "auto" and season >= 24 and not params.bidirectional)


def _reach(params, panel, n_lost, size, has_future):
    season, h = season_of(panel.freq), params.h
    if reads_segments(params, season):
        return _segments(params, panel, n_lost, size, season, has_future)
    length = int(np.median(panel.lengths))
    n_seasons = 1.5 if length < SHORT * season else 2
    wish = max(int(n_seasons * season), h, 8)
    if params.strategy in ("recursive", "direct"):
        n_leads = h if params.strategy == "direct" else 1
        n_inputs = _input_size(size, length, n_lost + n_leads, wish)
        return Reach(n_inputs, 1, n_segments=int(has_future), n_leads=n_leads)
    n_inputs = _input_size(size, length, n_lost + h, wish)
    if has_future or params.strategy == "seq2seq":
        return Reach(n_inputs, 1, n_segments=h)
    return Reach(n_inputs, h)


def _segments(params, panel, n_lost, size, season, has_future):
    h = params.h
    segment = season if 4 <= season <= LONGEST_SEGMENT else min(24, max(4, h // 2))
    if params.segment_size is not None:
        segment = params.segment_size
    elif size is not None:  # the longest that divides it
        segment = next(length for length in range(segment, 0, -1) if size % length == 0)
    n_segments = max(1, round(h / segment))
    if has_future:  # no row after the horizon, of which nothing is known
        n_segments = next(n for n in range(n_segments, h + 1) if h % n == 0)
    n_outputs = -(-h // n_segments)
    reach = min(14 * season, LONGEST_WINDOW) if season >= 24 else 7 * h  # two weeks say what a week is
    length = int(np.quantile(panel.lengths, 0.1))  # the long windows of segments would leave out many of the series
    n_inputs = _input_size(size, length, n_lost + n_segments * n_outputs, max(reach, h, 2 * segment))
    if size is None:
        n_inputs = max(segment, n_inputs // segment * segment)
    elif n_inputs % segment:
        raise ValueError(f"input_size={n_inputs} must be a multiple of segment_size={segment}")
    return Reach(n_inputs, n_outputs, segment, n_segments)


def _input_size(size, length, n_others, wish):
    """What the user says; else the wish, but leave ten windows in a series of this length, beside other rows."""
    if size is not None:
        return int(size)
    room = length - n_others - 10
    return max(1, min(wish, max(room, (room + 10) // 2)))


def _is_untouched(params):
    """Whether it is left to the forecaster how many networks there are, and how far they read."""
    return params.input_size is None and params.n_init is None and params.scope == "global"


def n_seeds(params, reaches):
    """Networks to train for each reach: what the user says, else two, where there are not several already.

    Parameters
    ----------
    params : RNNForecaster
    reaches : sequence of Reach

    Returns
    -------
    int
    """
    if params.n_init is not None:
        return params.n_init
    several = len(reaches) > 1 or params.scope == "local" or params.strategy == "direct"
    return 1 if several else N_SEEDS


def make_network(params, reach, *, n_numbers=1, inputs=None):
    """The architecture of the networks of one reach.

    Parameters
    ----------
    params : RNNForecaster
    reach : Reach
    n_numbers : int
        Numbers that a network says of each step.
    inputs : Inputs or None
        What the columns of a row are, where there are covariates.

    Returns
    -------
    Network
    """
    words = {} if inputs is None else {"inputs": inputs}
    if params.strategy == "seq2seq":
        words["decoder"] = "sequential"
    default = LOCAL_HIDDEN_SIZE if params.scope == "local" else HIDDEN_SIZE
    return Network(
        **network_arguments(params, default),
        n_features=reach.segment if inputs is None else inputs.n_features,
        n_outputs=reach.n_outputs * n_numbers,
        n_targets=reach.n_outputs,
        n_segments=reach.n_segments,
        n_linear=reach.n_steps if params.linear_skip else 0,
        **words,
    )


def make_settings(params, n_windows, reach, label=""):
    """How to train on so many windows.

    Parameters
    ----------
    params : RNNForecaster
    n_windows : int
        Of one network.
    reach : Reach
    label : str, default=""
        What progress is called.

    Returns
    -------
    Settings
    """
    batch_size = params.batch_size or (32 if n_windows < 5_000 else 64 if n_windows < 250_000 else 128)
    batch_size = min(batch_size, n_windows)
    n_updates, least = (SEGMENT_UPDATES, SEGMENT_EPOCHS) if reach.segment > 1 else (N_UPDATES, EPOCHS[0])
    most = LOCAL_EPOCHS if params.scope == "local" else EPOCHS[1]
    max_iter = params.max_iter or int(np.clip(n_updates * batch_size / n_windows, least, most))
    return Settings(
        solver=params.solver,
        alpha=params.alpha,
        batch_size=batch_size,
        learning_rate=params.learning_rate,
        learning_rate_init=params.learning_rate_init or (1e-3 if reach.n_segments else 3e-3),
        max_grad_norm=params.max_grad_norm,
        max_iter=max_iter,
        n_iter_no_change=ADAPTIVE_PATIENCE if params.learning_rate == "adaptive" else max_iter,
        hyper=HYPER,
        n_jobs=params.n_jobs,
        verbose=int(params.verbose),
        label=label,
    )
