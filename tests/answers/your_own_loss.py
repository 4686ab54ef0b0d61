"""Typical wrong answers to the exercises of the chapter, each with words that the feedback must say."""

import numpy as np


def lopsided_to_the_wrong_side(price):
    return lambda y_true, y_pred: np.mean(
        np.where(y_pred > y_true, price, 1) * (y_pred - y_true) ** 2, axis=-1
    )


class Lossy:
    """A loss as a learner writes it, but for the class above it."""

    def __init__(self, too_few=1.0, too_many=1.0, reduction="mean", name="lossy"):
        self.too_few, self.too_many = too_few, too_many
        self.q = too_few / (too_few + too_many)
        self.reduction, self.name = reduction, name


class LossyWithoutPrices(Lossy):
    def get_config(self):
        return {"reduction": self.reduction, "name": self.name}


class LossyWithPricesAlone(Lossy):
    def get_config(self):
        return {"too_few": self.too_few, "too_many": self.too_many}


def checker_by_one_side(loss, gradient, y_true, y_pred):
    h = 1e-3
    numeric = (loss(y_true, y_pred + h) - loss(y_true, y_pred)) / h
    return np.abs(gradient(y_true, y_pred) - numeric).max() < 0.1


def checker_by_sums(loss, gradient, y_true, y_pred):
    h = 1e-6
    numeric = sum(loss(y_true, y_pred + h) - loss(y_true, y_pred - h)) / (2 * h)
    return abs(numeric - sum(gradient(y_true, y_pred))) < 1e-3


WRONG = {
    "squared_error_per_sample": [
        (lambda y_true, y_pred: ((y_true - y_pred) ** 2).mean(), "axis=(1, 2)"),
        (lambda y_true, y_pred: sum((y_true - y_pred) ** 2) / len(y_true), "over the samples"),
    ],
    "lopsided": [
        (lopsided_to_the_wrong_side, "wrong side"),
        (lambda price: lambda y, p: (y - p) ** 2, "Not yet"),
    ],
    "lopsided_gradient": [
        (lambda y, p, price: np.where(p > y, 2 * price, 2) * (p - y), "wrong side"),
        (lambda y, p, price: np.where(p < y, price, 1) * 2 * (y - p), "sign is reversed"),
    ],
    "error_with_holes": [
        (lambda y, p: np.mean(np.abs(np.nan_to_num(y) - p)), "no 0"),
        (lambda y, p: np.nansum(np.abs(y - p)) / len(y), "were counted"),
    ],
    "comes_back": [
        (LossyWithoutPrices, "defaults stepped in"),
        (LossyWithPricesAlone, "super().get_config()"),
    ],
    "critical_ratio": [((8 - 3) / 8, "still worth 1"), (2 / (5 + 2), "other side")],
    "gradient_checker": [(checker_by_one_side, "One percent"), (checker_by_sums, "sums may agree")],
}
