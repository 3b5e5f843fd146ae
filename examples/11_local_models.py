"""One network for all series, or one for each? A thousand small networks are trained in one call, side by side."""

import time

from rnnforecast import NaiveForecaster, RNNForecaster, backtest, datasets, metrics

panel = datasets.make_series_panel(n_series=60, n_timesteps=120, random_state=0)  # long: unique_id, ds, y
settings = {"input_size": 12, "hidden_size": 8, "max_iter": 40, "random_state": 0}

start = time.perf_counter()
local = RNNForecaster(6, scope="local", **settings).fit(panel)
print(f"{local.thetas_[0].shape[0]} networks of {local.thetas_[0].shape[1]} numbers, fitted in "
      f"{time.perf_counter() - start:.1f} s")  # fmt: skip

# Each network is, to the bit, the one that its series alone would have trained.
first = panel[panel["unique_id"] == panel["unique_id"].iloc[0]]
alone = RNNForecaster(6, scope="local", **settings).fit(first)
assert (local.thetas_[0][0] == alone.thetas_[0][0]).all()
print(local.predict().head(3).to_string(index=False, float_format="%.1f"))

# Which is better is a question to the data. In between: one network that learns a vector for each series.
models = {
    "global": RNNForecaster(6, **settings),
    "embedding": RNNForecaster(6, series_embedding=True, **settings),
    "local": local,
    "SeasonalNaive": NaiveForecaster(6, method="seasonal"),
}
table = backtest(models, panel, n_windows=3, step_size=6)
scores = metrics.evaluate(table, metrics=["mase", "smape"], train=panel, season_length=12)
print(scores.round(3).to_string())
