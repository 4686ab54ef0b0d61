"""Exercises on likelihood: a Gaussian NLL, its best σ, a rate, two coins, coverage, calibration, temperature."""

import numpy as np

from .. import losses
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


def _coverage(y_true, low, high):
    share = np.mean((low <= y_true) & (y_true <= high))
    return share, np.sqrt(share * (1 - share) / len(y_true))


def _strict_coverage(y_true, low, high):
    share = np.mean((low < y_true) & (y_true < high))
    return share, np.sqrt(share * (1 - share) / len(y_true))


coverage = Exercise(
    task="return the share within the range, and its standard error",
    answer=_coverage,
    right="Two numbers that belong together: a share without its error claims too much.",
    slips={
        "The ends belong to the range: use <=.": _strict_coverage,
        "That is the share outside.": lambda *case: (1 - _coverage(*case)[0], _coverage(*case)[1]),
        "That is the spread of a single sample: divide by n under the root.": lambda y_true, low, high: (
            _coverage(y_true, low, high)[0],
            _coverage(y_true, low, high)[1] * np.sqrt(len(y_true)),
        ),
        "That is the square of the standard error: take the root.": lambda *case: (
            _coverage(*case)[0],
            _coverage(*case)[1] ** 2,
        ),
        "The standard error was asked for as well: return both.": lambda *case: _coverage(*case)[0],
    },
    cases=(
        (np.array([1.0, 2, 3, 4, 5]), np.array([0.0, 2, 4, 3, 0]), np.array([2.0, 5, 6, 3.5, 5])),
        (np.linspace(-1, 1, 21), np.full(21, -0.75), np.full(21, 0.85)),
    ),
)


def _gaps(confidence, right, bins):
    """Of each bin that is not empty: its share, and accuracy less confidence."""
    number = np.minimum((confidence * bins).astype(int), bins - 1)
    here = [number == k for k in np.unique(number)]
    return np.array([(h.mean(), right[h].mean() - confidence[h].mean()) for h in here]).T


def _ece(confidence, right, bins):
    share, gap = _gaps(confidence, right, bins)
    return np.sum(share * np.abs(gap))


calibration_error = Exercise(
    task="return the expected calibration error",
    answer=_ece,
    right="The mean height between dots and diagonal, each dot as heavy as its bin.",
    slips={
        "Weigh each bin by its share of the samples: a nearly empty one hardly counts.": lambda *case: np.abs(
            _gaps(*case)[1]
        ).mean(),
        "Take the absolute value in each bin: too sure and not sure enough must not cancel.": lambda *case: (
            np.abs(np.sum(_gaps(*case)[0] * _gaps(*case)[1]))
        ),
        "That is the largest gap, the maximum calibration error; the weighted mean was asked for.": (
            lambda *case: np.abs(_gaps(*case)[1]).max()
        ),
        "That is one gap per sample, without bins: average in each bin first.": lambda confidence, right, bins: (
            np.abs(right - confidence).mean()
        ),
        "Take absolute values of the gaps, not squares.": lambda *case: np.sum(
            _gaps(*case)[0] * _gaps(*case)[1] ** 2
        ),
    },
    cases=(
        (np.array([0.93, 0.97, 1.0, 0.63, 0.67, 0.33]), np.array([1, 0, 1, 1, 1, 0]), 5),
        (np.array([0.15, 0.45, 0.55, 0.55, 0.95]), np.array([1, 0, 1, 0, 1]), 10),
    ),
)


def _nll(z, y, temperature):
    return losses.sparse_categorical_crossentropy(y, z / temperature, from_logits=True).mean()


def _temperature(z, y):
    grid = np.geomspace(0.1, 10, 401)
    best = np.argmin([_nll(z, y, t) for t in grid])
    fine = np.geomspace(grid[max(best - 1, 0)], grid[min(best + 1, 400)], 101)
    return fine[np.argmin([_nll(z, y, t) for t in fine])]


_rng = np.random.default_rng(0)
_scores = _rng.normal(size=(60, 4))
_chances = np.exp(_scores) / np.exp(_scores).sum(axis=1, keepdims=True)
_answers = (_chances.cumsum(axis=1) > _rng.random((60, 1))).argmax(axis=1)

temperature = Exercise(
    task="return the temperature with the smallest NLL",
    answer=_temperature,
    right="One number, fitted in a moment, and no answer changes.",
    slips={
        "That is 1/T: the scores are divided by T.": lambda z, y: 1 / _temperature(z, y),
        "That is log T: take np.exp of it.": lambda z, y: np.log(_temperature(z, y)),
        "That is the smallest NLL; the temperature at which it is reached was asked for.": lambda z, y: _nll(
            z, y, _temperature(z, y)
        ),
        "Your search ended at 1: temperatures above 1 are allowed as well.": lambda z, y: min(
            _temperature(z, y), 1.0
        ),
    },
    cases=((3 * _scores, _answers), (0.5 * _scores, _answers)),
    tolerance=2e-3,
)
