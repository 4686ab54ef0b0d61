"""Exercises on classification: softmax, cross-entropy, its gradient, a softmax too many, a model by hand."""

import numpy as np

from .. import losses
from .exercise import Exercise

SCORES = np.array([[1.0, 2.0, 4.0], [0.0, -1.0, 0.5]])
CLASSES = np.array([2, 1])


def _softmax(z):
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def _naive_softmax(z):
    with np.errstate(over="ignore", invalid="ignore"):
        return np.exp(z) / np.exp(z).sum(axis=-1, keepdims=True)


def _shifted_by_all(z):
    with np.errstate(invalid="ignore"):
        return np.exp(z - z.max()) / np.exp(z - z.max()).sum(axis=-1, keepdims=True)


def _log_of_softmax(y_true, z, table=False):
    with np.errstate(divide="ignore"):
        return -np.log(_softmax(z)[slice(None) if table else np.arange(len(z)), y_true])


softmax = Exercise(
    task="return the probabilities, row by row",
    answer=_softmax,
    right="Rows add up to 1, and a score of 1000 does no harm.",
    slips={
        "A large score overflowed: subtract each row's maximum before np.exp.": _naive_softmax,
        "Each row has to add up to 1: sum along the last axis, with keepdims=True.": lambda z: (
            np.exp(z - z.max()) / np.exp(z - z.max()).sum()
        ),
        "You summed down the columns: the classes stand along each row.": lambda z: (
            np.exp(z - z.max(axis=0)) / np.exp(z - z.max(axis=0)).sum(axis=0)
        ),
        "Subtract each row's own maximum: of the others' nothing may be left.": lambda z: _shifted_by_all(z),
        "That is the sigmoid of each score: the rows do not add up to 1.": lambda z: np.exp(
            -np.logaddexp(0, -z)
        ),
    },
    cases=((SCORES,), (np.array([[1000.0, 999.0], [-2000.0, -1990.0]]),)),
)

surprise = Exercise(
    task="work out the loss of that one answer",
    answer=-np.log(0.2),
    right="−log 0.2. What the other classes got does not matter.",
    slips={
        "That is the binary logarithm; losses use the natural one, np.log.": -np.log2(0.2),
        "That is the loss of the class that was predicted; take the class that came.": -np.log(0.7),
        "That is the logarithm to base 10; losses use the natural one, np.log.": -np.log10(0.2),
        "That is 1 minus the probability: take −log of it.": 0.8,
        "Mind the sign: the logarithm of a probability is negative, the loss is not.": np.log(0.2),
    },
    tolerance=5e-3,
)

crossentropy = Exercise(
    task="return the cross-entropy of each sample",
    answer=lambda y_true, z: losses.sparse_categorical_crossentropy(y_true, z, from_logits=True),
    right="That is SparseCategoricalCrossentropy(from_logits=True, reduction='none').",
    slips={
        "One value per sample was asked for; that is their mean.": lambda y_true, z: (
            losses.sparse_categorical_crossentropy(y_true, z, from_logits=True).mean()
        ),
        "That is log p: the loss is −log p.": lambda y_true, z: (
            -losses.sparse_categorical_crossentropy(y_true, z, from_logits=True)
        ),
        "That is the loss of the class with the highest score; take the class in y_true.": lambda y_true, z: (
            losses.sparse_categorical_crossentropy(z.argmax(axis=-1), z, from_logits=True)
        ),
        "That is minus the score: turn scores into probabilities first.": lambda y_true, z: (
            -z[np.arange(len(z)), y_true]
        ),
        "A small probability became 0, and its log infinite: take the log before you exponentiate.": (
            lambda y_true, z: _log_of_softmax(y_true, z)
        ),
        "z[:, y_true] makes a table: pick one score per row with z[np.arange(len(z)), y_true].": (
            lambda y_true, z: _log_of_softmax(y_true, z, table=True)
        ),
    },
    cases=(
        (CLASSES, SCORES),
        (np.array([0, 0, 1]), np.array([[2.0, 1.0], [-3.0, 0.0], [0.0, 1000.0]])),
        (np.array([0]), np.array([[0.0, 1000.0]])),
    ),
)

crossentropy_gradient = Exercise(
    task="return the derivative with respect to each score",
    answer=lambda y_true, z: losses.categorical_crossentropy.gradient(y_true, z, from_logits=True),
    right="p − y: what the model said, minus what came. Few formulas do so much work.",
    slips={
        "The sign is reversed: too high a probability has to have a positive slope.": lambda y_true, z: (
            y_true - _softmax(z)
        ),
        "One derivative per sample was asked for: do not divide by n.": lambda y_true, z: (
            (_softmax(z) - y_true) / len(z)
        ),
        "That is the probability alone: subtract the target.": lambda y_true, z: _softmax(z),
        "The scores have to become probabilities first.": lambda y_true, z: z - y_true,
        "That is the derivative with respect to the probabilities; the scores were asked for.": (
            lambda y_true, z: -y_true / _softmax(z)
        ),
        "One more factor p(1 − p) than there is: in the cross-entropy it cancels.": lambda y_true, z: (
            (_softmax(z) - y_true) * _softmax(z) * (1 - _softmax(z))
        ),
    },
    cases=((np.eye(3)[[2, 1, 1]], np.array([[1.0, 2.0, 4.0], [0.0, -1.0, 0.5], [0.0, 0.0, 0.0]])),),
)

double_softmax_floor = Exercise(
    task="work out the lowest loss that is left",
    answer=np.log(1 + 2 / np.e),
    right="log(1 + 2/e). A loss that stops near a number like that deserves a look at the last layer.",
    slips={
        "That is the floor for ten classes; here there are three.": np.log(1 + 9 / np.e),
        "That is the loss of knowing nothing among three classes.": np.log(3),
        "A perfect model would have 0, were it not for the second softmax.": 0.0,
        "That is the probability that is left for the right class: take −log.": np.e / (np.e + 2),
    },
    tolerance=5e-3,
)


def _train_softmax(x, y, classes, learning_rate, steps, sign=1, scale=1, bias=1):
    w, b = np.zeros((x.shape[1], classes)), np.zeros(classes)
    for _ in range(steps):
        slope = sign * scale * (_softmax(x @ w + b) - np.eye(classes)[y])
        w, b = w - learning_rate * x.T @ slope / len(x), b - bias * learning_rate * slope.mean(axis=0)
    return w, b


_rng = np.random.default_rng(0)
_inputs = _rng.normal(size=(40, 3))
_labels = (_inputs @ _rng.normal(size=(3, 4)) + _rng.normal(size=(40, 4))).argmax(axis=1)

softmax_regression = Exercise(
    task="return W and b after the given number of steps",
    answer=_train_softmax,
    right="The last layer of every classifier works like this; a network learns the inputs to it.",
    slips={
        "The steps climb: subtract the gradient.": lambda *case: _train_softmax(*case, sign=-1),
        "The gradient is a mean over the samples, not their sum.": lambda *case: _train_softmax(
            *case, scale=len(case[0])
        ),
        "The gradient is a mean over the samples, not over samples and classes.": lambda *case: (
            _train_softmax(*case, scale=1 / case[2])
        ),
        "b never moved: it has a gradient too.": lambda *case: _train_softmax(*case, bias=0),
        "One step too few was taken.": lambda x, y, classes, learning_rate, steps: _train_softmax(
            x, y, classes, learning_rate, steps - 1
        ),
    },
    cases=((_inputs, _labels, 4, 0.5, 1), (_inputs, _labels, 4, 0.5, 20)),
)
