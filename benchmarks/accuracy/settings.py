"""Settings of RNNForecaster for each data set, chosen with ``--choose`` alone, which never reads the test part."""

from rnnforecast.forecasting import MovingSeason

SEGMENTS = {"strategy": "segment", "linear_skip": True, "learning_rate_init": 1e-3, "batch_size": 64}
MIMO = {
    "strategy": "mimo", "linear_skip": True, "learning_rate_init": 3e-3, "batch_size": 64, "window_scaler": "last",
}  # fmt: skip
MONTHS = MIMO | {
    "target_transform": "log", "input_size": 24, "max_iter": 10, "n_init": 5, "residual_on": "linear",
    "intervals": "conformal",
}  # fmt: skip
ETTH1 = SEGMENTS | {"input_size": 336, "segment_size": 24, "hidden_size": 64, "max_iter": 10, "n_init": 6}
# Level with longer training on the validation part, and better from other origins before the test part: fewer updates
# and dropout. Windows of two lengths make the networks less alike.
ETTH1_192 = ETTH1 | {
    "input_size": [336, 504], "dropout": 0.2, "loss": "squared_error", "max_iter": 3, "learning_rate_init": 5e-4,
}  # fmt: skip
EXCHANGE = MIMO | {
    "input_size": 96, "max_iter": 2, "learning_rate_init": 3e-4, "residual_on": "last", "intervals": "conformal",
    "n_init": 1,
}  # fmt: skip
# Weather and the kind of day move demand: temperatures before each midnight, and what day comes.
VIC_ELEC = SEGMENTS | {
    "input_size": [96, 336], "segment_size": 48, "hidden_size": 64, "dropout": 0.3, "max_iter": 60, "n_init": 3,
    "batch_size": 16, "target_transform": "log", "window_scaler": None, "weight_col": "midnight",
    "past_covariates": ["temperature"], "future_covariates": ["day"], "loss": "student_t",
    "calendar": None,
}  # fmt: skip
# Twelve weeks are few: earlier weeks take the week out, and from a day of what is left follows the next. What is left
# swings around its mean, which says more of the next day than its last value does.
TAYLOR = SEGMENTS | {
    "input_size": 48, "segment_size": 48, "hidden_size": 32, "dropout": 0.1, "max_iter": 5, "n_init": 16,
    "target_transform": ["log", MovingSeason(336)], "residual_on": "linear", "window_scaler": "standard",
    "loss": "huber", "half_life": 4 * 336,
}  # fmt: skip

SETTINGS = {
    "m4_hourly": SEGMENTS
    | {
        "target_transform": "log", "window_scaler": "standard", "hidden_size": 64, "dropout": 0.1, "max_iter": 12,
        "n_init": 3,
    },
    "m4_weekly": MIMO
    | {"target_transform": "log", "input_size": 52, "batch_size": 128, "max_iter": 3, "n_init": 5},
    "m4_monthly_200": MONTHS,
    "m3_monthly_1000": MONTHS,
    "hospital": MIMO
    | {
        "input_size": 24, "window_scaler": "standard", "max_iter": 13, "n_init": 5, "intervals": "conformal",
        "target_transform": None,
    },
    "etth1_96": ETTH1,
    "etth1_192": ETTH1_192,
    "etth1_336": ETTH1 | {"max_iter": 3},
    "etth1_720": ETTH1 | {"max_iter": 5, "learning_rate_init": 5e-4},
    "exchange_96": EXCHANGE,
    "exchange_192": EXCHANGE,
    "exchange_336": EXCHANGE,
    "exchange_720": EXCHANGE,
    "vic_elec": VIC_ELEC,
    "taylor": TAYLOR,
}  # fmt: skip
