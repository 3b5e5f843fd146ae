"""Seasonal factors as the M4 competition found them for Naive2: a test, then the classical decomposition."""

import numpy as np

_CRITICAL = 1.645  # of the normal distribution, two-sided 90 %
FEWEST_SEASONS = 3
_ROUGHER = 2.0  # times the change from row to row; months of the M3 and M4 competitions stay below
_BLOCK = 1_000_000  # values decomposed at a time; bounds the memory


def seasonal_factors(values, starts, stops, season):
    """Return the multiplicative season of each of ``values[starts[i]:stops[i]]``, or ones where it has none.

    With r_k the autocorrelation at lag k and m the season, n values are seasonal if n >= 3 m and::

        |r_m| > 1.645 sqrt((1 + 2 (r_1² + ... + r_{m-1}²)) / n)

    The factors are the means of the values over their centred moving average, by place in the season, divided by the
    mean of these m means.

    Parameters
    ----------
    values : ndarray of shape (n_rows,)
    starts, stops : ndarray of shape (n,)
    season : int

    Returns
    -------
    ndarray of shape (n, season)
        Factors of the rows ``starts[i], starts[i] + 1, ...``; ones also where a moving average is 0.

    References
    ----------
    Makridakis, S., Spiliotis, E. and Assimakopoulos, V. (2020). The M4 Competition: 100,000 time series and 61
    forecasting methods. International Journal of Forecasting 36(1).
    """
    lengths, factors = stops - starts, np.ones((len(starts), season))
    left = np.flatnonzero(lengths >= FEWEST_SEASONS * season) if season > 1 else np.empty(0, dtype=int)
    for block in blocks(lengths, left):
        table, inside = as_table(values, starts[block], lengths[block])
        seasonal = _is_seasonal(table, inside, lengths[block], season)
        found = _decompose(table[seasonal], lengths[block][seasonal], season)
        finite = np.isfinite(found).all(axis=1)
        factors[block[seasonal][finite]] = found[finite]
    return factors


def smoothing_factors(values, starts, stops, factors):
    """Keep seasonal factors, but those under which series change much more from row to row than without them.

    Factors are found without half a season at both ends. A value there, at a place of the season where others are near
    0, would be divided by next to nothing, and forecasts would be as many times too large.

    Parameters
    ----------
    values : ndarray of shape (n_rows,)
    starts, stops : ndarray of shape (n,)
    factors : ndarray of shape (n, season)
        As `seasonal_factors` gives them.

    Returns
    -------
    ndarray of shape (n, season)
        Ones instead of these, and where a value cannot be divided.
    """
    lengths, kept = stops - starts, factors.copy()
    for block in blocks(lengths, np.flatnonzero((factors != 1).any(axis=1))):
        table, inside = as_table(values, starts[block], lengths[block])
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            adjusted = table / factors[block][:, np.arange(table.shape[1]) % factors.shape[1]]
            before, after = (np.abs(np.diff(x)).sum(axis=1, where=inside[:, 1:]) for x in (table, adjusted))
        kept[block[~(after <= _ROUGHER * before)]] = 1.0
    return kept


def blocks(lengths, chosen):
    """Cut rows into groups of similar length, so that a table of each group is small.

    Parameters
    ----------
    lengths : ndarray of shape (n,)
    chosen : ndarray of int
        Positions of the rows wanted.

    Yields
    ------
    ndarray of int
        Positions, by length.
    """
    left = chosen[np.argsort(lengths[chosen], kind="stable")]
    while len(left):
        n_block = max(_BLOCK // lengths[left[-1]], 1)
        block, left = left[-n_block:], left[:-n_block]
        yield block


def as_table(values, starts, lengths):
    """Return ``values[starts[i]:starts[i] + lengths[i]]`` as rows of equal width.

    Parameters
    ----------
    values : ndarray of shape (n_rows,)
    starts, lengths : ndarray of shape (n,)

    Returns
    -------
    table : ndarray of shape (n, max(lengths))
        Filled up by the last value of each row.
    inside : ndarray of bool
        Where it is not filled up.
    """
    steps = np.arange(lengths.max())
    inside = steps < lengths[:, None]
    return values[starts[:, None] + np.minimum(steps, lengths[:, None] - 1)], inside


def _is_seasonal(table, inside, lengths, season):
    """The test at the level of 90 %, row by row."""
    share = 1 / lengths[:, None]
    centred = np.where(inside, table - np.sum(table * share, axis=1, where=inside)[:, None], 0.0)
    size = np.abs(centred).max(axis=1, keepdims=True)
    centred /= np.where(size > 0, size, 1.0)  # squares do not overflow
    variance = np.einsum("ij,ij->i", centred, centred)
    lags = [np.einsum("ij,ij->i", centred[:, lag:], centred[:, :-lag]) for lag in range(1, season + 1)]
    r = np.array(lags) / np.where(variance > 0, variance, 1.0)
    return np.abs(r[-1]) > _CRITICAL * np.sqrt((1 + 2 * np.sum(r[:-1] ** 2, axis=0)) / lengths)


def _decompose(table, lengths, season):
    """Factors (n, season) of rows that are seasonal; not finite where an average is 0."""
    half, width = season // 2, table.shape[1]
    weights = np.full(2 * half + 1, 1 / season)
    if season % 2 == 0:
        weights[[0, -1]] /= 2
    trend = sum(weight * table[:, lag : width - 2 * half + lag] for lag, weight in enumerate(weights))
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = table[:, half : width - half] / trend
    known = (np.arange(half, width - half) < lengths[:, None] - half) & ~np.isnan(ratio)
    n_seasons = -(-width // season)
    sums, counts = np.zeros((2, len(table), n_seasons * season))
    sums[:, half : width - half], counts[:, half : width - half] = np.where(known, ratio, 0.0), known
    sums, counts = (part.reshape(-1, n_seasons, season).sum(axis=1) for part in (sums, counts))
    with np.errstate(divide="ignore", invalid="ignore"):
        factors = sums / counts
        return factors / factors.mean(axis=1, keepdims=True)
