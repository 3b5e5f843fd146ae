"""How the tests look at figures."""


def labels(ax):
    return [text.get_text() for text in ax.get_legend().get_texts()]


def draw(ax):
    ax.figure.canvas.draw()  # tick labels are made here, and warnings become errors
    return ax
