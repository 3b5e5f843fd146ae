"""Search for the settings of a forecaster on rolling origins, then judge the choice on years that it never saw."""

import pandas as pd

from rnnforecast import ForecastSearchCV, NaiveForecaster, RNNForecaster, backtest, datasets, metrics

series = datasets.load_airline()
past = series[:-24]  # the last two years are for the verdict alone

# Six candidates, three windows of a year each, two seeds: 36 fits in one pool. Halving would need about half of them.
forecaster = RNNForecaster(12, target_transform="log")
search = ForecastSearchCV(
    forecaster,
    {"input_size": [12, 24], "hidden_size": [8, 16, 32]},
    n_windows=3,
    n_seeds=2,
    metric="mase",
    random_state=0,
)
search.fit(past)

columns = ["param_input_size", "param_hidden_size", "mean_test_score", "std_test_score", "std_seed_score"]
print(pd.DataFrame(search.cv_results_).sort_values("rank_test_score")[columns].round(3).to_string(index=False))
print("best:", search.best_params_)
print(search.predict(level=80).round(0).head(3))  # the best candidate, fitted on all of `past`

# A backtest of the chosen forecaster beside the seasonal naive one; gap= would train it some months before it is used.
models = {"RNN": search.best_forecaster_, "Naive": NaiveForecaster(12, method="seasonal")}
table = backtest(models, series, n_windows=2, step_size=12)
scores = metrics.evaluate(table, metrics=["mase", "smape"], train=series, season_length=12)
print(scores.round(3))
