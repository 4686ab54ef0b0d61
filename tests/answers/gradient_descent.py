"""Typical wrong answers to the exercises of the chapter, each with words that the feedback must say."""

import numpy as np


def steps_at(kappa, eta, by):
    return np.log(by) / -np.log(max(abs(1 - eta), abs(1 - eta * kappa)))


def range_test_as_read(rates, losses):
    low = losses.argmin()
    return rates[low + np.argmax(losses[low:] > 2 * losses[low])] / 2


def suggested_rate_by_argmin(rates, losses):
    low = losses.argmin()
    blown = ~(losses[low:] <= 2 * losses[low])
    return rates[low + blown.argmax()] / 2 if blown.any() else np.inf


def power_iteration(gradient, theta, rounds=200, normalise=True, start=None):
    v = np.ones_like(theta) if start is None else start
    for _ in range(rounds):
        before, v = v, (gradient(theta + 1e-5 * v) - gradient(theta)) / 1e-5
        size = np.linalg.norm(v)
        v = v / size if normalise else v
    return size / np.linalg.norm(before)


WRONG = {
    "rate_limit": [
        (1 / 6, "best rate"),
        (2 / 3, "Differentiate 3θ² twice"),
        ([1 / 3], "give the number itself"),
    ],
    "steps_for_kappa": [
        (
            lambda kappa, eta, by: int(steps_at(kappa, eta, by)) if eta < 2 / kappa else np.inf,
            "One step more",
        ),
        (lambda kappa, eta, by: np.ceil(steps_at(kappa, eta, by)), "never shrinks"),
        (lambda kappa, eta, by: np.ceil(np.log(by) / -np.log(1 - eta)), "compare their sizes"),
        (
            lambda kappa, eta, by: np.ceil(-steps_at(kappa, eta, by)) if eta < 2 / kappa else np.inf,
            "change the sign",
        ),
    ],
    "suggested_rate": [
        (range_test_as_read, "`read` unchanged"),
        (lambda rates, losses: rates[np.nanargmin(losses)] / 2, "comes after it"),
        (suggested_rate_by_argmin, "np.nanargmin skips it"),
    ],
    "steepest_curvature": [
        (lambda gradient, theta: 2 / power_iteration(gradient, theta), "limit of the rate"),
        (lambda gradient, theta: power_iteration(gradient, 0 * theta), "at theta"),
        (lambda gradient, theta: power_iteration(gradient, theta, start=np.eye(3)[0]), "random v"),
        (lambda gradient, theta: power_iteration(gradient, theta, rounds=1), "Not yet"),
    ],
}
