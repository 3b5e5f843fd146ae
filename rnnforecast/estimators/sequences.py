def fold(X, *, n_features, time_order):
    return X.reshape(len(X), -1, n_features)[:, :: 1 if time_order == "oldest_first" else -1]
