"""Which compiled kernels a network calls by address; each is compiled when the first network needs it."""

from ..kernels import plan as p
from ..kernels.decoder import decode_address, decode_back_address
from ..kernels.gather import location_addresses
from ..kernels.head import direct_address, direct_back_address, direct_input_address
from ..kernels.inputs import gather_address, gather_back_address
from ..kernels.join import join_address, recurrent_mask_address, reverse_addresses, split_address
from ..kernels.layer import backward_address, forward_address
from ..kernels.losses.loss import loss_address
from ..kernels.optimisers.optimiser import update_address
from ..kernels.products import multiplier
from ..kernels.scalers.scaler import scaler_address
from ..kernels.sequential import first_values_address, sequential_address, sequential_back_address
from ..kernels.spreading import spread_address, spread_width
from ..kernels.stack import stack_address, stack_back_address


def addresses(network, shape, dtype, loss, optimiser, *, want_dx, has_way_back, recurrent_dropout):
    """The columns of row 0 of the plan that hold addresses, as a dict; a column that is left out means none.

    Parameters
    ----------
    network : Network
    shape : WindowShape
    dtype : dtype
    loss : Loss or None
    optimiser : Optimiser or None
    want_dx : bool
        Whether the gradient of the inputs is wanted.
    has_way_back : bool
        Whether anything is back-propagated.
    recurrent_dropout : float

    Returns
    -------
    dict
    """
    found = {
        p.STACK: stack_address(dtype), p.MULTIPLY: multiplier(dtype), p.FORWARD: forward_address(network.cell, dtype),
        p.JOIN: join_address(dtype), p.SCALER: scaler_address(shape.scaler, dtype),
    }  # fmt: skip
    if has_way_back:
        found |= {
            p.STACK_BACK: stack_back_address(dtype), p.BACKWARD: backward_address(network.cell, dtype),
            p.SPLIT: split_address(dtype),
        }  # fmt: skip
    if loss:
        found[p.LOSS] = loss_address(loss, dtype)
        if any(spread_width(size, dtype.itemsize) for size in network.hidden_sizes):
            found[p.SPREAD] = spread_address(dtype)
    if is_located(loss, shape):
        found[p.LOCATE], found[p.LOCATE_BACK] = location_addresses(dtype)
    if optimiser:
        found[p.UPDATE] = update_address(optimiser, dtype)
    if network.bidirectional:
        found[p.REVERSE], found[p.ADD_REVERSED] = reverse_addresses(dtype)
    if recurrent_dropout > 0:
        found[p.RECURRENT_MASK] = recurrent_mask_address(dtype)
    return found | _of_paths(network, dtype, want_dx, has_way_back) | _of_decoder(network, dtype, loss, has_way_back)


def is_located(loss, shape):
    """Whether the loss wants outputs on the scale of the series, and windows have another."""
    return bool(loss and loss.on_series_scale and shape.scaler)


def _of_paths(network, dtype, want_dx, has_way_back):
    """Those for inputs of several kinds, and for direct paths from inputs to outputs."""
    found, inputs, names = {}, network.inputs, network.layout.offsets
    if inputs is not None and not (inputs.is_plain and not network.n_future):
        found[p.GATHER] = gather_address(dtype)
        if has_way_back and (inputs.categories or inputs.decay):
            found[p.GATHER_BACK] = gather_back_address(dtype)
    if not names.keys().isdisjoint({"head.S", "head.L", "decoder.S"}):
        found[p.DIRECT] = direct_address(dtype)
        if has_way_back:
            found[p.DIRECT_BACK] = direct_back_address(dtype)
        if want_dx:
            found[p.DIRECT_INPUT] = direct_input_address(dtype)
    return found


def _of_decoder(network, dtype, loss, has_way_back):
    """Those of a decoder of segments, in parallel or sequential."""
    if network.decoder == "sequential":
        found = {p.DECODE: sequential_address(dtype, forced=bool(loss)), p.FIRST_VALUES: first_values_address(dtype)}
        return found | ({p.DECODE_BACK: sequential_back_address(dtype)} if loss else {})
    if network.n_segments:
        found = {p.DECODE: decode_address(network.cell, dtype)}
        return found | ({p.DECODE_BACK: decode_back_address(network.cell, dtype)} if has_way_back else {})
    return {}
