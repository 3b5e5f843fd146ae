"""The features of the stamps that are chosen by the data."""

import numpy as np
import pandas as pd
import pytest

from rnnforecast import RNNForecaster
from rnnforecast.forecasting.calendar import Calendar
from rnnforecast.forecasting.rnn.weekly import weekly_calendar

WEEK = ("dayofweek",)


def hours(rng, n_days=26 * 7, freq="6h", weekend=3.0, **words):
    """Days of four steps whose weekends are higher."""
    end = pd.Timestamp("2024") + pd.Timedelta(days=n_days)
    index = pd.date_range("2024", end, freq=freq, inclusive="left")
    y = np.sin(index.hour / 24 * 2 * np.pi) + weekend * (index.day_of_week >= 5) + 0.1 * rng.normal(size=len(index))
    return pd.Series(y, index=index, **words)


def chosen(data, **words):
    forecaster = RNNForecaster(4, **{"strategy": "segment"} | words)
    return weekly_calendar(forecaster, forecaster._as_panel(data)).names


def frame(*series):
    parts = [pd.DataFrame({"unique_id": f"s{i}", "ds": y.index, "y": y.to_numpy()}) for i, y in enumerate(series)]
    return pd.concat(parts, ignore_index=True)


def test_weeks_are_seen(rng):
    assert chosen(hours(rng)) == WEEK
    assert chosen(hours(rng, freq="h"), strategy="auto") == WEEK
    assert chosen(hours(rng, freq="30min"), strategy="auto") == WEEK
    assert chosen(hours(rng).to_period("6h")) == WEEK
    assert chosen(hours(rng).tz_localize("UTC")) == WEEK


def test_else_nothing(rng):
    assert chosen(hours(rng, n_days=26 * 7 - 1)) == ()  # too short
    assert chosen(hours(rng, weekend=0.0).cumsum()) == ()  # yesterday is nearer
    assert chosen(hours(rng, freq="h"), strategy="mimo") == ()
    assert chosen(hours(rng, freq="h"), strategy="auto", bidirectional=True) == ()
    assert chosen(hours(rng, n_days=400, freq="D")) == ()
    assert chosen(hours(rng, n_days=26 * 7, freq="5h")) == ()  # no whole number of steps a day
    assert chosen(hours(rng, n_days=26 * 7, freq="min")) == ()  # the season is an hour
    assert chosen(pd.Series(hours(rng).to_numpy())) == ()  # no stamps


@pytest.mark.parametrize("seed", range(5))
def test_a_panel_like_the_naive_forecasts(seed):
    """Against a loop over series, of which one is shorter than a week and one has a constant."""
    rng = np.random.default_rng(seed)
    strengths = rng.uniform(0, 0.4, size=3)
    many = [hours(rng, n_days=26 * 7 + 5 * i, weekend=strength).cumsum() for i, strength in enumerate(strengths)]
    many += [hours(rng, n_days=200), hours(rng, n_days=5), hours(rng, n_days=200) * 0]
    logs = []
    for y in (part.to_numpy() for part in many[:4]):
        week, day = (np.mean([abs(y[t] - y[t - back]) for t in range(28, len(y))]) for back in (28, 4))
        logs.append(np.log(week / day))
    assert (chosen(frame(*many)) == WEEK) == (np.mean(logs) < 0)


def test_missing_targets_are_left_out(rng):
    y = hours(rng)
    y.iloc[10:400] = np.nan
    assert chosen(y, missing="mask") == WEEK


def test_a_forecaster_keeps_what_it_chose(rng, tmp_path):
    y, wander = hours(rng), hours(rng, weekend=0.0).cumsum()
    words = {"h": 4, "strategy": "segment", "max_iter": 1, "input_size": 28, "random_state": 0}
    by_data, told = RNNForecaster(**words).fit(y), RNNForecaster(**words, calendar=["dayofweek"]).fit(y)
    assert by_data.calendar_ == told.calendar_ == Calendar(WEEK)
    pd.testing.assert_series_equal(by_data.predict(), told.predict())
    by_data.save(tmp_path / "model.npz")
    again = RNNForecaster.load(tmp_path / "model.npz")
    pd.testing.assert_series_equal(again.predict(), by_data.predict())
    again.update(wander.set_axis(wander.index + (y.index[-1] - y.index[0]) + pd.Timedelta("6h")))
    assert again.predict().notna().all()  # the networks still read the stamps
    none = by_data.fit(wander)
    assert none.calendar_ == Calendar()
    pd.testing.assert_series_equal(none.predict(), RNNForecaster(**words, calendar=None).fit(wander).predict())
