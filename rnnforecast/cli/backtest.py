"""``rnnforecast backtest``: forecast the last rows of a CSV file from several origins, and score against a baseline."""

from rnnforecast.cli.options import CommandError, add_data_options, add_network_options, make_forecaster, positive
from rnnforecast.cli.reading import read_csv
from rnnforecast.cli.writing import check_outputs, draw, tell, write

BASELINES = ("seasonal", "last", "naive2", "theta", "drift", "mean")
METRICS = ("mase", "rmsse", "mae", "mse", "rmse", "mape", "smape", "wape", "bias", "owa", "coverage", "winkler")
_USUAL = ("mase", "mae", "rmse", "smape")
_OF_INTERVALS = ("coverage", "winkler")
_NO_RATIO = ("bias", "owa", "coverage")  # an owa is a ratio already


def add_to(commands):
    """Add the command to a parser's commands."""
    parser = commands.add_parser("backtest", help="score forecasts of a CSV file's last rows against a baseline")
    add = parser.add_argument
    add_data_options(parser)
    add("--n-windows", type=positive, default=3, metavar="N", help="number of origins (default: 3)")
    add("--step-size", type=positive, metavar="N", help="rows between origins (default: h, so that none overlap)")
    add("--refit", type=positive, nargs="?", const=1, metavar="K", help="fit anew at each origin, or every K-th")
    add("--metrics", nargs="+", choices=METRICS, metavar="NAME", help=f"scores, of {', '.join(METRICS)} (default: "
        f"{', '.join(_USUAL)}, and coverage with --level); owa compares with the first baseline")  # fmt: skip
    add("--baseline", nargs="+", choices=BASELINES, default=["seasonal"], metavar="NAME",
        help=f"forecasts to compare with, of {', '.join(BASELINES)} (default: seasonal)")  # fmt: skip
    add("--season-length", type=positive, metavar="N", help="rows of a season (default: that of the frequency)")
    add("--out", metavar="FILE", help="CSV file of all forecasts beside what came")
    add("--plot", metavar="FILE", help="figure of the first series, such as backtest.png")
    add_network_options(parser)
    parser.set_defaults(command=run)


def run(arguments):
    """Print the scores, and write what is wanted; return the exit code."""
    needing = [name for name in _OF_INTERVALS if name in (arguments.metrics or ())]
    if needing and not arguments.level:
        raise CommandError(f"--metrics {needing[0]} needs intervals: give --level, such as --level 80 95")
    check_outputs(arguments.out, arguments.plot)
    frame, columns = read_csv(arguments)
    try:
        table, scores = _backtest_and_score(arguments, frame, columns)
    except (ValueError, TypeError) as error:  # the messages name the series, the row and the remedy
        raise CommandError(f"{arguments.file}: {error}") from error
    _print(arguments, table, scores, columns)
    if arguments.out:
        write(arguments.out, table.to_csv(index=False, lineterminator="\n"))
    if arguments.plot:
        from rnnforecast.plotting import save_backtest

        draw(save_backtest, arguments.plot, table, history=frame, levels=None, **columns)
    tell(arguments.out, arguments.plot)
    return 0


def _backtest_and_score(arguments, frame, columns):
    from rnnforecast import NaiveForecaster, backtest
    from rnnforecast.forecasting.panels.frequency import season_length
    from rnnforecast.forecasting.panels.reading import as_panel
    from rnnforecast.metrics import evaluate

    season = arguments.season_length or season_length(as_panel(frame, freq=arguments.freq, **columns).freq)
    words = {"season_length": season, "freq": arguments.freq, **columns}
    naive = [NaiveForecaster(arguments.h, method=method, **words) for method in dict.fromkeys(arguments.baseline)]
    windows = {"n_windows": arguments.n_windows, "step_size": arguments.step_size, "refit": arguments.refit or False}
    model = make_forecaster(arguments, columns)
    table = backtest([model, *naive], frame, level=arguments.level, **windows)
    metrics = list(dict.fromkeys(arguments.metrics or (*_USUAL, *(["coverage"] if arguments.level else []))))
    compared = {"train": frame, "season_length": season, "reference": naive[0].model_name}
    return table, evaluate(table, metrics=metrics, **compared, **columns)


def _print(arguments, table, scores, columns):
    """What was forecast from where, the scores, and how many times those of the first baseline they are."""
    n_series = table[columns["id_col"]].nunique() if "id_col" in columns else 1
    cutoffs = table["cutoff"].drop_duplicates().sort_values().astype(str)
    fits = {None: "one fit, before them all", 1: "a fit at each"}
    fits = fits.get(arguments.refit, f"a fit at every {arguments.refit} of them")
    origins = f"{arguments.n_windows} origins from {cutoffs.iloc[0]} to {cutoffs.iloc[-1]}"
    print(f"{n_series} series, {origins}, {fits}; {arguments.h} steps from each")
    model, baseline = scores.index[:2]
    rows = [["", *scores.columns]]
    rows += [[name, *map(_text, scores.loc[name])] for name in scores.index]
    pairs = zip(scores.columns, scores.loc[model], scores.loc[baseline], strict=True)
    ratios = ["" if name.startswith(_NO_RATIO) or not base > 0 else _text(own / base) for name, own, base in pairs]
    rows.append([f"{model} / {baseline}", *ratios])
    first, *others = (max(map(len, column)) for column in zip(*rows, strict=True))
    for name, *cells in rows:
        line = "".join(f"  {cell:>{width}}" for cell, width in zip(cells, others, strict=True))
        print(f"{name:<{first}}{line}".rstrip())


def _text(score):
    """Three decimals, or three digits of a small number."""
    return f"{score:.3f}" if score == 0 or not abs(score) < 0.1 else f"{score:.3g}"
