"""Files of fitted estimators."""

import numpy as np
from sklearn.utils.validation import check_is_fitted

from ..network.files import read_archive, write_archive
from ..network.json_values import decode, encode


class Saving:
    """Gives an estimator `save` and `load`."""

    def save(self, path):
        """Write the fitted estimator to one ``.npz`` file: arrays and a JSON header, no pickle.

        Parameters
        ----------
        path : str or path
            Exactly this file is written, at once or not at all.
        """
        check_is_fitted(self, "theta_")
        fitted = {k: v for k, v in vars(self).items() if k.endswith("_") and not k.startswith("_")}
        arrays = {k: v for k, v in fitted.items() if isinstance(v, np.ndarray) and v.dtype != object}
        plain = {k: v.tolist() if isinstance(v, np.ndarray) else v for k, v in fitted.items() if k not in arrays}
        header = {
            "kind": type(self).__name__,
            "parameters": {k: encode(v, k) for k, v in self.get_params(deep=False).items()},
            "fitted": {k: encode(v, k) for k, v in plain.items()},
            "objects": [k for k, v in fitted.items() if isinstance(v, np.ndarray) and v.dtype == object],
        }
        write_archive(path, header, arrays)

    @classmethod
    def load(cls, path):
        """Read an estimator that `save` wrote.

        Raises
        ------
        ValueError
            When the file is damaged, not of this library, of another class, or of a newer format.
        """
        header, arrays = read_archive(path, kind=cls.__name__)
        try:
            estimator = cls(**{k: decode(v) for k, v in header["parameters"].items()})
            estimator._validate_params()
            for name, value in arrays.items():
                setattr(estimator, name, value)
            for name, value in header["fitted"].items():
                value = decode(value)
                setattr(estimator, name, np.array(value, dtype=object) if name in header["objects"] else value)
            _check_fitted(estimator)
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise ValueError(f"{path} is damaged: {error!r}") from error
        return estimator


def _check_fitted(estimator):
    """Raise ValueError where the arrays are none that kernels can read, whatever else the file says."""
    network, theta, moments = estimator._network(), estimator.theta_, estimator.moments_
    if theta.dtype not in (np.float32, np.float64) or theta.ndim not in (1, 2) or not theta.size:
        raise ValueError(f"theta_ has shape {theta.shape} and dtype {theta.dtype}")
    if moments.dtype != theta.dtype or moments.shape != (*theta.shape[:-1], 2, theta.shape[-1]):
        raise ValueError(f"moments_ has shape {moments.shape} and dtype {moments.dtype}, theta_ {theta.shape}")
    if len(getattr(estimator, "classes_", range(network.n_outputs))) != network.n_outputs:
        raise ValueError(f"classes_ are {len(estimator.classes_)}, and the network has {network.n_outputs} outputs")
