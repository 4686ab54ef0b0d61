"""Typical wrong answers to the exercises of the chapter, each with words that the feedback must say."""

import numpy as np
import tensorflow as tf

from lossopt import losses


def lopsided_to_the_wrong_side(factor):
    return lambda y_true, y_pred: np.mean(
        np.where(y_pred > y_true, factor, 1) * (y_pred - y_true) ** 2, axis=-1
    )


def lopsided_with_nothing_on_the_other_side(factor):
    return lambda y_true, y_pred: np.mean(factor * np.maximum(y_true - y_pred, 0) ** 2, axis=1)


class Lossy:
    """A loss as a learner writes it, but for the class above it."""

    def __init__(self, too_few=1.0, too_many=1.0, reduction="mean", name="lossy"):
        self.too_few, self.too_many = too_few, too_many
        self.q = too_few / (too_few + too_many)
        self.reduction, self.name = reduction, name


class LossyWithoutCosts(Lossy):
    def get_config(self):
        return {"reduction": self.reduction, "name": self.name}


class LossyWithCostsAlone(Lossy):
    def get_config(self):
        return {"too_few": self.too_few, "too_many": self.too_many}


class LossyWithQ(Lossy):
    def get_config(self):
        return {"q": self.q, "reduction": self.reduction, "name": self.name}


def checker_by_one_side(loss, gradient, y_true, y_pred):
    h = 1e-3
    numeric = (loss(y_true, y_pred + h) - loss(y_true, y_pred)) / h
    return np.abs(gradient(y_true, y_pred) - numeric).max() < 0.1


def checker_by_sums(loss, gradient, y_true, y_pred):
    h = 1e-6
    numeric = sum(loss(y_true, y_pred + h) - loss(y_true, y_pred - h)) / (2 * h)
    return abs(numeric - sum(gradient(y_true, y_pred))) < 1e-3


def checker_by_one_side_with_narrow_tolerance(loss, gradient, y_true, y_pred):
    numeric = (loss(y_true, y_pred + 1e-6) - loss(y_true, y_pred)) / 1e-6
    return bool(np.allclose(numeric, gradient(y_true, y_pred), rtol=1e-5, atol=1e-7))


WRONG = {
    "squared_error_per_sample": [
        (lambda y_true, y_pred: ((y_true - y_pred) ** 2).mean(), "axis=(1, 2)"),
        (lambda y_true, y_pred: sum((y_true - y_pred) ** 2) / len(y_true), "over the samples"),
    ],
    "lopsided": [
        (lopsided_to_the_wrong_side, "wrong side"),
        (lopsided_with_nothing_on_the_other_side, "other side by 0"),
        (lambda factor: lambda y, p: (y - p) ** 2, "Not yet"),
        (
            lambda factor: lambda y, p: np.sum(np.where(p < y, factor, 1) * (y - p) ** 2, axis=-1),
            "take their mean",
        ),
    ],
    "lopsided_gradient": [
        (lambda y, p, factor: np.where(p > y, 2 * factor, 2) * (p - y), "wrong side"),
        (lambda y, p, factor: np.where(p < y, factor, 1) * 2 * (y - p), "sign is reversed"),
    ],
    "error_with_gaps": [
        (lambda y, p: np.mean(np.abs(np.nan_to_num(y) - p)), "with 0 and counted"),
        (lambda y, p: np.nansum(np.abs(y - p)) / len(y), "counted the missing"),
        (
            lambda y, p: np.nan if np.isnan(y).all() else np.nanmedian(np.abs(y - p)),
            "median of the errors",
        ),
    ],
    "comes_back": [
        (LossyWithoutCosts, "defaults replaced"),
        (LossyWithCostsAlone, "super().get_config()"),
        (LossyWithQ, "too_few and too_many"),
    ],
    "critical_ratio": [((8 - 3) / 8, "still sold"), (2 / (5 + 2), "other cost"), (0.72, "Close")],
    "gradient_checker": [
        (checker_by_one_side, "1 % too large"),
        (checker_by_sums, "sums can agree"),
        (checker_by_one_side_with_narrow_tolerance, "both sides"),
    ],
}


# Other right answers, which the exercises accept.
def squared_error_by_tensorflow(y_true, y_pred):

    return tf.reduce_mean(tf.square(y_pred - y_true), axis=[1, 2])


def lopsided_by_tensorflow(factor):

    def loss(y_true, y_pred):
        squares = tf.square(tf.constant(y_pred) - y_true)
        return tf.reduce_mean(tf.where(y_pred < y_true, factor * squares, squares), axis=-1)

    return loss


