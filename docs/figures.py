"""The figures of the guide, drawn while it is built: a hook of MkDocs."""

from functools import cache
from io import BytesIO

from matplotlib.figure import Figure
from mkdocs.structure.files import File

from rnnforecast import NaiveForecaster, RNNForecaster, backtest, datasets, plotting


def on_files(files, config):
    """Add the figures to the files of the guide."""
    for name, content in draw_all().items():
        files.append(File.generated(config, f"images/{name}.png", content=content))
    return files


@cache
def draw_all():
    """The figures as PNG, by name."""
    y = datasets.load_airline()
    model = RNNForecaster(h=12, target_transform="log", random_state=0).fit(y)
    naive = NaiveForecaster(h=12, method="seasonal")
    yearly = backtest([model, naive], y, n_windows=3, step_size=12, level=80)
    often = backtest(model, y, n_windows=25, level=[50, 80, 90, 95])
    return {
        "forecast": png(lambda ax: plotting.plot_forecast(y, model.predict(level=[80, 95]), ax=ax)),
        "paths": png(lambda ax: plotting.plot_forecast(y, model.simulate(20, random_state=0), ax=ax)),
        "backtest": png(lambda ax: plotting.plot_backtest(yearly, levels=[80], history=y, ax=ax)),
        "residuals": png(
            lambda ax: plotting.ResidualsDisplay.from_predictions(often, ax=ax),
            size=(9, 6),
        ),
        "calibration": png(lambda ax: plotting.CalibrationDisplay.from_predictions(often, ax=ax), size=(4.5, 4.5)),
    }


def png(draw, size=(9, 4)):
    """What a function draws on an Axes, as the bytes of a file."""
    figure, target = Figure(figsize=size, layout="constrained"), BytesIO()
    draw(figure.add_subplot())
    figure.savefig(target, format="png")
    return target.getvalue()
