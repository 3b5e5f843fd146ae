"""The architecture of a recurrent network: what it is made of, where its parameters lie, and its first values."""

from dataclasses import dataclass
from functools import cached_property

from ..kernels.cells import Cell
from .initialisers import INITIALISERS
from .inputs import Inputs
from .layout import Layout


@dataclass(frozen=True)
class Network:
    """Stacked recurrent layers under a linear head.

    h_t = cell(x_t, h_{t-1}) in each layer, each layer reading the one below; o_t = h_t V + b (+ x_t S).

    Parameters
    ----------
    cell : Cell
        The recurrent cell of all layers.
    n_features : int
        Length of x_t.
    hidden_sizes : tuple of int
        Units of each layer, from the input up.
    n_outputs : int
        Length of o_t.
    bidirectional : bool, default=False
        Whether each layer also runs backward in time; both outputs are joined.
    input_skip : bool, default=False
        Whether the head also sees x_t directly.
    per_step : bool, default=False
        Whether every step has an output, or the last one alone.
    n_segments : int, default=0
        Segments of the horizon that are decoded from the final state, each with an output of its own; 0 for none.
    n_linear : int, default=0
        Steps of the window, all of them, that the head also sees directly, by a linear map; 0 for none.
    inputs : Inputs, optional
        What the columns of a row are; by default all are numbers that each layer reads as they come. With columns that
        are known in the future the decoder reads them, and needs `n_segments`.
    n_targets : int, optional
        Rows that one answer speaks of, where they are not as many as outputs.
    decoder : {"parallel", "sequential"}, default="parallel"
        How segments are decoded: each alone, by one step of the top layer from the final state and a position; or one
        after the other, by a layer of their own that begins with the final states and reads the values of the segment
        before: the true ones in training, its own answers in prediction. Dropout of recurrent connections is for the
        layers alone.
    """

    cell: Cell
    n_features: int
    hidden_sizes: tuple[int, ...]
    n_outputs: int
    bidirectional: bool = False
    input_skip: bool = False
    per_step: bool = False
    n_segments: int = 0
    n_linear: int = 0
    inputs: Inputs | None = None
    n_targets: int | None = None
    decoder: str = "parallel"

    def __post_init__(self):
        if self.n_segments and (self.bidirectional or self.per_step or self.input_skip):
            raise ValueError("n_segments needs a network without bidirectional, per_step and input_skip")
        if self.n_linear and (self.per_step or self.input_skip):
            raise ValueError("n_linear needs a network without per_step and input_skip")
        if self.inputs is not None and self.inputs.n_features != self.n_features:
            raise ValueError(f"n_features={self.n_features} must be the {self.inputs.n_features} of the inputs")
        if self.inputs is not None and self.inputs.has_future and not self.n_segments:
            raise ValueError("inputs that are known in the future need n_segments, at least 1")
        if self.decoder not in ("parallel", "sequential"):
            raise ValueError(f"decoder={self.decoder!r} must be 'parallel' or 'sequential'")
        if self.decoder == "sequential" and (not self.n_segments or self.rows_per_answer != self.n_outputs):
            raise ValueError(
                "decoder='sequential' needs n_segments, at least 1, and one output for each target; got "
                f"n_segments={self.n_segments}, n_outputs={self.n_outputs}, n_targets={self.n_targets}"
            )

    def __hash__(self):
        return self._hash

    @cached_property
    def _hash(self):
        return hash((self.cell.name, self.n_features, self.hidden_sizes, self.n_outputs, self.n_segments))

    @property
    def n_layers(self):
        """Number of layers."""
        return len(self.hidden_sizes)

    @property
    def n_directions(self):
        """1, or 2 when bidirectional."""
        return 2 if self.bidirectional else 1

    @property
    def top_size(self):
        """Features that the head reads."""
        return self.hidden_sizes[-1] * self.n_directions

    @property
    def input_sizes(self):
        """Features that each layer reads."""
        return (self.n_features, *(h * self.n_directions for h in self.hidden_sizes[:-1]))

    @property
    def state_size(self):
        """Numbers in the state of one stream."""
        return sum(self.hidden_sizes) * self.n_directions * self.cell.n_states

    @property
    def n_linear_features(self):
        """Features of a step that the linear path reads, the first ones."""
        return self.n_features if self.inputs is None else self.inputs.n_linear_features

    @property
    def rows_per_answer(self):
        """Rows that one answer speaks of."""
        return self.n_targets or self.n_outputs

    @property
    def n_future(self):
        """Features of a segment that are known beforehand."""
        return 0 if self.inputs is None else self.inputs.n_future(self.rows_per_answer)

    def n_out_steps(self, n_timesteps):
        """Outputs of a window of so many steps."""
        return n_timesteps if self.per_step else max(self.n_segments, 1)

    def prefixes(self):
        """Yield (layer, direction, prefix of the parameters' names)."""
        for layer in range(self.n_layers):
            for direction in range(self.n_directions):
                yield layer, direction, f"layer{layer}" + (".reverse" if direction else "")

    @cached_property
    def layout(self):
        """The Layout of theta."""
        shapes = {}
        for layer, _, prefix in self.prefixes():
            F, H = self.input_sizes[layer], self.hidden_sizes[layer]
            shapes[f"{prefix}.W"] = (self.cell.n_input, F, H)
            shapes[f"{prefix}.U"] = (self.cell.n_recurrent, H, H)
            shapes[f"{prefix}.b"] = (self.cell.n_slots, H)
        shapes["head.V"] = (self.top_size, self.n_outputs)
        shapes["head.b"] = (self.n_outputs,)
        if self.input_skip:
            shapes["head.S"] = (self.n_features, self.n_outputs)
        if self.n_linear:
            shapes["head.L"] = (self.n_linear, self.n_linear_features, max(self.n_segments, 1) * self.n_outputs)
        shapes |= self._decoder_shapes()
        for i, category in enumerate(self.inputs.categories if self.inputs is not None else ()):
            shapes[f"embedding{i}.E"] = (category.n_levels, category.dim)
        if self.inputs is not None and self.inputs.decay:
            shapes["decay.w"] = shapes["decay.b"] = (len(self.inputs.decay),)
        return Layout(shapes)

    def _decoder_shapes(self):
        shapes, cell, H = {}, self.cell, self.hidden_sizes[-1]
        if self.decoder == "sequential":
            shapes["decoder.W"] = (cell.n_input, self.n_outputs + self.n_future, H)
            shapes["decoder.U"], shapes["decoder.b"] = (cell.n_recurrent, H, H), (cell.n_slots, H)
        elif self.n_segments:
            shapes["decoder.P"] = (cell.n_input, self.n_segments, H)
            if self.n_future:
                shapes["decoder.W"] = (cell.n_input, self.n_future, H)
        if self.n_future and self.n_linear:
            shapes["decoder.S"] = (self.n_future, self.n_outputs)
        return shapes

    def check(self, theta):
        """Raise ValueError where theta is not (K, P): kernels would read beyond it."""
        if theta.ndim != 2 or theta.shape[1] != self.layout.size:
            raise ValueError(f"theta has shape {theta.shape}; {self.layout.size} parameters of each network are needed")

    def initial_theta(self, rng, dtype, *, init="glorot_orthogonal", forget_bias=None):
        """First values of theta.

        Parameters
        ----------
        rng : numpy.random.Generator
        dtype : dtype
        init : {"glorot_orthogonal", "torch"}
        forget_bias : float or None
            Bias of the cell's forget gate; None leaves what `init` says. One lets an LSTM remember from the start
            (Jozefowicz, Zaremba and Sutskever 2015).
        """
        theta = INITIALISERS[init](self, rng)
        if forget_bias is not None and self.cell.forget_slot is not None:
            views = self.layout.views(theta)
            for _, _, prefix in self.prefixes():
                views[f"{prefix}.b"][self.cell.forget_slot] = forget_bias
            if "decoder.b" in views:
                views["decoder.b"][self.cell.forget_slot] = forget_bias
        return theta.astype(dtype)
