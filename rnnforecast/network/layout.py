"""Where each named parameter lies in theta, the one flat vector of all parameters of a network."""

from dataclasses import dataclass, field

import numpy as np


@dataclass(frozen=True)
class Layout:
    """Names, shapes and places of the parameters.

    Parameters
    ----------
    shapes : dict of str to tuple of int
        For example ``{"layer0.W": (4, 1, 32), ..., "head.V": (32, 1), "head.b": (1,)}``, in the order of theta.
    """

    shapes: dict
    offsets: dict = field(init=False)
    size: int = field(init=False)

    def __post_init__(self):
        sizes = [int(np.prod(shape)) for shape in self.shapes.values()]
        ends = np.cumsum([0, *sizes])
        object.__setattr__(self, "offsets", dict(zip(self.shapes, map(int, ends), strict=False)))
        object.__setattr__(self, "size", int(ends[-1]))

    def views(self, theta):
        """The parameters by name, as views of theta (..., size): writing into a view writes into theta."""
        return {
            name: theta[..., at : at + int(np.prod(shape))].reshape(*theta.shape[:-1], *shape)
            for (name, shape), at in zip(self.shapes.items(), self.offsets.values(), strict=True)
        }

    def is_weight(self):
        """Mask over theta of the matrices, which an L2 penalty shrinks: no biases, embeddings or rates of decay."""
        mask = np.zeros(self.size, dtype=bool)
        for name, view in self.views(mask).items():
            view[...] = not name.endswith((".b", ".E", ".w"))
        return mask
