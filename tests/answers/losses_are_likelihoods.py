"""Typical wrong answers to the exercises of the chapter, each with words that the feedback must say."""

import numpy as np


def coverage_by_part(y_true, low, high, part, inside=lambda y, low, high: (y >= low) & (y <= high), n=len):
    held = inside(y_true, low, high)
    shares = np.array([held[part == k].mean() for k in np.unique(part)])
    return shares, np.sqrt(shares * (1 - shares) / [n(held[part == k]) for k in np.unique(part)])


def coverage_without_the_ends(*case):
    return coverage_by_part(*case, inside=lambda y, low, high: (y > low) & (y < high))


def coverage_with_the_spread_of_one(*case):
    return coverage_by_part(*case, n=lambda held: 1)


def coverage_with_one_n_for_all(*case):
    return coverage_by_part(*case, n=lambda held: len(case[0]))


WRONG = {
    "one_gaussian_nll": [(np.log(2 * np.pi * 2) / 2 + 4 / 4, "v is the variance"), (0.5, "is missing")],
    "best_sigma": [(np.var([1, -2, 2, 3]) + 1, "its root"), (np.std([1, -2, 2, 3]), "do not subtract")],
    "calls_per_hour": [(np.mean([4 / 1, 9 / 5]), "two rates"), ((4 + 9) / 2, "per stretch")],
    "two_coins": [
        (0.9 * np.log(0.9 / 0.5) + 0.1 * np.log(0.1 / 0.5), "other way round"),
        (-(np.log(0.9) + np.log(0.1)) / 2, "cross-entropy"),
    ],
    "coverage": [
        (coverage_without_the_ends, "<="),
        (coverage_with_the_spread_of_one, "divide by n"),
        (coverage_with_one_n_for_all, "not of all"),
        (lambda y_true, low, high, part: coverage_by_part(y_true, low, high, 0 * part), "part == k"),
    ],
}
