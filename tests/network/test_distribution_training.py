"""Training finds the parameters of noise that is known, on the scale of the series and with scaled windows."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from rnnforecast.kernels.cells import CELLS
from rnnforecast.kernels.losses import LOSSES
from rnnforecast.kernels.optimisers import OPTIMISERS
from rnnforecast.kernels.scalers import SCALERS
from rnnforecast.network.network import Network
from rnnforecast.network.objective import Objective
from rnnforecast.network.parameters import predict_parameters
from rnnforecast.network.training import Progress, Settings, train
from rnnforecast.network.windows import Windows

N, T = 3000, 32
HYPER = {"beta_1": 0.9, "beta_2": 0.999, "epsilon": 1e-8}


def fitted_parameters(loss, inputs, targets, *, numbers=(1.0,), seed=0):
    """Mean parameters over all windows of a series, of a small network that was trained on them: (P,)."""
    loss, rng = LOSSES[loss], np.random.default_rng(seed)
    starts = np.arange(len(inputs) - T, dtype=np.int64)
    windows = Windows(
        values=inputs.astype(np.float32), starts=starts, n_timesteps=T, n_features=1,
        targets=targets.astype(np.float32), offsets=starts + T, scaler=SCALERS["standard"], n_columns=1, n_scaled=1,
    )  # fmt: skip
    network = Network(CELLS["elman"], 1, (2,), loss.n_outputs(len(numbers)))
    objective = Objective(network, windows, loss, OPTIMISERS["adam"], loss_parameters=numbers, batch_size=100)
    settings = Settings(
        batch_size=100, max_iter=25, n_iter_no_change=25, learning_rate="cosine", learning_rate_init=0.02,
        max_grad_norm=5.0, hyper=HYPER,
    )  # fmt: skip
    progress = Progress.start(network.initial_theta(rng, np.dtype(np.float32)))
    train(objective, [progress], settings, [rng])
    parameters = predict_parameters(network, progress.theta, windows, loss, len(numbers))
    assert parameters.dtype == np.float32
    assert parameters.shape == (len(starts), 1, 1, loss.n_outputs(len(numbers)))
    return parameters.mean(axis=(0, 1, 2), dtype=np.float64)


def test_gaussian_noise(rng):
    y = 50 + 3 * rng.normal(size=N)
    mu, sigma = fitted_parameters("gaussian", y, y)
    assert_allclose(mu, 50, rtol=0.01)
    assert_allclose(sigma, 3, rtol=0.1)


def test_heavy_tails(rng):
    y = -20 + 2 * rng.standard_t(4, size=N)
    mu, sigma, nu = fitted_parameters("student_t", y, y)
    assert_allclose(mu, -20, rtol=0.02)
    assert_allclose(sigma, 2, rtol=0.1)
    assert 2.5 < nu < 7


def test_overdispersed_counts(rng):
    """The network reads log1p of the counts, in scaled windows; the targets are the counts."""
    mean, alpha = 30.0, 0.5
    y = rng.negative_binomial(1 / alpha, 1 / (1 + alpha * mean), size=N)
    mu, dispersion = fitted_parameters("negative_binomial", np.log1p(y), y)
    assert_allclose(mu, mean, rtol=0.1)
    assert_allclose(dispersion, alpha, rtol=0.15)


@pytest.mark.parametrize("loss", ["poisson", "gamma", "tweedie"])
def test_positive_means(loss, rng):
    y = {"poisson": rng.poisson(12, N), "gamma": rng.gamma(4, 3, N), "tweedie": 3 * rng.gamma(rng.poisson(4, N))}[loss]
    (mean,) = fitted_parameters(loss, np.log1p(y), y, numbers=(1.5,))
    assert_allclose(mean, 12, rtol=0.05)


def test_quantiles_of_noise(rng):
    y = 50 + 3 * rng.normal(size=N)
    quantiles = fitted_parameters("noncrossing_quantile", y, y, numbers=(0.1, 0.25, 0.5, 0.9))
    assert_allclose(quantiles, 50 + 3 * np.array([-1.2816, -0.6745, 0, 1.2816]), atol=0.35)


def test_missing_targets_are_left_out(rng):
    y = 50 + 3 * rng.normal(size=N)
    targets = y.copy()
    targets[rng.random(N) < 0.3] = np.nan
    mu, sigma = fitted_parameters("gaussian", y, targets)
    assert_allclose(mu, 50, rtol=0.01)
    assert_allclose(sigma, 3, rtol=0.1)
