"""``rnnforecast forecast``: fit the series of a CSV file, and forecast what follows."""

from rnnforecast.cli.options import CommandError, add_data_options, add_network_options, make_forecaster
from rnnforecast.cli.reading import read_csv
from rnnforecast.cli.writing import check_outputs, draw, tell, write


def add_to(commands):
    """Add the command to a parser's commands."""
    parser = commands.add_parser("forecast", help="forecast the series of a CSV file")
    add_data_options(parser)
    parser.add_argument("--out", metavar="FILE", help="CSV file of the forecasts (default: print them)")
    parser.add_argument("--plot", metavar="FILE", help="figure of the first series, such as forecast.png")
    add_network_options(parser)
    parser.set_defaults(command=run)


def run(arguments):
    """Print or write the forecasts; return the exit code."""
    check_outputs(arguments.out, arguments.plot)
    frame, columns = read_csv(arguments)
    try:
        model = make_forecaster(arguments, columns)
        answer = _fit(model, frame, arguments.level).predict(level=arguments.level)
    except (ValueError, TypeError) as error:  # the messages name the series, the row and the remedy
        raise CommandError(f"{arguments.file}: {error}") from error
    text = answer.to_csv(index=False, lineterminator="\n")
    if arguments.out:
        write(arguments.out, text)
    else:
        print(text, end="")
    if arguments.plot:
        from rnnforecast.plotting import save_forecast

        draw(save_forecast, arguments.plot, frame, answer, **columns)
    tell(arguments.out, arguments.plot)
    return 0


def _fit(model, frame, levels):
    """The model, fitted, or an error before any training where these levels will be refused."""
    model._validate_params()
    panel = model._as_panel(frame, freq=model.freq)
    model._check_data(panel, levels or (), ())
    return model._fit_checked(panel)
