"""The networks of a forecaster: what they read of a panel, how they are made, trained and asked."""
