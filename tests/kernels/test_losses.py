import naive
import numba
import numpy as np
import pytest
from kernels_support import loss_options, random_targets
from llvm import assert_no_double
from numpy.testing import assert_allclose, assert_array_equal
from scipy import special, stats
from sklearn.metrics import mean_gamma_deviance, mean_tweedie_deviance

from rnnforecast.kernels.losses import LOSSES

PARAMS = {"huber": (0.8,), "quantile": (0.1, 0.5, 0.9), "noncrossing_quantile": (0.1, 0.4, 0.5, 0.9), "tweedie": (1.3,)}
JOINT = sorted(naive.JOINT)  # losses of several outputs together, and those that skip targets which are missing
TOLERANCE = {np.float32: 2e-6, np.float64: 1e-13}

losses = pytest.mark.parametrize("name", LOSSES)
dtypes = pytest.mark.parametrize("dtype", [np.float32, np.float64])


def draw(name, dtype, rng, T=3, B=4):
    """o (T * B, O), y, weight (B,) and param of a loss."""
    param = np.array(PARAMS.get(name, (0.5,)))
    n_targets = {"quantile": 2, "log_loss": 1}.get(name, 3)
    O = 5 if name == "log_loss" else n_targets * LOSSES[name].n_outputs(len(param))
    o = rng.normal(size=(T * B, O))
    y = rng.integers(0, 5, (T * B, 1)) if name == "log_loss" else random_targets(rng, name, (T * B, n_targets), O)
    weight = rng.uniform(0.5, 2, B)
    return tuple(a.astype(dtype) for a in (o, y, weight, param))


def compute(name, o, y, weight, param):
    do = np.full_like(o, np.nan)
    return LOSSES[name].rows(o, y, weight, param, do), do


@pytest.mark.nojit
@dtypes
@losses
def test_rows_match_naive(name, dtype, rng):
    o, y, weight, param = draw(name, dtype, rng)
    value, do = compute(name, o, y, weight, param)
    o, y, weight = (a.astype(float) for a in (o, y, np.tile(weight, 3)))
    y = y[:, 0] if name == "log_loss" else y
    options = loss_options(name, param)
    expected = (weight * naive.sample_losses(name, o, y, **options)).sum()
    gradient = weight[:, None] * naive.sample_loss_gradients(name, o, y, **options)
    assert_allclose(value, expected, rtol=10 * TOLERANCE[dtype])
    assert_allclose(do, gradient, rtol=TOLERANCE[dtype], atol=TOLERANCE[dtype])


@pytest.mark.nojit
@losses
def test_gradient_is_the_slope_of_the_value(name, rng):
    o, y, weight, param = draw(name, np.float64, rng)
    _, do = compute(name, o, y, weight, param)
    numerical = naive.numerical_gradient(lambda o: compute(name, o, y, weight, param)[0], o)
    assert naive.relative_error(do, numerical) < 1e-6


@pytest.mark.nojit
@pytest.mark.parametrize("name", ["absolute_error", "huber", "quantile", "squared_error"])
def test_no_slope_where_output_meets_target(name):
    one = np.ones((2, 1))
    value, do = compute(name, one, one, np.ones(2), np.array([0.3]))
    assert value == 0
    assert_array_equal(do, np.zeros((2, 1)))


@pytest.mark.nojit
@losses
def test_nan_reaches_value_and_gradient(name, rng):
    o, y, weight, param = draw(name, np.float64, rng)
    o[1, 0] = np.nan
    value, do = compute(name, o, y, weight, param)
    assert np.isnan(value)
    assert np.isnan(do[1, 0])
    assert np.isfinite(np.delete(do, 1, axis=0)).all()


@pytest.mark.nojit
@losses
def test_missing_targets_are_left_out(name, rng):
    o, y, weight, param = draw(name, np.float64, rng)
    y = y.astype(float)
    whole, slopes = compute(name, o, y, weight, param)
    y[[1, 4], 0] = np.nan
    value, do = compute(name, o, y, weight, param)
    n_repeats = o.shape[1] // y.shape[1]
    assert_array_equal(do[[1, 4], :n_repeats], 0)
    kept = np.full(o.shape, True)
    kept[[1, 4], :n_repeats] = False
    assert_array_equal(do[kept], slopes[kept])
    alone = y.copy()  # only those that are left out above
    alone[...] = np.nan
    alone[[1, 4], 0] = draw(name, np.float64, np.random.default_rng(0))[1][[1, 4], 0]
    rest, _ = compute(name, o, alone, weight, param)
    assert_allclose(value + rest, whole, rtol=1e-12)
    nothing, do = compute(name, o, np.full_like(y, np.nan), weight, param)
    assert nothing == 0
    assert_array_equal(do, 0)


