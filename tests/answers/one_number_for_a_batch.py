"""Typical wrong answers to the exercises of the chapter, each with words that the feedback must say."""

import numpy as np


def mean_of_weighted_means(batches):
    means = []
    for losses, weights in batches:
        means.append((losses * weights).sum() / weights.sum())
    return sum(means) / len(means)


def last_batch_only(batches):
    for losses, weights in batches:
        mean = (losses * weights).sum() / weights.sum()
    return mean


def mean_of_recalls(batches):
    recalls = [np.sum(t * p) / np.sum(t) if t.any() else 0.0 for t, p in batches]
    return np.mean(recalls)


WRONG = {
    "default_reduction": [((4 + 30) / 6, "sum of the weights"), (34, "weighted sum")],
    "uninformed_loss": [(np.log2(26), "binary logarithm"), (1 / 26, "probability itself")],
    "weighted_over_batches": [
        (mean_of_weighted_means, "averaged the weighted means"),
        (last_batch_only, "last batch"),
        (lambda batches: np.mean([np.mean(w * values) for values, w in batches]), "for batches"),
    ],
    "recall_over_batches": [
        (mean_of_recalls, "averaged the recalls"),
        (lambda batches: np.mean(np.concatenate([t == p for t, p in batches])), "accuracy"),
    ],
}
