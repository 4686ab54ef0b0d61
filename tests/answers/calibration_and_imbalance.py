"""Typical wrong answers to the exercises of the chapter, each with words that the feedback must say."""

import numpy as np


def mean_crossentropy(y_true, z):
    z = z - z.max(axis=1, keepdims=True)
    return np.mean(np.log(np.exp(z).sum(axis=1)) - z[np.arange(len(z)), y_true])


def calibration_error_by_width(confidence, right, bins):
    total = 0.0
    for low in np.arange(bins) / bins:
        last = low + 1 / bins > 1 - 1e-9
        here = (confidence >= low) & ((confidence < low + 1 / bins) | last)
        if here.any():
            total += here.mean() * abs(right[here].mean() - confidence[here].mean())
    return total


def calibration_error_with_signs(confidence, right, bins):
    order = np.argsort(confidence)
    return abs(np.mean((right - confidence)[order].reshape(bins, -1).mean(axis=1)))


def inverse_temperature(z, y):
    factors = np.geomspace(0.1, 10, 20001)
    return factors[np.argmin([mean_crossentropy(y, factor * z) for factor in factors])]


def cautious_temperature(z, y):
    candidates = np.linspace(0.1, 1, 901)
    return candidates[np.argmin([mean_crossentropy(y, z / t) for t in candidates])]


WRONG = {
    "calibration_error": [
        (calibration_error_by_width, "equal width"),
        (calibration_error_with_signs, "do not cancel"),
        (lambda c, right, bins: np.mean(right) - np.mean(c), "before you average"),
    ],
    "temperature": [
        (inverse_temperature, "1/T"),
        (cautious_temperature, "above 1"),
        (lambda z, y: max(1.0, 1 / inverse_temperature(z, y)), "below 1"),
    ],
    "balanced_weights": [
        (lambda y: 1 / np.unique(y, return_counts=True)[1], "ratio is right"),
        (lambda y: len(y) / np.bincount(y), "number of classes, too"),
        (lambda y: {k: len(y) / np.sum(y == k) for k in np.unique(y)}, "number of classes, too"),
        (lambda y: 0.5 / np.array([np.mean(y == k) for k in np.unique(y)]), "two classes only"),
    ],
    "call_out": [
        (400 / (400 + 10_000), "real fire is free"),
        (0.5, "both mistakes cost the same"),
        (4.0, "percent"),
    ],
    "focal_loss": [
        (lambda y_true, p, gamma: -((1 - p) ** gamma) * np.log(p), "You treated label 0 like label 1"),
        (
            lambda y_true, p, gamma: -y_true * np.log(p) - (1 - y_true) * np.log(1 - p),
            "Multiply it by the factor (1 − p)^γ",
        ),
    ],
}
