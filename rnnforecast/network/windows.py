"""Windows into flat series: the one form in which samples reach the kernels."""

from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from ..kernels.scalers import Scaler


class WindowShape(NamedTuple):
    """All that a plan depends on; the fields are those of Windows."""

    n_timesteps: int
    n_features: int
    n_targets: int
    stride: int
    scaler: Scaler | None
    n_columns: int
    n_scaled: int


@dataclass(frozen=True)
class Windows:
    """Samples as places in flat arrays; nothing is copied out of them before a kernel needs a tile.

    Parameters
    ----------
    values : (n_numbers,) array
        All series end to end, row by row, contiguous.
    starts : (n_windows,) int64 array
        Where each window begins in `values`.
    n_timesteps, n_features : int
        Steps of a window and numbers of a step.
    targets : (n_target_numbers,) array or None
        All targets, contiguous; output o of step t of window i is ``targets[offsets[i] + t * stride + o]``.
    offsets : (n_windows,) int64 array or None
    n_targets : int
        Targets of a step (or of the window, when the last step alone has any).
    stride : int
        Distance of the targets of two steps.
    weights : (n_windows,) array or None
        Sample weights; None for ones.
    scaler : Scaler or None
        Scales each window by itself.
    n_columns, n_scaled : int
        The columns of a row of the series, and how many of them are scaled, by the measures of the first.
    futures : (n_windows,) int64 array or None
        Where the row of each window's first target begins in `values`, for networks that read what is known of it.
    """

    values: np.ndarray
    starts: np.ndarray
    n_timesteps: int
    n_features: int
    targets: np.ndarray | None = None
    offsets: np.ndarray | None = None
    n_targets: int = 1
    stride: int = 0
    weights: np.ndarray | None = None
    scaler: Scaler | None = None
    n_columns: int = 0
    n_scaled: int = 0
    futures: np.ndarray | None = None

    def __post_init__(self):
        """Make the data read-only, through views: kernels are compiled for that alone, whatever users hand in."""
        for name in ("values", "targets"):
            array = getattr(self, name)
            if array is not None and array.flags.writeable:
                array = array.view()
                array.flags.writeable = False
                object.__setattr__(self, name, array)
        for name in ("starts", "futures"):  # kernels that are called by address take no strides
            if getattr(self, name) is not None:
                object.__setattr__(self, name, np.ascontiguousarray(getattr(self, name)))

    def __len__(self):
        return len(self.starts)

    @property
    def futures_or_none(self):
        """`futures` as kernels take them: (0,) where there are none."""
        return np.empty(0, np.int64) if self.futures is None else self.futures

    @property
    def shape(self):
        """The WindowShape."""
        return WindowShape(
            self.n_timesteps, self.n_features, self.n_targets, self.stride, self.scaler, self.n_columns, self.n_scaled
        )

    def part(self, where):
        """The windows in a slice, or at an array of positions; the flat arrays are shared."""
        weights = None if self.weights is None else self.weights[where]
        offsets = None if self.offsets is None else self.offsets[where]
        futures = None if self.futures is None else self.futures[where]
        return replace(self, starts=self.starts[where], offsets=offsets, weights=weights, futures=futures)

    @classmethod
    def from_arrays(cls, X, y=None, sample_weight=None):
        """Windows of a 3-D array X (n_samples, n_timesteps, n_features) and its targets.

        y is (n_samples, n_targets), or (n_samples, n_timesteps, n_targets) for a target at every step.
        """
        X = np.ascontiguousarray(X)
        n, T, F = X.shape
        fields = {"values": X.reshape(-1), "starts": np.arange(n, dtype=np.int64) * (T * F)}
        if y is not None:
            y = np.ascontiguousarray(y, dtype=X.dtype)
            numbers = int(np.prod(y.shape[1:]))
            fields |= {
                "targets": y.reshape(-1),
                "offsets": np.arange(n, dtype=np.int64) * numbers,
                "n_targets": y.shape[-1],
                "stride": y.shape[-1],
                "weights": sample_weight,
            }
        return cls(n_timesteps=T, n_features=F, n_columns=F, **fields)
