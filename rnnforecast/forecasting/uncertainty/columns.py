"""Which levels and quantiles may be asked for, and what their columns are called."""

import numbers

import numpy as np


def check_level(level, argument="level"):
    """Check coverage levels.

    Parameters
    ----------
    level : float, list of float or None
        In percent, such as 80 or ``[80, 95]``.
    argument : str
        Its name in messages.

    Returns
    -------
    tuple
        Each level once, rising; empty for None.

    Raises
    ------
    TypeError
        For what is no number.
    ValueError
        For a level that is not between 0 and 100, or looks like a fraction.
    """
    levels = _numbers(level, argument, "0 and 100")
    for one in levels:
        if not 0 < one < 100:
            raise ValueError(f"{argument}={one!r} must lie between 0 and 100, both left out")
        if one < 1:
            raise ValueError(f"{argument}={one!r} must be in percent: {100 * one:g} for {one:g}")
    return tuple(sorted(set(levels)))


def check_quantiles(quantiles, argument="quantiles"):
    """Check quantiles.

    Parameters
    ----------
    quantiles : float, list of float or None
        Probabilities, such as 0.5 or ``[0.1, 0.5, 0.9]``.
    argument : str
        Its name in messages.

    Returns
    -------
    tuple
        Each quantile once, rising; empty for None.

    Raises
    ------
    TypeError
        For what is no number.
    ValueError
        For a quantile that is not between 0 and 1; the message tells a percentage what to be.
    """
    wanted = _numbers(quantiles, argument, "0 and 1")
    for one in wanted:
        if not 0 < one < 1:
            hint = f": {one / 100:g} for {one:g}" if 1 <= one < 100 else ""
            raise ValueError(f"{argument}={one!r} must lie between 0 and 1, both left out{hint}")
    return tuple(sorted(set(wanted)))


def level_columns(model, level):
    """Return the column names of one interval.

    Parameters
    ----------
    model : str
    level : float

    Returns
    -------
    lower, upper : str
        Such as "RNN-lo-80" and "RNN-hi-80".
    """
    return f"{model}-lo-{_decimal(level)}", f"{model}-hi-{_decimal(level)}"


def quantile_columns(model, quantiles):
    """Return the column names of quantiles.

    Parameters
    ----------
    model : str
    quantiles : tuple of float
        As `check_quantiles` returns them.

    Returns
    -------
    list of str
        Such as "RNN-q0.1", in the order of the quantiles.
    """
    return [f"{model}-q{_decimal(one)}" for one in quantiles]


def _numbers(given, argument, between):
    """List one number or several."""
    if given is None:
        return []
    given = list(given) if np.iterable(given) and not isinstance(given, str) else [given]
    for one in given:
        if isinstance(one, bool | np.bool_) or not isinstance(one, numbers.Real):
            raise TypeError(f"{argument} must hold numbers between {between}; got {one!r}")
    return given


def _decimal(number):
    """The shortest decimal of a number, never with an exponent, so that no two columns share a name."""
    return np.format_float_positional(number, trim="-")