@pytest.mark.nojit
@pytest.mark.parametrize("name", ["squared_error", "log_loss"])
def test_nan_of_other_rows_is_not_hidden(name, rng):
    o, y, weight, param = draw(name, np.float64, rng)
    o[2, 0] = y[1, 0] = np.nan
    value, do = compute(name, o, y, weight, param)
    assert np.isnan(value)
    assert np.isnan(do[2, 0])


@pytest.mark.nojit
@dtypes
def test_log_loss_of_large_outputs(dtype):
    o, y = np.array([[1e4, 0, -1e4], [-1e4, 1e4, 0]], dtype), np.array([[0], [2]], dtype)
    value, do = compute("log_loss", o, y, np.ones(2, dtype), np.ones(1, dtype))
    assert value == 1e4
    assert_array_equal(do, np.array([[0, 0, 0], [0, 1, -1]], dtype))


@losses
def test_float32_stays_float32(name):
    row, table = numba.float32[::1], numba.float32[:, ::1]
    assert_no_double(LOSSES[name].rows, (table, table, row, row, table))


# ---- losses of several outputs of a target together ------------------------------------------------------------------


@pytest.mark.nojit
@dtypes
@pytest.mark.parametrize("name", JOINT)
def test_missing_targets_count_zero(name, dtype, rng):
    o, y, weight, param = draw(name, dtype, rng)
    P = o.shape[1] // 3
    y[0, 1] = y[5] = np.nan
    value, do = compute(name, o, y, weight, param)
    assert_array_equal(do[0, P : 2 * P], 0)
    assert_array_equal(do[5], 0)
    assert np.isfinite(do).all()
    expected = naive.sample_losses(name, o.astype(float), y.astype(float), **loss_options(name, param))
    assert_allclose(value, np.tile(weight, 3) @ expected, rtol=10 * TOLERANCE[dtype])


