"""Typical wrong answers to the exercises of the chapter, each with words that the feedback must say."""

import numpy as np


def nearest_by_dot_product(known, labels, new):
    return np.array([labels[np.argmax([point @ other for other in known])] for point in new])


def farthest(known, labels, new):
    return np.array([labels[np.argmax(np.linalg.norm(known - point, axis=1))] for point in new])


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
    ],
    "nearest_label": [(nearest_by_dot_product, "dot product"), (farthest, "farthest")],
}
