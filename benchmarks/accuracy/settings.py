"""Settings of RNNForecaster for each data set, chosen with ``--choose`` alone, which never reads the test part."""

SEGMENTS = {"strategy": "segment", "linear_skip": True, "learning_rate_init": 1e-3, "batch_size": 64}
MIMO = {"strategy": "mimo", "linear_skip": True, "learning_rate_init": 3e-3, "batch_size": 64}
MONTHS = MIMO | {"target_transform": "log", "input_size": 24, "max_iter": 10, "n_init": 5}
ETTH1 = SEGMENTS | {
    "input_size": 720, "segment_size": 24, "hidden_size": 128, "dropout": 0.1, "learning_rate_init": 6e-4,
    "max_iter": 10,
}  # fmt: skip
EXCHANGE = MIMO | {"input_size": 96, "max_iter": 3, "learning_rate_init": 3e-4}
HALF_HOURS = SEGMENTS | {"input_size": 672, "segment_size": 48, "hidden_size": 64, "max_iter": 20}

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
    "hospital": SEGMENTS | {"input_size": 48, "max_iter": 30, "n_init": 5},
    "etth1_96": ETTH1,
    "etth1_192": ETTH1,
    "etth1_336": ETTH1,
    "etth1_720": ETTH1,
    "exchange_96": EXCHANGE,
    "exchange_192": EXCHANGE,
    "exchange_336": EXCHANGE,
    "exchange_720": EXCHANGE,
    "vic_elec": HALF_HOURS,
    "taylor": HALF_HOURS,
}  # fmt: skip

# Where intervals are scored, if other than above: what calibrates them must find room in the training part.
INTERVALS = {"hospital": SETTINGS["hospital"] | {"input_size": 24}}