RIGHT = {
    "squared_error_per_sample": [
        lambda y, p: np.square(p - y).reshape(len(y), -1).mean(axis=1),
        lambda y, p: [float(np.mean((a - b) ** 2)) for a, b in zip(y, p, strict=True)],
        squared_error_by_tensorflow,
    ],
    "lopsided": [
        lambda factor: (
            lambda y, p: np.mean(factor * np.maximum(y - p, 0) ** 2 + np.maximum(p - y, 0) ** 2, axis=-1)
        ),
        lopsided_by_tensorflow,
    ],
    "lopsided_gradient": [
        lambda y, p, factor: 2 * np.maximum(p - y, 0) - 2 * factor * np.maximum(y - p, 0),
        lambda y, p, factor: [
            float(2 * (b - a) * (factor if b < a else 1)) for a, b in zip(y, p, strict=True)
        ],
    ],
    "error_with_gaps": [
        lambda y, p: 0.0 if np.isnan(y).all() else np.nanmean(np.abs(y - p)),
        lambda y, p: np.float32(np.abs(y - p)[~np.isnan(y)].sum() / max((~np.isnan(y)).sum(), 1)),
        lambda y, p: (
            np.sum(known := [abs(a - b) for a, b in zip(y.flat, p.flat, strict=True) if a == a])
            / max(len(known), 1)
        ),
    ],
    "gradient_checker": [
        lambda loss, gradient, y, p: bool(
            np.isclose(
                gradient(y, p), (loss(y, p + 1e-4) - loss(y, p - 1e-4)) / 2e-4, rtol=1e-3, atol=1e-5
            ).all()
        ),
        lambda loss, gradient, y, p: all(
            abs((loss(y, p + 1e-5) - loss(y, p - 1e-5))[i] / 2e-5 - g) <= 1e-5 + 1e-4 * abs(g)
            for i, g in enumerate(gradient(y, p))
        ),
    ],
}


# What computes the same, though it is written differently: a line with … for anything, and the reason.
NO_SIGN = "a square, or an absolute value, has no sign"
ON_TARGET = "where the prediction equals the target, both sides cost nothing"
FREE_TOLERANCE = "the exercise leaves the tolerance to the reader"
EQUIVALENT = {
    "squared_error_per_sample": {"…mean((y_true - y_pred) ** 2, axis=(1, 2))": NO_SIGN},
    "lopsided": {
        "…(y_pred <= y_true, …": ON_TARGET,
        "…(y_true - y_pred) ** 2…": NO_SIGN,
        "…too_low, 1.0) * …": NO_SIGN,
    },
    "lopsided_gradient": {"…y_pred <= y_true…": ON_TARGET},
    "error_with_gaps": {"…np.abs(… - y_pred)…": NO_SIGN},
    "comes_back": {
        "costs = …": "a dictionary has no order",
        "return {**costs, **super().get_config()}": "no name is in both",
    },
    "gradient_checker": {
        "def is_right(…, h=2e-05):": "the error of a central difference is far below the tolerance",
        "return np.allclose(numeric, slope, …": "two numbers that close are close relative to either",
        "…np.allclose(_numeric(…), gradient(y_true, y_pred), …": "two numbers that close are close relative to either",
        "…np.allclose(slope, numeric, …": FREE_TOLERANCE,
        "…_numeric(loss, y_true, y_pred, -1e-05)…": "a central difference is the same from either side",
        "…np.allclose(gradient(y_true, y_pred), _numeric(…": FREE_TOLERANCE,
    },
}


def some_checks(rng):
    y_true, y_pred = rng.integers(0, 5, 3).astype(float), rng.uniform(0.5, 5, 3)
    loss = [losses.poisson, losses.huber, losses.log_cosh][rng.integers(3)]
    factor = [1.0, 1.0, 1.01, -1.0][rng.integers(4)]
    return loss, lambda y_true, y_pred: factor * loss.gradient(y_true, y_pred), y_true, y_pred


def some_gaps(rng):
    y_true, y_pred = rng.normal(size=(2, 6))
    return np.where(rng.random(6) < rng.random(), np.nan, y_true), y_pred


RANDOM = {
    "squared_error_per_sample": lambda rng: tuple(rng.normal(size=(2, 3, 4, 5))),
    "lopsided": lambda rng: (rng.uniform(0.1, 9), *rng.integers(0, 4, (2, 3, 4)).astype(float)),
    "lopsided_gradient": lambda rng: (*rng.integers(0, 4, (2, 5)).astype(float), rng.uniform(0.1, 9)),
    "error_with_gaps": some_gaps,
    "comes_back": lambda rng: tuple(rng.uniform(0.1, 9, 2)),
    "gradient_checker": some_checks,
}
