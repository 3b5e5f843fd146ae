"""Forecasters of this library and of others, behind the methods that a backtest calls."""

import copy
import inspect

import numpy as np
from sklearn.base import BaseEstimator, clone

from rnnforecast.forecasting.base import BaseForecaster
from rnnforecast.forecasting.panels.answers import from_answer, to_data


def unfitted(forecaster, name):
    """Return a copy of a forecaster that is not fitted, and takes panels.

    Parameters
    ----------
    forecaster : object
        A BaseForecaster, whose parameters are checked, or any object with ``fit(data)`` and
        ``predict(h=, level=, new_df=)``.
    name : str
        What messages call it.

    Returns
    -------
    BaseForecaster or Adapter
    """
    model = clone(forecaster) if isinstance(forecaster, BaseEstimator) else copy.deepcopy(forecaster)
    if isinstance(model, BaseForecaster):
        model._validate_params()
        return model
    return Adapter(model, name)


def model_name(forecaster):
    """Return what a forecaster calls the column of its forecasts.

    Parameters
    ----------
    forecaster : object

    Returns
    -------
    str
    """
    return getattr(forecaster, "model_name", type(forecaster).__name__)


class Adapter:
    """Any other forecaster, behind the methods of BaseForecaster that a backtest calls.

    Parameters
    ----------
    model : object
        It becomes fitted.
    name : str
        What messages call it.
    """

    def __init__(self, model, name):
        self.model, self.name = model, name

    def _fit_checked(self, panel):
        self.model.fit(to_data(panel))
        return self

    def _check_before_fit(self, h, levels, quantiles):
        self._quantile_words(quantiles)

    def _check_data(self, panel, levels, quantiles):
        pass  # what it needs is not known

    def _check_one_pass(self, panel):
        raise ValueError(
            f"one_pass=True needs forecasters that carry a state, as RNNForecaster; {self.name!r} does not"
        )

    def _quantile_words(self, quantiles):
        if quantiles and not _takes(self.model.predict, "quantiles"):
            raise ValueError(f"quantiles={quantiles} must be None: predict of {self.name!r} does not take quantiles")
        return {"quantiles": quantiles} if quantiles else {}

    def _predict_origins(self, panel, drops, h, levels, quantiles=()):
        own, answers = model_name(self.model), []
        words = {"quantiles": list(quantiles)} if quantiles else {}
        for drop in drops:
            past = panel.truncate(drop)
            answer = self.model.predict(h=h, level=list(levels) or None, new_df=to_data(past), **words)
            answers.append(from_answer(answer, past, h, self.name))
        return {
            own if column is None else column: np.stack([answer[column] for answer in answers]) for column in answers[0]
        }


def _takes(function, name):
    """Whether a function has a parameter of that name, or takes any."""
    parameters = inspect.signature(function).parameters
    return name in parameters or any(one.kind is one.VAR_KEYWORD for one in parameters.values())
