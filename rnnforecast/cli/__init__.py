"""The command line: ``rnnforecast demo``, ``forecast``, ``backtest``, ``warmup`` and ``info``.

Exit codes: 0 success, 1 the work could not be done, 2 what was asked for is wrong (one line on stderr says what).
Packages that take a second to import are imported inside functions, so that ``--help`` answers at once.
"""

from rnnforecast.cli.commands import main

__all__ = ["main"]
