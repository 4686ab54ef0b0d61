"""Exercises of the chapter *One number for a batch*."""

import numpy as np

from .exercise import Exercise

default_reduction = Exercise(
    task="work out the number and write it instead of the dots",
    answer=34 / 3,
    right="It is 34 / 3, because the number of samples divides, whatever the weights are.",
    slips={
        "You divided by the sum of the weights; the default divides by the number of samples.": 34 / 6,
        "You computed the weighted sum; the default divides it by the number of samples.": 34.0,
        "You computed the mean without the weights.": 4.0,
        "A sample with the weight 0 still counts in the number of samples.": 34 / 2,
    },
    tolerance=1e-2,
)

uninformed_loss = Exercise(
    task="work out the loss of a uniform guess among 26 classes",
    answer=np.log(26),
    right="It is 3.26. If your first printed loss is far above, look for the mistake before you train on.",
    slips={
        "You used the binary logarithm; losses use the natural one, np.log.": np.log2(26),
        "You used the decimal logarithm; losses use the natural one, np.log.": np.log10(26),
        "You gave the probability itself; take −log of it.": 1 / 26,
        "You gave log of the probability; the loss is −log of it.": np.log(1 / 26),
        "You gave the loss for ten classes, but there are 26 letters.": np.log(10),
    },
    tolerance=2e-2,
)


def _weighted_mean(batches):
    return sum(np.sum(w * values) for values, w in batches) / sum(np.sum(w) for _, w in batches)


weighted_over_batches = Exercise(
    task="return the weighted mean over the samples of all batches",
    answer=_weighted_mean,
    right="Add up both sums and divide once, as a weighted metric does.",
    slips={
        "You averaged the weighted means of the batches, so a batch in which little counts has too much say.": (
            lambda batches: np.mean([np.average(values, weights=w) for values, w in batches])
        ),
        "You weighted the batches by their numbers of samples; weight them by the sum of their weights.": (
            lambda batches: np.average(
                [np.average(values, weights=w) for values, w in batches],
                weights=[len(w) for _, w in batches],
            )
        ),
        "You divided by the number of samples; divide by the sum of the weights.": lambda batches: (
            sum(np.sum(w * values) for values, w in batches) / sum(len(w) for _, w in batches)
        ),
        "You left out the weights.": lambda batches: np.mean(
            np.concatenate([values for values, _ in batches])
        ),
        "You returned the weighted sum; divide it by the sum of the weights.": lambda batches: sum(
            np.sum(w * values) for values, w in batches
        ),
        "You used only the last batch.": lambda batches: _weighted_mean(batches[-1:]),
    },
    cases=(
        ([(np.array([1.0, 1, 1, 1]), np.ones(4)), (np.array([9.0, 9, 9]), np.array([0.0, 0, 2]))],),
        (
            [
                (np.array([2.0, 4.0]), np.array([1.0, 3.0])),
                (np.array([6.0]), np.array([0.5])),
                (np.array([1.0, 8.0, 3.0]), np.array([2.0, 0.0, 1.0])),
            ],
        ),
    ),
)


def _recall(batches):
    return sum(np.sum(t * p) for t, p in batches) / sum(np.sum(t) for t, _ in batches)


def _each(batches, ratio):
    with np.errstate(invalid="ignore"):
        return np.array([ratio(t, p) for t, p in batches])


recall_over_batches = Exercise(
    task="return the share of all positive samples that were found",
    answer=_recall,
    right="Counts survive batches, and ratios do not.",
    slips={
        "You averaged the recalls of the batches, and a batch without a positive sample gives 0/0.": lambda batches: (
            np.mean(_each(batches, lambda t, p: np.sum(t * p) / np.sum(t)))
        ),
        "You averaged the recalls of the batches; count over all batches and divide once.": lambda batches: (
            np.nanmean(_each(batches, lambda t, p: np.sum(t * p) / np.sum(t)))
        ),
        "You averaged the recalls of the batches, with 0 for a batch without a positive sample.": lambda batches: (
            np.mean(_each(batches, lambda t, p: np.sum(t * p) / max(np.sum(t), 1)))
        ),
        "You computed the precision; divide by the number of positive samples.": lambda batches: (
            sum(np.sum(t * p) for t, p in batches) / sum(np.sum(p) for _, p in batches)
        ),
        "You computed the accuracy; recall looks only at the positive samples.": lambda batches: np.mean(
            np.concatenate([t == p for t, p in batches])
        ),
        "You counted all that was marked positive; count only what is positive too.": lambda batches: (
            sum(np.sum(p) for _, p in batches) / sum(np.sum(t) for t, _ in batches)
        ),
    },
    cases=(
        (
            [
                (np.array([1.0, 1, 1, 1]), np.array([1.0, 0, 0, 0])),
                (np.array([1.0, 0, 0]), np.array([1.0, 1, 0])),
            ],
        ),
        (
            [
                (np.array([0.0, 0.0]), np.array([0.0, 1.0])),
                (np.array([1.0, 1.0, 0.0]), np.array([1.0, 0.0, 0.0])),
                (np.array([1.0, 1.0, 1.0, 1.0]), np.array([1.0, 1.0, 1.0, 0.0])),
            ],
        ),
    ),
)
