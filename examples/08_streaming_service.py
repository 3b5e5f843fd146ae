"""A streaming service: every hour one observation comes in, and a forecast with an interval goes out."""

import time

import numpy as np
import pandas as pd

from rnnforecast import RNNForecaster

# Hourly demand with a daily course: seven weeks to learn from, then a week that arrives value by value.
rng = np.random.default_rng(0)
hours = pd.date_range("2024-03-01", periods=24 * 56, freq="h", tz="Europe/Berlin", name="hour")
course = 100 - 30 * np.cos(2 * np.pi * hours.hour / 24) + 10 * np.sin(4 * np.pi * hours.hour / 24)
demand = pd.Series(course + np.convolve(rng.normal(size=len(hours) + 9), np.ones(10), "valid"), index=hours, name="MW")
past, live = demand[: 24 * 49], demand[24 * 49 :]
forecaster = RNNForecaster(4, input_size=48, max_iter=10, random_state=0).fit(past)

stream = forecaster.stream()  # with several series: one stream for each, forecaster.stream(unique_id)
errors, naive_errors, covered, last = [], [], [], past.iloc[-1]
for value in live:
    next_step = stream.forecast(1, level=80).iloc[0]
    errors.append(abs(next_step["RNN"] - value))
    naive_errors.append(abs(last - value))
    covered.append(next_step["RNN-lo-80"] <= value <= next_step["RNN-hi-80"])
    stream.update(value)
    last = value

print(stream)
print(f"the next hours:\n{stream.forecast(level=80).round(0)}")
print(f"mean error one step ahead:  {np.mean(errors):6.0f}")
print(f"repeating the last value:   {np.mean(naive_errors):6.0f}")
print(f"in the 80 % interval:       {100 * np.mean(covered):6.0f} %")
assert np.mean(errors) < np.mean(naive_errors)

# The same as predicting from scratch, from all rows so far.
assert stream.forecast().equals(forecaster.predict(new_df=demand))

start = time.perf_counter()
for value in live:
    stream.update(value)
print(f"one update takes {1e6 * (time.perf_counter() - start) / len(live):.2f} microseconds")
