"""The command line: ``rnnforecast demo``, ``forecast``, ``warmup`` and ``info``.

Exit codes: 0 success, 1 the work could not be done, 2 what was asked for is wrong (one line on stderr says what).
Packages that take a second to import are imported inside functions, so that ``--help`` answers at once.
"""

import argparse
import os
import sys
import time
import uuid
import warnings

from rnnforecast import __version__

TRANSFORMS = ["log", "log1p", "boxcox", "difference", "seasonal_difference", "deseasonalize"]

CELLS = ("lstm", "gru", "elman")
_MISSING = ["", "NA", "N/A", "NaN", "nan", "NaT", "null", "NULL", "None"]  # in columns of dates and of numbers

# What is not named is the forecaster's default. The logarithm is there because growth and season are proportional to
# the level; the cell is the best of benchmarks/bench_airline.py, which chooses on the months before those scored here.
DEMO = {"cell_type": "elman", "target_transform": "log", "random_state": 0}
DEMO_H, DEMO_ORIGINS, DEMO_SEASON = 12, 25, 12


class CommandError(Exception):
    """What the user asked for cannot be done; the message says why, in one line."""


class _Parser(argparse.ArgumentParser):
    def error(self, message):
        raise CommandError(f"{message}; {self.prog} --help tells more")


