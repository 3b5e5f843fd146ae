"""Cut a tile of windows out of the flat series, scaled per window: windows are never materialised.

A window is (series, start, length): the numbers of step t are ``values[start + t * F : start + (t + 1) * F]``, so a
3-D array (n_samples, n_timesteps, n_features) is the case start = i * T * F, a single series the case start = i * F,
and segments of m rows are steps of m * F numbers. Rows of several kinds of columns are gathered in inputs.py.
"""

from functools import cache

from .._jit import kernel
from .addresses import CUBE, INT, VECTOR, address_of
from .scalers.scaler import measure_column


@kernel
def gather_inputs(values, starts, samples, scaler, n_columns, n_scaled, x, centre, scale):
    """x[t, b] = (window of sample b at step t - centre[b]) / scale[b], in the first `n_scaled` columns of each row.

    The measures are those of column 0, the target, of which further scaled columns are lags.

    values  : (n_numbers,) all series end to end, row by row
    starts  : (n_windows,) where each window begins in `values`
    samples : (B,)         which windows make the tile
    scaler  : int          the address of a window scaler, or -1 for none
    n_columns, n_scaled : columns of one row of the series; how many of them, from the left, are scaled
    x       : (T, B, F)    out; F is a multiple of n_columns
    centre, scale : (B,)   out, not written without a scaler
    """
    T, B, F = x.shape
    for b in range(B):
        start = starts[samples[b]]
        window = values[start : start + T * F]
        for t in range(T):
            for f in range(F):
                x[t, b, f] = window[t * F + f]
        if scaler >= 0:
            measure_window(scaler, window, n_columns, b, centre, scale)
            for c in range(n_scaled):
                scale_column(x, b, c, n_columns, centre[b], scale[b])


@kernel
def measure_window(scaler, window, n_columns, b, centre, scale):
    """Write the measures of column 0 of a window into centre[b] and scale[b]; a scale of zero becomes one."""
    measure_column(scaler, window, n_columns, 0, centre[b:], scale[b:])
    if scale[b] == scale.dtype.type(0):
        scale[b] = scale.dtype.type(1)


@kernel
def scale_column(x, b, c, n_columns, m, s):
    """x[:, b, c::n_columns] = (x - m) / s."""
    T, B, F = x.shape
    for t in range(T):
        for f in range(c, F, n_columns):
            x[t, b, f] = (x[t, b, f] - m) / s


@kernel
def gather_targets(targets, offsets, samples, stride, scaler, centre, scale, y):
    """y[t, b, o] = targets[offsets[sample b] + t * stride + o], scaled as the window is.

    y : (T, B, O) out; T = 1 when only the last step has a target; NaN, which losses leave out, stays NaN
    """
    T, B, O = y.shape
    for b in range(B):
        first = offsets[samples[b]]
        for t in range(T):
            for o in range(O):
                y[t, b, o] = targets[first + t * stride + o]
        if scaler >= 0:
            for t in range(T):
                for o in range(O):
                    y[t, b, o] = (y[t, b, o] - centre[b]) / scale[b]


@kernel
def locations_to_series(out, centre, scale, step):
    """out[t, b, o] = out[t, b, o] * scale[b] + centre[b] for o = 0, step, 2 step, ... of outputs (T, B, O)."""
    T, B, O = out.shape
    for t in range(T):
        for b in range(B):
            for o in range(0, O, step):
                out[t, b, o] = out[t, b, o] * scale[b] + centre[b]


@kernel
def locations_backward(dout, scale, step):
    """The gradient of what `locations_to_series` was given, from that of what it made, in place."""
    T, B, O = dout.shape
    for t in range(T):
        for b in range(B):
            for o in range(0, O, step):
                dout[t, b, o] *= scale[b]


@cache
def location_addresses(dtype):
    """The addresses of `locations_to_series` and `locations_backward`, which few losses need."""
    there = address_of(locations_to_series, dtype, CUBE, VECTOR, VECTOR, INT)
    return there, address_of(locations_backward, dtype, CUBE, VECTOR, INT)
