"""Make the small data sets of the cases. Each call gives the same numbers."""

import numpy as np
from sklearn.datasets import load_digits


def digits():
    """Return 1,797 images of 64 pixels from 0 to 1, and their digits."""
    x, y = load_digits(return_X_y=True)
    return (x / 16).astype("float32"), y


def rings(n=600):
    """Return points in a plane, and whether they lie outside a circle."""
    rng = np.random.default_rng(100)
    x = rng.uniform(-1.5, 1.5, (n, 2)).astype("float32")
    return x, ((x**2).sum(1) > 1.1).astype("int32")


def groups(n=600, classes=3, columns=6, distance=1.6):
    """Return standard normal columns whose means depend on the class."""
    rng = np.random.default_rng(101)
    y = rng.integers(0, classes, n)
    centres = rng.normal(0, distance, (classes, columns))
    return (rng.normal(size=(n, columns)) + centres[y]).astype("float32"), y


def surface(n=800, columns=5):
    """Return standard normal columns, and a bent function of them with mean 0 and a standard deviation near 1."""
    rng = np.random.default_rng(102)
    x = rng.normal(size=(n, columns)).astype("float32")
    y = np.sin(1.5 * x[:, 0]) + 0.5 * x[:, 1] * x[:, 2] + 0.1 * rng.normal(size=n)
    return x, (y - y.mean()).astype("float32")


def waves(n=600, steps=20):
    """Return noisy waves of shape (n, steps, 1), and whether they are fast."""
    rng = np.random.default_rng(103)
    y = rng.integers(0, 2, n)
    t = np.arange(steps) / steps
    x = np.sin(2 * np.pi * (np.where(y, 3.0, 1.5)[:, None] * t + rng.random((n, 1)))) + rng.normal(
        0, 0.2, (n, steps)
    )
    return x[..., None].astype("float32"), y


def words(n=700, length=16, vocabulary=120):
    """Return sentences of word numbers from 1, and a label on which the choice of words depends."""
    rng = np.random.default_rng(104)
    y = rng.integers(0, 2, n)
    low, high = (
        rng.integers(1, vocabulary // 2, (n, length)),
        rng.integers(vocabulary // 2, vocabulary, (n, length)),
    )
    return np.where(rng.random((n, length)) < np.where(y, 0.7, 0.3)[:, None], low, high).astype("int32"), y


def rare(n=2000, share=0.06, distance=0.9):
    """Return two overlapping classes, one of which is rare."""
    rng = np.random.default_rng(105)
    y = (rng.random(n) < share).astype("int32")
    return (rng.normal(size=(n, 6)) + distance * y[:, None]).astype("float32"), y


def tags(n=900, columns=8):
    """Return rows with four tags each, of which several or none may hold."""
    rng = np.random.default_rng(106)
    x = rng.normal(size=(n, columns)).astype("float32")
    return x, (x @ rng.normal(size=(columns, 4)) + rng.normal(0, 0.5, (n, 4)) > 0).astype("float32")
