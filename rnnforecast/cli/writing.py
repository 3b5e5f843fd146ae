"""Write tables and figures to files that are checked before the work is done for them."""

import os
import sys
import uuid

from rnnforecast.cli.options import CommandError


def check_outputs(out, plot):
    """Refuse files that cannot be written, and figures without matplotlib; either may be None."""
    if plot:
        require_plotting()
    for path in filter(None, (out, plot)):
        check_folder(path)


def check_folder(path):
    """Refuse a file that cannot be written, before the work is done for it."""
    folder = os.path.dirname(os.path.abspath(path))
    if os.path.isdir(path) or not os.path.isdir(folder):
        raise CommandError(f"{path}: {'is a folder' if os.path.isdir(path) else 'its folder does not exist'}")
    if not os.access(folder, os.W_OK):
        raise CommandError(f"{path}: its folder cannot be written to")


def write(path, text):
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


def require_plotting():
    """Refuse figures where matplotlib is missing."""
    from rnnforecast.plotting import require_matplotlib

    try:
        require_matplotlib()
    except ImportError as error:
        raise CommandError(str(error)) from error


def draw(save, path, *data, **options):
    """Draw a figure into a file with a function of `rnnforecast.plotting`."""
    try:
        save(path, *data, **options)
    except (ValueError, OSError) as error:
        raise CommandError(f"no figure: {error}") from error


def tell(*paths):
    """Say on stderr what was written; paths may be None."""
    for path in filter(None, paths):
        print(f"Wrote {path}.", file=sys.stderr)
