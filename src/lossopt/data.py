"""The book's data sets, each in one fixed split: 60 % to train, 20 % to validate, 20 % to test.

All come with scikit-learn, so nothing is downloaded. Each function returns

    (x_train, y_train), (x_val, y_val), (x_test, y_test)

with inputs of shape (n, features) and targets of shape (n,).
"""

import numpy as np
from sklearn import datasets


def digits():
    """8 × 8 grey digits, 1797 of them, pixels scaled to 0..1; the targets are the ten class numbers.

    Source: `sklearn.datasets.load_digits` (Alpaydin and Kaynak, 1998).
    """
    x, y = datasets.load_digits(return_X_y=True)
    return _split(x / 16, y)


def diabetes():
    """442 patients, ten standardised measurements; the target is how far the disease went in a year, 25 to 346.

    Source: `sklearn.datasets.load_diabetes` (Efron, Hastie, Johnstone and Tibshirani, 2004).
    """
    x, y = datasets.load_diabetes(return_X_y=True)
    return _standardised(_split(x, y))


def breast_cancer():
    """569 tumours, thirty standardised measurements; the target is 1 for benign and 0 for malignant.

    Source: `sklearn.datasets.load_breast_cancer` (Street, Wolberg and Mangasarian, 1993).
    """
    x, y = datasets.load_breast_cancer(return_X_y=True)
    return _standardised(_split(x, y))


def _split(x, y):
    order = np.random.default_rng(0).permutation(len(x))
    cuts = [round(0.6 * len(x)), round(0.8 * len(x))]
    return tuple((x[rows], y[rows]) for rows in np.split(order, cuts))


def _standardised(parts):
    """Shift and scale by the training part's mean and deviation: the others must not be looked at."""
    (x_train, _), *_ = parts
    mean, deviation = x_train.mean(axis=0), x_train.std(axis=0)
    return tuple(((x - mean) / deviation, y) for x, y in parts)
