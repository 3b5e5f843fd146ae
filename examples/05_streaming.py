"""Forecast a live stream, one observation at a time: the network keeps its state, and no window is read again."""

import numpy as np

from rnnforecast import RNNRegressor, datasets

# A chaotic series; the past is for training, the rest arrives one value at a time.
series = datasets.make_mackey_glass(n_timesteps=2200, random_state=0)
past, live = series[:2000], series[2000:]

# Sequences of 50 steps; at each step the target is the value that comes next.
starts = np.arange(0, len(past) - 51, 10)
X = np.stack([past[start : start + 50] for start in starts])[:, :, None]
y = np.stack([past[start + 1 : start + 51] for start in starts])
model = RNNRegressor(
    cell_type="gru",
    hidden_size=24,
    return_sequences=True,
    learning_rate_init=0.01,
    batch_size=16,
    max_iter=60,
    tol=0.0,
    random_state=0,
).fit(X, y)

# Warm the state up with the newest past, then go on from it.
state = model.initial_state(n_streams=1)
for value in past[-50:]:
    forecast, state = model.step([[value]], state)

errors, naive_errors, last = [], [], past[-1]
for value in live:
    errors.append(abs(float(np.ravel(forecast)[0]) - value))  # the forecast was made before the value came
    naive_errors.append(abs(last - value))
    forecast, state = model.step([[value]], state)
    last = value

print(f"mean error over {len(live)} steps: {np.mean(errors):.4f}")
print(f"repeating the last value:      {np.mean(naive_errors):.4f}")
assert np.mean(errors) < np.mean(naive_errors)
