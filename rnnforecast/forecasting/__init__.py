"""Forecasting pandas series and panels."""

from rnnforecast.forecasting.gaps import fill_gaps

__all__ = ["fill_gaps"]