@pytest.mark.nojit
def test_quantiles_never_cross(rng):
    for Q in range(1, 8):
        o = (10 ** rng.uniform(-3, 3, (200, 1)) * rng.normal(size=(200, Q))).astype(np.float32)
        quantiles = LOSSES["noncrossing_quantile"].to_parameters(o)
        assert quantiles.dtype == np.float32
        assert (np.diff(quantiles, axis=1) >= 0).all()
        assert_array_equal(quantiles[:, Q // 2], o[:, Q // 2])
        assert_allclose(quantiles, naive.noncrossing_quantiles(o.astype(float)), rtol=1e-5, atol=1e-5 * np.abs(o).max())


@pytest.mark.nojit
def test_links_are_those_of_the_loss(rng):
    """The mean of the density, or the loss itself, at what the link gives."""
    o, y = rng.normal(size=(50, 3)), rng.poisson(3, 50) + 1.0
    mu, sigma = LOSSES["gaussian"].to_parameters(o[:, :2]).T
    assert_allclose(naive.gaussian(o, y), -stats.norm.logpdf(y, mu, sigma))
    mu, sigma, nu = LOSSES["student_t"].to_parameters(o).T
    assert_allclose(naive.student_t(o, y), -stats.t.logpdf(y, nu, mu, sigma))
    mu, alpha = LOSSES["negative_binomial"].to_parameters(o[:, :2]).T
    counts = stats.nbinom(1 / alpha, 1 / (1 + alpha * mu))
    assert_allclose(naive.negative_binomial(o, y) + special.gammaln(y + 1), -counts.logpmf(y))
    assert_allclose(counts.var(), mu + alpha * mu**2)
    for name in ("gamma", "tweedie", "poisson"):
        assert_array_equal(LOSSES[name].to_parameters(o), np.exp(o))
    assert LOSSES["huber"].to_parameters(o) is o
    with pytest.raises(ValueError, match="log_loss"):
        LOSSES["log_loss"].to_parameters(o)


@pytest.mark.nojit
@pytest.mark.parametrize("power", [1.05, 1.5, 1.9])
def test_deviances_are_those_of_scikit_learn(power, rng):
    mean, y = rng.gamma(2, size=20), rng.gamma(2, size=20)
    for name, p, deviance in [
        ("gamma", 2, mean_gamma_deviance),
        ("tweedie", power, lambda y, mean: mean_tweedie_deviance(y, mean, power=power)),
    ]:
        args = y[:, None], np.ones(20), np.array([float(p)])
        value = compute(name, np.log(mean)[:, None], *args)[0] - compute(name, np.log(y)[:, None], *args)[0]
        assert_allclose(value, 20 * deviance(y, mean) / 2, rtol=1e-10)


@dtypes
def test_almost_poisson_counts_keep_a_sane_gradient(dtype):
    """Where alpha is small the terms of its gradient are 1 / alpha times their sum."""
    raw, counts = np.log(np.expm1([1e-2, 1e-3, 1e-4, 1e-5])), np.array([[0.0], [3], [40], [2000]])
    for log_mu, y in zip([0.0, 1.5, 3.5, 7.5], counts, strict=True):
        o = np.stack([np.full(4, log_mu), raw], axis=1).astype(dtype)
        _, do = compute("negative_binomial", o, np.full((4, 1), y, dtype), np.ones(4, dtype), np.ones(1, dtype))
        mu, alpha = np.exp(o[:, 0].astype(float)), 1e-6 + np.log1p(np.exp(o[:, 1].astype(float)))
        k = np.arange(y[0])
        rising = np.array([(k / (1 + a * k)).sum() for a in alpha])
        log = np.log1p(alpha * mu)
        d_alpha = (y[0] + 1 / alpha) * mu / (1 + alpha * mu) - log / alpha**2 - rising
        expected = d_alpha / (1 + np.exp(-o[:, 1].astype(float)))
        assert_allclose(do[:, 1], expected, atol=max(y[0], 1) * (2e-6 if dtype == np.float32 else 1e-10))
        assert_allclose(do[:, 0], (mu - y) / (1 + alpha * mu), rtol=1e-4, atol=1e-5)


@pytest.mark.nojit
@dtypes
@pytest.mark.parametrize("name", JOINT)
def test_large_outputs_stay_finite(name, dtype):
    param = np.array(PARAMS.get(name, (0.5,)), dtype)
    P = LOSSES[name].n_outputs(len(param))
    o = np.array([[a if j == P // 2 else b for j in range(P)] for a in (-20, 20) for b in (-80, 80)], dtype)
    value, do = compute(name, o, np.ones((4, 1), dtype), np.ones(1, dtype), param)
    assert np.isfinite(value)
    assert np.isfinite(do).all()


@pytest.mark.parity
def test_densities_and_gradients_equal_torch(rng):
    torch = pytest.importorskip("torch")
    families = {
        "gaussian": lambda o, d, F: d.Normal(o[..., 0], F.softplus(o[..., 1]) + 1e-4),
        "student_t": lambda o, d, F: d.StudentT(2 + F.softplus(o[..., 2]), o[..., 0], F.softplus(o[..., 1]) + 1e-4),
        "negative_binomial": lambda o, d, F: d.NegativeBinomial(
            1 / (F.softplus(o[..., 1]) + 1e-6), logits=o[..., 0] + torch.log(F.softplus(o[..., 1]) + 1e-6)
        ),
    }
    for name, family in families.items():
        o, y, weight, param = draw(name, np.float64, rng)
        value, do = compute(name, o, y, weight, param)
        theirs, targets = torch.tensor(o, requires_grad=True), torch.tensor(y)
        losses = -family(theirs.reshape(*y.shape, -1), torch.distributions, torch.nn.functional).log_prob(targets)
        if name == "negative_binomial":
            losses = losses - torch.lgamma(targets + 1)
        total = (torch.tensor(np.tile(weight, 3)) * losses.mean(dim=1)).sum()
        total.backward()
        assert_allclose(value, total.item(), rtol=1e-12)
        assert_allclose(do, theirs.grad.numpy(), rtol=1e-9, atol=1e-12)
