"""Exercises of the chapter *Losses for classification*."""

import numpy as np

from .. import losses
from .exercise import Exercise

SCORES = np.array([[1.0, 2.0, 4.0], [0.0, -1.0, 0.5]])
CLASSES = np.array([2, 1])


def _softmax(z):
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def _softmax_without_shift(z, axis=-1):
    with np.errstate(over="ignore", invalid="ignore"):
        return np.exp(z) / np.exp(z).sum(axis=axis, keepdims=True)


def _softmax_shifted(z, shift):
    with np.errstate(over="ignore", invalid="ignore"):
        return _softmax_without_shift(z - shift)


def _softmax_shifted_by_all(z):
    with np.errstate(invalid="ignore"):
        return np.exp(z - z.max()) / np.exp(z - z.max()).sum(axis=-1, keepdims=True)


softmax = Exercise(
    task="return the probabilities, one row per sample",
    answer=_softmax,
    right="Each row adds up to 1, and a score of 1000 does not overflow.",
    slips={
        "np.exp(1000) overflowed; subtract each row's maximum before np.exp.": _softmax_without_shift,
        "Each row has to add up to 1; pass axis=-1 and keepdims=True to the sum.": lambda z: (
            np.exp(z - z.max()) / np.exp(z - z.max()).sum()
        ),
        "Each row has to add up to 1; pass axis=-1 and keepdims=True to the sum. And subtract each row's maximum "
        "before np.exp, because np.exp(1000) overflows.": lambda z: _softmax_without_shift(z, axis=None),
        "Each row has to add up to 1, but you divided by the sums of the columns; use axis=-1.": lambda z: (
            np.exp(z - z.max(axis=0)) / np.exp(z - z.max(axis=0)).sum(axis=0)
        ),
        "Each row has to add up to 1, but you divided by the sums of the columns; use axis=-1. And subtract each "
        "row's maximum before np.exp, because np.exp(1000) overflows.": lambda z: _softmax_without_shift(
            z, axis=0
        ),
        "Subtract each row's own maximum; after you subtract that of all rows, nothing is left of the others.": (
            _softmax_shifted_by_all
        ),
        "np.exp overflowed, because you subtracted each row's minimum or mean; subtract its maximum.": lambda z: (
            _softmax_shifted(z, z.min(axis=-1, keepdims=True))
        ),
        "np.exp overflowed, because you subtracted each row's last score; subtract its maximum.": lambda z: (
            _softmax_shifted(z, z[:, -1:])
        ),
        "You returned the sigmoid of each score, so the rows do not add up to 1.": lambda z: np.exp(
            -np.logaddexp(0, -z)
        ),
    },
    cases=(
        (SCORES,),
        (np.array([[1000.0, 999.0], [-2000.0, -1990.0]]),),
        (np.array([[2000.0, 0.0], [0.0, 2000.0]]),),
    ),
)

surprise = Exercise(
    task="compute the cross-entropy of that one sample",
    answer=-np.log(0.2),
    right="It is −log 0.2, and the probabilities of the other two classes do not matter.",
    slips={
        "That is the surprise in bits; use the natural logarithm, np.log, for nats.": -np.log2(0.2),
        "That is the loss if the bird were right; use the probability of the dog.": -np.log(0.7),
        "That is the loss if the cat were right; use the probability of the dog.": -np.log(0.1),
        "That is the logarithm to base 10; use the natural logarithm, np.log.": -np.log10(0.2),
        "That is 1 minus the probability; take −log of the probability.": 0.8,
        "The sign is reversed; the logarithm of a probability is negative, but the loss is not.": np.log(0.2),
    },
    tolerance=5e-3,
)


def _picked(table, y_true):
    return table[np.arange(len(table)), y_true]


def _crossentropy(y_true, z):
    return losses.sparse_categorical_crossentropy(y_true, z, from_logits=True)


