"""Check the exercises on numerical stability: log-sum-exp, losses from logits, saturation, a second sigmoid.

The largest scores overflow even in np.longdouble, whose exp reaches to about 11,356: a wider format does not replace
the shift.
"""

import numpy as np

from .. import losses
from .exercise import Exercise

HUGE = np.array([[1e5, 0.0, 99999.0], [-1e5, -1e5, -1e5]], dtype=np.float32)
SCORES = np.array([[1.0, 2.0, 4.0], [0.0, -1.0, 0.5]], dtype=np.float32)
MIDDLE = np.array([[0.0, 1e5, 0.0]], dtype=np.float32)  # overflows after any shift but that by the maximum
TARGETS = np.array([[0.0, 1.0, 0.0], [0.5, 0.25, 0.25]], dtype=np.float32)
CLASSES = np.array([1, 0])
COMMITTEE = np.array([[[2e4, 0, -2e4], [0, 0, 2e4]], [[0, 5, 0], [-2e4, 0, 1]]], dtype=np.float32)
LABELS = np.array([1.0, -1.0, 1.0, -1.0], dtype=np.float32)
MILD = (LABELS, np.array([2.0, 1.0, -3.0, -0.5], dtype=np.float32))
CONFIDENT = (LABELS[:2], np.array([17.0, -17.0], dtype=np.float32))  # and correct: about 4e-8
EXTREME = (LABELS, np.array([2e4, 2e4, -2e4, -2e4], dtype=np.float32))


TINY = np.float32(1e-7)
ADDED = (
    "16.12 is −log 1e-7: adding 1e-7 to p, or clipping p, limits the loss and stops the gradient. "
    "Compute the loss from the scores without p."
)


def _quietly(function):
    """Return the function without NumPy's warnings, because some slips overflow on purpose."""

    def quiet(*arguments):
        with np.errstate(all="ignore"):
            return function(*arguments)

    return quiet


def _logsumexp(z):
    return np.logaddexp.reduce(z.astype(float), axis=-1)


def _log_softmax(z):
    return z - _logsumexp(z)[..., None]


def _sigmoid(z):
    return 1 / (1 + np.exp(-z))


def _softplus(z):
    return np.logaddexp(0, z)


def _softmax(z):
    return np.exp(_log_softmax(z))


logsumexp = Exercise(
    task="return the logarithm of each row's sum of exponentials",
    answer=lambda z: _logsumexp(z),
    right="The largest term becomes 1, so nothing overflows, and the logarithm never sees 0.",
    slips={
        "exp overflowed, or every term underflowed to 0: subtract each row's maximum before np.exp.": _quietly(
            lambda z: np.log(np.exp(z).sum(axis=-1))
        ),
        "Add the maximum that you subtracted back at the end.": lambda z: _logsumexp(z) - z.max(axis=-1),
        "One maximum for all rows is not enough: subtract each row's own.": _quietly(
            lambda z: z.max() + np.log(np.exp(z - z.max()).sum(axis=-1))
        ),
        "exp overflowed, because you did not subtract each row's maximum but another of its scores.": _quietly(
            lambda z: z[:, 0] + np.log(np.exp(z - z[:, :1]).sum(axis=-1))
        ),
        "Return one value per row: take the maximum and the sum along the last axis.": lambda z: (
            np.logaddexp.reduce(z.astype(float), axis=None)
        ),
        "That is only the maximum: add the logarithm of the sum of exp(z − maximum).": lambda z: z.max(
            axis=-1
        ),
        "Return one value per row: remove the axis that keepdims=True kept.": lambda z: _logsumexp(z)[
            :, None
        ],
        "That is the log-softmax: return the logarithm of the sum itself.": lambda z: _log_softmax(z),
    },
    cases=((SCORES,), (HUGE,), (MIDDLE,)),
)

