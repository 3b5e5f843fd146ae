"""Two series, and forecasters that are nothing of this library."""

import numpy as np
import pandas as pd


def two_series(rng):
    """Series of 9 and 15 rows."""
    lengths = {"b": 9, "a": 15}
    parts = [pd.DataFrame({"unique_id": name, "ds": np.arange(n) + n}) for name, n in lengths.items()]
    frame = pd.concat(parts, ignore_index=True)
    return frame.assign(y=rng.normal(size=len(frame)))


class LastValue:
    """A forecaster of somebody else: fit and predict, and nothing of this library."""

    def fit(self, data):
        self.sizes = [*getattr(self, "sizes", []), len(data)]
        return self

    def predict(self, h, level=None, new_df=None):
        if isinstance(new_df, pd.Series):
            step = new_df.index[-1] - new_df.index[-2]
            return pd.Series(new_df.iloc[-1], index=[new_df.index[-1] + step * (i + 1) for i in range(h)])
        last = new_df.groupby("unique_id").tail(1)
        parts = [last.assign(ds=last.ds + i + 1) for i in range(h)]
        return pd.concat(parts).rename(columns={"y": "LastValue"})


class Quantiles(LastValue):
    def predict(self, h, level=None, new_df=None, quantiles=None):
        answer = super().predict(h, new_df=new_df).rename(columns={"LastValue": "Quantiles"})
        return answer.assign(**{f"Quantiles-q{q}": answer["Quantiles"] + q for q in quantiles or ()})


class NeverFitted(Quantiles):
    def fit(self, data):
        raise AssertionError("work has begun")
