"""What RNNRegressor and RNNClassifier share: their parts, and the network that their parameters ask for."""

from abc import ABCMeta, abstractmethod

from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from ..network.network import Network
from .answering import Answering
from .constraints import CONSTRAINTS
from .fitting import Fitting
from .parameters import architecture, network_arguments
from .saving import Saving
from .streaming import Streaming

NOT_STORED = {"_stepper", "_known_network"}  # made again when they are needed


class BaseRNN(Fitting, Answering, Streaming, Saving, BaseEstimator, metaclass=ABCMeta):
    """Base class of the recurrent estimators. Do not use it; use RNNRegressor or RNNClassifier."""

    _parameter_constraints: dict = CONSTRAINTS

    @abstractmethod
    def _encode_targets(self, y, X, *, reset):
        """Check y; return it as float (n, [T,] n_targets), with one row of targets per sample."""

    @abstractmethod
    def _loss(self):
        """(name of the loss, its numbers, network outputs per target)."""

    @abstractmethod
    def _first_outputs(self, Y, weight):
        """The constant output that the head's bias starts from, (n_outputs,)."""

    @abstractmethod
    def _has_link(self):
        """Whether predictions differ from network outputs."""

    @abstractmethod
    def _link(self, outputs):
        """From network outputs to predictions."""

    def _network(self, theta="fitted"):
        """The architecture that the parameters and the data ask for, which must be that of the fitted weights."""
        key = architecture(self), self.n_step_features_, self.n_network_outputs_
        known = self.__dict__.get("_known_network")
        if known is None or known[0] != key:
            network = Network(
                **network_arguments(self), n_features=self.n_step_features_, n_outputs=self.n_network_outputs_
            )
            known = self._known_network = key, network
        network = known[1]
        if theta is not None and self.theta_.shape[-1] != network.layout.size:
            raise ValueError(
                f"the parameters ask for a network of {network.layout.size} weights, but the fitted one has "
                f"{self.theta_.shape[-1]}; fit again after a change of the architecture"
            )
        return network

    @property
    def _n_networks(self):
        return 1 if self.theta_.ndim == 1 else len(self.theta_)

    def __getstate__(self):
        return {name: value for name, value in super().__getstate__().items() if name not in NOT_STORED}

    def get_weights(self):
        """The parameters by name, such as ``layer0.W``, ``layer0.U``, ``layer0.b``, ``head.V``: views of `theta_`."""
        check_is_fitted(self, "theta_")
        return self._network().layout.views(self.theta_)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.three_d_array = True
        return tags
