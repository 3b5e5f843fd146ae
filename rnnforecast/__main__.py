"""``python -m rnnforecast``: the same as the command ``rnnforecast``."""

import sys

from rnnforecast.cli import main

if __name__ == "__main__":
    sys.exit(main())
