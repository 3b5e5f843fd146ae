"""What BaseForecaster promises to those who write a forecaster."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_array_equal

from rnnforecast.forecasting import BaseForecaster, backtest


class Recorder(BaseForecaster):
    """Forecasts the last value, and writes down what it is asked."""

    model_name = "RNN"

    def __init__(self, h=2, context=3):
        self.h = h
        self.context = context

    _parameter_constraints = {"h": [int], "context": [int, None]}

    def _fit_panel(self, panel):
        self.fitted_on_ = panel

    def _predict_panel(self, panel, h, levels):
        self.asked_ = (panel, h, levels)
        columns = ["RNN", *(f"RNN-{side}-{level:g}" for level in levels for side in ("lo", "hi"))]
        return dict.fromkeys(columns, np.repeat(panel.last(1), h, axis=1))

    def _context_length(self):
        return self.context

    def _max_horizon(self):
        return self.h


def test_fit_keeps_the_context_only():
    data = pd.DataFrame({"unique_id": ["a"] * 5 + ["b"] * 2, "ds": [0, 1, 2, 3, 4, 0, 1], "y": np.arange(7.0)})
    forecaster = Recorder().fit(data)
    assert_array_equal(forecaster.context_.lengths, [3, 2])
    assert_array_equal(forecaster.context_.values, [2, 3, 4, 5, 6])
    assert Recorder(context=None).fit(data).context_.n_rows == 7
    assert forecaster.freq_ == 1


def test_what_reaches_the_subclass():
    forecaster = Recorder().fit(pd.Series(np.arange(9.0)))
    forecaster.predict()
    assert forecaster.asked_[1:] == (2, ())
    answer = forecaster.predict(1, [95, 80], new_df=pd.Series(np.arange(20.0)))
    panel, h, levels = forecaster.asked_
    assert (panel.n_rows, h, levels) == (20, 1, (80, 95))
    assert list(answer.columns) == ["RNN", "RNN-lo-80", "RNN-hi-80", "RNN-lo-95", "RNN-hi-95"]


def test_a_backtest_shows_the_context_only():
    forecaster = Recorder()
    seen = []
    original = Recorder._predict_panel
    spy = type("Spy", (Recorder,), {"_predict_panel": lambda s, p, h, lv: seen.append(p) or original(s, p, h, lv)})
    backtest(spy(), pd.Series(np.arange(9.0)), n_windows=3)
    assert [panel.values.tolist() for panel in seen] == [[2, 3, 4], [3, 4, 5], [4, 5, 6]]
    assert not hasattr(forecaster, "context_")


def test_a_horizon_that_is_too_long():
    forecaster = Recorder().fit(pd.Series(np.arange(9.0)))
    with pytest.raises(ValueError, match="h=3 is beyond the 2 steps that this forecaster was fitted for"):
        forecaster.predict(3)
    with pytest.raises(ValueError, match="h=3 is beyond the 2 steps"):
        backtest(Recorder(), pd.Series(np.arange(9.0)), h=3)


def test_a_fit_that_fails_leaves_the_old_one():
    forecaster = Recorder().fit(pd.Series(np.arange(9.0)))
    with pytest.raises(ValueError, match="NaN"):
        forecaster.fit(pd.Series([1.0, np.nan]))
    assert_array_equal(forecaster.predict(), [8.0, 8.0])
