"""What the commands share: the parser, the types of arguments, the options for data and for the network."""

import argparse

TRANSFORMS = ["log", "log1p", "boxcox", "difference", "seasonal_difference", "deseasonalize"]
CELLS = ("lstm", "gru", "elman")


class CommandError(Exception):
    """What the user asked for cannot be done; the message says why, in one line."""


class Parser(argparse.ArgumentParser):
    """A parser whose errors are raised."""

    def error(self, message):
        """Raise the message of argparse as an error."""
        raise CommandError(f"{message}; {self.prog} --help tells more")


def add_data_options(parser):
    """Add the file, its columns, the horizon and the frequency."""
    add = parser.add_argument
    add("file", metavar="FILE.csv", help="a row per series and time, with a header")
    add("--time", default="ds", metavar="COLUMN", help="column of dates, as 2020-01-31, or of integers, which "
        "count steps (default: ds)")  # fmt: skip
    add("--target", default="y", metavar="COLUMN", help="column of numbers to forecast (default: y)")
    add("--id", metavar="COLUMN", help="column of series names (default: unique_id, if the file has it)")
    add("--h", type=positive, required=True, metavar="N", help="number of steps to forecast")
    add("--level", type=level, nargs="+", metavar="PERCENT", help="coverage of intervals, such as 80 95")
    add(
        "--freq",
        type=frequency,
        help="frequency, such as D or MS, where the dates do not show it, or the step of integers",
    )


def add_network_options(parser):
    """Add the parameters of RNNForecaster that a command takes."""
    add = parser.add_argument
    add("--input-size", type=positive, metavar="N", help="number of past steps that the network sees")
    add("--transform", dest="target_transform", choices=TRANSFORMS, help="transform of the target")
    add("--cell", dest="cell_type", choices=CELLS, help="recurrent cell")
    add("--hidden-size", type=positive, metavar="N", help="units of the network")
    add("--max-iter", type=positive, metavar="N", help="most passes over the data")
    add("--seed", type=seed, default=0, metavar="N", help="seed of the weights (default: 0)")


def make_forecaster(arguments, columns):
    """Return the RNNForecaster that the arguments describe.

    Parameters
    ----------
    arguments : Namespace
    columns : dict
        Names of the columns, as `read_csv` returns them.
    """
    from rnnforecast import RNNForecaster

    words = ("freq", "input_size", "target_transform", "cell_type", "hidden_size", "max_iter")
    given = {word: getattr(arguments, word) for word in words if getattr(arguments, word) is not None}
    return RNNForecaster(h=arguments.h, random_state=arguments.seed, **columns, **given)


def frequency(text):
    """Read a frequency of pandas, or the step of integers, such as 2."""
    return int(text) if text.isdecimal() else text


def positive(text):
    """Read an int of at least 1."""
    number = seed(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text!r} must be at least 1")
    return number


def seed(text):
    """Read an int from 0 to 2**32 - 1."""
    try:
        number = int(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number") from None
    if not 0 <= number < 2**32:
        raise argparse.ArgumentTypeError(f"{text!r} must be between 0 and 2**32 - 1")
    return number


def level(text):
    """Read a percentage."""
    try:
        number = float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number") from None
    if not 1 <= number < 100:
        raise argparse.ArgumentTypeError(f"{text!r} must be a percentage from 1 to below 100")
    return number
