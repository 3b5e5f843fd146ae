"""What a forecast does not know, in NumPy: intervals, quantiles and sample paths, and the names of their columns."""

from rnnforecast.forecasting.uncertainty.adaptive import AdaptiveConformal
from rnnforecast.forecasting.uncertainty.columns import check_level, check_quantiles, level_columns, quantile_columns
from rnnforecast.forecasting.uncertainty.conformal import conformal_bounds, conformal_radius, windows_for
from rnnforecast.forecasting.uncertainty.conformalised import corrected_interval, quantile_correction
from rnnforecast.forecasting.uncertainty.paths import bootstrap_paths, coherent_paths
from rnnforecast.forecasting.uncertainty.quantiles import nest_intervals, quantiles_at, sort_quantiles
from rnnforecast.forecasting.uncertainty.scales import residual_scale

__all__ = [
    "AdaptiveConformal",
    "bootstrap_paths",
    "check_level",
    "check_quantiles",
    "coherent_paths",
    "conformal_bounds",
    "conformal_radius",
    "corrected_interval",
    "level_columns",
    "nest_intervals",
    "quantile_columns",
    "quantile_correction",
    "quantiles_at",
    "residual_scale",
    "sort_quantiles",
    "windows_for",
]
