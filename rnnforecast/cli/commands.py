"""Find the command that the arguments name, and run it."""

import sys
import warnings

from rnnforecast import __version__
from rnnforecast.cli import backtest, demo, forecast, info, warmup
from rnnforecast.cli.options import CommandError, Parser


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
        arguments = parser().parse_args(argv)
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


def parser():
    """Return the parser of all commands; each sets `command`, a function of the arguments."""
    top = Parser(prog="rnnforecast", description="Recurrent neural networks for time series.")
    top.add_argument("--version", action="version", version=f"rnnforecast {__version__}")
    commands = top.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for module in (demo, forecast, backtest, warmup, info):
        module.add_to(commands)
    return top
