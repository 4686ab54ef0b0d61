"""Exercises of the chapter *Calibration and imbalance*."""

import numpy as np

from .. import losses
from .exercise import Exercise


def _gaps(confidence, right, parts):
    """Accuracy less confidence of each part."""
    return np.array([right[part].mean() - confidence[part].mean() for part in parts])


def _equally_many(confidence, bins):
    return np.array_split(np.argsort(confidence), bins)


def _equally_wide(confidence, right, bins):
    number = np.minimum((confidence * bins).astype(int), bins - 1)
    parts = [number == k for k in np.unique(number)]
    return np.sum([part.mean() for part in parts] * np.abs(_gaps(confidence, right, parts)))


def _ece(confidence, right, bins, mean=lambda gaps: np.abs(gaps).mean()):
    return mean(_gaps(confidence, right, _equally_many(confidence, bins)))


calibration_error = Exercise(
    task="return the calibration error, with bins that hold equally many samples",
    answer=lambda confidence, right, bins: _ece(confidence, right, bins),
    right="Now no dot stands on a handful of samples.",
    slips={
        "Those are bins of equal width: sort, and cut into bins of equally many samples.": _equally_wide,
        "The samples have to be sorted by confidence before they are cut into bins.": (
            lambda confidence, right, bins: np.abs(
                _gaps(confidence, right, np.array_split(np.arange(len(right)), bins))
            ).mean()
        ),
        "Put right into the order of the confidences, too: index both with np.argsort(confidence).": (
            lambda confidence, right, bins: _ece(np.sort(confidence), right, bins)
        ),
        "Take the absolute value in each bin: too sure and not sure enough must not cancel.": lambda *case: (
            _ece(*case, mean=lambda gaps: np.abs(gaps.mean()))
        ),
        "Take the absolute value of the difference in each bin, then the mean.": lambda *case: _ece(
            *case, mean=np.mean
        ),
        "Those are the gaps of all bins: return their mean.": lambda *case: _ece(*case, mean=np.abs),
        "bins is how many bins there are, not how many samples are in one.": lambda confidence, right, bins: (
            _ece(confidence, right, len(right) // bins)
        ),
        "That is the largest gap, the maximum calibration error; the mean was asked for.": lambda *case: _ece(
            *case, mean=lambda gaps: np.abs(gaps).max()
        ),
        "That is the sum of the gaps; their mean was asked for.": lambda *case: _ece(
            *case, mean=lambda gaps: np.abs(gaps).sum()
        ),
        "That is one gap per sample, without bins: average in each bin first.": lambda confidence, right, bins: (
            np.abs(right - confidence).mean()
        ),
        "Take absolute values of the gaps, not squares.": lambda *case: _ece(
            *case, mean=lambda gaps: np.mean(gaps**2)
        ),
    },
    cases=(
        (np.array([0.97, 0.63, 0.93, 0.55, 0.67, 0.33]), np.array([1, 1, 0, 1, 1, 0]), 3),
        (np.array([0.45, 0.15, 0.95, 0.55, 0.75, 0.85, 0.35, 0.65]), np.array([1, 1, 1, 0, 1, 0, 1, 1]), 2),
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


balanced_weights = Exercise(
    task="return one weight for each class",
    answer=lambda y: len(y) / (len(np.bincount(y)) * np.bincount(y)),
    right="That is class_weight='balanced' in scikit-learn; Keras wants it as a dictionary.",
    slips={
        "Their samples' weights have to sum to n, so divide by the number of classes too.": lambda y: (
            len(y) / np.bincount(y)
        ),
        "That makes the common class count more: the count belongs below the bar.": lambda y: (
            len(np.bincount(y)) * np.bincount(y) / len(y)
        ),
        "That is each class's share; a rare class needs a large weight.": lambda y: np.bincount(y) / len(y),
        "One weight for each class was asked for; that is one for each sample.": lambda y: (
            len(y) / (len(np.bincount(y)) * np.bincount(y))[y]
        ),
        "Right in their ratio; their samples' weights have to sum to n.": lambda y: 1 / np.bincount(y),
    },
    cases=((np.array([0, 0, 0, 1]),), (np.array([2, 0, 1, 1, 0, 0, 0, 0, 1, 0]),)),
)


call_out = Exercise(
    task="work out the probability from which on sending is cheaper",
    answer=0.04,
    right="Sending costs 400, waiting 10,000 p. Write the prices down, and the formula follows.",
    slips={
        "That is the threshold for a call-out that is free when it burns; this one costs 400 always.": (
            400 / 10_400
        ),
        "That is the ratio of the prices: a probability lies below 1.": 25.0,
        "At ½ both mistakes would cost the same.": 0.5,
        "The other way round: above which probability of *fire*?": 0.96,
        "In euros both sides are right; divide by 10,000 to get a probability.": 400.0,
    },
    tolerance=5e-3,
)


def _focal(y_true, p, gamma, factor=lambda p_right, gamma: (1 - p_right) ** gamma):
    p_right = np.where(y_true == 1, p, 1 - p)
    return -factor(p_right, gamma) * np.log(p_right)


focal_loss = Exercise(
    task="return the focal loss of each sample",
    answer=lambda y_true, p, gamma: losses.binary_focal_crossentropy(y_true, p, gamma=gamma),
    right="With gamma = 0 it is cross-entropy; at p = 0.9 and gamma = 2 a hundredth of it.",
    slips={
        "That is cross-entropy: the factor (1 − p)^γ is missing.": lambda y_true, p, gamma: _focal(
            y_true, p, 0
        ),
        "Label 0 was treated like label 1: the probability of the label that came is 1 − p there.": (
            lambda y_true, p, gamma: _focal(1, p, gamma)
        ),
        "The factor has to fade where the model is right: (1 − p)^γ, not p^γ.": lambda y_true, p, gamma: (
            _focal(y_true, p, gamma, lambda p_right, gamma: p_right**gamma)
        ),
        "One value per sample was asked for; that is their mean.": lambda y_true, p, gamma: np.mean(
            _focal(y_true, p, gamma)
        ),
        "γ is an exponent, not a factor.": lambda y_true, p, gamma: _focal(
            y_true, p, gamma, lambda p_right, gamma: gamma * (1 - p_right)
        ),
    },
    cases=(
        (np.array([1, 0, 1, 0]), np.array([0.9, 0.2, 0.3, 0.6]), 2.0),
        (np.array([1, 0]), np.array([0.9, 0.2]), 0.5),
    ),
)
