"""Elman's simple recurrent network (Elman 1990).

    h_t = sigma(W_xh x_t + W_hh h_{t-1} + b_h),    sigma = tanh, relu or sigmoid

One slot (a), one state (h). Each derivative can be written in terms of the output h alone, so that the backward pass
needs nothing else: tanh' = 1 - h^2, relu' = [h > 0], sigmoid' = h (1 - h).
"""

import numpy as np

from ..._jit import bind, kernel
from .. import maths
from .cell import Cell


def gates_forward(first, last, step, t, z, states):
    """h' = sigma(a)."""
    a, h = z[0, t], states[0, t + 1]
    for j in range(first, last, step):
        h[j] = sigma(a[j])


def gates_backward(first, last, step, t, z, states, dstate):
    """da = dh' sigma'(a); the old h reaches the new one through U alone."""
    a, h, dh = z[0, t], states[0, t + 1], dstate[0]
    zero = a.dtype.type(0)
    for j in range(first, last, step):
        a[j] = dh[j] * slope(h[j])
        dh[j] = zero


@kernel
def relu(x):
    """max(x, 0); NaN is kept."""
    zero = type(x)(0)
    return zero if x < zero else x


@kernel
def tanh_slope(h):
    """The derivative of tanh where its value is h."""
    return type(h)(1) - h * h


@kernel
def relu_slope(h):
    """The derivative of relu where its value is h."""
    return type(h)(1) if h > type(h)(0) else type(h)(0)


@kernel
def sigmoid_slope(h):
    """The derivative of the sigmoid where its value is h."""
    return h * (type(h)(1) - h)


def _elman(name, sigma, slope, array_sigma):
    def equations(z, states):
        return (array_sigma(z[0]),)

    return Cell(
        name=name,
        slots="a",
        states="h",
        input_slots=(0, 1),
        recurrent_slots=(0, 1),
        gates_forward=bind(gates_forward, name, alone=True, sigma=sigma),
        gates_backward=bind(gates_backward, name, alone=True, slope=slope),
        equations=equations,
    )


CELLS = (
    _elman("elman", maths.tanh, tanh_slope, np.tanh),
    _elman("elman_relu", relu, relu_slope, lambda a: np.maximum(a, 0)),
    _elman("elman_sigmoid", maths.sigmoid, sigmoid_slope, maths.sigmoid),
)
