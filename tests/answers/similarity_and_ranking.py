"""Typical wrong answers to the exercises of the chapter, each with words that the feedback must say."""

import numpy as np


def recall_with_itself(points, y):
    squared = np.sum((points[:, None] - points) ** 2, axis=-1)
    return np.mean(y[np.argmin(squared, axis=1)] == y)


def recall_by_dot_product(points, y):
    found = points @ points.T - 1e9 * np.eye(len(y))
    return np.mean(y[np.argmax(found, axis=1)] == y)


def recall_counted(points, y):
    squared = np.sum((points[:, None] - points) ** 2, axis=-1) + 1e9 * np.eye(len(y))
    return np.sum(y[np.argmin(squared, axis=1)] == y)


def scores(anchor, positive):
    a, p = (it / np.sqrt(np.sum(it**2, axis=1, keepdims=True)) for it in (anchor, positive))
    return a @ p.T


def cross_entropy(logits):
    logits = logits - logits.max(axis=1, keepdims=True)
    return -np.diag(logits - np.log(np.exp(logits).sum(axis=1, keepdims=True)))


def without_maximum(anchor, positive, temperature):
    with np.errstate(all="ignore"):
        exponentials = np.exp(scores(anchor, positive) / temperature)
        return np.log(exponentials.sum(axis=1)) - np.diag(scores(anchor, positive)) / temperature


def dpo_by_log(model, reference, beta):
    difference = beta * (model - reference) @ np.array([1, -1])
    with np.errstate(over="ignore", divide="ignore"):
        return -np.log(1 / (1 + np.exp(-difference)))


WRONG = {
    "cosine_of_angle": [
        (lambda a, b: np.sum(a * b), "dot product"),
        (lambda a, b: np.sum(a * b) / np.sum(a**2) / np.sum(b**2), "squared lengths"),
    ],
    "contrastive_gradient": [
        (lambda similar, d, margin: np.where(similar, d, d - margin), "Beyond the margin"),
        (lambda similar, d, margin: np.where(similar, d, np.maximum(margin - d, 0)), "sign is reversed"),
    ],
    "semi_hard": [
        (lambda p, n, margin: (p**2 - n**2 + margin > 0).astype(int), "hard triplets, too"),
        (lambda p, n, margin: ((p < n) & (n < p + margin)).astype(int), "square both"),
        (lambda p, n, margin: ((p**2 <= n**2) & (n**2 < p**2 + margin)).astype(int), "not farther away"),
        (lambda p, n, margin: ((p < n) & (p**2 - n**2 + margin >= 0)).astype(int), "Exactly at the margin"),
    ],
    "recall_at_one": [
        (recall_with_itself, "found itself"),
        (recall_by_dot_product, "dot product"),
        (recall_counted, "divide by their number"),
    ],
    "info_nce_loss": [
        (lambda a, p, t: cross_entropy(a @ p.T / t), "by its length"),
        (lambda a, p, t: cross_entropy(scores(a, p).T / t), "summed over the anchors"),
        (lambda a, p, t: cross_entropy(scores(a, p) * t), "divide by it"),
        (without_maximum, "subtract the maximum"),
    ],
    "dpo_loss": [
        (lambda model, reference, beta: np.logaddexp(0, beta * (model[:, 1] - model[:, 0])), "reference"),
        (lambda model, reference, beta: np.logaddexp(0, beta * (model - reference) @ [1, -1]), "reversed"),
        (dpo_by_log, "overflows"),
    ],
}


# What computes the same, though it is written differently: a line with … for anything, and the reason.
EQUIVALENT = {
    "cosine_of_angle": {"…b @ a / …": "the dot product has no order"},
    "recall_at_one": {
        "squared = np.mean(…)": "a mean is a sum divided by the same number for all",
        "squared = np.sum((points - points[:, None]) ** 2, axis=-1)": "a square has no sign",
        "…np.argmin(squared, axis=0)…": "distances are symmetric",
    },
}


def some_pairs(rng):
    return (*rng.normal(size=(2, rng.integers(2, 7), rng.integers(2, 5))), rng.uniform(0.05, 2))


def some_points(rng):
    count = int(rng.integers(4, 20))
    return rng.normal(size=(count, rng.integers(1, 5))), rng.integers(0, 3, count)


RANDOM = {
    "cosine_of_angle": lambda rng: tuple(rng.normal(size=(2, rng.integers(2, 7)))),
    "recall_at_one": some_points,
    "info_nce_loss": some_pairs,
}
