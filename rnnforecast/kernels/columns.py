"""The kinds of columns that a row may have, one kernel each: numbers, codes of categories, and what decays."""

from .._jit import kernel
from .maths import exp


@kernel
def gather_columns(values, places, samples, n_columns, column, n_rows, first_row, out, at):
    """out[t, b, at + r - first_row] = row t * n_rows + r of a column, counted from the sample's place.

    values  : (n_numbers,) all series end to end, row by row
    places  : (n_windows,) where each window, or its future, begins in `values`;  samples : (B,)
    n_rows  : int          rows of a step, of which those from first_row on are read
    out     : (T, B, F)    out: the features from `at` on
    """
    T, B, F = out.shape
    for b in range(B):
        first = places[samples[b]] + column
        for t in range(T):
            for r in range(first_row, n_rows):
                out[t, b, at + r - first_row] = values[first + (t * n_rows + r) * n_columns]


@kernel
def embed(values, places, samples, n_columns, column, n_rows, first_row, E, dim, out, at):
    """out[t, b, at + (r - first_row) * dim + d] = E[code, d], with the code that `gather_columns` would read.

    E : (n_levels * dim,) or longer: the vectors of the levels, one after the other
    """
    T, B, F = out.shape
    for b in range(B):
        first = places[samples[b]] + column
        for t in range(T):
            for r in range(first_row, n_rows):
                code = int(values[first + (t * n_rows + r) * n_columns])
                for d in range(dim):
                    out[t, b, at + (r - first_row) * dim + d] = E[code * dim + d]


@kernel
def embed_backward(values, places, samples, n_columns, column, n_rows, first_row, dout, at, dE, dim):
    """The gradient of `embed`: dE[code, d] += dout[t, b, at + (r - first_row) * dim + d]."""
    T, B, F = dout.shape
    for b in range(B):
        first = places[samples[b]] + column
        for t in range(T):
            for r in range(first_row, n_rows):
                code = int(values[first + (t * n_rows + r) * n_columns])
                for d in range(dim):
                    dE[code * dim + d] += dout[t, b, at + (r - first_row) * dim + d]


@kernel
def scale_features(x, n, centre, scale):
    """x[:, b, :n] = (x - centre[b]) / scale[b]."""
    T, B, F = x.shape
    for t in range(T):
        for b in range(B):
            for f in range(n):
                x[t, b, f] = (x[t, b, f] - centre[b]) / scale[b]


@kernel
def decay(x, at, delta_at, n_rows, w, b):
    """x_c *= exp(-max(0, w delta + b)) where delta > 0, for the rows of a step: gamma_x of GRU-D (Che et al. 2018).

    x : (T, B, F)  in and out; the column begins at the feature `at`, and delta, the time since x_c was last observed,
                   at `delta_at`
    """
    T, B, F = x.shape
    zero = x.dtype.type(0)
    for t in range(T):
        for i in range(B):
            for r in range(n_rows):
                delta = x[t, i, delta_at + r]
                rate = w * delta + b
                if delta > zero and rate > zero:
                    x[t, i, at + r] *= exp(-rate)


@kernel
def decay_backward(x, dx, at, delta_at, n_rows, w, b, dw, db):
    """The gradient of `decay`, from x as it left it.

    dx : (T, B, F)       in: the gradient of the decayed x; out: that of x before
    dw, db : (1,), (1,)  the gradients of w and b are added
    """
    T, B, F = x.shape
    zero = x.dtype.type(0)
    for t in range(T):
        for i in range(B):
            for r in range(n_rows):
                delta = x[t, i, delta_at + r]
                rate = w * delta + b
                if delta > zero and rate > zero:
                    drate = -dx[t, i, at + r] * x[t, i, at + r]
                    dw[0] += drate * delta
                    db[0] += drate
                    dx[t, i, delta_at + r] += drate * w
                    dx[t, i, at + r] *= exp(-rate)
