"""Gather windows whose rows have columns of several kinds: numbers, static ones, and categories with their embeddings.

The rows of one step lie beside each other: all rows of column 0, all rows of column 1, ..., then the static columns of
the step's last row, then the vectors of each category (Guo and Berkhahn 2016), row by row. What is known of the
future, f, is cut in the same way out of the rows of each segment's targets. A column that was not observed may decay
(Che et al. 2018). These kernels are called by address, so that networks without such inputs do not compile them.
"""

from functools import cache

from .._jit import kernel
from . import plan as p
from .addresses import INT, PLACES, PLAN, VECTOR, address_of
from .columns import decay, decay_backward, embed, embed_backward, gather_columns, scale_features
from .gather import measure_window
from .plan import net, row, view1, view3


@kernel
def window_features(plan, theta, values, starts, samples, arena, B):
    """Fill the steps of a tile, x (T, B, F)."""
    T, F, C, m = net(plan, p.N_TIMESTEPS), net(plan, p.N_FEATURES), net(plan, p.N_COLUMNS), net(plan, p.ROWS_PER_STEP)
    x = view3(arena, net(plan, p.X_AT), T, B, F)
    n_rowwise = net(plan, p.N_ROWWISE)
    for c in range(n_rowwise):
        gather_columns(values, starts, samples, C, c, m, 0, x, c * m)
    for c in range(net(plan, p.N_STATIC)):
        gather_columns(values, starts, samples, C, n_rowwise + c, m, m - 1, x, n_rowwise * m + c)
    if net(plan, p.SCALER) >= 0:
        centre, scale = view1(arena, net(plan, p.CENTRE_AT), B), view1(arena, net(plan, p.SCALE_AT), B)
        for b in range(B):
            start = starts[samples[b]]
            measure_window(net(plan, p.SCALER), values[start : start + T * m * C], C, b, centre, scale)
        scale_features(x, net(plan, p.N_SCALED) * m, centre, scale)
    for k in range(net(plan, p.N_CATEGORIES)):
        i = category_row(plan, k)
        column, dim, E = row(plan, i, p.COLUMN), row(plan, i, p.DIM), theta[row(plan, i, p.E_AT) :]
        embed(
            values, starts, samples, C, column, m, m - row(plan, i, p.N_ROWS), E, dim, x, row(plan, i, p.FEATURE_AT)
        )  # fmt: skip
    for k in range(net(plan, p.N_DECAYS)):
        i = decay_row(plan, k)
        at, delta_at = row(plan, i, p.COLUMN) * m, row(plan, i, p.DELTA_COLUMN) * m
        decay(x, at, delta_at, m, theta[row(plan, i, p.DECAY_W_AT)], theta[row(plan, i, p.DECAY_B_AT)])


@kernel
def future_features(plan, theta, values, futures, samples, arena, B):
    """Fill what is known of the segments of a tile, f (Q, B, n_future); lags of the target are scaled as the window."""
    O, C, first = net(plan, p.N_TARGETS), net(plan, p.N_COLUMNS), net(plan, p.FIRST_FUTURE)
    f = view3(arena, net(plan, p.FUTURE_AT), net(plan, p.N_SEGMENTS), B, net(plan, p.N_FUTURE))
    for c in range(first, net(plan, p.STOP_FUTURE)):
        gather_columns(values, futures, samples, C, c, O, 0, f, (c - first) * O)
    if net(plan, p.SCALER) >= 0:
        centre, scale = view1(arena, net(plan, p.CENTRE_AT), B), view1(arena, net(plan, p.SCALE_AT), B)
        scale_features(f, (min(net(plan, p.N_SCALED), net(plan, p.STOP_FUTURE)) - first) * O, centre, scale)
    for k in range(net(plan, p.N_CATEGORIES)):
        i = category_row(plan, k)
        if row(plan, i, p.SEGMENT_FEATURE_AT) >= 0:
            E, dim, at = theta[row(plan, i, p.E_AT) :], row(plan, i, p.DIM), row(plan, i, p.SEGMENT_FEATURE_AT)
            embed(values, futures, samples, C, row(plan, i, p.COLUMN), O, 0, E, dim, f, at)


@kernel
def category_row(plan, k):
    """The row of the plan that speaks of category k."""
    return net(plan, p.FIRST_CATEGORY) + k


@kernel
def decay_row(plan, k):
    """The row of the plan that speaks of the column k among those that decay."""
    return category_row(plan, net(plan, p.N_CATEGORIES)) + k


@kernel
def input_gradient_at(plan):
    """Where stack.stack_backward leaves the gradient of x."""
    return net(plan, p.DX_AT) if net(plan, p.N_LAYERS) % 2 == 0 else net(plan, p.DY_AT)


@kernel
def gather_tile(plan, theta, values, starts, futures, samples, arena, B):
    """All that a tile reads of the series."""
    window_features(plan, theta, values, starts, samples, arena, B)
    if net(plan, p.FUTURE_AT) >= 0:
        future_features(plan, theta, values, futures, samples, arena, B)


@kernel
def gather_tile_back(plan, theta, gradient, values, starts, futures, samples, arena, B):
    """Add the gradients of embeddings and decays, from those of x and f; that of x becomes that of x before decay."""
    T, C, m, O = net(plan, p.N_TIMESTEPS), net(plan, p.N_COLUMNS), net(plan, p.ROWS_PER_STEP), net(plan, p.N_TARGETS)
    dx = view3(arena, input_gradient_at(plan), T, B, net(plan, p.N_FEATURES))
    df = view3(arena, net(plan, p.DFUTURE_AT), net(plan, p.N_SEGMENTS), B, net(plan, p.N_FUTURE))
    for k in range(net(plan, p.N_CATEGORIES)):
        i = category_row(plan, k)
        column, dim, dE = row(plan, i, p.COLUMN), row(plan, i, p.DIM), gradient[row(plan, i, p.E_AT) :]
        first_row, at = m - row(plan, i, p.N_ROWS), row(plan, i, p.FEATURE_AT)
        embed_backward(values, starts, samples, C, column, m, first_row, dx, at, dE, dim)
        at = row(plan, i, p.SEGMENT_FEATURE_AT)
        if at >= 0:
            embed_backward(values, futures, samples, C, column, O, 0, df, at, dE, dim)
    x = view3(arena, net(plan, p.X_AT), T, B, net(plan, p.N_FEATURES))
    for k in range(net(plan, p.N_DECAYS)):
        i = decay_row(plan, k)
        at, delta_at = row(plan, i, p.COLUMN) * m, row(plan, i, p.DELTA_COLUMN) * m
        w_at, b_at = row(plan, i, p.DECAY_W_AT), row(plan, i, p.DECAY_B_AT)
        decay_backward(x, dx, at, delta_at, m, theta[w_at], theta[b_at], gradient[w_at:], gradient[b_at:])


@cache
def gather_address(dtype):
    """The address of `gather_tile` for float32 or float64."""
    return address_of(gather_tile, dtype, PLAN, VECTOR, VECTOR, PLACES, PLACES, PLACES, VECTOR, INT)


@cache
def gather_back_address(dtype):
    """The address of `gather_tile_back`."""
    return address_of(gather_tile_back, dtype, PLAN, VECTOR, VECTOR, VECTOR, PLACES, PLACES, PLACES, VECTOR, INT)
