"""Forecast a monthly series a year ahead, with intervals, and ask whether it beats last year's values."""

from rnnforecast import NaiveForecaster, RNNForecaster, backtest, datasets, metrics

y = datasets.load_airline()  # a pandas Series with a monthly index

model = RNNForecaster(h=12, input_size=24, target_transform="log", cell_type="gru", max_iter=100, random_state=0)
model.fit(y)
print(model.predict(level=[80, 95]).round(1))

# Forecast the last three years from 25 origins, each as if the months after it were not known yet.
naive = NaiveForecaster(h=12, method="seasonal")
table = backtest([model, naive], y, n_windows=25)
print(metrics.evaluate(table, metrics=["mase", "smape"], train=y, season_length=12).round(3))
