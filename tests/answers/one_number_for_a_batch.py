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

# Other right answers, which the exercises accept.


def weighted_mean_of_all(batches):
    values, weights = (np.concatenate(parts) for parts in zip(*batches, strict=True))
    return np.average(values, weights=weights)


def weighted_mean_in_a_loop(batches):
    total = weight = 0.0
    for values, weights in batches:
        for value, w in zip(values.tolist(), weights.tolist(), strict=True):
            total, weight = total + w * value, weight + w
    return total / weight


def recall_of_all(batches):
    y_true, y_pred = (np.concatenate(parts) for parts in zip(*batches, strict=True))
    return np.mean(y_pred[y_true == 1])


RIGHT = {
    "weighted_over_batches": [weighted_mean_of_all, weighted_mean_in_a_loop],
    "recall_over_batches": [
        recall_of_all,
        lambda batches: (
            np.float32(sum(int(t @ p) for t, p in batches)) / sum(int(t.sum()) for t, _ in batches)
        ),
    ],
}
