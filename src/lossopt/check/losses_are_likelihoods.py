"""Exercises of the chapter *Losses are likelihoods*."""

import numpy as np

from .exercise import Exercise

one_gaussian_nll = Exercise(
    task="work out the NLL of that one sample",
    answer=np.log(2 * np.pi * 4) / 2 + 0.5,
    right="½ log(2πv) for being unsure, r²/2v for the miss.",
    slips={
        "v is the variance, 2² = 4; that is the loss for v = 2.": np.log(2 * np.pi * 2) / 2 + 1,
        "The term ½ log(2πv) is missing: without it a large σ would cost nothing.": 0.5,
        "The 2π is missing: this constant belongs to the density.": np.log(4) / 2 + 0.5,
        "That is the log-likelihood: mind the sign.": -np.log(2 * np.pi * 4) / 2 - 0.5,
        "That is the density: take −log of it.": np.exp(-0.5) / np.sqrt(2 * np.pi * 4),
    },
    tolerance=2e-3,
)


best_sigma = Exercise(
    task="find the σ with the smallest NLL",
    answer=np.sqrt(4.5),
    right="The root of the mean squared miss: an RMSE is a σ.",
    slips={
        "That is the variance; σ is its root.": 4.5,
        "The mean stays as it is: do not subtract the mean of the misses.": np.std([1, -2, 2, 3]),
        "Divide by n, not by n − 1: the mean was not fitted to these four.": np.sqrt(6),
        "That is the mean absolute miss, the best scale of a Laplace.": 2.0,
    },
    tolerance=2e-3,
)


calls_per_hour = Exercise(
    task="find the rate with the smallest loss",
    answer=13 / 6,
    right="All calls, divided by all hours.",
    slips={
        "That is the mean of the two rates: five hours count more than one.": (4 + 9 / 5) / 2,
        "That is the mean count per stretch, which forgets how long the stretches are.": 13 / 2,
        "That is the rate of the second stretch alone.": 9 / 5,
        "That is the inverse: hours per call.": 6 / 13,
    },
    tolerance=2e-3,
)


two_coins = Exercise(
    task="work out what the wrong belief costs per toss",
    answer=0.5 * np.log(0.5 / 0.9) + 0.5 * np.log(0.5 / 0.1),
    right="The truth decides how often each side comes, the belief what it costs.",
    slips={
        "That is the other way round: the cost of believing in a fair coin when it is not.": (
            0.9 * np.log(0.9 / 0.5) + 0.1 * np.log(0.1 / 0.5)
        ),
        "That is the cross-entropy: subtract what the one who knows pays, the entropy.": (
            -0.5 * np.log(0.9) - 0.5 * np.log(0.1)
        ),
        "That is the entropy of the fair coin, which everybody pays.": np.log(2),
        "That is in bits; losses use the natural logarithm, np.log.": (
            0.5 * np.log2(0.5 / 0.9) + 0.5 * np.log2(0.5 / 0.1)
        ),
    },
    tolerance=2e-3,
)


def _coverage(y_true, low, high, part, strict=False, root=0.5, count=len, among=len):
    inside = (low < y_true) & (y_true < high) if strict else (low <= y_true) & (y_true <= high)
    parts = [inside[part == k] for k in range(part.max() + 1)]
    share = np.array([p.sum() / among(p) for p in parts])
    return share, (share * (1 - share) / [count(p) for p in parts]) ** root


def _coverage_slip(**wrong):
    def slip(y_true, low, high, part):
        return _coverage(y_true, low, high, part, **wrong)

    return slip


coverage = Exercise(
    task="return the share of each part within the range, and its standard error",
    answer=_coverage_slip(),
    right="Two numbers that belong together: a share without its error claims too much.",
    slips={
        "The ends belong to the range: use <=.": _coverage_slip(strict=True),
        "Those are the shares outside.": lambda *case: (1 - _coverage(*case)[0], _coverage(*case)[1]),
        "That is the spread of a single sample: divide by n under the root.": _coverage_slip(
            count=lambda p: 1
        ),
        "n is the number of samples in the part, not of all.": lambda y_true, low, high, part: _coverage(
            y_true, low, high, part, count=lambda p: len(y_true)
        ),
        "A part's share is among its own samples, not among all.": lambda y_true, low, high, part: _coverage(
            y_true, low, high, part, among=lambda p: len(y_true)
        ),
        "That is the square of the standard error: take the root.": _coverage_slip(root=1),
        "The standard errors were asked for as well: return both.": lambda *case: _coverage(*case)[0],
        "The shares come first, then the errors.": lambda *case: _coverage(*case)[::-1],
        "n belongs under the root, too.": _coverage_slip(count=lambda p: len(p) ** 2),
        "That is the whole in one: take the samples of each part, part == k.": lambda y_true, low, high, part: (
            _coverage(y_true, low, high, 0 * part)
        ),
        "Return two arrays, first all the shares, then all the errors: return shares, errors.": lambda *case: (
            np.array(_coverage(*case)).T
        ),
    },
    cases=(
        (
            np.array([1.0, 2, 3, 4, 5]),
            np.array([0.0, 2, 4, 3, 0]),
            np.array([2.0, 5, 6, 3.5, 5]),
            np.array([0, 1, 0, 1, 1]),
        ),
        (np.linspace(-1, 1, 21), np.full(21, -0.75), np.full(21, 0.85), np.arange(21) // 8),
    ),
)
