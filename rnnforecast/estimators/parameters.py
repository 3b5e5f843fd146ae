"""From the words of the constructors to an architecture."""

from numbers import Integral

from ..kernels.cells import CELLS, Cell


def architecture(estimator):
    """All parameters that the architecture follows from, to be compared with those of another time."""
    size = estimator.hidden_size
    size = size if isinstance(size, int) else tuple(size) if isinstance(size, list) else size
    return (
        estimator.cell_type, size, estimator.num_layers, estimator.bidirectional, estimator.activation,
        estimator.input_skip, getattr(estimator, "return_sequences", False),
    )  # fmt: skip


def network_arguments(estimator, default_size=None):
    """The arguments of Network that follow from an estimator's parameters; `default_size` where it names none."""
    size = default_size if estimator.hidden_size is None else estimator.hidden_size
    return {
        "cell": find_cell(estimator.cell_type, estimator.activation),
        "hidden_sizes": hidden_sizes(size, estimator.num_layers),
        "bidirectional": bool(estimator.bidirectional),
        "input_skip": bool(getattr(estimator, "input_skip", False)),
        "per_step": bool(getattr(estimator, "return_sequences", False)),
    }


def find_cell(cell_type, activation):
    """The Cell of that name; `activation` chooses among the Elman cells."""
    if isinstance(cell_type, Cell):
        return cell_type
    if cell_type == "elman" and activation != "tanh":
        cell_type = f"elman_{activation}"
    return CELLS[cell_type]


def hidden_sizes(hidden_size, num_layers):
    """One width per layer, from an int or a sequence."""
    if isinstance(hidden_size, Integral):
        return (int(hidden_size),) * num_layers
    sizes = tuple(hidden_size)
    if not sizes or any(isinstance(n, bool) or not isinstance(n, Integral) or n < 1 for n in sizes):
        raise ValueError(f"hidden_size={hidden_size!r} must be a positive int, or one for each layer")
    if num_layers not in (1, len(sizes)):
        raise ValueError(f"hidden_size={hidden_size!r} names {len(sizes)} layers, but num_layers={num_layers}")
    return tuple(int(n) for n in sizes)
