"""Distributions of forecasts: against definitions that can be summed or integrated, and against one another."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy import stats

from rnnforecast.forecasting.distributions import DISTRIBUTIONS, Gamma, Poisson, Quantiles, Tweedie
from rnnforecast.kernels.losses import LOSSES

pytestmark = pytest.mark.nojit

LEVELS = (0.1, 0.25, 0.5, 0.75, 0.9)
MU, SPREAD = np.array([[0.3, 2.0], [11.0, 40.0]]), np.array([[0.5, 1.0], [0.1, 2.0]])
PARAMS = {
    "gaussian": np.stack([MU, SPREAD], axis=-1),
    "student_t": np.stack([MU, SPREAD, 2 + 4 * SPREAD], axis=-1),
    "negative_binomial": np.stack([MU, SPREAD], axis=-1),
    "poisson": MU[..., None],
    "gamma": MU[..., None],
    "tweedie": MU[..., None],
    "quantile": np.sort(np.random.default_rng(5).normal(size=(2, 2, 5)), axis=-1),
}
FIELDS = {
    "gamma": {"dispersion": 0.4}, "tweedie": {"power": 1.4, "dispersion": 1.3}, "quantile": {"levels": LEVELS}
}  # fmt: skip
VARIANCES = {
    "gaussian": SPREAD**2,
    "student_t": SPREAD**2 * (2 + 4 * SPREAD) / (4 * SPREAD),
    "negative_binomial": MU + SPREAD * MU**2,
    "poisson": MU,
    "gamma": 0.4 * MU**2,
    "tweedie": 1.3 * MU**1.4,
}
COUNTS = ("negative_binomial", "poisson")

names = pytest.mark.parametrize("name", PARAMS)


def make(name):
    return DISTRIBUTIONS[name](**FIELDS.get(name, {})), PARAMS[name]


def test_every_distribution_is_that_of_a_loss():
    for name, kind in DISTRIBUTIONS.items():
        assert name in LOSSES
        if not LOSSES[name].per_number:
            assert kind.loss == name
            assert len(kind.names) == LOSSES[name].n_outputs()


@names
def test_shapes_and_dtypes(name, rng):
    distribution, params = make(name)
    params = params.astype(np.float32)
    answers = {
        (2, 2): [distribution.mean(params), distribution.quantile(params, 0.3), distribution.cdf(params, 1.0)],
        (2, 2, 3): [distribution.quantile(params, [0.1, 0.5, 0.6]), distribution.cdf(params[:, :, None], [0.0, 1, 2])],
        (4, 2, 2): [distribution.sample(params, rng, 4)],
    }
    for shape, arrays in answers.items():
        for array in arrays:
            assert array.shape == shape
            assert array.dtype == np.float64
    assert np.shape(distribution.quantile(params[0, 0], 0.3)) == ()
    assert distribution.sample(params[0, 0], rng, 4).shape == (4,)


@names
def test_quantiles_are_the_inverse_of_the_chances(name):
    distribution, params = make(name)
    q = np.linspace(0.15, 0.85, 15)
    x = distribution.quantile(params, q)
    assert (np.diff(x, axis=-1) >= 0).all()
    chances = distribution.cdf(params[..., None, :], x)
    assert (chances >= q - 1e-7).all()
    if name in COUNTS:
        assert (distribution.cdf(params[..., None, :], x - 1) < q).all()
    else:
        continuous = x > 0 if name == "tweedie" else np.ones(x.shape, bool)
        assert_allclose(chances[continuous], np.broadcast_to(q, x.shape)[continuous], atol=1e-7)


@names
def test_samples_have_the_moments_and_the_chances(name, rng):
    distribution, params = make(name)
    n = 40_000
    samples = distribution.sample(params, rng, n)
    if name in VARIANCES:
        error = np.sqrt(VARIANCES[name] / n)
        assert_allclose(distribution.mean(params), MU)
        assert_allclose(samples.var(axis=0), VARIANCES[name], rtol=0.3 if name == "student_t" else 0.1)
    else:
        error = samples.std(axis=0) / np.sqrt(n)
    assert (np.abs(samples.mean(axis=0) - distribution.mean(params)) < 5 * error).all()
    x = distribution.quantile(params, LEVELS)
    shares = (samples[..., None] <= x).mean(axis=0)
    chances = distribution.cdf(params[..., None, :], x)
    if name == "quantile":  # the outermost quantiles hold all that lies beyond
        assert_array_equal(shares[..., -1], 1)
        shares, chances = shares[..., :-1], chances[..., :-1]
    assert_allclose(shares, chances, atol=0.015)


@names
def test_the_same_seed_gives_the_same_samples(name):
    distribution, params = make(name)
    one, two = (distribution.sample(params, np.random.default_rng(3), 5) for _ in range(2))
    assert_array_equal(one, two)


def test_a_missing_parameter_gives_a_missing_answer():
    for name in ("gaussian", "gamma", "tweedie", "negative_binomial"):
        distribution, params = make(name)
        params = params.copy()
        params[0, 0] = np.nan
        answers = distribution.mean(params), distribution.quantile(params, 0.9), distribution.cdf(params, 3.0)
        for array in answers:
            assert_array_equal(np.isnan(array), [[True, False], [False, False]])


# ---- Tweedie ---------------------------------------------------------------------------------------------------------


def test_tweedie_chance_of_zero_and_density():
    """The sum over jumps, by hand."""
    tweedie = Tweedie(power=1.6, dispersion=0.7)
    mu, x = 2.5, np.linspace(0, 12, 30)
    rate, shape, scale = mu**0.4 / (0.7 * 0.4), 0.4 / 0.6, 0.7 * 0.6 * mu**0.6
    expected = np.exp(-rate) + sum(
        stats.poisson.pmf(k, rate) * stats.gamma.cdf(x, k * shape, scale=scale) for k in range(1, 80)
    )
    assert_allclose(tweedie.cdf([mu], x), expected, rtol=1e-12)
    assert tweedie.cdf([mu], -1e-9) == 0
    assert tweedie.quantile([mu], 0.99 * np.exp(-rate)) == 0
    assert tweedie.quantile([mu], 1.01 * np.exp(-rate)) > 0


def test_tweedie_between_its_limits():
    """Near power 2 it is the gamma distribution, near power 1 the Poisson distribution but for lumps."""
    q, mu = np.array([0.05, 0.3, 0.7, 0.95]), np.array([[3.0], [8.0]])
    gamma = Gamma(dispersion=0.2).quantile(mu, q)
    assert_allclose(Tweedie(power=1.999, dispersion=0.2).quantile(mu, q), gamma, rtol=2e-3)
    poisson = Poisson().cdf(mu, 5.5)
    assert_allclose(Tweedie(power=1.0001, dispersion=1.0).cdf(mu, 5.5), poisson, atol=1e-3)


def test_tweedie_of_many_jumps():
    """The expansion against the series, on both sides of where it takes over, at 450 jumps."""
    q, tweedie = np.array([0.01, 0.1, 0.5, 0.9, 0.99]), Tweedie(power=1.5, dispersion=0.1)
    mu = np.array([[300.0], [500.0], [510.0], [3e4]])
    assert_array_equal(tweedie.jumps(mu[:, 0])[0] > 450, [False, False, True, True])
    x = tweedie.quantile(mu, q)
    assert_allclose(tweedie.cdf(mu[..., None], x), np.tile(q, (4, 1)), atol=2e-5)
    assert_allclose(tweedie._expansion(np.full(5, 500.0), q), x[1], rtol=2e-5)


def test_tweedie_of_tiny_means_is_zero_mostly():
    mu = np.array([[1e-12], [0.0]])
    assert_array_equal(Tweedie().quantile(mu, [0.5, 0.999]), np.zeros((2, 2)))
    assert_allclose(Tweedie().cdf(mu, 0.0), [1, 1], atol=1e-5)


# ---- quantiles -------------------------------------------------------------------------------------------------------


def test_quantiles_are_linear_between_levels():
    distribution, params = Quantiles(levels=(0.1, 0.5, 0.9)), np.array([1.0, 2.0, 6.0])
    assert_allclose(distribution.quantile(params, [0.05, 0.1, 0.3, 0.5, 0.8, 0.95]), [1, 1, 1.5, 2, 5, 6])
    assert_allclose(distribution.cdf(params, [0.9, 1.0, 1.5, 2.0, 4.0, 5.999, 6.0, 7.0]),
                    [0, 0.1, 0.3, 0.5, 0.7, 0.9 - 1e-4, 1, 1])  # fmt: skip
    assert_allclose(distribution.mean(params), 0.1 * 1 + 0.4 * 1.5 + 0.4 * 4 + 0.1 * 6)
    assert_array_equal(distribution.quantile(params[::-1], LEVELS), distribution.quantile(params, LEVELS))


def test_one_quantile_is_a_point(rng):
    point, params = Quantiles(levels=(0.5,)), np.array([[3.0], [4.0]])
    assert_array_equal(point.mean(params), [3, 4])
    assert_array_equal(point.quantile(params, [0.1, 0.9]), [[3, 3], [4, 4]])
    assert_array_equal(point.sample(params, rng, 2), [[3, 4], [3, 4]])
    assert_array_equal(point.cdf(params, 3.5), [1, 0])


# ---- what is refused -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name, value, words",
    [
        ("negative_binomial", -2, "hold -2; loss='negative_binomial' needs counts"),
        ("negative_binomial", 0.5, "hold 0.5; loss='negative_binomial' needs counts"),
        ("poisson", 1.25, "hold 1.25; loss='poisson' needs counts"),
        ("gamma", 0, "hold 0; loss='gamma' needs positive numbers"),
        ("tweedie", -0.1, "hold -0.1; loss='tweedie' needs numbers that are not negative"),
        ("gaussian", np.inf, "hold inf; loss='gaussian' needs finite numbers"),
        ("poisson", np.inf, "hold inf"),
    ],
)
def test_targets_outside_the_support(name, value, words):
    distribution, _ = make(name)
    distribution.check_target(np.array([[1.0, 3.0], [np.nan, 2.0]]))
    with pytest.raises(ValueError, match=words):
        distribution.check_target([[1, 3], [np.nan, value]])


def test_targets_inside_the_support():
    make("tweedie")[0].check_target([0.0, 2.5])
    make("gaussian")[0].check_target([-1.0, 2.5, np.nan])
    make("negative_binomial")[0].check_target([0, 7])


@pytest.mark.parametrize("q", [0, 1, [0.5, 1.2], [[0.5]], np.nan])
def test_bad_levels(q):
    for name in PARAMS:
        distribution, params = make(name)
        with pytest.raises(ValueError, match="q="):
            distribution.quantile(params, q)


@pytest.mark.parametrize("levels", [(), (0.5, 0.1), (0.5, 0.5), (0.0, 0.5), 0.5])
def test_bad_fields_of_quantiles(levels):
    with pytest.raises(ValueError, match=r"levels|q="):
        Quantiles(levels=levels)


def test_bad_fields_and_parameters():
    for fields, words in [({"power": 2.0}, "power=2.0"), ({"dispersion": -1.0}, "dispersion=-1.0")]:
        with pytest.raises(ValueError, match=words):
            Tweedie(**fields)
    with pytest.raises(ValueError, match="dispersion=0"):
        Gamma(dispersion=0)
    with pytest.raises(ValueError, match=r"shape \(3,\); its last axis must hold mu, sigma"):
        DISTRIBUTIONS["gaussian"]().mean(np.zeros(3))


# ---- dispersion ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["gamma", "tweedie"])
def test_dispersion_is_found_again(name, rng):
    distribution, _ = make(name)
    means = rng.uniform(0.5, 20, 20_000)
    values = distribution.sample(means[:, None], rng, 1)[0]
    values[::7] = np.nan
    found = DISTRIBUTIONS[name](**{**FIELDS[name], "dispersion": 9.0}).with_dispersion(values, means)
    assert type(found) is type(distribution)
    assert_allclose(found.dispersion, distribution.dispersion, rtol=0.05)
    with pytest.raises(ValueError, match="same"):
        found.with_dispersion(values[1:], means)
    with pytest.raises(ValueError, match="dispersion of 0"):
        found.with_dispersion([np.nan], [1.0])
