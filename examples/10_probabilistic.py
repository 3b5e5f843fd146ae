"""How sure is a forecast? Quantiles that the network learns, sample paths, and whether the intervals hold."""

import tempfile
from pathlib import Path

from rnnforecast import RNNForecaster, backtest, datasets, metrics, plotting

# Sea surface temperature; the last years are for the verdict.
series = datasets.load_elnino()
past = series[:-36]

settings = {"input_size": 24, "calendar": "auto", "max_iter": 30, "random_state": 0}
point = RNNForecaster(6, **settings)
quantile = RNNForecaster(6, loss="quantile", quantiles=[0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95], **settings)

quantile.fit(past)
print(quantile.predict(level=[50, 90]).round(2).head(3))  # bounds are corrected on windows that were held back
print(quantile.predict(quantiles=[0.1, 0.5, 0.9]).round(2).head(3))

# A question that no interval of a single month answers: how warm is the warmest of the next six?
paths = quantile.simulate(n_paths=500, random_state=0)
warmest = paths.max()
print(f"warmest month: {warmest.quantile(0.1):.1f} to {warmest.quantile(0.9):.1f} degrees, with a probability of 80 %")

# The same levels from a forecaster of one number, with intervals as wide as its past errors.
table = backtest({"point": point, "quantile": quantile}, series, n_windows=36, level=[50, 80, 90])
print(metrics.evaluate(table, metrics=["coverage", "weighted_interval_score"]).round(3).to_string())

with tempfile.TemporaryDirectory() as folder:
    path = Path(folder) / "calibration.png"
    plotting.CalibrationDisplay.from_predictions(table).figure_.savefig(path)  # dots on the diagonal keep their promise
    print(f"{path.name}: {path.stat().st_size / 1024:.0f} KiB")
