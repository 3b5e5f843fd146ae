"""RNNForecaster: its parameters, its plan, its fit, its calibration and its answers."""
