"""Forecasts that every other forecast has to beat: naive ones, Naive2 and Theta."""
