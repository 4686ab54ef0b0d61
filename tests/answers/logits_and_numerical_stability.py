"""Typical wrong answers to the exercises of the chapter, each with words that the feedback must say."""

import numpy as np
from scipy import special


def logsumexp_without_shift(z):
    with np.errstate(all="ignore"):
        return np.log(np.sum(np.exp(z), axis=1))


def crossentropy_from_sigmoid(y_true, z):
    with np.errstate(all="ignore"):
        p = 1 / (1 + np.exp(-z))
        return np.where(y_true == 1, -np.log(p), -np.log(1 - p))


def crossentropy_without_log1p(y_true, z):
    return np.maximum(z, 0) - z * (y_true > 0) + np.log(1 + np.exp(-abs(z)))


def crossentropy_without_a_stable_softplus(y_true, z):
    with np.errstate(over="ignore"):
        return np.log(1 + np.exp(-y_true * z))


def crossentropy_as_for_zeros_and_ones(y_true, z):
    return np.logaddexp(0, z) - y_true * z


def crossentropy_of_softmax(y_true, z):
    e = np.exp(z - z.max(axis=1, keepdims=True))
    with np.errstate(all="ignore"):
        return -np.sum(y_true * np.log(e / e.sum(axis=1, keepdims=True)), axis=1)


def crossentropy_plus_a_little(y_true, z):
    with np.errstate(all="ignore"):
        p = 1 / (1 + np.exp(-z))
        return -np.where(y_true == 1, np.log(p + 1e-7), np.log(1 - p + 1e-7))


def in_longdouble(naive):
    def answer(*arguments):
        with np.errstate(all="ignore"):
            return naive(*(x.astype(np.longdouble) if x.dtype.kind == "f" else x for x in arguments))

    return answer


def softmax(z):
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def committee_plus_a_little(y_true, scores):
    return -np.log(softmax(scores).mean(axis=0)[np.arange(len(y_true)), y_true] + 1e-7)


def committee_of_softmaxes(y_true, scores):
    with np.errstate(all="ignore"):
        p = np.exp(scores.astype(float)) / np.exp(scores.astype(float)).sum(axis=2, keepdims=True)
        return [-np.log(np.mean(p[:, i, y])) for i, y in enumerate(y_true)]


def committee_of_mean_scores(y_true, scores):
    z = np.mean(scores, axis=0)
    z = z - np.max(z, axis=1, keepdims=True)
    return np.log(np.exp(z).sum(axis=1)) - z[range(len(z)), y_true]


WRONG = {
    "logsumexp": [
        (logsumexp_without_shift, "before np.exp"),
        (in_longdouble(lambda z: np.log(np.exp(z).sum(axis=-1))), "exp overflowed"),
        (lambda z: np.logaddexp.reduce(z.astype(float), axis=-1, keepdims=True), "keepdims"),
        (lambda z: np.log(np.exp(z - z.max(axis=1, keepdims=True)).sum(axis=1)), "Add the maximum"),
        (lambda z: z[:, -1] + logsumexp_without_shift(z - z[:, -1:]), "another of its scores"),
        (
            lambda z: np.median(z, axis=1) + logsumexp_without_shift(z - np.median(z, 1)[:, None]),
            "another of its",
        ),
    ],
    "crossentropy_from_logit": [
        (crossentropy_from_sigmoid, "without it"),
        (crossentropy_without_log1p, "np.log1p"),
        (crossentropy_as_for_zeros_and_ones, "labels 0 and 1"),
        (crossentropy_without_a_stable_softplus, "rounded to 1, or overflowed"),
        (lambda y_true, z: np.clip(1 - y_true * z, 0, None), "hinge loss"),
        (crossentropy_plus_a_little, "16.12 is −log 1e-7"),
        (in_longdouble(lambda y_true, z: np.log1p(np.exp(-y_true * z))), "exp overflowed"),
    ],
    "sigmoid_saturation": [(-np.log(2.0**-24), "float32"), (52 * np.log(2), "at half the gap")],
    "soft_crossentropy": [
        (crossentropy_of_softmax, "its logarithm is infinite"),
        (lambda y, z: -(y * np.log(softmax(z) + 1e-7)).sum(axis=-1), "16.12 is −log 1e-7"),
        (
            in_longdouble(
                lambda y, z: -(y * np.log(np.exp(z) / np.exp(z).sum(axis=-1, keepdims=True))).sum(axis=-1)
            ),
            "exp overflowed",
        ),
        (
            lambda y, z: np.mean(y * (np.logaddexp.reduce(z, axis=1, keepdims=True) - z), axis=1),
            "take the sum",
        ),
    ],
    "double_sigmoid_plateau": [(0.7 * 0.3133 + 0.3 * 0.6931, "swapped"), (0.5032, "as many ones")],
    "committee_loss": [
        (committee_of_softmaxes, "without p"),
        (committee_plus_a_little, "16.12 is −log 1e-7"),
        (committee_of_mean_scores, "loss of the mean scores"),
    ],
}


# Other right answers, which the exercises accept.

RIGHT = {
    "logsumexp": [
        lambda z: special.logsumexp(z, axis=1),
        lambda z: [float(max(row) + np.log(np.sum(np.exp(row - max(row))))) for row in z],
    ],
    "crossentropy_from_logit": [
        lambda y_true, z: np.logaddexp(0, -y_true * z),
        lambda y_true, z: -special.log_expit(y_true * z),
        lambda y_true, z: np.where(y_true * z > 0, 0, -y_true * z) + np.log1p(np.exp(-np.abs(z))),
    ],
    "soft_crossentropy": [
        lambda y, z: -np.sum(y * special.log_softmax(z, axis=1), axis=1),
        lambda y, z: special.logsumexp(z, axis=1) - (y * z).sum(axis=1),
    ],
    "committee_loss": [
        lambda y, scores: [
            float(
                -special.logsumexp(
                    [special.log_softmax(z)[k] for z in scores[:, i].astype(float)], b=1 / len(scores)
                )
            )
            for i, k in enumerate(y)
        ],
        lambda y, scores: (
            np.log(len(scores))
            - special.logsumexp(special.log_softmax(scores, axis=2)[:, np.arange(len(y)), y], axis=0)
        ),
    ],
}


# What computes the same, though it is written differently: a line with … for anything, and the reason.
EQUIVALENT = {
    "logsumexp": {"return top[:, -1] + …": "keepdims left one column, the first and the last"},
    "committee_loss": {
        "rows = -np.arange(len(y_true))": "the rows of two samples are 0 and −1, which is 1",
        "return np.log(len(log_p)) - …": "there is one log p for each model",
        "…[None, :, None])[..., 0]": "the last axis is take_along_axis's own default",
        "…axis=-1)[..., -1]": "the axis has one entry, the first and the last",
        "…np.logaddexp.reduce(log_p)": "the first axis is reduce's own default",
    },
}


def some_committee(rng):
    models, classes = rng.integers(1, 5), rng.integers(2, 5)
    return rng.integers(0, classes, 2), rng.normal(size=(models, 2, classes)) * 10 ** rng.uniform(-1, 4)


RANDOM = {
    "logsumexp": lambda rng: ((rng.normal(size=(3, 4)) * 10 ** rng.uniform(-1, 5)).astype(np.float32),),
    "committee_loss": some_committee,
}
