"""Make series of dynamical systems: one that is chaotic, and one that noise drives."""

from math import tanh
from numbers import Integral, Real

import numpy as np
from sklearn.utils import check_random_state, check_scalar

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
