"""Sample paths: futures whose steps depend on each other as the errors on held-back windows did.

Quantiles and distributions of single steps say nothing about sums, maxima or runs over several steps, since these
hang on whether an error at one step goes on at the next. Paths do.

A generator is a `numpy.random.Generator` or a `RandomState`.
"""

import warnings

import numpy as np

from rnnforecast.forecasting.uncertainty.copula import copula_ranks


def bootstrap_paths(point, residuals, scale, n_paths, rng):
    """Draw paths: the point forecasts plus whole vectors of errors.

    Each path takes the errors of one calibration window, drawn with replacement, at all its steps, which keeps
    their dependence, skewness and bias: the mean of the paths is the point forecast plus the mean error. Series draw
    independently. The spread is that of the errors seen, with no correction for few windows as `conformal_radius`
    has; for exact marginals reorder samples with `coherent_paths`.

    Parameters
    ----------
    point : ndarray of shape (n_series, h)
    residuals : ndarray of shape (..., at least h)
        Actual value minus forecast on held-back windows, each divided by the scale of its series; all axes but the
        last count as one. Windows with a NaN in the first h steps are left out.
    scale : ndarray of shape (n_series,) or None
        What to multiply the errors by. None is 1.
    n_paths : int
        Paths of each series.
    rng : Generator or RandomState

    Returns
    -------
    ndarray of shape (n_series, n_paths, h)
        Paths in the order in which they were drawn.

    Raises
    ------
    ValueError
        When no window is complete, or shapes do not fit.
    """
    point = np.asarray(point)
    n_series, h = point.shape
    rows = _complete(residuals, h)
    unit = np.ones(n_series) if scale is None else np.asarray(scale)
    if unit.shape != (n_series,):
        raise ValueError(f"scale has shape {unit.shape}; {(n_series,)} is needed, one for each series")
    drawn = rng.choice(len(rows), size=(n_series, _check_n_paths(n_paths)))
    return point[:, None] + unit[:, None, None] * rows[drawn]


def coherent_paths(marginals, residuals, n_paths, rng):
    """Draw paths whose steps have given distributions, and hang together as the errors did.

    Every step's samples are put in the order in which the errors of that step lie in vectors of errors, so that
    a path which is third from the top at one step is where its vector of errors is at the next. Samples only change
    places: the distribution of each step stays as it is given.

    The order comes from the errors themselves where at least `n_paths` complete windows exist: as many are drawn,
    without replacement and for each series anew, which assumes nothing on the form of the dependence (the Schaake
    shuffle, Clark et al. 2004, with calibration windows in place of historical days). With fewer windows paths
    would repeat orders, or share one another's; there it comes from a Gaussian copula, whose correlation is that of
    the errors' normal scores, shrunk towards independence by the amount that its own sampling error calls for
    (Schäfer and Strimmer 2005). Few windows thus give weaker dependence, not a wild one. Windows that overlap carry
    less than their number says, and are shrunk too little.

    Parameters
    ----------
    marginals : ndarray of shape (n_series, n_paths, h), or callable
        Samples of each step, in any order; or a quantile function, called once with probabilities (n_paths, h) that
        rise along the first axis, one from each n_paths-th of the unit interval (Latin hypercube sampling, which has
        less noise than independent draws), that returns their values (n_series, n_paths, h).
    residuals : ndarray of shape (..., at least h)
        Errors of held-back windows; all axes but the last count as one. Windows with a NaN in the first h steps are
        left out. Only their order at each step matters, so that one scale must do for all.
    n_paths : int
        Paths of each series, and so samples of each of its steps.
    rng : Generator or RandomState

    Returns
    -------
    ndarray of shape (n_series, n_paths, h)
        The samples of `marginals`, in another order along the second axis.

    Raises
    ------
    ValueError
        When no window is complete, or the marginals have another shape.

    Warns
    -----
    UserWarning
        With fewer than 3 complete windows, from which no correlation can be told: steps are independent then.

    References
    ----------
    Clark, M., Gangopadhyay, S., Hay, L., Rajagopalan, B. and Wilby, R. (2004). The Schaake shuffle: a method for
    reconstructing space-time variability in forecasted precipitation and temperature fields. Journal of
    Hydrometeorology 5(1).

    Schäfer, J. and Strimmer, K. (2005). A shrinkage approach to large-scale covariance matrix estimation and
    implications for functional genomics. Statistical Applications in Genetics and Molecular Biology 4(1).
    """
    n_paths, h = _check_n_paths(n_paths), np.shape(residuals)[-1]
    if callable(marginals):
        values = np.asarray(marginals((np.arange(n_paths)[:, None] + rng.random((n_paths, h))) / n_paths))
    else:
        values = np.asarray(marginals)
    if values.ndim != 3 or values.shape[1] != n_paths or values.shape[2] > h:
        raise ValueError(f"marginals has shape {values.shape}; (n_series, {n_paths}, at most {h}) is needed")
    rows = _complete(residuals, values.shape[2])
    if len(rows) < 3:
        warnings.warn(
            f"{len(rows)} complete calibration windows are too few to tell how steps depend on each other, which needs "
            "3; the steps of each path are independent",
            UserWarning,
            stacklevel=2,
        )
    ranks = copula_ranks(rows, len(values), n_paths, rng)
    return np.take_along_axis(np.sort(values, axis=1), ranks, axis=1)


def _complete(residuals, h):
    """The windows that have all of the first h steps, (n, h)."""
    residuals = np.asarray(residuals)
    if residuals.shape[-1] < h:
        raise ValueError(f"residuals has {residuals.shape[-1]} steps; {h} are needed")
    rows = residuals.reshape(-1, residuals.shape[-1])[:, :h]
    rows = rows[~np.isnan(rows).any(axis=1)]
    if not len(rows):
        raise ValueError(f"residuals has no window without NaN in its first {h} steps; paths need at least one")
    return rows


def _check_n_paths(n_paths):
    if isinstance(n_paths, bool | np.bool_) or not isinstance(n_paths, int | np.integer) or n_paths < 1:
        raise ValueError(f"n_paths={n_paths!r} must be a positive int")
    return int(n_paths)
