"""What a search does after it is fitted: its best forecaster does it."""

from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import check_is_fitted

from rnnforecast.forecasting.search.strategies import settings_of
from rnnforecast.forecasting.search.trials import rebuild


def _if_forecaster_has(name):
    return available_if(lambda self: hasattr(self.forecaster, name))


def _that_of_forecaster(name, default):
    doc = f"`{name}` of the forecaster, by which `fit` reads the data."
    return property(lambda self: getattr(self.forecaster, name, default), doc=doc)


class Delegating:
    """Gives a search the methods of a forecaster. It has a `forecaster`, and when fitted a `best_forecaster_`."""

    id_col = _that_of_forecaster("id_col", "unique_id")
    time_col = _that_of_forecaster("time_col", "ds")
    target_col = _that_of_forecaster("target_col", "y")
    freq = _that_of_forecaster("freq", None)

    def predict(self, h=None, level=None, new_df=None, **options):
        """Forecast with the best forecaster.

        Parameters
        ----------
        h : int, optional
            Number of steps. By default the `h` of the forecaster.
        level : float or list of float, optional
            Coverage of intervals in percent.
        new_df : Series or DataFrame, optional
            Forecast from the end of these data.
        **options : object
            Whatever else its `predict` takes.

        Returns
        -------
        Series or DataFrame
            As its `predict` returns it.
        """
        return self._best().predict(h=h, level=level, new_df=new_df, **options)

    def update(self, data):
        """Append newer rows to the best forecaster, as its `update` does.

        Parameters
        ----------
        data : Series or DataFrame

        Returns
        -------
        self
        """
        self._best().update(data)
        return self

    def stream(self, unique_id=None):
        """Continue one series with the best forecaster, observation by observation.

        Parameters
        ----------
        unique_id : object, optional

        Returns
        -------
        Stream
        """
        return self._best().stream(unique_id)

    @_if_forecaster_has("simulate")
    def simulate(self, n_paths=100, h=None, **options):
        """Draw sample paths of the best forecaster, where it does so, as `RNNForecaster.simulate`.

        Parameters
        ----------
        n_paths : int, default=100
        h : int, optional
            Number of steps. By default the `h` of the forecaster.
        **options : object
            Whatever else its `simulate` takes.

        Returns
        -------
        DataFrame
        """
        return self._best().simulate(n_paths, h, **options)

    @_if_forecaster_has("explain")
    def explain(self, step=1, **options):
        """How much what it reads moves a forecast of the best forecaster, as `RNNForecaster.explain`.

        Parameters
        ----------
        step : int, default=1
            Which step of the horizon.
        **options : object
            Whatever else its `explain` takes.

        Returns
        -------
        DataFrame
        """
        return self._best().explain(step, **options)

    def save(self, path):
        """Refuse: what is worth a file is the best forecaster, ``search.best_forecaster_.save(path)``.

        Parameters
        ----------
        path : str or path
        """
        raise TypeError("a search is not saved; use best_forecaster_.save(path), and its class to load it")

    @property
    def context_(self):
        """The rows from which the best forecaster continues."""
        return self._best().context_

    def _best(self):
        check_is_fitted(self, "cv_results_")
        if not hasattr(self, "best_forecaster_"):
            raise AttributeError("refit=False leaves no forecaster to predict with; fit the search with refit=True")
        return self.best_forecaster_

    # What a backtest asks of a forecaster.

    @property
    def _usual_h(self):
        return self.forecaster.h if self.h is None else self.h

    def _as_panel(self, data, **words):
        """Read data as the forecaster does, with its covariates."""
        return self.forecaster._as_panel(data, **words)

    def _covariate_names(self):
        return self.forecaster._covariate_names()

    def _static_names(self):
        return self.forecaster._static_names()

    @property
    def allows_missing(self):
        """Whether the forecaster lets targets be NaN."""
        return self.forecaster.allows_missing

    @property
    def bridges_missing(self):
        """Whether the forecaster does without them in a backtest."""
        return self.forecaster.bridges_missing

    @property
    def model_name(self):
        """Column of the forecasts in a backtest: that of the forecaster as it was given."""
        return self.forecaster.model_name

    @property
    def gives_quantiles(self):
        """Whether the forecaster gives quantiles."""
        return self.forecaster.gives_quantiles

    def _predict_panel(self, panel, h, levels, **words):
        return self._renamed(self._best()._predict_panel(panel, h, levels, **words))

    def _predict_origins(self, panel, drops, h, levels, **words):
        return self._renamed(self._best()._predict_origins(panel, drops, h, levels, **words))

    def _renamed(self, answers):
        """Answers under the name that the forecaster had before the search."""
        found = self._best().model_name
        return {self.model_name + name.removeprefix(found): values for name, values in answers.items()}

    def _check_before_fit(self, h, levels, quantiles):
        self._quantile_words(quantiles)
        searched = {name for space in self._spaces() if isinstance(space, dict) for name in space}
        if searched.isdisjoint(self.forecaster.served_by):  # else it is not known yet what the best can be asked for
            self.forecaster._check_before_fit(h, levels, quantiles)

    def _check_data(self, panel, levels, quantiles):
        """Raise where every candidate will be refused; of distributions this is not known before the search."""
        if not (levels or quantiles):
            return
        refusal = None
        spaces = [space for space in self._spaces() if isinstance(space, dict)]
        for params in settings_of(spaces, self.forecaster.trained_by):
            try:
                candidate = rebuild(self.forecaster, params)
                candidate._validate_params()
                candidate._check_read(panel)
                candidate._check_data(panel, levels, quantiles)
                return
            except (TypeError, ValueError) as error:
                refusal = refusal or error
        if refusal is not None:
            raise refusal

    def _check_horizon(self, h):
        return self._best()._check_horizon(self.h if h is None else h)
