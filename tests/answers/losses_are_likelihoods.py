"""Typical wrong answers to the exercises of the chapter, each with words that the feedback must say."""

import numpy as np
from scipy import stats


def report_with(median, mean, above):
    return lambda m, s, limit: (median(m, s), mean(m, s), above(m, s, limit))


def exp_m(m, s):
    return np.exp(m)


def lognormal_mean(m, s):
    return np.exp(m + s**2 / 2)


def late(y_true, y_pred):
    return np.sort(y_true - y_pred)


WRONG = {
    "one_gaussian_nll": [(np.log(2 * np.pi * 2) / 2 + 4 / 4, "v is the variance"), (0.5, "is missing")],
    "best_sigma": [
        (19 / 5, "its square root"),
        (np.std([1, -2, 2, 3, 1]), "do not subtract"),
        (np.sqrt(19), "by n before"),
        (np.linalg.norm([1, -2, 2, 3, 1]) / np.sqrt(4), "instead of n − 1"),
    ],
    "two_coins": [
        (0.9 * np.log(0.9 / 0.5) + 0.1 * np.log(0.1 / 0.5), "other order"),
        (-(np.log(0.9) + np.log(0.1)) / 2, "cross-entropy"),
    ],
    "report_lognormal": [
        (
            report_with(exp_m, exp_m, lambda m, s, limit: stats.lognorm(s, scale=np.exp(m)).sf(limit)),
            "median again",
        ),
        (
            report_with(exp_m, lognormal_mean, lambda m, s, limit: stats.norm.sf((limit - m) / s)),
            "the limit before",
        ),
        (
            report_with(exp_m, lognormal_mean, lambda m, s, limit: stats.norm.cdf((np.log(limit) - m) / s)),
            "sf instead",
        ),
    ],
    "minutes_to_add": [
        (lambda y_true, y_pred, share: np.quantile(y_true - y_pred, share), "interpolates"),
        (lambda y_true, y_pred, share: late(y_true, y_pred)[int(np.ceil(len(y_true) * share)) - 1], "n + 1"),
        (
            lambda y_true, y_pred, share: np.append(late(y_pred, y_true), np.inf)[
                min(int(np.ceil((len(y_true) + 1) * share)) - 1, len(y_true))
            ],
            "other way round",
        ),
        (
            lambda y_true, y_pred, share: late(y_true, y_pred)[int(np.ceil((len(y_true) + 1) * share)) - 1],
            "index",
        ),
        (
            lambda y_true, y_pred, share: np.append(late(y_true, y_pred)[:-1], [np.inf, np.inf])[
                int(np.ceil((len(y_true) + 1) * share)) - 1
            ],
            "<= n, not with < n",
        ),
    ],
}


# Other right answers, which the exercises accept.


def conformal_in_a_loop(y_true, y_pred, share):
    """Raise the promise from one late delivery to the next, until enough of them keep it."""
    n = len(y_true)
    for minutes in sorted((y_true - y_pred).tolist()):
        if np.sum(y_true - y_pred <= minutes) >= (n + 1) * share:
            return minutes
    return np.inf


RIGHT = {
    "report_lognormal": [
        lambda m, s, limit: [np.exp(m), np.exp(m + s * s / 2), stats.lognorm(s, scale=np.exp(m)).sf(limit)],
        lambda m, s, limit: (np.e**m, np.e ** (m + s**2 / 2), 1 - stats.norm.cdf(np.log(limit), m, s)),
    ],
    "minutes_to_add": [
        conformal_in_a_loop,
        lambda y_true, y_pred, share: np.append(np.sort(y_true - y_pred), np.inf)[
            min(int(np.ceil((len(y_true) + 1) * share)) - 1, len(y_true))
        ],
    ],
}


# What computes the same, though it is written differently: a line with … for anything, and the reason.
EQUIVALENT = {
    "minutes_to_add": {
        "k = round(np.ceil(…": "what is whole already needs no rounding",
        "k = int(np.ceil((len(y_…) + 1) * share))": "there are as many targets as predictions",
        "return late[k - 1] if k <= len(y_…": "there are as many targets as predictions",
    },
}


def some_deliveries(rng):
    y_true = rng.integers(5, 60, rng.integers(3, 15)).astype(float)
    return y_true, y_true + rng.integers(-9, 10, len(y_true)), rng.uniform(0.3, 0.99)


RANDOM = {"minutes_to_add": some_deliveries}
