"""Small real series to try things on, and generators of the classic sequence problems.

The real series are CSV files of the repository's ``datasets/`` folder; its README gives the source and the licence of
each. In an installed package the same folder is ``rnnforecast/_datasets``.
"""

from math import pi, tanh
from numbers import Integral, Real
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.utils import check_random_state, check_scalar

__all__ = [
    "load_airline",
    "load_co2",
    "load_elnino",
    "load_nile",
    "load_sunspots",
    "make_adding_problem",
    "make_copy_memory",
    "make_mackey_glass",
    "make_narma",
    "make_series_panel",
]

# The wheel's folder comes first: beside an installed package, "datasets" may be a package of somebody else.
_FOLDERS = (Path(__file__).parent / "_datasets", Path(__file__).parents[1] / "datasets")


def _load(name, freq):
    """Read one ``ds,y`` file into a float64 Series; pandas checks that the dates have the frequency."""
    for path in (folder / f"{name}.csv" for folder in _FOLDERS):
        if path.is_file():
            frame = pd.read_csv(path, parse_dates=["ds"], dtype={"y": np.float64})
            return pd.Series(
                frame["y"].to_numpy(), index=pd.DatetimeIndex(frame["ds"], freq=freq, name="ds"), name=name
            )
    places = " nor in ".join(str(folder) for folder in _FOLDERS)
    raise FileNotFoundError(
        f"{name}.csv is neither in {places}; the installation is incomplete, install rnnforecast again"
    )


def load_airline():
    """Load the airline series: monthly international passengers, 1949 to 1960.

    A rising trend and a yearly season that grows with the level (Box & Jenkins, 1976).

    Returns
    -------
    Series of shape (144,)
        Thousands of passengers; DatetimeIndex of month starts, ``freq="MS"``.
    """
    return _load("airline", "MS")


def load_co2():
    """Load the weekly CO2 concentration at Mauna Loa, March 1958 to December 2001.

    59 weeks were not measured (the longest run of them is 18 weeks, in 1964) and are NaN; ``load_co2().interpolate()``
    fills them, and ``load_co2().resample("MS").mean()`` is the monthly series.

    Returns
    -------
    Series of shape (2284,)
        Parts per million by volume; DatetimeIndex of Saturdays, ``freq="W-SAT"``.
    """
    return _load("co2", "W-SAT")


def load_sunspots():
    """Load the yearly number of sunspots, 1700 to 2008: cycles of 9 to 14 years of very different height.

    Returns
    -------
    Series of shape (309,)
        Mean sunspot number of the year; DatetimeIndex of year starts, ``freq="YS"``.
    """
    return _load("sunspots", "YS")


def load_nile():
    """Load the yearly flow of the Nile at Aswan, 1871 to 1970: noise around a level that drops about 1898 (Cobb, 1978).

    Returns
    -------
    Series of shape (100,)
        Discharge in 10^8 cubic metres; DatetimeIndex of year starts, ``freq="YS"``.
    """
    return _load("nile", "YS")


def load_elnino():
    """Load the monthly sea surface temperature of the eastern Pacific (region Nino 1+2), 1950 to 2010.

    Returns
    -------
    Series of shape (732,)
        Degrees Celsius; DatetimeIndex of month starts, ``freq="MS"``.
    """
    return _load("elnino", "MS")


_SUBSTEPS = 10  # integration steps in one unit of time, and so the resolution of the delay


def make_mackey_glass(*, n_timesteps=1000, tau=17, beta=0.2, gamma=0.1, exponent=10, burn_in=500, random_state=None):
    """Integrate the Mackey-Glass equation, a delay differential equation that is chaotic for ``tau`` above 16.8.

    ::

        dx/dt = beta x(t - tau) / (1 + x(t - tau)^exponent) - gamma x(t)

    The history before the start is a constant, drawn from [1.1, 1.3]; a fourth-order Runge-Kutta method makes ten steps
    in one unit of time, and one value in each unit is kept.

    Parameters
    ----------
    n_timesteps : int, default=1000
        Length of the series.
    tau : float, default=17
        Delay, rounded to a tenth.
    beta, gamma : float, default=0.2, 0.1
        Rate of production and rate of decay.
    exponent : float, default=10
        Sharpness of the nonlinearity.
    burn_in : int, default=500
        Values that are dropped at the beginning, until the series is on its attractor.
    random_state : int, RandomState or None, default=None
        Source of the history.

    Returns
    -------
    ndarray of shape (n_timesteps,)
        The series.

    References
    ----------
    Mackey & Glass (1977), Oscillation and chaos in physiological control systems. Science 197.
    """
    check_scalar(n_timesteps, "n_timesteps", Integral, min_val=1)
    check_scalar(burn_in, "burn_in", Integral, min_val=0)
    check_scalar(tau, "tau", Real, min_val=1 / _SUBSTEPS)
    for name, value in {"beta": beta, "gamma": gamma, "exponent": exponent}.items():
        check_scalar(value, name, Real, min_val=0, include_boundaries="neither")
    delay = round(tau * _SUBSTEPS)
    step = 1 / _SUBSTEPS

    def production(delayed):
        return beta * delayed / (1 + delayed**exponent)

    x = [check_random_state(random_state).uniform(1.1, 1.3)] * (delay + 1)
    for i in range(delay, delay + (n_timesteps + burn_in - 1) * _SUBSTEPS):
        before, after = x[i - delay], x[i - delay + 1]
        middle = production((before + after) / 2)
        k1 = production(before) - gamma * x[i]
        k2 = middle - gamma * (x[i] + step / 2 * k1)
        k3 = middle - gamma * (x[i] + step / 2 * k2)
        k4 = production(after) - gamma * (x[i] + step * k3)
        x.append(x[i] + step / 6 * (k1 + 2 * k2 + 2 * k3 + k4))
    return np.array(x[delay + burn_in * _SUBSTEPS :: _SUBSTEPS])


