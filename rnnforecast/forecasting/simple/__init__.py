"""Simple forecasts of many series at once: a season or a value repeated, Naive2, and the Theta method."""
