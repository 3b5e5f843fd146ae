"""Features of time stamps: the clock and the calendar, waves of any period, holidays."""

from rnnforecast.forecasting.calendar.fourier import fourier_terms
from rnnforecast.forecasting.calendar.holiday import holiday_features
from rnnforecast.forecasting.calendar.names import calendar_features
from rnnforecast.forecasting.calendar.spec import Calendar, as_calendar

__all__ = ["Calendar", "as_calendar", "calendar_features", "fourier_terms", "holiday_features"]
