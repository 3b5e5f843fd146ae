"""The dependence of errors across steps, apart from their distributions: ranks, and a shrunk correlation."""

import numpy as np
from scipy.special import ndtri


def copula_ranks(rows, n_series, n_paths, rng):
    """Draw in which order the samples of each step go into paths.

    Parameters
    ----------
    rows : ndarray of shape (n, h)
        Vectors of errors. With n >= n_paths their own ranks are used, with fewer a Gaussian copula of their shrunk
        correlation, and with fewer than 3 independent steps (`coherent_paths` says why).
    n_series, n_paths : int
    rng : Generator or RandomState

    Returns
    -------
    ndarray of shape (n_series, n_paths, h), int64
        At each step of each series a permutation of 0 to n_paths - 1.
    """
    n, h = rows.shape
    if n >= n_paths and n >= 3:
        order = _ranks(_untied(rows, rng))  # so that ties, such as errors of counts, fall at random once, not by row
        drawn = np.stack([rng.choice(n, size=n_paths, replace=False) for _ in range(n_series)])
        return _ranks(order[drawn], axis=1)
    return _ranks(_normal_vectors(rows, n_series, n_paths, rng), axis=1)


def normal_scores(rows):
    """Return Φ⁻¹((rank - 1/2) / n) of each step, standardised.

    Parameters
    ----------
    rows : ndarray of shape (n, h)
        Ties get their mean rank.

    Returns
    -------
    ndarray of shape (n, h)
        Mean 0 and mean square 1 at each step; 0 where all rows are equal.
    """
    scores = ndtri((_mean_ranks(rows) - 0.5) / len(rows))
    scores -= scores.mean(axis=0)
    size = np.sqrt(np.mean(scores**2, axis=0))
    return scores / np.where(size > 1e-12, size, np.inf)


def shrinkage(scores):
    """Return how far to shrink the correlations of standardised columns to 0.

    It minimises the expected squared error of all correlations together; with w_kij = x_ki x_kj and their mean
    r_ij over the n rows::

        λ = Σ_{i≠j} Var(r_ij) / Σ_{i≠j} r_ij²,    Var(r_ij) = 1 / (n (n - 1)) Σ_k (w_kij - r_ij)²

    Parameters
    ----------
    scores : ndarray of shape (n, h)
        Mean 0 and mean square 1 in each column.

    Returns
    -------
    float
        From 0, for correlations that are certain, to 1.

    References
    ----------
    Schäfer, J. and Strimmer, K. (2005). A shrinkage approach to large-scale covariance matrix estimation and
    implications for functional genomics. Statistical Applications in Genetics and Molecular Biology 4(1), target D.
    """
    n = len(scores)
    if n < 3:
        return 1.0
    correlation = scores.T @ scores / n
    squares = scores**2
    variance = (squares.T @ squares / n - correlation**2) / (n - 1)
    np.fill_diagonal(variance, 0.0)
    np.fill_diagonal(correlation, 0.0)
    total = np.sum(correlation**2)
    return float(np.clip(np.sum(variance) / total, 0.0, 1.0)) if total > 0 else 1.0


def _normal_vectors(rows, n_series, n_paths, rng):
    """Normal vectors (n_series, n_paths, h) of the correlation (1 - λ) X'X / n + λ I, with X the normal scores.

    sqrt((1 - λ) / n) g X + sqrt(λ) e, with g and e standard normal, has it without any matrix being factorised.
    """
    n, h = rows.shape
    scores = normal_scores(rows)
    keep = 1 - shrinkage(scores)
    shared = keep * np.mean(scores**2, axis=0)  # 0 at a step without any spread, which then stands alone
    own = np.sqrt(np.maximum(1 - shared, 0)) * rng.standard_normal((n_series, n_paths, h))
    return np.sqrt(keep / n) * (rng.standard_normal((n_series, n_paths, n)) @ scores) + own


def _untied(rows, rng):
    """Ranks of each step, ties broken at random, as numbers of their own."""
    return _mean_ranks(rows) + 0.25 * rng.random(rows.shape)  # ranks lie half a rank apart at least


def _ranks(values, axis=0):
    return np.argsort(np.argsort(values, axis=axis, kind="stable"), axis=axis, kind="stable")


def _mean_ranks(rows):
    """Ranks of each step, 1 to n; ties get their mean rank."""
    from scipy.stats import rankdata  # here, as it takes 0.7 s to import

    return rankdata(rows, axis=0)
