"""A panel with all that a shop knows: promotions that are planned, visitors that are counted, what kind it is."""

import numpy as np
import pandas as pd

from rnnforecast import NaiveForecaster, RNNForecaster, backtest, metrics

# Four shops, 40 weeks of days. Sales follow the week and the visitors, and promotions lift them in stations most.
rng = np.random.default_rng(0)
days = pd.date_range("2024-01-01", periods=280, freq="D")
frames = []
for number, shop in enumerate(["Amsel", "Drossel", "Fink", "Star"], start=1):
    kind = "station" if number % 2 else "village"
    promotion = rng.random(len(days)) < 0.15
    visitors = 80 * number + 20 * number * (days.day_of_week >= 5) + 4 * rng.normal(size=len(days))
    sales = 0.5 * visitors + number * promotion * (40 if kind == "station" else 15) + 2 * rng.normal(size=len(days))
    columns = {"ds": days, "y": sales, "visitors": visitors, "promotion": promotion}
    frames.append(pd.DataFrame(columns).assign(unique_id=shop, kind=kind))
data = pd.concat(frames, ignore_index=True)
past, plan = data[data["ds"] < days[-7]], data[data["ds"] >= days[-7]]

forecaster = RNNForecaster(
    h=7,
    past_covariates=["visitors"],
    future_covariates=["promotion"],
    static_covariates=["kind"],
    calendar="auto",  # days have a day of the week and a month
    max_iter=30,
    random_state=0,
)
forecaster.fit(past)
week = forecaster.predict(level=80, X_df=plan)  # of the plan it reads the promotions alone
print(
    week.merge(plan[["unique_id", "ds", "promotion"]])
    .groupby("unique_id")
    .head(2)
    .to_string(index=False, float_format="%.1f")
)

# What moved the forecast of tomorrow: the gradient of each number that the network read, the newest rows.
moved = forecaster.explain(step=1, X_df=plan)
newest = moved[(moved["unique_id"] == "Amsel") & moved["lag"].between(0, 2)]
print(newest[["lag", "y", "promotion", "visitors", "kind"]].to_string(index=False, float_format="%.3f"))

# Was it worth the covariates?
plain = RNNForecaster(h=7, max_iter=30, random_state=0)
rivals = {"with": forecaster, "without": plain, "SeasonalNaive": NaiveForecaster(7, method="seasonal")}
scores = {}
for name, rival in rivals.items():
    table = backtest({name: rival}, data, n_windows=4, step_size=7)
    scores[name] = metrics.evaluate(table, metrics=["mae"]).loc[name, "mae"]
print(pd.Series(scores, name="mean absolute error").round(2).to_string())
assert scores["with"] < scores["without"]
