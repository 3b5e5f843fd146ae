"""Distributions that forecasts consist of, over arrays of their parameters: the classes by the names of the losses.

`network.parameters.predict_parameters` gives the parameters. The classes are frozen dataclasses, and their fields are
what is not learned by the loss: ``DISTRIBUTIONS["tweedie"](power=1.3, dispersion=0.8)``.
"""

from .counts import NegativeBinomial, Poisson
from .distribution import Distribution
from .gamma import Gamma
from .gaussian import Gaussian
from .quantiles import Quantiles
from .student_t import StudentT
from .tweedie import Tweedie

DISTRIBUTIONS = {
    "gamma": Gamma,
    "gaussian": Gaussian,
    "negative_binomial": NegativeBinomial,
    "noncrossing_quantile": Quantiles,
    "poisson": Poisson,
    "quantile": Quantiles,
    "student_t": StudentT,
    "tweedie": Tweedie,
}

__all__ = [
    "DISTRIBUTIONS",
    "Distribution",
    "Gamma",
    "Gaussian",
    "NegativeBinomial",
    "Poisson",
    "Quantiles",
    "StudentT",
    "Tweedie",
]
