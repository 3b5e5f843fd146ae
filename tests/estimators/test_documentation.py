"""The docstrings of the estimators: complete, and true to the signature."""

import inspect
import re

import pytest

from rnnforecast import RNNClassifier, RNNRegressor
from rnnforecast.estimators.documentation import documented

ENTRY = re.compile(r"^(\w+(?:, \w+)*) : (.*)$", flags=re.MULTILINE)


@pytest.mark.parametrize("estimator", [RNNRegressor, RNNClassifier])
def test_every_parameter_is_described_in_the_order_of_the_signature(estimator):
    text = inspect.getdoc(estimator)
    parameters, _, _ = text.partition("Attributes\n---")
    described = [name for names, _ in ENTRY.findall(parameters) for name in names.split(", ")]
    assert described == list(inspect.signature(estimator).parameters)
    assert not re.search(r"^\s*\{\w+\}$", text, flags=re.MULTILINE)


@pytest.mark.parametrize("estimator", [RNNRegressor, RNNClassifier])
def test_described_defaults_are_those_of_the_signature(estimator):
    entries = dict(ENTRY.findall(inspect.getdoc(estimator)))
    for name, parameter in inspect.signature(estimator).parameters.items():
        if name in entries:
            described = entries[name].split("default=")[1]
            assert eval(described) == parameter.default, name


def test_a_class_without_a_docstring_stays_without():
    class Bare:
        pass

    assert documented(Bare).__doc__ is None
