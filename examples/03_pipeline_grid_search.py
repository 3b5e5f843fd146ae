"""A recurrent network in a scikit-learn pipeline, its settings chosen by a grid search in the order of time."""

from sklearn.compose import TransformedTargetRegressor
from sklearn.metrics import mean_absolute_error
from sklearn.model_selection import GridSearchCV, TimeSeriesSplit
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

from rnnforecast import RNNRegressor, SequenceScaler, datasets
from rnnforecast.windows import sliding_windows

# Predict next year's number of sunspots from the last 22 years.
series = datasets.load_sunspots().to_numpy()
X, Y = sliding_windows(series, n_steps=22, horizon=1)  # X is (n_samples, n_timesteps, n_features)
y = Y[:, 0]
X_train, X_test, y_train, y_test = X[:-50], X[-50:], y[:-50], y[-50:]

network = RNNRegressor(learning_rate_init=0.01, max_iter=60, tol=0.0, random_state=0)
pipeline = Pipeline(
    [
        ("scale", SequenceScaler()),
        ("rnn", TransformedTargetRegressor(network, transformer=StandardScaler())),
    ]
)
search = GridSearchCV(
    pipeline,
    {"rnn__regressor__cell_type": ["lstm", "gru"], "rnn__regressor__hidden_size": [4, 16]},
    cv=TimeSeriesSplit(n_splits=3),  # always trained on the past, tested on what follows
    scoring="neg_mean_absolute_error",
)
search.fit(X_train, y_train)

for settings, score in zip(search.cv_results_["params"], search.cv_results_["mean_test_score"], strict=True):
    print(f"{-score:6.2f}  {settings}")
print("best:", search.best_params_)
print(f"error of the last 50 years: {mean_absolute_error(y_test, search.predict(X_test)):.2f}")
print(f"error of repeating last year: {mean_absolute_error(y_test, X_test[:, -1, 0]):.2f}")
