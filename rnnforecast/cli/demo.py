"""``rnnforecast demo``: a backtest and a forecast of the airline series."""

import time

from rnnforecast.cli.writing import check_folder, draw

# What is not named is the forecaster's default. The logarithm is there because growth and season are proportional to
# the level; the cell is the best of benchmarks/bench_airline.py, which chooses on the months before those scored here.
DEMO = {"cell_type": "elman", "target_transform": "log", "random_state": 0}
DEMO_H, DEMO_ORIGINS, DEMO_SEASON = 12, 25, 12


def add_to(commands):
    """Add the command to a parser's commands."""
    parser = commands.add_parser("demo", help="forecast the airline series, and backtest against the seasonal naive")
    parser.add_argument("--out", default="forecast.png", metavar="FILE", help="the figure (default: forecast.png)")
    parser.set_defaults(command=run)


def run(arguments):
    """Print both, and write the figure; return the exit code."""
    from rnnforecast import NaiveForecaster, RNNForecaster, backtest
    from rnnforecast.datasets import load_airline
    from rnnforecast.metrics import evaluate
    from rnnforecast.plotting import save_forecast

    check_folder(arguments.out)
    y, began = load_airline(), time.perf_counter()
    model = RNNForecaster(h=DEMO_H, **DEMO)
    naive = NaiveForecaster(h=DEMO_H, method="seasonal", season_length=DEMO_SEASON)
    print(f"Airline passengers, {len(y)} months from {y.index[0]:%Y-%m} to {y.index[-1]:%Y-%m}, in thousands.")
    print(f"RNNForecaster(h={DEMO_H}, {', '.join(f'{name}={value!r}' for name, value in DEMO.items())})")
    print("Fitting; the very first run compiles the kernels as well ...", flush=True)
    table = backtest({"RNN": model, "SeasonalNaive": naive}, y, h=DEMO_H, n_windows=DEMO_ORIGINS)
    scores = evaluate(table, metrics=["mase"], train=y, season_length=DEMO_SEASON)["mase"]
    print(
        f"\nBacktest: {DEMO_ORIGINS} origins, {DEMO_H} months ahead from each, all scored months from "
        f"{table['ds'].min():%Y-%m} to {table['ds'].max():%Y-%m};\nthe network was fitted once, on the months before."
    )
    print(f"  MASE, RNN             {scores['RNN']:.3f}")
    print(f"  MASE, seasonal naive  {scores['SeasonalNaive']:.3f}")
    print(f"  ratio                 {scores['RNN'] / scores['SeasonalNaive']:.3f}")
    forecast = model.fit(y).predict(level=[80, 95])
    print(f"\nForecast of the {DEMO_H} months that follow, with 80 % and 95 % intervals:")
    print(forecast.rename_axis(None).to_string(float_format="{:.1f}".format))
    try:
        draw(save_forecast, arguments.out, y, forecast)
        print(f"\nWrote {arguments.out}.", end=" ")
    except ImportError as error:
        print(f"\nNo figure: {error}.", end=" ")
    print(f"{time.perf_counter() - began:.1f} s in all.")
    return 0
