"""Write a figure to a file in one step, without a display."""

import os
import uuid

from rnnforecast.plotting.style import require_matplotlib


def save_figure(path, draw):
    """Write what a function draws to a file; pyplot is left alone.

    Parameters
    ----------
    path : str or path
        The ending (.png, .svg, .pdf) names the format. A file that is there is replaced at the end, in one step.
    draw : callable
        Takes an Axes.
    """
    require_matplotlib()
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 4.5), dpi=150, layout="constrained")
    kind = os.path.splitext(path)[1].lstrip(".").lower() or "png"
    known = figure.canvas.get_supported_filetypes()
    if kind not in known:
        raise ValueError(f"{path}: no format has the ending .{kind}; known are {', '.join(sorted(known))}")
    draw(figure.add_subplot())
    temporary = f"{path}.{uuid.uuid4().hex[:8]}.tmp"
    try:
        figure.savefig(temporary, format=kind)
        os.replace(temporary, path)
    finally:
        if os.path.exists(temporary):
            os.remove(temporary)