crossentropy_from_logit = Exercise(
    task="return the cross-entropy of each sample",
    answer=lambda y_true, z: losses.binary_crossentropy((y_true + 1) / 2, z, from_logits=True),
    right="You never compute a probability, so nothing can overflow or be clipped.",
    slips={
        "The probability rounded to exactly 0 or 1: compute the loss from z without it.": _quietly(
            lambda y_true, z: -np.log(np.where(y_true == 1, _sigmoid(z), 1 - _sigmoid(z)))
        ),
        "1 + exp(−y z) rounded to 1, or overflowed: use a stable softplus of −y z.": _quietly(
            lambda y_true, z: -np.log(_sigmoid(y_true * z))
        ),
        "A clip keeps the loss finite and makes the gradient zero: use softplus instead.": _quietly(
            lambda y_true, z: -np.log(np.clip(_sigmoid(y_true * z), 1e-7, np.float32(1 - 1e-7)))
        ),
        "Adding 1e-7 to p limits the loss to 16.12 and stops the gradient: use softplus instead.": _quietly(
            lambda y_true, z: -np.log(_sigmoid(y_true * z) + TINY)
        ),
        ADDED: _quietly(
            lambda y_true, z: -np.log(np.where(y_true == 1, _sigmoid(z), 1 - _sigmoid(z)) + TINY)
        ),
        "exp overflowed: write softplus as max(z, 0) + log1p(exp(−|z|)).": _quietly(
            lambda y_true, z: np.log1p(np.exp(-y_true * z))
        ),
        "A small loss was rounded to 0: use np.log1p(x) instead of np.log(1 + x).": lambda y_true, z: (
            np.maximum(-y_true * z, 0) + np.log(1 + np.exp(-np.abs(z)))
        ),
        "That is the loss of the other label: softplus(−z) belongs to label 1.": lambda y_true, z: _softplus(
            y_true * z
        ),
        "That is the formula for labels 0 and 1: for the label −1 its 1 − y is 2.": lambda y_true, z: (
            y_true * _softplus(-z) + (1 - y_true) * _softplus(z)
        ),
        "Return one value per sample: that is their mean.": lambda y_true, z: _softplus(-y_true * z).mean(),
        "Return one value per sample: that is their sum.": lambda y_true, z: _softplus(-y_true * z).sum(),
        "That is the hinge loss, which is 0 beyond the margin, while cross-entropy never is.": lambda y_true, z: (
            np.maximum(0, 1 - y_true * z)
        ),
    },
    cases=(MILD, CONFIDENT, EXTREME),
)

sigmoid_saturation = Exercise(
    task="work out above which z the float64 sigmoid is exactly 1",
    answer=53 * np.log(2),
    right="It is 53 log 2. A float64 only moves the limit from 16.6 to 36.7, while logits remove it.",
    slips={
        "That is the limit of float32: a float64 has 53 binary digits instead of 24.": 24 * np.log(2),
        "There e^−z is the whole gap above 1, but at half the gap the sum already rounds to 1.": 52
        * np.log(2),
        "That is where exp overflows: the sigmoid is exactly 1 long before.": np.log(np.finfo(float).max),
        "Take the natural logarithm of 2⁵³, which is 53 times log 2.": 53.0,
    },
    tolerance=2e-3,
)