def make_narma(*, n_timesteps=1000, order=10, random_state=None):
    """Drive a nonlinear autoregressive moving average (NARMA) system with noise; the task is to give y from u.

    ::

        y(t + 1) = 0.3 y(t) + 0.05 y(t) sum_{i < order} y(t - i) + 1.5 u(t - order + 1) u(t) + 0.1

    with u(t) uniform on [0, 0.5] and y = 0 for the first ``order`` steps. The system is unstable above order 10, where
    the right side goes through tanh, as is usual; up to order 10 an input that makes it diverge (rare) is drawn again.

    Parameters
    ----------
    n_timesteps : int, default=1000
        Length of input and output; more than ``order``.
    order : int, default=10
        Steps that the system looks back, from 1 to 20.
    random_state : int, RandomState or None, default=None
        Source of the input.

    Returns
    -------
    u : ndarray of shape (n_timesteps,)
        Input.
    y : ndarray of shape (n_timesteps,)
        Output; ``y[t]`` depends on the input before ``t``.

    References
    ----------
    Atiya & Parlos (2000), New results on recurrent network training. IEEE Transactions on Neural Networks 11.
    """
    check_scalar(order, "order", Integral, min_val=1, max_val=20)
    check_scalar(n_timesteps, "n_timesteps", Integral, min_val=order + 1)
    rng = check_random_state(random_state)
    for _ in range(100):
        u = rng.uniform(0, 0.5, n_timesteps)
        y = _narma_output(u.tolist(), order)
        if y is not None:
            return u, np.array(y)
    raise ValueError(f"n_timesteps={n_timesteps} is too long for order={order}: 100 inputs in a row made it diverge")


def _narma_output(u, order):
    """Run the NARMA recurrence over a list; None when it leaves the range of its stable solutions, which is below 1."""
    y = [0.0] * order
    for t in range(order - 1, len(u) - 1):
        value = 0.3 * y[t] + 0.05 * y[t] * sum(y[t - order + 1 :]) + 1.5 * u[t - order + 1] * u[t] + 0.1
        value = tanh(value) if order > 10 else value
        if value > 1:
            return None
        y.append(value)
    return y


def make_adding_problem(*, n_samples=1000, n_timesteps=100, random_state=None):
    """Make the adding problem: the target is the sum of the two marked numbers of a long sequence.

    ::

        y = X[a, 0] + X[b, 0],   X[t, 0] ~ U(0, 1),   X[t, 1] = 1 if t is a or b else 0

    with a in the first half of the steps and b in the second. The constant answer 1 has a mean squared error of 1/6; a
    network that beats it clearly carries a number over half of the sequence.

    Parameters
    ----------
    n_samples : int, default=1000
        Number of sequences.
    n_timesteps : int, default=100
        Steps of a sequence, at least 2.
    random_state : int, RandomState or None, default=None
        Source of the numbers and the places.

    Returns
    -------
    X : ndarray of shape (n_samples, n_timesteps, 2)
        Numbers and markers.
    y : ndarray of shape (n_samples,)
        Sums.

    References
    ----------
    Hochreiter & Schmidhuber (1997), Long short-term memory. Neural Computation 9.
    """
    check_scalar(n_samples, "n_samples", Integral, min_val=1)
    check_scalar(n_timesteps, "n_timesteps", Integral, min_val=2)
    rng = check_random_state(random_state)
    half, rows = n_timesteps // 2, np.arange(n_samples)
    X = np.zeros((n_samples, n_timesteps, 2))
    X[:, :, 0] = rng.uniform(size=(n_samples, n_timesteps))
    first, second = rng.randint(0, half, n_samples), rng.randint(half, n_timesteps, n_samples)
    X[rows, first, 1] = X[rows, second, 1] = 1
    return X, X[rows, first, 0] + X[rows, second, 0]


