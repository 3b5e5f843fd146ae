"""Small panels with covariates, and small networks for them."""

import numpy as np
import pandas as pd

from rnnforecast import RNNForecaster
from rnnforecast.forecasting.panels.reading import as_panel

H = 4
KNOWN = ["promo", "kind"]
STRATEGIES = ["mimo", "segment", "direct", "recursive"]
ALL = {
    "future_covariates": KNOWN,
    "static_covariates": ["shop", "size"],
    "calendar": ["dayofweek"],
    "lags": [2, 7],
}


def small(h=H, **given):
    words = {
        "input_size": 8,
        "strategy": "mimo",
        "cell_type": "elman",
        "hidden_size": 4,
        "max_iter": 2,
        "shrink_to": None,
    }
    return RNNForecaster(h, **words | {"random_state": 0} | given)


def sales(lengths=(50, 60, 55), h=H, seed=0):
    """Days of several shops, and what is known of the h days after the last one of each."""
    rng, parts, ahead = np.random.default_rng(seed), [], []
    for i, n in enumerate(lengths):
        promo = rng.integers(0, 2, n + h).astype(float)
        own = pd.DataFrame(
            {
                "unique_id": f"s{i}",
                "ds": pd.date_range("2024-01-01", periods=n + h, freq="D"),
                "y": np.round(10 + 3 * i + 4 * promo + np.sin(np.arange(n + h) / 3) + rng.normal(0, 1, n + h)),
                "promo": promo,
                "kind": rng.choice(["a", "b"], n + h),
                "temp": rng.normal(size=n + h),
                "shop": f"shop{i % 2}",
                "size": float(i),
                "w": rng.uniform(0.5, 2, n + h),
            }
        )
        parts.append(own[:n])
        ahead.append(own[n:][["unique_id", "ds", *KNOWN]])
    return pd.concat(parts, ignore_index=True), pd.concat(ahead, ignore_index=True)


def read(data, **words):
    """The panel of such data with all covariates."""
    return as_panel(data, covariates=["promo", "kind", "temp", "shop", "size"], **words)


def with_holes(data, rows=(3, 20, 21, 30, 49), dropped=(25, 80)):
    """The same with targets and stamps that are missing."""
    data = data.copy()
    data.loc[list(rows), "y"] = np.nan
    return data.drop(index=list(dropped)).reset_index(drop=True)


def until(data, drop):
    """All but the last `drop` rows of each series."""
    return data[data.groupby("unique_id").cumcount(ascending=False) >= drop].reset_index(drop=True)
