"""What the transforms share that learn some numbers of each series."""

import numpy as np
import pandas as pd

from rnnforecast.forecasting.transforms.transform import Transform


class PerSeries(Transform):
    """A transform that keeps some numbers of each series: a subclass names them in `learned` and writes `measure`."""

    learned = ()

    def common(self, panel):
        """What the state holds beside the numbers of the series; nothing here.

        Parameters
        ----------
        panel : Panel

        Returns
        -------
        dict of str to ndarray
        """
        return {}

    def measure(self, panel, common):
        """Learn the numbers of each series from its rows.

        Parameters
        ----------
        panel : Panel
        common : dict
            What `common` gave at fit, or a state, which holds it too.

        Returns
        -------
        dict of str to ndarray of shape (n_series, ...)
            One for each name in `learned`.
        """
        raise NotImplementedError

    def fit(self, panel):
        """Learn the numbers of each series, and transform them; see `Transform.fit`."""
        common = self.common(panel)
        state = {"ids": panel.ids.to_numpy(dtype=object), **common, **self.measure(panel, common)}
        return state, self.apply(state, panel)

    def update(self, state, panel):
        """Add the numbers of the series that are new; see `Transform.update`."""
        new = _places(state, panel) < 0
        if not new.any():
            return state
        part = _series(panel, new)
        own = self.measure(part, state)
        grown = {name: np.concatenate([state[name], own[name]]) for name in self.learned}
        return {**state, **grown, "ids": np.append(state["ids"], part.ids.to_numpy(dtype=object))}

    def knows(self, state, panel):
        """Whether fit or `update` has met them; see `Transform.knows`."""
        return bool((_places(state, panel) >= 0).all())

    def numbers(self, state, panel):
        """Return what is known of each series of a panel, and for the others what their own rows say.

        Parameters
        ----------
        state : dict
        panel : Panel

        Returns
        -------
        tuple of ndarray of shape (n_series, ...)
            In the order of `learned`.
        """
        state = self.update(state, panel)
        places = _places(state, panel)
        return tuple(state[name][places] for name in self.learned)


def as_column(numbers, forecasts):
    """Shape (n_series,) numbers so that they meet each series of the forecasts."""
    return numbers.reshape(-1, *[1] * (forecasts.ndim - 1))


def _places(state, panel):
    """Position of each series of the panel in the state, -1 where it is not there."""
    known, asked = state["ids"], panel.ids.to_numpy(dtype=object)
    if len(known) == len(asked) and (known == asked).all():  # a tenth of the time of a look-up
        return np.arange(len(known))
    return pd.Index(known).get_indexer(panel.ids)


def _series(panel, chosen):
    """The panel of the series where `chosen` is True."""
    rows = np.repeat(chosen, panel.lengths)
    indptr = np.concatenate([[0], np.cumsum(panel.lengths[chosen])])
    return panel.take(np.flatnonzero(rows), indptr, panel.ids[chosen])
