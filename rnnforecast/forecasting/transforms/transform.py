"""What all transforms share, and how several make one."""

from dataclasses import dataclass


class Transform:
    """What all transforms share; a subclass writes `apply` and `invert`, and `fit` where it learns something."""

    n_lost = 0

    def fit(self, panel):
        """Learn from a panel and transform it.

        Parameters
        ----------
        panel : Panel

        Returns
        -------
        state : dict
        transformed : Panel
            Without the first `n_lost` rows of each series.
        """
        return {}, self.apply({}, panel)

    def update(self, state, panel):
        """Return the state extended by the series that it does not know; those it knows keep theirs.

        Parameters
        ----------
        state : dict
        panel : Panel

        Returns
        -------
        dict
        """
        return state

    def knows(self, state, panel):
        """Return whether all series of a panel can be transformed without learning from their rows.

        Parameters
        ----------
        state : dict
        panel : Panel

        Returns
        -------
        bool
        """
        return True

    def apply(self, state, panel):
        """Transform a panel.

        Parameters
        ----------
        state : dict
        panel : Panel

        Returns
        -------
        Panel
        """
        raise NotImplementedError

    def invert(self, state, forecasts, panel):
        """Bring forecasts back to the scale of the data.

        Parameters
        ----------
        state : dict
        forecasts : ndarray of shape (n_series, h) or (n_series, h, k)
            Point forecasts, or k bounds, quantiles or sample paths.
        panel : Panel
            The context, before `apply`, that the forecasts continue.

        Returns
        -------
        ndarray
        """
        raise NotImplementedError


@dataclass(frozen=True)
class Chain(Transform):
    """Several transforms, one after the other.

    Parameters
    ----------
    steps : sequence of Transform
    """

    steps: tuple = ()

    def __post_init__(self):
        object.__setattr__(self, "steps", tuple(self.steps))

    @property
    def n_lost(self):
        """Rows that each series loses in all steps together."""
        return sum(step.n_lost for step in self.steps)

    def fit(self, panel):
        """Fit each step on what the one before gives; see `Transform.fit`."""
        states = []
        for step in self.steps:
            state, panel = step.fit(panel)
            states.append(state)
        return {"steps": states}, panel

    def update(self, state, panel):
        """Update each step; see `Transform.update`."""
        states = []
        for step, old in zip(self.steps, state["steps"], strict=True):
            states.append(step.update(old, panel))
            panel = step.apply(states[-1], panel)
        return {"steps": states}

    def knows(self, state, panel):
        """Ask each step; see `Transform.knows`."""
        return all(step.knows(own, panel) for step, own in zip(self.steps, state["steps"], strict=True))

    def apply(self, state, panel):
        """Apply each step; see `Transform.apply`."""
        return self._contexts(state, panel)[-1]

    def check(self, state, panel):
        """Raise where values of some rows cannot be transformed, as far as each can be told by itself.

        Parameters
        ----------
        state : dict
        panel : Panel
            Of any number of rows.

        Returns
        -------
        Panel or None
            What the steps make of it; None where one of them needs the rows before.
        """
        for step, own in zip(self.steps, state["steps"], strict=True):
            if isinstance(step, Chain):
                panel = step.check(own, panel)
            else:
                panel = None if step.n_lost else step.apply(own, panel)
            if panel is None:
                return None
        return panel

    def invert(self, state, forecasts, panel):
        """Invert each step, last first; see `Transform.invert`."""
        contexts = self._contexts(state, panel)
        for step, own, context in zip(self.steps[::-1], state["steps"][::-1], contexts[-2::-1], strict=True):
            forecasts = step.invert(own, forecasts, context)
        return forecasts

    def _contexts(self, state, panel):
        """The panel before each step, and after the last."""
        contexts = [panel]
        for step, own in zip(self.steps, state["steps"], strict=True):
            contexts.append(step.apply(own, contexts[-1]))
        return contexts
