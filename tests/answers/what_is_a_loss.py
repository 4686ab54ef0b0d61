"""Typical wrong answers to the exercises of the chapter, each with words that the feedback must say."""

import numpy as np


def ascending_step(theta, b, x, y, learning_rate):
    miss = theta * x + b - y
    return theta + learning_rate * 2 * np.mean(miss * x), b + learning_rate * 2 * np.mean(miss)


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


WRONG = {
    "line_loss": [
        (lambda theta, b, x, y: sum((theta * x + b - y) ** 2), "take their mean"),
        (lambda theta, b, x, y: np.mean(theta * x + b - y) ** 2, "Square each miss first"),
    ],
    "line_step": [(ascending_step, "climbs"), (step_by_step, "take both slopes first")],
    "largest_learning_rate": [(1 / 15, "best rate"), (2 / np.mean(np.arange(1, 5) ** 2), "factor 2")],
    "logistic_regression": [
        (logistic_with_summed_gradient, "not their sum"),
        (logistic_without_bias, "b never moved"),
    ],
}