def _crossentropy_of_probabilities(y_true, p):
    with np.errstate(divide="ignore", invalid="ignore"):
        return -np.log(_picked(p, y_true))


def _crossentropy_without_shift(y_true, z):
    with np.errstate(over="ignore"):
        return np.log(np.exp(z).sum(axis=-1)) - _picked(z, y_true)


def _crossentropy_half_shifted(y_true, z):
    return np.log(np.exp(z - z.max(axis=-1, keepdims=True)).sum(axis=-1)) - _picked(z, y_true)


def _crossentropy_shifted_by_means(y_true, z):
    return _crossentropy_without_shift(y_true, z - z.mean(axis=-1, keepdims=True))


def _crossentropy_shifted_by_last(y_true, z):
    return _crossentropy_without_shift(y_true, z - z[:, -1:])


def _table(y_true, z):
    with np.errstate(divide="ignore"):
        return -np.log(_softmax(z)[:, y_true])


crossentropy = Exercise(
    task="return the cross-entropy of each sample",
    answer=_crossentropy,
    right="It is SparseCategoricalCrossentropy(from_logits=True, reduction='none').",
    slips={
        "np.exp(1000) overflowed to inf; subtract each row's maximum from z first.": _crossentropy_without_shift,
        "np.exp overflowed, because you subtracted each row's mean; subtract its maximum.": (
            _crossentropy_shifted_by_means
        ),
        "np.exp overflowed, because you subtracted each row's last score; subtract its maximum.": (
            _crossentropy_shifted_by_last
        ),
        "You subtracted the maximum only inside the exponentials; subtract it from z[y_true] too.": (
            _crossentropy_half_shifted
        ),
        "Adding 1e-7 to the probability, or clipping it there, keeps the loss below 16.12 = −log 1e-7; use log of "
        "the sum of exponentials minus the score.": lambda y_true, z: (
            -np.log(_picked(_softmax(z), y_true) + 1e-7)
        ),
        "A small probability underflowed to 0, so its loss became infinite; take the logarithm of the fraction "
        "first, which gives log of the sum minus the score.": lambda y_true, z: (
            _crossentropy_of_probabilities(y_true, _softmax(z))
        ),
        "np.exp(1000) overflowed, and inf/inf is nan; use log of the sum of exponentials minus the score, and "
        "subtract each row's maximum from z first.": lambda y_true, z: _crossentropy_of_probabilities(
            y_true, _softmax_without_shift(z)
        ),
        "Return one loss per sample, not their mean.": lambda y_true, z: _crossentropy(y_true, z).mean(),
        "You returned log p; the loss is −log p.": lambda y_true, z: -_crossentropy(y_true, z),
        "You used the class with the highest score; use the class in y_true.": lambda y_true, z: (
            _crossentropy(z.argmax(axis=-1), z)
        ),
        "You returned minus the score; add the logarithm of the sum of exponentials.": lambda y_true, z: (
            -_picked(z, y_true)
        ),
        "z[:, y_true] makes a table; pick one score per row with z[np.arange(len(z)), y_true].": _table,
    },
    cases=(
        (CLASSES, SCORES),
        (np.array([0, 0, 1]), np.array([[2.0, 1.0], [-3.0, 0.0], [0.0, 1000.0]])),
        (np.array([0, 1]), np.array([[0.0, 1000.0], [1000.0, 0.0]])),
        (np.array([0]), np.array([[0.0, 2000.0]])),
    ),
)

