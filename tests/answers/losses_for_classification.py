"""Typical wrong answers to the exercises of the chapter, each with words that the feedback must say."""

import numpy as np


def softmax_regression_with_summed_gradient(x, y, classes, learning_rate, steps):
    w, b = np.zeros((x.shape[1], classes)), np.zeros(classes)
    for _ in range(steps):
        z = np.exp(x @ w + b - (x @ w + b).max(axis=1)[:, None])
        slope = z / z.sum(axis=1)[:, None] - np.eye(classes)[y]
        w, b = w - learning_rate * x.T @ slope, b - learning_rate * slope.sum(axis=0)
    return w, b


def softmax_regression_without_bias(x, y, classes, learning_rate, steps):
    w = np.zeros((x.shape[1], classes))
    for _ in range(steps):
        z = np.exp(x @ w)
        w = w - learning_rate * x.T @ (z / z.sum(axis=1)[:, None] - np.eye(classes)[y]) / len(x)
    return w, np.zeros(classes)


def mean_crossentropy(y_true, z):
    z = z - z.max(axis=1, keepdims=True)
    return np.mean(np.log(np.exp(z).sum(axis=1)) - z[np.arange(len(z)), y_true])


def crossentropy_from_probabilities(y_true, z):
    e = np.exp(z - z.max(axis=1, keepdims=True))
    with np.errstate(divide="ignore"):
        return -np.log((e / e.sum(axis=1, keepdims=True))[np.arange(len(z)), y_true])


WRONG = {
    "softmax": [
        (lambda z: np.exp(z - z.max()) / np.sum(np.exp(z - z.max())), "add up to 1"),
        (lambda z: 1 / (1 + np.exp(-np.clip(z, -500, 500))), "sigmoid"),
    ],
    "surprise": [(-np.log2(0.2), "binary logarithm"), (-np.log(0.7), "class that came")],
    "crossentropy": [
        (mean_crossentropy, "their mean"),
        (crossentropy_from_probabilities, "its log infinite"),
    ],
    "crossentropy_gradient": [
        (lambda y, z: y - np.exp(z) / np.exp(z).sum(axis=1, keepdims=True), "sign is reversed"),
        (lambda y, z: np.exp(z) / np.exp(z).sum(axis=1, keepdims=True), "subtract the target"),
    ],
    "double_softmax_floor": [(1.4612, "ten classes"), (np.log(3), "knowing nothing")],
    "softmax_regression": [
        (softmax_regression_with_summed_gradient, "not their sum"),
        (softmax_regression_without_bias, "b never moved"),
    ],
}