soft_crossentropy = Exercise(
    task="return the cross-entropy of each row",
    answer=lambda y_true, z: -(y_true * _log_softmax(z)).sum(axis=-1),
    right="log p stays finite even where p itself rounds to 0.",
    slips={
        "A probability rounded to 0, and its logarithm is infinite: compute log p as z − lse(z).": _quietly(
            lambda y_true, z: -(y_true * np.log(_softmax(z))).sum(axis=-1)
        ),
        "exp overflowed in log-sum-exp: subtract each row's maximum, as in exercise 1.": _quietly(
            lambda y_true, z: (y_true * (np.log(np.exp(z).sum(axis=-1, keepdims=True)) - z)).sum(axis=-1)
        ),
        ADDED: lambda y_true, z: -(y_true * np.log(_softmax(z) + TINY)).sum(axis=-1),
        "exp overflowed: subtract each row's maximum first.": _quietly(
            lambda y_true, z: (
                -(y_true * np.log(np.exp(z) / np.exp(z).sum(axis=-1, keepdims=True))).sum(axis=-1)
            )
        ),
        "That is the loss of the most probable target only: weight all classes by y_true.": lambda y_true, z: (
            -_log_softmax(z)[np.arange(len(z)), y_true.argmax(axis=-1)]
        ),
        "That is the mean over the classes: take the sum.": lambda y_true, z: (
            -(y_true * _log_softmax(z)).mean(axis=-1)
        ),
        "That is one value per class: add them up along each row.": lambda y_true, z: (
            -y_true * _log_softmax(z)
        ),
    },
    cases=((TARGETS, SCORES), (TARGETS, HUGE)),
)

double_sigmoid_plateau = Exercise(
    task="work out the mean loss at which the model stops",
    answer=0.3 * np.log1p(np.exp(-1)) + 0.7 * np.log(2),
    right="0.579 is below log 2, so the model even seems to learn.",
    slips={
        "The shares are swapped: 30 % of the labels are 1.": 0.7 * np.log1p(np.exp(-1)) + 0.3 * np.log(2),
        "That is the plateau for as many ones as zeros.": (np.log1p(np.exp(-1)) + np.log(2)) / 2,
        "That is the floor of label 1 only: weight both floors by their shares.": np.log1p(np.exp(-1)),
        "That is the floor of label 0 only: weight both floors by their shares.": np.log(2),
        "A perfect model would reach 0 without the second sigmoid, but here each label has a floor.": 0.0,
    },
    tolerance=3e-3,
)


def _of_the_right_class(y_true, scores):
    return np.take_along_axis(scores, np.asarray(y_true)[None, :, None], axis=-1)[..., 0]


def _committee(y_true, scores):
    log_p = _of_the_right_class(y_true, _log_softmax(scores))
    return np.log(len(scores)) - np.logaddexp.reduce(log_p, axis=0)


def _mean_softmax(scores):
    e = np.exp(scores.astype(float))
    return (e / e.sum(axis=-1, keepdims=True)).mean(axis=0)


committee_loss = Exercise(
    task="return the loss of the committee for each sample",
    answer=lambda y_true, scores: _committee(y_true, scores),
    right="It takes two log-sum-exp, one over the classes and one over the models.",
    slips={
        "exp overflowed, or a probability rounded to 0: compute the loss from log p without p.": _quietly(
            lambda y_true, scores: -np.log(_mean_softmax(scores)[np.arange(len(y_true)), y_true])
        ),
        ADDED: lambda y_true, scores: (
            -np.log(_softmax(scores).mean(axis=0)[np.arange(len(y_true)), y_true] + TINY)
        ),
        "That is the mean of the members' losses: average the probabilities, then take the logarithm.": (
            lambda y_true, scores: -_of_the_right_class(y_true, _log_softmax(scores)).mean(axis=0)
        ),
        "That is the loss of the mean scores: average the probabilities instead.": lambda y_true, scores: (
            -_of_the_right_class(y_true, _log_softmax(scores.mean(axis=0, keepdims=True)))[0]
        ),
        "That is the loss of the mean scores, and its p rounded to 0: average the probabilities instead.": (
            _quietly(
                lambda y_true, scores: -np.log(_softmax(scores.mean(axis=0))[np.arange(len(y_true)), y_true])
            )
        ),
        "Divide the sum of the probabilities by the number of models: add log M to the loss.": (
            lambda y_true, scores: _committee(y_true, scores) - np.log(len(scores))
        ),
        "Return one value per sample: that is their mean.": lambda y_true, scores: _committee(
            y_true, scores
        ).mean(),
    },
    cases=((CLASSES, np.stack([SCORES, SCORES[::-1], 2 * SCORES])), (CLASSES, COMMITTEE)),
)
