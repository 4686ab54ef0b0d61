"""Exercises of the chapter *Calibration and imbalance*."""

import numpy as np

from .. import losses
from .exercise import Exercise


def _gaps(confidence, right, parts):
    """Return accuracy minus mean confidence of each part."""
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
    right="Each bin now holds enough samples for its accuracy to mean something.",
    slips={
        "Those bins have equal width. Sort, and cut into bins with equally many samples.": _equally_wide,
        "Sort the samples by confidence before you cut them into bins.": (
            lambda confidence, right, bins: np.abs(
                _gaps(confidence, right, np.array_split(np.arange(len(right)), bins))
            ).mean()
        ),
        "Put right into the order of the confidences, too, by indexing both with np.argsort(confidence).": (
            lambda confidence, right, bins: _ece(np.sort(confidence), right, bins)
        ),
        "Take the absolute value in each bin, so that errors of both signs do not cancel.": lambda *case: (
            _ece(*case, mean=lambda gaps: np.abs(gaps.mean()))
        ),
        "Take the absolute value of the difference in each bin before you average.": lambda *case: _ece(
            *case, mean=np.mean
        ),
        "Those are the differences of all bins. Return their mean.": lambda *case: _ece(*case, mean=np.abs),
        "bins is the number of bins, not the number of samples in a bin.": lambda confidence, right, bins: (
            _ece(confidence, right, len(right) // bins)
        ),
        "That is the largest difference, the maximum calibration error. Return the mean.": lambda *case: _ece(
            *case, mean=lambda gaps: np.abs(gaps).max()
        ),
        "That is the sum of the differences. Return their mean.": lambda *case: _ece(
            *case, mean=lambda gaps: np.abs(gaps).sum()
        ),
        "That is the mean difference of single samples. Average in each bin first.": lambda confidence, right, bins: (
            np.abs(right - confidence).mean()
        ),
        "Take absolute values of the differences, not squares.": lambda *case: _ece(
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
    """Narrow an interval of log T down, by a third in each round."""
    low, high = np.log(0.1), np.log(10)
    for _ in range(30):
        left, right = (2 * low + high) / 3, (low + 2 * high) / 3
        low, high = (low, right) if _nll(z, y, np.exp(left)) < _nll(z, y, np.exp(right)) else (left, high)
    return np.exp((low + high) / 2)


_rng = np.random.default_rng(0)


_scores = _rng.normal(size=(60, 4))


_chances = np.exp(_scores) / np.exp(_scores).sum(axis=1, keepdims=True)


_answers = (_chances.cumsum(axis=1) > _rng.random((60, 1))).argmax(axis=1)


temperature = Exercise(
    task="return the temperature with the smallest NLL",
    answer=_temperature,
    right="One number repairs the confidence, and no answer changes.",
    slips={
        "That is 1/T. Return the number by which the scores are divided.": lambda z, y: (
            1 / _temperature(z, y)
        ),
        "That is log T. Return np.exp of it.": lambda z, y: np.log(_temperature(z, y)),
        "That is the smallest NLL. Return the temperature that gives it.": lambda z, y: _nll(
            z, y, _temperature(z, y)
        ),
        "Your search ended at 1, but temperatures above 1 are allowed as well.": lambda z, y: min(
            _temperature(z, y), 1.0
        ),
        "Your search began at 1, but temperatures below 1 are allowed as well.": lambda z, y: max(
            _temperature(z, y), 1.0
        ),
        "That temperature has the largest NLL between 0.1 and 10, not the smallest.": lambda z, y: max(
            (0.1, 10.0), key=lambda temperature: _nll(z, y, temperature)
        ),
    },
    cases=tuple((factor * _scores, _answers) for factor in (14, 0.5, 0.25)),  # 9.66, 0.34 and 0.17
    tolerance=4e-3,  # what rounding to three digits may change
)


def _in_order(answer, y):
    """Return the weights that an answer gives, those of a dictionary in the order of its classes."""
    weights = answer(y)
    return [weights[k] for k in sorted(weights)] if isinstance(weights, dict) else weights


balanced_weights = Exercise(
    task="return one weight for each class",
    answer=lambda y: len(y) / (len(np.bincount(y)) * np.bincount(y)),
    right="scikit-learn computes these for class_weight='balanced'. Keras takes them as a dictionary.",
    use=_in_order,
    slips={
        "The weights of all samples must add up to n, so divide by the number of classes, too.": lambda y: (
            len(y) / np.bincount(y)
        ),
        "That gives the common class more weight. The count belongs in the denominator.": lambda y: (
            len(np.bincount(y)) * np.bincount(y) / len(y)
        ),
        "That is the share of each class, but a rare class needs a large weight.": lambda y: (
            np.bincount(y) / len(y)
        ),
        "That is one weight for each sample. Return one for each class.": lambda y: (
            len(y) / (len(np.bincount(y)) * np.bincount(y))[y]
        ),
        "That is right for two classes only. Divide by the number of classes instead of 2.": lambda y: (
            len(y) / (2 * np.bincount(y))
        ),
        "Their ratio is right, but the weights of all samples must add up to n.": lambda y: (
            1 / np.bincount(y)
        ),
    },
    cases=((np.array([0, 0, 0, 1]),), (np.array([2, 0, 1, 1, 0, 0, 0, 0, 1, 0]),)),
)


call_out = Exercise(
    task="work out the probability of fire from which onward sending is cheaper",
    answer=0.04,
    right="Sending costs 400 €, and waiting costs 10,000 € times p on average. They are equal at 0.04.",
    slips={
        "That is the threshold if a call-out to a real fire is free. This one always costs 400 €.": (
            400 / 10_400
        ),
        "That is the ratio of the costs upside down. A probability is at most 1.": 25.0,
        "½ would be right if both mistakes cost the same.": 0.5,
        "That is the probability of no fire. Return the probability of fire.": 0.96,
        "That is in euros. Divide by 10,000 € to get a probability.": 400.0,
        "That is in percent. Return a probability between 0 and 1.": 4.0,
    },
    tolerance=5e-3,
)


def _focal(y_true, p, gamma, factor=lambda p_right, gamma: (1 - p_right) ** gamma):
    p_right = np.where(y_true == 1, p, 1 - p)
    return -factor(p_right, gamma) * np.log(p_right)


focal_loss = Exercise(
    task="return the focal loss of each sample",
    answer=lambda y_true, p, gamma: losses.binary_focal_crossentropy(y_true, p, gamma=gamma),
    right="With gamma = 2 a sample with p = 0.9 for its true label counts a hundredth of its cross-entropy.",
    slips={
        "That is cross-entropy. Multiply it by the factor (1 − p)^γ.": lambda y_true, p, gamma: _focal(
            y_true, p, 0
        ),
        "You treated label 0 like label 1. Where the label is 0, its probability is 1 − p.": (
            lambda y_true, p, gamma: _focal(1, p, gamma)
        ),
        "The factor must be small where the model is right, so it is (1 − p)^γ, not p^γ.": lambda y_true, p, gamma: (
            _focal(y_true, p, gamma, lambda p_right, gamma: p_right**gamma)
        ),
        "That is the mean. Return one value per sample.": lambda y_true, p, gamma: np.mean(
            _focal(y_true, p, gamma)
        ),
        "The sign is reversed. The logarithm of a probability is negative, so it needs a minus.": (
            lambda y_true, p, gamma: -_focal(y_true, p, gamma)
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
