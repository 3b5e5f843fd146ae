"""The rising factorial's logarithm, of which the densities of counts and of Student's t are made.

Both need log(Gamma(x + a) / Gamma(x)), and to train them its derivative in x. Taken as the difference of two log-gammas
it loses all digits where x is large and a is not: there the two are alike. Here the difference is taken in Stirling's
series (Abramowitz and Stegun 6.1.40 and 6.3.18), term by term, so that float32 has enough digits.
"""

import math

from .._jit import kernel

LEAST = 8.0  # from here on seven terms of Stirling's series are exact to float64
LARGE = 1e15  # a product of factors that is larger is put into the sum of logarithms, before it overflows float32

# Of log Gamma(x) - (x - 1/2) log x + x - log(2 pi) / 2 = c_0 / x + c_1 / x^3 + ..., and minus those of its derivative.
SERIES = (1 / 12, -1 / 360, 1 / 1260, -1 / 1680, 1 / 1188, -691 / 360360, 1 / 156)
SLOPES = (1 / 12, -1 / 120, 1 / 252, -1 / 240, 1 / 132, -691 / 32760, 1 / 12)


@kernel
def log_rising(x, a):
    """(log(Gamma(x + a) / Gamma(x)), psi(x + a) - psi(x)) for x > 0 and a >= 0, psi the derivative of log Gamma.

    With Gamma(x + 1) = x Gamma(x), x is raised to 8 or more; from there on, with S the sum of Stirling's series,
    log(Gamma(x + a) / Gamma(x)) = (x - 1/2) log(1 + a / x) + a (log(x + a) - 1) + S(x + a) - S(x).
    """
    dtype = type(x)
    one, half = dtype(1), dtype(0.5)
    value, slope, product = dtype(0), dtype(0), one
    while x < dtype(LEAST):
        ratio = a / x
        product *= one + ratio
        slope += ratio / (x + a)
        if product > dtype(LARGE):
            value -= dtype(math.log(product))
            product = one
        x += one
    value -= dtype(math.log(product))
    log_ratio, end = dtype(math.log1p(a / x)), x + a
    value += (x - half) * log_ratio + a * (dtype(math.log(end)) - one) + (stirling(end) - stirling(x))
    slope += log_ratio + half * (a / x) / end - (stirling_slope(end) - stirling_slope(x))
    return value, slope


@kernel
def stirling(x):
    """The sum of c_k / x^(2 k + 1)."""
    return polynomial(x, SERIES) / x


@kernel
def stirling_slope(x):
    """The sum of (2 k + 1) c_k / x^(2 k + 2)."""
    return polynomial(x, SLOPES) / (x * x)


@kernel
def polynomial(x, coefficients):
    """The sum of coefficients[k] / x^(2 k)."""
    dtype = type(x)
    square, total = dtype(1) / (x * x), dtype(0)
    for k in range(len(coefficients) - 1, -1, -1):
        total = total * square + dtype(coefficients[k])
    return total