def main(argv=None):
    """Run a command.

    Parameters
    ----------
    argv : list of str, optional
        By default the arguments of the process.

    Returns
    -------
    int
        Exit code.
    """
    try:
        arguments = _parser().parse_args(argv)
        with warnings.catch_warnings():
            warnings.showwarning = _show_warning
            return arguments.command(arguments)
    except CommandError as error:
        print(f"rnnforecast: error: {' '.join(str(error).split())}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("rnnforecast: interrupted", file=sys.stderr)
        return 130


def _show_warning(message, category, filename, lineno, file=None, line=None):
    print(f"rnnforecast: warning: {message}", file=sys.stderr)


def _parser():
    parser = _Parser(prog="rnnforecast", description="Recurrent neural networks for time series.")
    parser.add_argument("--version", action="version", version=f"rnnforecast {__version__}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)

    demo = commands.add_parser("demo", help="forecast the airline series, and backtest against the seasonal naive")
    demo.add_argument("--out", default="forecast.png", metavar="FILE", help="the figure (default: forecast.png)")
    demo.set_defaults(command=_demo)

    forecast = commands.add_parser("forecast", help="forecast the series of a CSV file")
    _add_forecast_options(forecast)
    forecast.set_defaults(command=_forecast)

    warmup = commands.add_parser("warmup", help="compile ahead of the first use, such as while an image is built")
    warmup.add_argument("--cell", nargs="+", choices=CELLS, default=list(CELLS), help="cells (default: all)")
    warmup.set_defaults(command=_warmup)

    info = commands.add_parser("info", help="show versions, the place of compiled kernels, threads and CUDA")
    info.set_defaults(command=_info)
    return parser


def _add_forecast_options(parser):
    add = parser.add_argument
    add("file", metavar="FILE.csv", help="a row per series and time, with a header")
    add("--time", default="ds", metavar="COLUMN", help="column of dates or integers (default: ds)")
    add("--target", default="y", metavar="COLUMN", help="column of numbers to forecast (default: y)")
    add("--id", metavar="COLUMN", help="column of series names (default: unique_id, if the file has it)")
    add("--h", type=_positive, required=True, metavar="N", help="number of steps to forecast")
    add("--level", type=_level, nargs="+", metavar="PERCENT", help="coverage of intervals, such as 80 95")
    add("--out", metavar="FILE", help="CSV file of the forecasts (default: print them)")
    add("--plot", metavar="FILE", help="figure of the first series, such as forecast.png")
    add("--freq", help="frequency, such as D or MS, where the dates do not show it")
    add("--input-size", type=_positive, metavar="N", help="number of past steps that the network sees")
    add("--transform", dest="target_transform", choices=TRANSFORMS, help="transform of the target")
    add("--cell", dest="cell_type", choices=CELLS, help="recurrent cell")
    add("--hidden-size", type=_positive, metavar="N", help="units of the network")
    add("--max-iter", type=_positive, metavar="N", help="most passes over the data")
    add("--seed", type=_seed, default=0, metavar="N", help="seed of the weights (default: 0)")


def _positive(text):
    number = _seed(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text!r} must be at least 1")
    return number


def _seed(text):
    try:
        number = int(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number") from None
    if not 0 <= number < 2**32:
        raise argparse.ArgumentTypeError(f"{text!r} must be between 0 and 2**32 - 1")
    return number


def _level(text):
    try:
        number = float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number") from None
    if not 1 <= number < 100:
        raise argparse.ArgumentTypeError(f"{text!r} must be a percentage from 1 to below 100")
    return number


# ---- demo ------------------------------------------------------------------------------------------------------------


def _demo(arguments):
    from rnnforecast import NaiveForecaster, RNNForecaster, backtest
    from rnnforecast.datasets import load_airline
    from rnnforecast.metrics import evaluate

    _check_folder(arguments.out)
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
        _plot(arguments.out, y, forecast)
        print(f"\nWrote {arguments.out}.", end=" ")
    except ImportError as error:
        print(f"\nNo figure: {error}.", end=" ")
    print(f"{time.perf_counter() - began:.1f} s in all.")
    return 0


# ---- forecast --------------------------------------------------------------------------------------------------------


def _forecast(arguments):
    if not os.path.isfile(arguments.file):
        raise CommandError(f"{arguments.file}: no such file")
    if arguments.plot:
        _require_plotting()
    for path in filter(None, (arguments.out, arguments.plot)):
        _check_folder(path)
    frame, columns = _read_csv(arguments)
    answer = _fit_and_predict(arguments, frame, columns)
    text = answer.to_csv(index=False, lineterminator="\n")
    if arguments.out:
        _write(arguments.out, text)
    else:
        print(text, end="")
    if arguments.plot:
        _plot(arguments.plot, frame, answer, **columns)
    for path in filter(None, (arguments.out, arguments.plot)):
        print(f"Wrote {path}.", file=sys.stderr)
    return 0


def _fit_and_predict(arguments, frame, columns):
    from rnnforecast import RNNForecaster

    words = ("freq", "input_size", "target_transform", "cell_type", "hidden_size", "max_iter")
    given = {word: getattr(arguments, word) for word in words if getattr(arguments, word) is not None}
    try:
        model = RNNForecaster(h=arguments.h, random_state=arguments.seed, **columns, **given)
        return model.fit(frame).predict(level=arguments.level)
    except (ValueError, TypeError) as error:  # the messages name the series, the row and the remedy
        raise CommandError(f"{arguments.file}: {error}") from error


def _read_csv(arguments):
    """The columns needed, checked, and their names as keywords of a forecaster."""
    import pandas as pd

    path = arguments.file
    try:
        header = list(pd.read_csv(path, nrows=0).columns)
        id_col = arguments.id or ("unique_id" if "unique_id" in header else None)
        wanted = {"--time": arguments.time, "--target": arguments.target, "--id": id_col}
        wanted = {option: column for option, column in wanted.items() if column is not None}
        for option, column in wanted.items():
            if column not in header:
                raise CommandError(f"{path}: no column {column!r} ({option}); it has {', '.join(map(repr, header))}")
        if len(set(wanted.values())) < len(wanted):
            raise CommandError(f"{' and '.join(wanted)} must name different columns")
        # names of series stay text: 007 is not 7, and NA is not a missing value
        missing = {arguments.time: _MISSING, arguments.target: _MISSING}
        options = {"dtype": {} if id_col is None else {id_col: str}, "keep_default_na": False, "na_values": missing}
        frame = pd.read_csv(path, usecols=list(wanted.values()), **options)
    except (pd.errors.ParserError, pd.errors.EmptyDataError, UnicodeDecodeError, OSError) as error:
        raise CommandError(f"{path}: not a readable CSV file: {error}") from error
    if frame.empty:
        raise CommandError(f"{path}: no rows under the header")
    if id_col is not None:
        names = frame[id_col].str.strip()
        frame[id_col] = names
        _check_all(names != "", names.where(names != ""), f"{path}: column {id_col!r}", "is empty")
    frame[arguments.time] = _as_stamps(frame[arguments.time], f"{path}: column {arguments.time!r}")
    frame[arguments.target] = _as_numbers(frame[arguments.target], f"{path}: column {arguments.target!r}")
    columns = {"time_col": arguments.time, "target_col": arguments.target}
    return frame, columns if id_col is None else {"id_col": id_col, **columns}


def _as_stamps(column, where):
    import pandas as pd

    _check_all(column.notna(), column, where, "is empty")
    if pd.api.types.is_integer_dtype(column):
        return column
    try:
        stamps = pd.to_datetime(column.astype(str), errors="coerce")
        _check_all(stamps.notna(), column, where, "is not a date as {0!r} is", column.iloc[0])
        return stamps
    except ValueError as error:  # such as several time zones
        raise CommandError(f"{where}: {error}") from error


def _as_numbers(column, where):
    import pandas as pd

    _check_all(column.notna(), column, where, "is empty")
    numbers = pd.to_numeric(column, errors="coerce")
    _check_all(numbers.notna(), column, where, "is not a number")
    return numbers.astype(float)


def _check_all(good, column, where, what, *values):
    """Refuse a column with a bad value; tell the first one, and its line in a file without line breaks in quotes."""
    if not good.all():
        row = int((~good).to_numpy().argmax())
        value = "the value" if column.isna().iloc[row] else repr(column.iloc[row])
        raise CommandError(f"{where}: {value} in line {row + 2} {what.format(*values)}")


def _check_folder(path):
    """Refuse a file that cannot be written, before the work is done for it."""
    folder = os.path.dirname(os.path.abspath(path))
    if os.path.isdir(path) or not os.path.isdir(folder):
        raise CommandError(f"{path}: {'is a folder' if os.path.isdir(path) else 'its folder does not exist'}")
    if not os.access(folder, os.W_OK):
        raise CommandError(f"{path}: its folder cannot be written to")


def _write(path, text):
    """Write a file in one step: whoever reads it sees the old content or the new one."""
    replace = os.path.isfile(path) or not os.path.exists(path)  # not a device such as /dev/stdout
    temporary = f"{path}.{uuid.uuid4().hex[:8]}.tmp" if replace else path
    try:
        with open(temporary, "w", encoding="utf-8", newline="") as file:
            file.write(text)
        if replace:
            os.replace(temporary, path)
    except OSError as error:
        raise CommandError(f"{path}: cannot be written: {error}") from error
    finally:
        if replace and os.path.exists(temporary):
            os.remove(temporary)


def _require_plotting():
    from rnnforecast.plotting import require_matplotlib

    try:
        require_matplotlib()
    except ImportError as error:
        raise CommandError(str(error)) from error


def _plot(path, history, forecast, **columns):
    from rnnforecast.plotting import save_forecast

    try:
        save_forecast(path, history, forecast, **columns)
    except (ValueError, OSError) as error:
        raise CommandError(f"no figure: {error}") from error


# ---- warmup and info -------------------------------------------------------------------------------------------------


def _warmup(arguments):
    from rnnforecast._jit import cache_place

    began = time.perf_counter()
    for cell in dict.fromkeys(arguments.cell):
        for dtype in ("float32", "float64"):
            start = time.perf_counter()
            _use_once(cell, dtype)
            print(f"{cell}, {dtype}: {time.perf_counter() - start:.1f} s", flush=True)
    place = cache_place()
    if place is None:
        print("rnnforecast: nothing is kept: no folder for compiled kernels can be written to", file=sys.stderr)
        return 1
    print(f"{time.perf_counter() - began:.1f} s in all; compiled kernels are in {place}")
    return 0


def _use_once(cell, dtype):
    """Fit and predict what users do, as small as can be."""
    import numpy as np
    import pandas as pd

    from rnnforecast import RNNClassifier, RNNForecaster, RNNRegressor

    words = {"cell_type": cell, "hidden_size": 4, "max_iter": 1, "random_state": 0, "dtype": dtype}
    X = np.linspace(0, 1, 240, dtype=dtype).reshape(20, 6, 2)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # one pass over the data does not converge
        for solver in ("adam", "sgd"):
            model = RNNRegressor(solver=solver, **words).fit(X, X[:, -1, 0])
        model.predict(X)
        model.step(X[:1, 0], model.initial_state(1))
        RNNClassifier(**words).fit(X, np.arange(20) % 2).predict(X)
        RNNClassifier(**words).fit(X, np.arange(20) % 3).predict(X)
        series = pd.Series(np.sin(np.arange(80.0)))
        for strategy in ("mimo", "segment"):
            model = RNNForecaster(2, 6, strategy=strategy, cell_type=cell, hidden_size=4, max_iter=1)
            model.fit(series).predict(level=80)


def _info(arguments):
    import platform

    import joblib

    from rnnforecast._jit import cache_place

    lines = {"rnnforecast": __version__, "python": f"{platform.python_version()} on {platform.platform()}"}
    for package in ("numpy", "pandas", "scikit-learn", "scipy", "numba", "llvmlite", "joblib", "matplotlib"):
        lines[package] = _version(package)
    lines["kernel cache"] = cache_place() or "none: compiled kernels are not kept from one process to the next"
    lines["threads"] = f"{joblib.cpu_count()} usable of {os.cpu_count()}"
    lines["CUDA"] = _cuda()
    width = max(map(len, lines))
    for name, value in lines.items():
        print(f"{name:<{width}}  {value}")
    return 0


def _version(package):
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


def _cuda():
    """What the driver says; it is asked directly, for importing the compiler of CUDA kernels may take seconds."""
    import ctypes

    try:
        driver = ctypes.CDLL("nvcuda.dll" if os.name == "nt" else "libcuda.so.1")
    except OSError:
        return "no driver"
    count, release = ctypes.c_int(0), ctypes.c_int(0)
    if driver.cuInit(0) or driver.cuDeviceGetCount(ctypes.byref(count)) or not count.value:
        return "a driver, but no device"
    driver.cuDriverGetVersion(ctypes.byref(release))
    toolkit = f"{release.value // 1000}.{release.value % 1000 // 10}"
    return f"{count.value} device(s), driver for CUDA {toolkit}, numba-cuda {_version('numba-cuda')}"
