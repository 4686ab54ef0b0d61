"""Typical wrong answers to the exercises of the chapter, each with words that the feedback must say."""

import numpy as np


def quiet_rate_by_trial(floor, sigma, B, curvature):
    """Forgets the factor ½ of the loss."""
    rates = np.linspace(1e-6, 1.9 / curvature, 200_001)
    floors = curvature * rates * sigma**2 / (B * curvature * (2 - rates * curvature))
    return rates[np.argmin(np.abs(floors - floor))]


def steps_at(kappa, eta, by):
    return np.log(by) / -np.log(max(abs(1 - eta), abs(1 - eta * kappa)))


def curvatures_with(x, penalty, bias=True):
    X = np.c_[x, np.ones(len(x))] if bias else x
    return tuple(np.linalg.eigvalsh(2 / len(X) * X.T @ X + penalty * np.eye(X.shape[1]))[[0, -1]])


def range_test_as_read(rates, losses):
    low = losses.argmin()
    return rates[low + np.argmax(losses[low:] > 2 * losses[low])] / 2


def suggested_rate_by_argmin(rates, losses):
    low = losses.argmin()
    blown = ~(losses[low:] <= 2 * losses[low])
    return rates[low + blown.argmax()] / 2 if blown.any() else np.inf


def power_iteration(gradient, theta, rounds=200, normalise=True):
    v = np.ones_like(theta)
    for _ in range(rounds):
        before, v = v, (gradient(theta + 1e-5 * v) - gradient(theta)) / 1e-5
        size = np.linalg.norm(v)
        v = v / size if normalise else v
    return size / np.linalg.norm(before)


WRONG = {
    "rate_limit": [(1 / 6, "best rate"), (2 / 3, "differentiate 3θ² twice")],
    "rate_for_mean": [(0.002, "wrong way"), (0.1, "a fiftieth of theirs")],
    "steps_for_kappa": [
        (
            lambda kappa, eta, by: int(steps_at(kappa, eta, by)) if eta < 2 / kappa else np.inf,
            "One step more",
        ),
        (lambda kappa, eta, by: np.ceil(steps_at(kappa, eta, by)), "never arrives"),
        (lambda kappa, eta, by: np.ceil(np.log(by) / -np.log(1 - eta)), "compare their sizes"),
        (
            lambda kappa, eta, by: np.ceil(-steps_at(kappa, eta, by)) if eta < 2 / kappa else np.inf,
            "change the sign",
        ),
    ],
    "curvature_range": [
        (lambda x, alpha: curvatures_with(x, 0.0), "without its penalty"),
        (lambda x, alpha: curvatures_with(x, alpha), "is 2α, not α"),
        (lambda x, alpha: curvatures_with(x, 2 * alpha, bias=False), "append a column of ones"),
    ],
    "quiet_rate": [
        (lambda floor, sigma, B, curvature: 4 * floor * B / sigma**2, "approximation"),
        (
            lambda floor, sigma, B, curvature: 4 * B * floor / (sigma + 2 * B * floor * curvature),
            "σ has to be squared",
        ),
        (quiet_rate_by_trial, "2 in front of B"),
    ],
    "suggested_rate": [
        (range_test_as_read, "`read` as it stands"),
        (lambda rates, losses: rates[np.nanargmin(losses)] / 2, "comes behind it"),
        (suggested_rate_by_argmin, "np.nanargmin passes over it"),
    ],
    "steepest_curvature": [
        (lambda gradient, theta: 2 / power_iteration(gradient, theta), "limit of the rate"),
        (lambda gradient, theta: power_iteration(gradient, 0 * theta), "at theta"),
        (lambda gradient, theta: power_iteration(gradient, theta, rounds=1), "Not yet"),
    ],
}