def make_copy_memory(*, n_samples=1000, delay=50, n_symbols=8, length=10, random_state=None):
    """Make the copy memory problem: repeat the symbols of the beginning, in order, after a long silence.

    The steps of a sequence, where 0 is silence, s the symbols (from 1 to ``n_symbols``) and G the signal to go::

        X    s_1 ... s_length   0 ... 0  (delay - 1)   G   0   ...   0
        y    0       ...        0 ... 0  (delay)           s_1 ... s_length

    X is one-hot over the silence, the symbols and the signal, in this order; y holds a label for each step. An answer
    without memory reaches a mean cross-entropy of ``length * log(n_symbols) / (delay + 2 * length)``.

    Parameters
    ----------
    n_samples : int, default=1000
        Number of sequences.
    delay : int, default=50
        Steps between the last symbol and the first repetition, at least 1.
    n_symbols : int, default=8
        Size of the alphabet.
    length : int, default=10
        Symbols to remember.
    random_state : int, RandomState or None, default=None
        Source of the symbols.

    Returns
    -------
    X : ndarray of shape (n_samples, delay + 2 * length, n_symbols + 2)
        One-hot sequences.
    y : ndarray of shape (n_samples, delay + 2 * length)
        Labels of the steps, integers from 0 to ``n_symbols``.

    References
    ----------
    Arjovsky, Shah & Bengio (2016), Unitary evolution recurrent neural networks, after Hochreiter & Schmidhuber (1997).
    """
    for name, value in {"n_samples": n_samples, "delay": delay, "n_symbols": n_symbols, "length": length}.items():
        check_scalar(value, name, Integral, min_val=1)
    symbols = check_random_state(random_state).randint(1, n_symbols + 1, size=(n_samples, length))
    shown = np.zeros((n_samples, delay + 2 * length), dtype=np.int64)
    y = np.zeros_like(shown)
    shown[:, :length] = y[:, -length:] = symbols
    shown[:, length + delay - 1] = n_symbols + 1
    return np.eye(n_symbols + 2)[shown], y


def make_series_panel(
    *, n_series=10, n_timesteps=120, period=12, noise=0.1, start="2000-01-01", freq="MS", random_state=None
):
    """Make a long frame of seasonal series with a trend, of very different levels.

    ::

        y_i(t) = level_i (1 + growth_i t / period + depth_i sin(2 pi t / period + phase_i) + noise e_i(t))

    with a level between 3 and 300 (uniform in its logarithm), a growth of up to 0.1 in a period, a depth from 0.1 to
    0.5, any phase, and standard normal e.

    Parameters
    ----------
    n_series : int, default=10
        Number of series.
    n_timesteps : int or (int, int), default=120
        Length of each series, or the smallest and the largest length of a ragged panel. All series end at the same
        time; the shorter ones begin later.
    period : float, default=12
        Steps of a season.
    noise : float, default=0.1
        Standard deviation of the noise, in units of the level.
    start : str or Timestamp, default="2000-01-01"
        Time of t = 0, where series of the largest length begin.
    freq : str, DateOffset or None, default="MS"
        Frequency of ``ds``. None makes ``ds`` the integer t, whatever ``start`` is.
    random_state : int, RandomState or None, default=None
        Source of the lengths, the series' constants and the noise.

    Returns
    -------
    DataFrame with columns unique_id, ds, y
        One row for each series and time, sorted by both.
    """
    check_scalar(n_series, "n_series", Integral, min_val=1)
    check_scalar(period, "period", Real, min_val=0, include_boundaries="neither")
    check_scalar(noise, "noise", Real, min_val=0)
    pair = n_timesteps if isinstance(n_timesteps, (tuple, list)) else (n_timesteps, n_timesteps)
    if len(pair) != 2:
        raise ValueError(f"n_timesteps={n_timesteps!r}: needs one length, or the smallest and the largest")
    shortest, longest = pair
    check_scalar(shortest, "n_timesteps", Integral, min_val=1)
    check_scalar(longest, "n_timesteps", Integral, min_val=shortest)
    rng = check_random_state(random_state)
    lengths = rng.randint(shortest, longest + 1, n_series)
    level, growth = 10 ** rng.uniform(0.5, 2.5, n_series), rng.uniform(0, 0.1, n_series)
    depth, phase = rng.uniform(0.1, 0.5, n_series), rng.uniform(0, 2 * pi, n_series)
    series = np.repeat(np.arange(n_series), lengths)
    t = np.concatenate([np.arange(longest - length, longest) for length in lengths])
    shape = 1 + growth[series] * t / period + depth[series] * np.sin(2 * pi * t / period + phase[series])
    y = level[series] * (shape + noise * rng.normal(size=len(t)))
    ids = np.array([f"id_{i:0{len(str(n_series - 1))}d}" for i in range(n_series)])
    ds = t if freq is None else pd.date_range(start, periods=longest, freq=freq)[t]
    return pd.DataFrame({"unique_id": ids[series], "ds": ds, "y": y})
