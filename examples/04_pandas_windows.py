"""From a pandas frame with several columns to windows, and from predictions back to a frame."""

import numpy as np
import pandas as pd

from rnnforecast import RNNRegressor, datasets, metrics
from rnnforecast.windows import sliding_windows

N_STEPS, HORIZON = 24, 6

# Sea surface temperature, and the place in the year as two more columns. The target is the first column.
temperature = datasets.load_elnino()
angle = 2 * np.pi * temperature.index.month / 12
frame = pd.DataFrame({"temperature": temperature, "sin": np.sin(angle), "cos": np.cos(angle)})

# Scale with the training years alone, so that nothing of the test years leaks into them.
split = pd.Timestamp("2000-01-01")
mean, std = frame[frame.index < split].mean(), frame[frame.index < split].std()
scaled = (frame - mean) / std

# X[i] holds 24 rows, Y[i] the 6 temperatures after them. Both are views: nothing is copied.
X, Y = sliding_windows(scaled, n_steps=N_STEPS, horizon=HORIZON)
origin = frame.index[N_STEPS - 1 : -HORIZON]  # the last month that each window sees
train = origin < split - pd.DateOffset(months=HORIZON)
test = origin >= split

model = RNNRegressor(cell_type="gru", hidden_size=24, learning_rate_init=0.01, max_iter=60, tol=0.0, random_state=0)
model.fit(X[train], Y[train])

columns = [f"+{step} months" for step in range(1, HORIZON + 1)]
back = {"index": origin[test], "columns": columns}
predicted = pd.DataFrame(model.predict(X[test]), **back) * std["temperature"] + mean["temperature"]
actual = pd.DataFrame(Y[test], **back) * std["temperature"] + mean["temperature"]
print(predicted.tail(3).round(2))

year_ago = X[test][:, -12 : -12 + HORIZON, 0] * std["temperature"] + mean["temperature"]
print(f"mean absolute error: {metrics.mae(actual, predicted):.3f} degrees")
print(f"the same months a year ago: {metrics.mae(actual, year_ago):.3f} degrees")