crossentropy_gradient = Exercise(
    task="return the derivative with respect to each score",
    answer=lambda y_true, z: losses.categorical_crossentropy.gradient(y_true, z, from_logits=True),
    right="It is p − y, the predicted probability minus the target.",
    slips={
        "The sign is reversed; where the probability is too high, the slope is positive.": lambda y_true, z: (
            y_true - _softmax(z)
        ),
        "Return the derivative of each sample's own loss; do not divide by n.": lambda y_true, z: (
            (_softmax(z) - y_true) / len(z)
        ),
        "You returned the probabilities; subtract the target.": lambda y_true, z: _softmax(z),
        "Turn the scores into probabilities before you subtract the target.": lambda y_true, z: z - y_true,
        "Each row of probabilities has to add up to 1; sum along the last axis.": lambda y_true, z: (
            _softmax_without_shift(z, axis=None) - y_true
        ),
        "That is the derivative with respect to the probabilities; return the one with respect to the scores.": (
            lambda y_true, z: -y_true / _softmax(z)
        ),
        "Drop the factor p(1 − p), because it cancels in the cross-entropy.": lambda y_true, z: (
            (_softmax(z) - y_true) * _softmax(z) * (1 - _softmax(z))
        ),
    },
    cases=((np.eye(3)[[2, 1, 1]], np.array([[1.0, 2.0, 4.0], [0.0, -1.0, 0.5], [0.0, 0.0, 0.0]])),),
)

double_softmax_floor = Exercise(
    task="compute the lowest loss that a model with a second softmax can reach",
    answer=np.log(1 + 2 / np.e),
    right="It is log(1 + 2/e). If a loss stops near such a number, look at the last layer.",
    slips={
        "That is the lowest loss for ten classes; here there are three.": np.log(1 + 9 / np.e),
        "That is the loss of a uniform guess among three classes.": np.log(3),
        "Without the second softmax it would be 0; apply softmax to 1, 0 and 0 first.": 0.0,
        "That is the probability of the right class; take −log of it.": np.e / (np.e + 2),
        "That would be right for two classes; here there are three.": np.log(1 + 1 / np.e),
    },
    tolerance=5e-3,
)


def _train_softmax(x, y, classes, learning_rate, steps, sign=1, scale=1, bias=1):
    w, b = np.zeros((x.shape[1], classes)), np.zeros(classes)
    for _ in range(steps):
        slope = sign * scale * (_softmax(x @ w + b) - np.eye(classes)[y])
        w, b = w - learning_rate * x.T @ slope / len(x), b - bias * learning_rate * slope.mean(axis=0)
    return w, b


def _train_softmax_b_late(x, y, classes, learning_rate, steps):
    w, b = np.zeros((x.shape[1], classes)), np.zeros(classes)
    for _ in range(steps):
        w = w - learning_rate * x.T @ (_softmax(x @ w + b) - np.eye(classes)[y]) / len(x)
        b = b - learning_rate * (_softmax(x @ w + b) - np.eye(classes)[y]).mean(axis=0)
    return w, b


_rng = np.random.default_rng(0)
_inputs = _rng.normal(size=(40, 3))
_labels = (_inputs @ _rng.normal(size=(3, 4)) + _rng.normal(size=(40, 4))).argmax(axis=1)

softmax_regression = Exercise(
    task="return W and b after the given number of steps",
    answer=_train_softmax,
    right="The last layer of every classifier works like this, and a network learns the inputs to it.",
    slips={
        "You added the gradient; subtract it.": lambda *case: _train_softmax(*case, sign=-1),
        "You used the sum over the samples; use their mean.": lambda *case: _train_softmax(
            *case, scale=len(case[0])
        ),
        "You took the mean over samples and classes; take it over the samples only.": lambda *case: (
            _train_softmax(*case, scale=1 / case[2])
        ),
        "b did not move, but it has a gradient too.": lambda *case: _train_softmax(*case, bias=0),
        "Compute both gradients before you change W; yours for b already uses the new W.": _train_softmax_b_late,
        "You took one step too few.": lambda x, y, classes, learning_rate, steps: _train_softmax(
            x, y, classes, learning_rate, steps - 1
        ),
        "You returned b and W; return W first.": lambda *case: _train_softmax(*case)[::-1],
    },
    cases=((_inputs, _labels, 4, 0.5, 1), (_inputs, _labels, 4, 0.5, 20)),
)
