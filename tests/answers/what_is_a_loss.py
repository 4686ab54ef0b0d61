"""Typical wrong answers to the exercises of the chapter, each with words that the feedback must say."""

import numpy as np
from scipy.special import expit

from lossopt.check import line_step


def ascending_step(theta, b, x, y, learning_rate):
    error = theta * x + b - y
    return theta + learning_rate * 2 * np.mean(error * x), b + learning_rate * 2 * np.mean(error)


def step_by_step(theta, b, x, y, learning_rate):
    theta = theta - learning_rate * 2 * np.mean((theta * x + b - y) * x)
    b = b - learning_rate * 2 * np.mean(theta * x + b - y)
    return theta, b


def logistic_with_summed_gradient(x, y, learning_rate, steps):
    w, b = np.zeros(x.shape[1]), 0.0
    for _ in range(steps):
        p = 1 / (1 + np.exp(-(x @ w + b)))
        w, b = w - learning_rate * x.T @ (p - y), b - learning_rate * np.sum(p - y)
    return w, b


def logistic_without_bias(x, y, learning_rate, steps):
    w = np.zeros(x.shape[1])
    for _ in range(steps):
        w = w - learning_rate * x.T @ (1 / (1 + np.exp(-(x @ w))) - y) / len(x)
    return w, 0.0


def swapped_step(*case):
    return line_step.answer(*case)[::-1]


def logistic_one_by_one(x, y, learning_rate, steps):
    w, b = np.zeros(x.shape[1]), 0.0
    for _ in range(steps):
        w = w - learning_rate * x.T @ (1 / (1 + np.exp(-(x @ w + b))) - y) / len(x)
        b = b - learning_rate * np.mean(1 / (1 + np.exp(-(x @ w + b))) - y)
    return w, b


WRONG = {
    "line_loss": [
        (lambda theta, b, x, y: sum((theta * x + b - y) ** 2), "take their mean"),
        (lambda theta, b, x, y: np.mean(theta * x + b - y) ** 2, "Square each error before"),
    ],
    "line_step": [
        (ascending_step, "uphill"),
        (step_by_step, "compute both slopes first"),
        (swapped_step, "b first"),
    ],
    "largest_learning_rate": [(1 / 15, "best rate"), (2 / np.mean(np.arange(1, 5) ** 2), "factor 2")],
    "logistic_regression": [
        (logistic_with_summed_gradient, "is a mean"),
        (logistic_without_bias, "did not change b"),
        (logistic_one_by_one, "compute both slopes first"),
    ],
}


# Other right answers, which the exercises accept.


def line_loss_in_a_loop(theta, b, x, y):
    total = 0.0
    for one_x, one_y in zip(x, y, strict=True):
        total += (theta * one_x + b - one_y) ** 2
    return total / len(x)


def line_step_with_one_matrix(theta, b, x, y, learning_rate):
    inputs = np.stack([x, np.ones_like(x)], axis=1)
    weights = np.array([theta, b])
    return weights - learning_rate * 2 * inputs.T @ (inputs @ weights - y) / len(x)


def logistic_in_float32(x, y, learning_rate, steps):
    x, y = x.astype(np.float32), y.astype(np.float32)
    w, b = np.zeros(x.shape[1], np.float32), np.float32(0)
    for _ in range(steps):
        slope = 1 / (1 + np.exp(-(x @ w + b))) - y
        w, b = (
            w - np.float32(learning_rate) * (slope @ x) / len(x),
            b - np.float32(learning_rate) * slope.mean(),
        )
    return w, b


def logistic_by_scipy(x, y, learning_rate, steps):
    w, b = np.zeros(x.shape[1]), 0.0
    for _ in range(steps):
        slope = expit(x @ w + b) - y
        w, b = w - learning_rate * np.mean(slope[:, None] * x, axis=0), b - learning_rate * slope.mean()
    return [w.tolist(), float(b)]


RIGHT = {
    "line_loss": [line_loss_in_a_loop, lambda theta, b, x, y: np.average(np.square(y - b - theta * x))],
    "line_step": [
        line_step_with_one_matrix,
        lambda theta, b, x, y, rate: [
            theta - rate * float(2 * (theta * x + b - y) @ x / len(x)),
            b - rate * float(2 * (theta * x + b - y).mean()),
        ],
    ],
    "logistic_regression": [logistic_in_float32, logistic_by_scipy],
}


# What computes the same, though it is written differently: a line with … for anything, and the reason.
EQUIVALENT = {
    "line_loss": {"…np.mean((y - (theta * x + b)) ** 2)": "a square has no sign"},
    "logistic_regression": {
        "… @ …slope… / len(…": "there are as many labels as samples",
        "… / len(…), np.mean(p - y))": "as many",
    },
}


def some_samples(rng, columns=3):
    x = rng.normal(size=(rng.integers(4, 12), columns))
    return x, rng.integers(0, 2, len(x)).astype(float)


RANDOM = {
    "line_loss": lambda rng: (*rng.normal(size=2), *rng.normal(size=(2, rng.integers(2, 9)))),
    "logistic_regression": lambda rng: (*some_samples(rng), rng.uniform(0.1, 1), int(rng.integers(1, 9))),
}
