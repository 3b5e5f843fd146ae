"""Files of fitted forecasters."""

from sklearn.utils.validation import check_is_fitted

from rnnforecast.forecasting.files import pack, unpack
from rnnforecast.forecasting.panels.panel import Panel
from rnnforecast.network.files import read_archive, write_archive

_DAMAGE = (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError)


class Saving:
    """Gives a forecaster `save` and `load`. A subclass may override `_check_loaded`."""

    def save(self, path):
        """Write the fitted forecaster to one ``.npz`` file: arrays and a JSON header, no pickle.

        Everything goes in that `predict` needs: parameters, weights, the state of the transforms, the calibration of
        the intervals, and the rows from which forecasts continue.

        Parameters
        ----------
        path : str or path
            Exactly this file is written, at once or not at all.

        Raises
        ------
        TypeError
            When a parameter is code, such as a Transform or a Cell that is not of this library, or a generator.
        """
        check_is_fitted(self, "context_")
        parameters, arrays = self.get_params(deep=False), {}
        fitted = {name: value for name, value in vars(self).items() if name not in parameters}
        header = {
            "kind": type(self).__name__,
            "parameters": {name: pack(value, name, arrays) for name, value in parameters.items()},
            "fitted": {name: pack(value, name, arrays) for name, value in fitted.items()},
        }
        write_archive(path, header, arrays)

    @classmethod
    def load(cls, path):
        """Read a forecaster that `save` wrote; its forecasts are the same to the last bit.

        Parameters
        ----------
        path : str or path

        Returns
        -------
        forecaster

        Raises
        ------
        ValueError
            When the file is damaged, not of this library, of another class, or of a newer format.
        """
        header, arrays = read_archive(path, kind=cls.__name__)
        try:
            forecaster = cls(**{name: unpack(value, arrays) for name, value in header["parameters"].items()})
            forecaster._validate_params()
            for name, value in header["fitted"].items():
                if hasattr(cls, name) or name in header["parameters"]:
                    raise ValueError(f"{name!r} is not learned by fit")
                setattr(forecaster, name, unpack(value, arrays))
            if not isinstance(forecaster.context_, Panel):
                raise TypeError("context_ must be a panel")
            forecaster._check_loaded()
        except _DAMAGE as error:
            origin = f"rnnforecast {header.get('library')} wrote it"
            raise ValueError(f"{path} is damaged, or does not fit this release ({origin}): {error!r}") from error
        return forecaster

    def _check_loaded(self):
        """Raise a ValueError when fitted attributes do not fit each other or the parameters."""
