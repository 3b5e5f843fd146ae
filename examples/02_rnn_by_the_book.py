"""The recurrent network of the textbooks: 10 inputs, 128 hidden units, 5 outputs, plain gradient descent.

h_t = tanh(W_hh h_{t-1} + W_xh x_t + b_h),   o_t = W_ho h_t + b_o,   L = sum over t of |o_t - y_t|^2 / 2

The state goes in and comes out by hand: h_t = f(x_t, h_{t-1}).
"""

import numpy as np

from rnnforecast import RNNRegressor

N_INPUTS, N_HIDDEN, N_OUTPUTS, N_STEPS = 10, 128, 5, 20

# A task that needs a memory: each output is a fading sum of the inputs so far.
rng = np.random.default_rng(0)
X = rng.normal(size=(64, N_STEPS, N_INPUTS))
mix = rng.normal(size=(N_INPUTS, N_OUTPUTS)) / np.sqrt(N_INPUTS)
y, memory = np.empty((64, N_STEPS, N_OUTPUTS)), np.zeros((64, N_OUTPUTS))
for t in range(N_STEPS):
    memory = 0.7 * memory + X[:, t] @ mix
    y[:, t] = memory

rnn = RNNRegressor(
    cell_type="elman",
    activation="tanh",
    hidden_size=N_HIDDEN,
    return_sequences=True,  # a loss at every step, not at the last one alone
    solver="sgd",  # theta <- theta - alpha dL/dtheta, and nothing else:
    momentum=0.0,
    max_grad_norm=None,
    alpha=0.0,
    batch_size=len(X),
    learning_rate_init=0.02,
    max_iter=200,
    tol=0.0,
    dtype="float64",
    random_state=0,
).fit(X, y)

for epoch in range(0, rnn.n_iter_, 25):
    print(f"epoch {epoch + 1:3d}   loss {rnn.loss_curve_[epoch]:.4f}")
print(f"epoch {rnn.n_iter_:3d}   loss {rnn.loss_curve_[-1]:.4f}")
assert rnn.loss_curve_[-1] < 0.2 * rnn.loss_curve_[0]

# One sequence, step by step: the state is an argument and a result.
state = rnn.initial_state(n_streams=1)
outputs = []
for x_t in X[0]:
    o_t, state = rnn.step(x_t[None], state)
    outputs.append(o_t[0])
assert np.allclose(outputs, rnn.predict(X[:1])[0])
print("20 steps by hand give what predict gives for the whole sequence")
