"""The loss of each epoch."""

import numpy as np

from rnnforecast.plotting.style import COLORS, GREY, new_axes, plain


class LossCurveDisplay:
    """The training loss of each epoch, and the validation score where there is one.

    The loss is on a logarithmic scale where it falls by more than a factor of ten. Make one with `from_estimator`.

    Parameters
    ----------
    losses : list of float
    scores : list of float, optional
        Validation scores of the same epochs; more is better. They get a scale of their own, on the right.
    title : str

    Attributes
    ----------
    ax_ : matplotlib Axes
        Of the loss.
    score_ax_ : matplotlib Axes or None
        Of the scores.
    figure_ : matplotlib Figure
    """

    def __init__(self, *, losses, scores=None, title=""):
        self.losses = losses
        self.scores = scores
        self.title = title

    @classmethod
    def from_estimator(cls, estimator, *, ax=None):
        """Draw how the training of an estimator went.

        Parameters
        ----------
        estimator : fitted estimator or forecaster
            An object with `loss_curve_`, and perhaps `validation_scores_`.
        ax : matplotlib Axes, optional
            Where to draw. By default a new figure.

        Returns
        -------
        LossCurveDisplay
        """
        from sklearn.utils.validation import check_is_fitted

        check_is_fitted(estimator, "loss_curve_")
        scores = getattr(estimator, "validation_scores_", None)
        return cls(losses=estimator.loss_curve_, scores=scores, title=type(estimator).__name__).plot(ax)

    def plot(self, ax=None):
        """Draw the figure.

        Parameters
        ----------
        ax : matplotlib Axes, optional
            Where to draw. By default a new figure.

        Returns
        -------
        LossCurveDisplay
        """
        losses = np.asarray(self.losses, dtype=float)
        ax = new_axes(ax)
        line = ax.plot(np.arange(1, len(losses) + 1), losses, color=COLORS[0], linewidth=1.6, label="training loss")
        if len(losses) and losses.min() > 0 and losses.max() > 10 * losses.min():
            ax.set_yscale("log")
        ax.xaxis.get_major_locator().set_params(integer=True)
        ax.set_xlabel("epoch")
        ax.set_ylabel("training loss")
        ax.set_title(self.title, loc="left")
        plain(ax)
        self.ax_, self.figure_, self.score_ax_ = ax, ax.figure, None
        if self.scores is not None and len(self.scores):
            self._draw_scores(line)
        return self

    def _draw_scores(self, line):
        """The scores on a second axis, and a mark at the best epoch."""
        scores = np.asarray(self.scores, dtype=float)
        right = self.score_ax_ = self.ax_.twinx()
        epochs, best = np.arange(1, len(scores) + 1), int(np.argmax(scores))
        line += right.plot(epochs, scores, color=COLORS[1], linewidth=1.6, label="validation score")
        marked = f"best epoch, {best + 1}"
        line += right.plot(epochs[best], scores[best], "o", color=COLORS[1], markersize=7, label=marked)
        right.set_ylabel("validation score")
        right.spines[["top", "left"]].set_visible(False)
        right.spines[["right", "bottom"]].set_color(GREY)
        right.legend(handles=line, loc="center right", frameon=False)


def plot_loss_curve(estimator, *, ax=None):
    """Draw the training loss of each epoch, on a logarithmic scale where it falls by more than a factor of ten.

    Parameters
    ----------
    estimator : fitted estimator or forecaster
        An object with `loss_curve_`.
    ax : matplotlib Axes, optional
        Where to draw. By default a new figure.

    Returns
    -------
    matplotlib Axes
    """
    return LossCurveDisplay.from_estimator(estimator, ax=ax).ax_
