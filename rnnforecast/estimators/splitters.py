"""Training and test parts of windows in the order of time, as ``cv=`` of scikit-learn's searches."""

import numbers

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils.validation import _num_samples


class _WindowSplitter(BaseEstimator):
    """What the two splitters share: test parts side by side at the end, and rows left out before each."""

    def split(self, X, y=None, groups=None):
        """Give the rows of each training part and of the test part that follows it, the oldest first.

        Parameters
        ----------
        X : array-like of shape (n_samples, ...)
            Oldest window first.
        y, groups : object
            Not used; scikit-learn passes them.

        Yields
        ------
        train, test : ndarray of int
        """
        n_splits, gap = self.get_n_splits(), _whole("gap", self.gap, least=0)
        n = _num_samples(X)
        test_size = max(n // (n_splits + 1), 1) if self.test_size is None else _whole("test_size", self.test_size)
        first = n - n_splits * test_size
        need, longest = self._training_rows(first - gap)
        if first - gap < need:
            raise ValueError(
                f"{n} samples are too few for {self!r}: test parts of {test_size} and the gap leave "
                f"{max(first - gap, 0)} for training, which needs {need} at least"
            )
        for begin in range(first, n, test_size):
            end = begin - gap
            yield np.arange(max(end - longest, 0), end), np.arange(begin, begin + test_size)

    def get_n_splits(self, X=None, y=None, groups=None):
        """Return the number of splits.

        Parameters
        ----------
        X, y, groups : object
            Not used; scikit-learn passes them.

        Returns
        -------
        int
        """
        return _whole("n_splits", self.n_splits)

    def _training_rows(self, end):
        """Fewest rows of a training part, and the most; the oldest part can have the rows before `end`."""
        raise NotImplementedError


class ExpandingWindowSplitter(_WindowSplitter):
    """Train on everything before each test part, as a forecaster that is fitted anew as the data grow.

    With windows cut by `sliding_windows`, neighbours share rows: ``gap=horizon - 1`` keeps the targets of the test
    part out of the training part, and ``gap=n_steps + horizon - 1`` lets the two share no row at all.

    Parameters
    ----------
    n_splits : int, default=5
        Number of splits.
    test_size : int, optional
        Samples in each test part. By default ``n_samples // (n_splits + 1)``.
    gap : int, default=0
        Samples left out between the training part and the test part.
    max_train_size : int, optional
        The most samples in a training part, the newest being kept. All by default.

    See Also
    --------
    SlidingWindowSplitter : Training parts of one length.

    Examples
    --------
    >>> from rnnforecast import ExpandingWindowSplitter
    >>> for train, test in ExpandingWindowSplitter(2, test_size=2, gap=1).split(range(8)):
    ...     print(train, test)
    [0 1 2] [4 5]
    [0 1 2 3 4] [6 7]
    """

    def __init__(self, n_splits=5, *, test_size=None, gap=0, max_train_size=None):
        self.n_splits = n_splits
        self.test_size = test_size
        self.gap = gap
        self.max_train_size = max_train_size

    def _training_rows(self, end):
        return 1, np.inf if self.max_train_size is None else _whole("max_train_size", self.max_train_size)


class SlidingWindowSplitter(_WindowSplitter):
    """Train on the same number of samples before each test part, as a forecaster that forgets the distant past.

    On `gap`, and windows that share rows, see `ExpandingWindowSplitter`.

    Parameters
    ----------
    n_splits : int, default=5
        Number of splits.
    window : int, optional
        Samples in each training part. By default as many as come before the first test part.
    test_size : int, optional
        Samples in each test part. By default ``n_samples // (n_splits + 1)``.
    gap : int, default=0
        Samples left out between the training part and the test part.

    See Also
    --------
    ExpandingWindowSplitter : Training parts that grow.

    Examples
    --------
    >>> from rnnforecast import SlidingWindowSplitter
    >>> for train, test in SlidingWindowSplitter(2, window=3, test_size=2).split(range(8)):
    ...     print(train, test)
    [1 2 3] [4 5]
    [3 4 5] [6 7]
    """

    def __init__(self, n_splits=5, *, window=None, test_size=None, gap=0):
        self.n_splits = n_splits
        self.window = window
        self.test_size = test_size
        self.gap = gap

    def _training_rows(self, end):
        window = max(end, 1) if self.window is None else _whole("window", self.window)
        return window, window


def _whole(name, value, least=1):
    """Return a parameter as an int, or say which it is."""
    if isinstance(value, bool) or not isinstance(value, numbers.Integral):
        raise TypeError(f"{name} must be an int of at least {least}; got {value!r}")
    if value < least:
        raise ValueError(f"{name}={value} must be at least {least}")
    return int(value)
