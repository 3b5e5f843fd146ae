"""From outputs on the scale of each window to predictions or parameters of distributions, on that of the series."""

import numpy as np

from .prediction import predict


def predict_parameters(network, theta, windows, loss, n_numbers=1, **options):
    """Parameters of what networks predict, after the link and on the scale of the series.

    Parameters
    ----------
    network : Network
    theta : (P,) or (K, P) array
    windows : Windows
    loss : Loss
        That the network was trained with.
    n_numbers : int, default=1
        How many numbers the loss has, such as levels of quantiles.
    **options
        `samples`, `spans`, `initial`, `n_jobs` and `backend` of `predict`.

    Returns
    -------
    (n, n_timesteps or n_segments or 1, n_targets, n_parameters) array
        For a loss without a distribution the one parameter of a target is its prediction.
    """
    outputs, _, measures = predict(network, theta, windows, return_scale=True, **options)
    n, steps, O = outputs.shape
    P = loss.n_outputs(n_numbers)
    return to_series(loss, outputs.reshape(n, steps, O // P, P), measures)


def to_series(loss, outputs, measures):
    """Apply the link, and each output's role.

    A loss on the scale of the series was trained with its first output brought to that scale, before its link. With
    all others the link gives parameters on the scale of the window: locations are multiplied by its scale and moved by
    its centre, scales are multiplied, and shapes stay.

    Parameters
    ----------
    loss : Loss
    outputs : (n, ..., n_outputs) array
        The last axis has the outputs of one target.
    measures : (n, 2) array
        Centre and scale of each window.

    Returns
    -------
    Array of the shape and dtype of `outputs`.
    """
    column = (-1, *[1] * (outputs.ndim - 2))
    centre, scale = measures[:, 0].reshape(column), measures[:, 1].reshape(column)
    with np.errstate(over="ignore"):  # as in the kernels, overflow gives inf and no warning
        if loss.on_series_scale:
            outputs = outputs.copy()
            outputs[..., 0] = outputs[..., 0] * scale + centre
            return loss.to_parameters(outputs)
        parameters = np.array(loss.to_parameters(outputs))
        for i, role in enumerate(loss.roles * (parameters.shape[-1] if loss.per_number else 1)):
            if role != "shape":
                parameters[..., i] *= scale
            if role == "location":
                parameters[..., i] += centre
    return parameters
